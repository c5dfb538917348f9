# SPDX-License-Identifier: MIT
#
# awk -v status=N -f count-tests.awk LOG - how many tests a program ran
#
# N is its exit status. Prints "PASSED FAILED", then a line for each test that
# was skipped: what and why. A program that ran no test and skipped none has
# failed, and so has one whose exit status says so while its log does not. Exit
# status: 1 if no test ran where one should have.
#
# These lines count:
#
#   [NAME: ]N passed, M failed   without NAME, as the last line: the sum
#   skipped: [WHAT: ]WHY         and exit status 77: all of it was skipped
#   WHAT ... skipped 'WHY'       Python's unittest
#   Ran N tests in T s
#   OK (skipped=N) or FAILED (failures=N, errors=N)

function count(good, bad) {
	if (good + bad == 0 && skips == skips_before) bad = nothing = 1
	passed += good
	failed += bad
	skips_before = skips
}

function skip(what) { skipped[++skips] = what }

# "OK (skipped=1)": what is in the brackets, after unittest's name for it
function number(name) {
	if (!match($0, "[(,] ?" name "=[0-9]+")) return 0
	return substr($0, RSTART + index(substr($0, RSTART), "="),
		RLENGTH) + 0
}

# automake's own last line in a log
/^[A-Z]+ .* \(exit status: [0-9]+\)$/ { next }

/[^ ]/ { last = $0; total = 0 }

/^([^ ].*: )?[0-9]+ passed, [0-9]+ failed$/ {
	total = /^[0-9]/
	match($0, /[0-9]+ passed, [0-9]+ failed$/)
	split(substr($0, RSTART), n, /[ ,]+/)
	if (!total) count(n[1], n[3])
}

/^skipped: / { skip(substr($0, 10)) }

/^[^ ].* \.\.\. skipped ['"].*['"]$/ {
	split($0, part, / \.\.\. skipped ['"]/)
	skip(part[1] ": " substr(part[2], 1, length(part[2]) - 1))
	named++
}

# A class that is skipped or fails as a whole is not among those that ran.
/^setUp(Class|Module) .* \.\.\. skipped / { classes++ }
/^ERROR: (setUp|tearDown)(Class|Module) / { classes++ }

/^Ran [0-9]+ tests? in / { ran = $2; is_unittest = 1 }

is_unittest && /^(OK|FAILED|NO TESTS RAN)( \(.*\))?$/ {
	bad = number("failures") + number("errors") + \
		number("unexpected successes")
	out = number("skipped")
	while (named < out) { skip("a test"); named++ }
	good = ran + classes - bad - out
	count(good > 0 ? good : 0, bad)
	is_unittest = classes = named = 0
}

END {
	if (total) {
		passed = failed = 0
		count(n[1], n[3])
	}
	if (status == 77 && skips == 0) skip(last)
	if (status != 77 && status != 0 && failed == 0) failed = 1
	if (passed + failed + skips == 0) failed = nothing = 1
	print passed + 0, failed + 0
	for (i = 1; i <= skips; i++) print skipped[i]
	exit nothing
}

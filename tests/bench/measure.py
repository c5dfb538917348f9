# SPDX-License-Identifier: MIT
"""What contrib/bench measures with: CPU time of processes, medians, tables."""
import os
import statistics
import sys

TICK = os.sysconf("SC_CLK_TCK")


def _stat(pid):
    """Parent, and CPU seconds: own, and of children that were waited for."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        fields = file.read().rpartition(")")[2].split()
    own = int(fields[11]) + int(fields[12])
    reaped = int(fields[13]) + int(fields[14])
    return int(fields[1]), own / TICK, reaped / TICK


def cpu(pid):
    """CPU seconds of one process."""
    return _stat(pid)[1]


def tree_cpu(master):
    """CPU seconds of a process and all its children, those gone included."""
    total = 0.0
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            parent, own, reaped = _stat(entry)
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(entry) == master:
            total += own + reaped
        elif parent == master:
            total += own
    return total


def anonymous_memory(pid):
    """Octets of anonymous memory that are resident."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        for line in file:
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
    return 0


def median(values):
    return statistics.median(values)


def interleaved(variants, rounds, measure):
    """{variant: [measure(variant), ...]}: A B C A B C, not A A B B C C."""
    results = {variant: [] for variant in variants}
    for number in range(rounds):
        for variant in variants:
            progress(f"round {number + 1} of {rounds}: {variant}")
            results[variant].append(measure(variant))
    progress("")
    return results


def progress(text):
    """One line that the next overwrites; nothing in a pipe."""
    if sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb":
        sys.stderr.write("\r\033[K" + text)
        sys.stderr.flush()


def title(text):
    print(f"\n{text}\n{'-' * len(text)}")


def row(label, *figures):
    print(f"  {label:<38}" + "".join(f"{figure:>14}" for figure in figures),
          flush=True)


def goal(label, value, limit, at_most=True):
    """Say whether a ratio or figure is where it should be."""
    met = value <= limit if at_most else value >= limit
    print(f"  {'met   ' if met else 'MISSED'} {label}: {value:.2f} "
          f"({'at most' if at_most else 'at least'} {limit:g})", flush=True)
    return met

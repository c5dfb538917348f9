# SPDX-License-Identifier: MIT
"""sync: sources, comparison, publication."""
import json
import os
import time
import unittest

from awstest import (CONFIG, NO, PREFIX, TEMPORARY, USAGE, AwsTest, aliases)

LAMBDA = '{"shop@a.example": ["me@mail.example", "you@mail.example"]}'


class OneParameter(AwsTest):
    SOURCE = "ssm:/mail/table"

    def test_lambda_table(self):
        self.aws.put("/mail/table", LAMBDA)
        self.sync()
        self.assertTable(json.loads(LAMBDA))
        with open(os.path.join(self.table, "aliases.json"),
                  encoding="utf-8") as file:
            self.assertEqual(file.read(), LAMBDA)
        self.assertEqual(self.state()["source"], "ssm:/mail/table")
        self.assertEqual(self.state()["versions"], {"/mail/table": 1})

    def test_check_tells_of_size(self):
        """What the parameter holds, and a word before it is full."""
        for count, warned in ((10, False), (80, True)):
            value = json.dumps(aliases(count))
            self.aws.put("/mail/table", value)
            self.sync()
            self.run_program("check")
            self.assertIn(f"size: {len(value)} octets of 4096", self.out)
            self.assertEqual("ssm-path:" in self.err, warned, self.err)

    def test_secure_string(self):
        self.aws.put("/mail/table", LAMBDA, "SecureString")
        self.sync()
        self.assertTable(json.loads(LAMBDA))

    def test_missing(self):
        self.assertIn("ParameterNotFound", self.sync(code=CONFIG))
        self.assertIn("region", self.err)

    def test_removed_at_once(self):
        """One parameter is read as a whole: no second reading."""
        self.aws.put("/mail/table", json.dumps(aliases(10)))
        self.sync()
        self.aws.put("/mail/table", json.dumps(aliases(9)))
        self.aws.log.clear()
        self.sync()
        self.assertEqual(self.aws.operations(), ["GetParameter"])
        self.assertTable(aliases(9))


class File(AwsTest):
    def test_file(self):
        path = self.write("aliases.json", LAMBDA)
        self.configure("file:" + path)
        self.no_keys()
        self.sync()
        self.assertTable(json.loads(LAMBDA))
        self.assertEqual(self.aws.operations(), [])
        before = self.files()
        self.sync()
        self.assertEqual(self.files(), before)

    def test_missing_file(self):
        self.configure("file:/nonexistent/aliases.json")
        self.sync(code=TEMPORARY)


class Path(AwsTest):
    def fill(self, table, each=10):
        items = list(table.items())
        for n in range(0, len(items), each):
            self.aws.put("%s%04d" % (PREFIX, n // each),
                         json.dumps(dict(items[n:n + each])))

    def test_many_parameters(self):
        self.fill(aliases(250))
        self.sync()
        self.assertTable(aliases(250))
        self.assertEqual(self.aws.operations(), ["GetParametersByPath"] * 3)
        self.assertEqual(len(self.state()["versions"]), 25)

    def test_empty_pages(self):
        self.fill(aliases(250))
        self.aws.empty_pages = True
        self.sync()
        self.assertTable(aliases(250))

    def test_not_below(self):
        self.fill(aliases(5))
        self.aws.put(PREFIX + "deeper/x", '{"deep@a.example": ["x@y.z"]}')
        self.aws.put("/mail/other", "no JSON")
        self.sync()
        self.assertTable(aliases(5))

    def test_nothing_there(self):
        self.assertIn("no parameter", self.sync(code=CONFIG))

    def test_unchanged_writes_nothing(self):
        self.fill(aliases(50))
        self.sync()
        before = self.files()
        time.sleep(0.02)
        self.assertIn("unchanged", self.sync())
        self.assertEqual(self.files(), before)

    def test_same_table_in_newer_versions(self):
        self.fill(aliases(5))
        self.sync()
        before = self.files()
        self.fill(aliases(5))
        self.sync()
        after = self.files()
        self.assertEqual(self.state()["versions"], {PREFIX + "0000": 2})
        del before["state.json"], after["state.json"]
        self.assertEqual(after, before)

    def test_changes_are_told(self):
        table = aliases(10)
        self.fill(table)
        self.sync()
        del table["alias3@a.example"]
        table["alias4@a.example"] = ["other@mail.example"]
        table["new@b.example"] = ["n@mail.example"]
        self.aws.parameters.clear()
        self.fill(table)
        self.sync()
        self.assertIn("- alias3@a.example", self.err)
        self.assertIn("~ alias4@a.example -> other@mail.example", self.err)
        self.assertIn("+ new@b.example -> n@mail.example", self.err)
        self.assertIn("added=1 removed=1 altered=1", self.err)
        self.assertTable(table)

    def test_equal_key_in_two_parameters(self):
        self.aws.put(PREFIX + "1", LAMBDA)
        self.aws.put(PREFIX + "2", LAMBDA)
        self.sync()
        self.assertIn("warning: ", self.err)
        self.assertIn(PREFIX + "1", self.err)
        self.assertIn(PREFIX + "2", self.err)
        self.assertTable(json.loads(LAMBDA))

    def test_different_key_in_two_parameters(self):
        self.aws.put(PREFIX + "1", LAMBDA)
        self.sync()
        self.aws.put(PREFIX + "2", '{"Shop@A.example": ["o@mail.example"]}')
        self.sync(code=NO)
        self.assertIn(PREFIX + "1", self.err)
        self.assertIn(PREFIX + "2", self.err)
        self.assertTable(json.loads(LAMBDA))

    def test_removed_key_needs_two_readings(self):
        self.fill(aliases(10), 1)
        self.sync()
        del self.aws.parameters[PREFIX + "0003"]
        self.aws.log.clear()
        self.sync()
        self.assertEqual(len(self.aws.log), 2)
        self.assertNotIn("alias3@a.example", self.cached())

    def test_key_missing_in_one_reading_stays(self):
        """A page that lost a parameter for a moment."""
        self.fill(aliases(10), 1)
        self.sync()
        lost = []

        def fault(operation, request, handler):
            if not lost:
                lost.append(self.aws.parameters.pop(PREFIX + "0003"))
            elif len(lost) == 1:
                self.aws.parameters[PREFIX + "0003"] = lost[0]
                lost.append(None)
        self.aws.fault = fault
        before = self.files()
        self.sync()
        self.assertEqual(self.files(), before)
        self.assertIsNotNone(self.query("alias3@a.example"))

    def test_keys_come_and_go(self):
        self.fill(aliases(10), 1)
        self.sync()
        calls = []

        def fault(operation, request, handler):
            calls.append(operation)
            self.aws.parameters.clear()
            table = aliases(10)
            del table["alias%d@a.example" % (len(calls) % 3)]
            self.fill(table, 10)
        self.aws.fault = fault
        self.assertIn("change while they are read",
                      self.sync(code=TEMPORARY))
        self.assertEqual(len(calls), 3)
        self.assertTable(aliases(10))

    def test_shrink_is_refused(self):
        self.fill(aliases(10), 1)
        self.sync()
        for n in (1, 2, 3):
            del self.aws.parameters["%s%04d" % (PREFIX, n)]
        self.assertIn("--force", self.sync(code=NO))
        self.assertTable(aliases(10))
        self.sync("--force")
        self.assertEqual(len(self.cached()), 7)

    def test_shrink_within(self):
        self.fill(aliases(10), 1)
        self.sync()
        for n in (1, 2):
            del self.aws.parameters["%s%04d" % (PREFIX, n)]
        self.sync()
        self.assertEqual(len(self.cached()), 8)

    def test_ten_a_second(self):
        self.configure(rate=10)
        self.fill(aliases(80), 1)
        self.sync()
        times = [entry["time"] for entry in self.aws.log]
        self.assertEqual(len(times), 8)
        # Arrival on a busy machine varies; the sum cannot be less.
        self.assertGreater(times[-1] - times[0], 0.65)

    def test_usage(self):
        self.sync("--daemon", "--force", code=USAGE)
        self.sync("extra", code=USAGE)

    def test_no_source(self):
        with open(self.config, "w", encoding="utf-8") as file:
            file.write('domains = [ "a.example" ];\n'
                       'bounce_address = "b@a.example";\n')
        self.assertIn("sync.source", self.sync(code=CONFIG))


if __name__ == "__main__":
    unittest.main()

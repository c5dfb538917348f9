# SPDX-License-Identifier: MIT
"""100,000 aliases in 2,000 parameters: calls, CPU time, and readers.

The limits of CPU time are the requirement's; a slow or shared machine, or a
build with sanitizers, may need ALIASBRIDGE_CPU_FACTOR=3 or so.
"""
import json
import os
import resource
import unittest

from awstest import PREFIX, AwsTest, aliases

COUNT, EACH = 100000, 50
FACTOR = float(os.environ.get("ALIASBRIDGE_CPU_FACTOR", "1"))


class Size(AwsTest):
    TLS = True

    def setUp(self):
        super().setUp()
        self.table_now = aliases(COUNT)
        items = list(self.table_now.items())
        for n in range(0, COUNT, EACH):
            self.aws.put("%s%04d" % (PREFIX, n // EACH),
                         json.dumps(dict(items[n:n + EACH])))
        self.assertEqual(len(self.aws.parameters), 2000)

    def timed_sync(self):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.aws.log.clear()
        self.sync()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - \
            before.ru_stime

    def test_size(self):
        first = self.timed_sync()
        self.assertEqual(self.aws.operations(),
                         ["GetParametersByPath"] * 200)
        self.assertEqual(self.cached(), self.table_now)
        self.assertEqual(self.query("alias99999@a.example"),
                         "me99999@mail.example")
        before = self.files()
        unchanged = self.timed_sync()
        self.assertEqual(len(self.aws.log), 200)
        self.assertEqual(self.files(), before)
        print("first %.2f s, unchanged %.2f s of CPU" % (first, unchanged))
        self.assertLess(first, 3 * FACTOR)
        self.assertLess(unchanged, 1 * FACTOR)
        self.one_more()

    def one_more(self):
        """A push of one alias more into the large table."""
        self.table_now["new@a.example"] = ["n@mail.example"]
        path = self.write("new.json", self.table_now)
        self.aws.log.clear()
        self.run_program("push", "--yes", "--wait=0", path)
        self.assertEqual(
            self.aws.operations().count("PutParameter"), 1)


if __name__ == "__main__":
    unittest.main()

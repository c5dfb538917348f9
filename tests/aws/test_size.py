# SPDX-License-Identifier: MIT
"""100,000 aliases in 2,000 parameters: calls, CPU time, and readers.

The limits of CPU time are the requirement's; a slow or shared machine, or a
build with sanitizers, may need ALIASBRIDGE_CPU_FACTOR=3 or so.
"""
import json
import os
import random
import resource
import subprocess
import sys
import threading
import time
import unittest

from awstest import BUILD, PREFIX, TOP, AwsTest, aliases

sys.path.insert(0, os.path.join(TOP, "tests", "milter"))
from milter_client import Session  # noqa: E402

COUNT, EACH = 100000, 50
FACTOR = float(os.environ.get("ALIASBRIDGE_CPU_FACTOR", "1"))


class Large(AwsTest):
    TLS = True

    def fill(self, table):
        items = list(table.items())
        for n in range(0, COUNT, EACH):
            self.aws.put("%s%04d" % (PREFIX, n // EACH),
                         json.dumps(dict(items[n:n + EACH])))
        self.assertEqual(len(self.aws.parameters), 2000)


class Size(Large):
    def setUp(self):
        super().setUp()
        self.table_now = aliases(COUNT)
        self.fill(self.table_now)

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


class MilterMeanwhile(Large):
    """The milter under load while large tables are published."""
    def setUp(self):
        super().setUp()
        self.socket = "unix:" + os.path.join(self.folder, "milter.sock")
        self.configure(more='milter: { socket = "%s"; spool = "%s"; };' %
                       (self.socket, self.folder))
        self.stop, self.wrong, self.asked = threading.Event(), [], 0

    def start_milter(self):
        log = open(os.path.join(self.folder, "log"), "w", encoding="utf-8")
        self.addCleanup(log.close)
        process = subprocess.Popen(
            [os.path.join(BUILD, "aliasbridge-milter"), "--config",
             self.config, "--stderr"], env=self.env, stdout=log, stderr=log)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        end = time.monotonic() + 20
        while not os.path.exists(self.socket[5:]):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)

    def ask(self, seed):
        dice = random.Random(seed)
        session = Session(self.socket)
        while not self.stop.is_set():
            known = dice.random() < 0.8
            name = "alias%d" % dice.randrange(COUNT // 2) if known \
                else "nobody%d" % dice.randrange(COUNT)
            session.mail("<sender@corp.example>")
            reply = session.rcpt("<%s@a.example>" % name)
            session.abort()
            self.asked += 1
            if not reply.startswith("250" if known else "550 5.1.1"):
                self.wrong.append((name, reply))
        session.close()

    def test_every_recipient_is_answered(self):
        self.fill(aliases(COUNT))
        self.sync()
        self.start_milter()
        threads = [threading.Thread(target=self.ask, args=(seed,))
                   for seed in range(4)]
        for thread in threads:
            thread.start()
        try:
            for n in range(3):
                table = aliases(COUNT)
                for i in range(COUNT // 2, COUNT):
                    table["alias%d@a.example" % i] = ["v%d@mail.example" % n]
                self.fill(table)
                self.assertIn("altered=50000", self.sync())
                time.sleep(1.5)
        finally:
            self.stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(self.query("alias99999@a.example"),
                         "v2@mail.example")
        self.assertEqual(self.wrong, [])
        self.assertGreater(self.asked, 1000)
        print("%d recipients asked" % self.asked)


if __name__ == "__main__":
    unittest.main()

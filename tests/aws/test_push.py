# SPDX-License-Identifier: MIT
"""push, diff, rollback: what is written to SSM, and in which order."""
import json
import os
import pty
import signal
import subprocess
import threading
import time
import unittest

from awstest import (NO, OK, PREFIX, TEMPORARY, USAGE, AwsTest, aliases,
                     error_answer)


class PushTest(AwsTest):
    def push(self, table, *arguments, **more):
        path = self.write("new.json", table)
        return self.run_program("push", "--yes", "--wait=0", *arguments,
                                path, **more)

    def stored(self):
        """The whole table in SSM, as a reader puts it together."""
        table = {}
        for value in self.aws.values(PREFIX).values():
            for key, entry in json.loads(value).items():
                self.assertEqual(table.setdefault(key, entry), entry)
        return table

    def puts(self):
        return [e["request"]["Name"] for e in self.aws.log
                if e["operation"] == "PutParameter"]


class Push(PushTest):
    def test_700_aliases(self):
        """More than a parameter holds: pushed, read back equal."""
        table = aliases(690)
        table["shop@b.example"] = {"targets": ["me@mail.example"],
                                   "enabled": False, "comment": "caf\u00e9"}
        table.update({"@b.example": ["all@mail.example"],
                      "postmaster": ["me@mail.example"]})
        self.push(table)
        self.assertEqual(self.stored(), table)
        self.assertLess(len(self.puts()), 15)
        for value in self.aws.values(PREFIX).values():
            self.assertLessEqual(len(value.encode()), 4096)
        self.sync()
        self.assertEqual(self.cached(), table)

    def test_nothing_to_do(self):
        self.push(aliases(20))
        self.aws.log.clear()
        self.assertIn("0 added, 0 removed, 0 altered; 0 to write",
                      self.push(aliases(20)))
        self.assertEqual(self.puts(), [])

    def test_only_what_must_change(self):
        table = aliases(700)
        self.push(table)
        before = self.aws.values(PREFIX)
        table["alias5@a.example"] = ["other@mail.example"]
        table["brand-new@a.example"] = ["n@mail.example"]
        self.aws.log.clear()
        self.push(table)
        self.assertEqual(len(self.puts()), 1)
        after = self.aws.values(PREFIX)
        self.assertEqual(sum(before[n] != after[n] for n in before), 1)
        self.assertEqual(self.stored(), table)

    def test_written_by_hand_stays(self):
        """Another spelling of an equal entry is no change."""
        self.aws.put(PREFIX + "hand", '{ "Shop@A.Example" :\n'
                     '  {"targets": ["me@mail.example"]} }')
        self.push({"shop@a.example": ["me@mail.example"]})
        self.assertEqual(self.puts(), [])
        self.push({"shop@a.example": ["me@mail.example"],
                   "x@a.example": ["y@mail.example"]})
        self.assertEqual(self.puts(), [PREFIX + "hand"])
        self.assertIn("Shop@A.Example", self.stored())

    def test_dry_run(self):
        self.assertIn("+ alias0@a.example",
                      self.push(aliases(2), "--dry-run"))
        self.assertEqual(self.puts(), [])

    def test_asks(self):
        path = self.write("new.json", aliases(1))
        self.run_program("push", path, code=USAGE)
        self.assertIn("--yes", self.err)
        for answer, code, count in (("n", NO, 0), ("", NO, 0), ("y", OK, 1)):
            main, side = pty.openpty()
            process = subprocess.Popen(
                self.command("push", path), env=self.env, stdin=side,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            os.close(side)
            os.write(main, (answer + "\n").encode())
            out, err = process.communicate(timeout=30)
            os.close(main)
            self.assertEqual(process.returncode, code, out + err)
            self.assertIn(b"[y/N]", err)
            self.assertNotIn(b"[y/N]", out)
            self.assertEqual(len(self.puts()), count)

    def test_standard_input(self):
        self.run_program("push", "--yes", "-", text=json.dumps(aliases(3)))
        self.assertEqual(self.stored(), aliases(3))

    def test_invalid_is_not_written(self):
        for text in ('{"a@a.example": []', '[]', '{"a@c.example": ["x@y.z"]}',
                     '{"a@a.example": ["no address"]}'):
            self.push(text, code=NO)
        self.assertEqual(self.aws.operations(), [])

    def test_shrink(self):
        self.push(aliases(10))
        self.assertIn("--force", self.push(aliases(7), code=NO))
        self.assertEqual(self.stored(), aliases(10))
        self.push(aliases(7), "--force")
        self.assertEqual(self.stored(), aliases(7))

    def test_braces(self):
        """SSM refuses two braces in a row, which text may have."""
        table = {"a@a.example": {"targets": ["x@mail.example"],
                                 "subject_prefix": "{{x}} "}}
        self.push(table)
        self.assertEqual(self.stored(), table)

    def test_entry_too_long(self):
        many = ["target%d@mail.example" % i for i in range(300)]
        self.assertIn("does not fit", self.push({"a@a.example": many},
                                                code=NO))
        self.assertEqual(self.puts(), [])

    def test_secure_strings(self):
        self.push(aliases(3), "--secure", "--key-id", "alias/mail")
        name = PREFIX + "0001"
        self.assertEqual(self.aws.parameters[name][-1]["Type"],
                         "SecureString")
        self.assertEqual(self.aws.parameters[name][-1]["KeyId"], "alias/mail")
        self.push(aliases(200))
        for versions in self.aws.parameters.values():
            self.assertEqual(versions[-1]["Type"], "SecureString")
            self.assertEqual(versions[-1]["KeyId"], "alias/mail")
        self.assertEqual(self.stored(), aliases(200))

    def test_a_hundred_versions(self):
        table = aliases(3)
        for n in range(105):
            table["alias0@a.example"] = ["v%d@mail.example" % n]
            self.aws.put(PREFIX + "0001", json.dumps(table),
                         Labels=["aliasbridge-20260101T%06d.000Z" % n])
        versions = self.aws.parameters[PREFIX + "0001"]
        del versions[:5]
        self.assertEqual(len(versions), 100)
        self.push(aliases(3))
        self.assertEqual(self.stored(), aliases(3))

    def test_too_many_versions_without_a_label(self):
        """Somebody else took the oldest's labels away between."""
        self.push(aliases(3))
        left = []

        def fault(operation, request, handler):
            if operation == "PutParameter" and left:
                self.aws.parameters[request["Name"]][0]["Labels"] = []
                return left.pop()
        self.aws.fault = fault
        answer = error_answer("ParameterMaxVersionLimitExceeded", "too many")
        left += [answer, answer]
        self.assertIn("too many", self.push(aliases(4), code=NO))
        left.append(answer)
        self.push(aliases(4))
        self.assertEqual(self.stored(), aliases(4))


class Conflict(PushTest):
    def test_newer_in_ssm(self):
        """Changed between the difference and the writing."""
        self.push(aliases(5))
        name = PREFIX + "0001"
        reads = []

        def fault(operation, request, handler):
            if operation == "GetParametersByPath":
                reads.append(1)
                if len(reads) == 2:
                    self.aws.put(name, self.aws.value(name))
        self.aws.fault = fault
        self.aws.log.clear()
        self.assertIn("newer in SSM", self.push(aliases(6), code=NO))
        self.assertEqual(self.puts(), [])

    def test_new_parameter_in_ssm(self):
        reads = []

        def fault(operation, request, handler):
            if operation == "GetParametersByPath":
                reads.append(1)
                if len(reads) == 2:
                    self.aws.put(PREFIX + "other", "{}")
        self.aws.fault = fault
        self.push(aliases(6), code=NO)
        self.assertEqual(self.puts(), [])

    def test_written_in_between(self):
        """The last moment: between the look and the put."""
        self.push(aliases(5))
        name = PREFIX + "0001"

        def fault(operation, request, handler):
            if operation == "PutParameter":
                self.aws.fault = None
                self.aws.put(name, self.aws.value(name))
        self.aws.fault = fault
        self.assertIn("history", self.push(aliases(6), code=TEMPORARY))

    def test_throttled_puts(self):
        calls = []

        def fault(operation, request, handler):
            if operation == "PutParameter":
                calls.append(1)
                if len(calls) % 2:
                    return error_answer("ThrottlingException",
                                        "Rate exceeded")
        self.aws.fault = fault
        self.push(aliases(150), env={"AWS_MAX_ATTEMPTS": "3"})
        self.assertEqual(self.stored(), aliases(150))


def big(key, size):
    return {key: {"targets": ["x@mail.example"], "comment": "c" * size}}


class Moves(PushTest):
    """Entries that must leave a full parameter."""
    def setUp(self):
        super().setUp()
        self.old = {**big("a@a.example", 900), **big("b@a.example", 900),
                    **big("c@a.example", 900)}
        self.new = {**self.old, **big("a@a.example", 990),
                    **big("b@a.example", 990), **big("c@a.example", 990)}
        self.new.update(big("a@a.example", 999))
        self.new = {**big("a@a.example", 999), **big("b@a.example", 999),
                    **big("c@a.example", 999), **big("d@a.example", 999)}
        self.aws.put(PREFIX + "0001", json.dumps(
            {**self.old, **big("d@a.example", 800)}))

    def readings(self, stop):
        """What readers see all the while."""
        seen = []
        while not stop.is_set():
            with self.aws.lock:
                values = list(self.aws.values(PREFIX).values())
            seen.append([json.loads(v) for v in values])
            time.sleep(0.001)
        return seen

    def test_nothing_vanishes(self):
        stop, seen = threading.Event(), []
        reader = threading.Thread(
            target=lambda: seen.extend(self.readings(stop)))
        reader.start()
        self.push(self.new)
        stop.set()
        reader.join()
        self.assertEqual(self.stored(), self.new)
        self.assertGreater(len(seen), 3)
        for parameters in seen:
            table = {}
            for parameter in parameters:
                for key, entry in parameter.items():
                    self.assertEqual(table.setdefault(key, entry), entry)
            self.assertEqual(set(table), set(self.new))

    def test_reader_in_the_middle(self):
        """A sync that reads some parameters before and some after a step."""
        self.sync()
        names = []

        def fault(operation, request, handler):
            if operation == "PutParameter":
                names.append(request["Name"])
        self.aws.fault = fault
        self.aws.page_limit = 1
        self.push(self.new)
        self.assertGreater(len(names), len(set(names)),
                           "no parameter was written in two steps")
        self.sync()
        self.assertEqual(self.cached(), self.new)

    def test_killed_anywhere(self):
        """After each request in turn; the next push goes on."""
        first = json.loads(self.aws.value(PREFIX + "0001"))
        for n in range(1, 60):
            self.aws.parameters.clear()
            self.aws.put(PREFIX + "0001", json.dumps(first))
            calls = []
            process = None

            def fault(operation, request, handler):
                calls.append(operation)
                if len(calls) == n:
                    process.send_signal(signal.SIGKILL)
                    process.wait()
            path = self.write("new.json", self.new)
            self.aws.fault = fault
            process = subprocess.Popen(
                self.command("push", "--yes", "--wait=0", path),
                env=self.env, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)
            code = process.wait(timeout=30)
            self.aws.fault = None
            self.assertEqual(set(self.stored()), set(first) | set(self.new))
            self.push(self.new)
            self.assertEqual(self.stored(), self.new)
            if code == 0:
                break
        self.assertGreater(n, 8)
        self.assertEqual(code, 0)

    def test_waits_a_readers_interval(self):
        self.configure(interval=1)
        path = self.write("new.json", self.new)
        self.run_program("push", "--yes", path)
        times = [(e["time"], e["request"]["Name"]) for e in self.aws.log
                 if e["operation"] == "PutParameter"]
        gaps = [late[0] - early[0] for early, late in zip(times, times[1:])]
        self.assertGreater(max(gaps), 1.5)
        self.assertIn("old copies are removed", self.out)


class Diff(PushTest):
    def diff(self, table, code):
        path = self.write("new.json", table)
        return self.run_program("diff", path, code=code)

    def test_diff(self):
        self.push(aliases(5))
        self.assertIn("0 added", self.diff(aliases(5), OK))
        table = aliases(6)
        del table["alias0@a.example"]
        table["alias1@a.example"] = ["x@mail.example"]
        self.diff(table, NO)
        self.assertIn("- alias0@a.example -> me0@mail.example", self.out)
        self.assertIn("~ alias1@a.example -> x@mail.example (was", self.out)
        self.assertIn("+ alias5@a.example -> me5@mail.example", self.out)
        self.assertEqual(self.stored(), aliases(5))

    def test_cannot_tell(self):
        self.diff("{", TEMPORARY)


class Rollback(PushTest):
    def label(self):
        return self.out.strip().rsplit(" ", 1)[1]

    def rollback(self, *arguments, **more):
        return self.run_program("rollback", "--yes", "--wait=0", *arguments,
                                **more)

    def test_last_push(self):
        table = aliases(200)
        self.push(table)
        before = self.aws.values(PREFIX)
        changed = dict(table)
        del changed["alias7@a.example"]
        changed["alias8@a.example"] = ["x@mail.example"]
        changed.update(aliases(150, 1000))
        self.push(changed)
        self.assertEqual(self.stored(), changed)
        self.rollback("--force")
        self.assertEqual(self.stored(), table)
        after = self.aws.values(PREFIX)
        self.assertEqual({n: after[n] for n in before}, before)
        self.rollback("--force")
        self.assertEqual(self.stored(), changed)

    def test_to_label(self):
        labels, tables = [], []
        for n in range(4):
            tables.append({**aliases(100), **aliases(n * 20, 500),
                           "alias1@a.example": ["v%d@mail.example" % n]})
            self.push(tables[-1])
            labels.append(self.label())
        for n in (0, 3, 1, 2):
            self.rollback("--force", "--to", labels[n])
            self.assertEqual(self.stored(), tables[n], labels[n])

    def test_first_push_over_an_old_table(self):
        self.aws.put(PREFIX + "old", json.dumps(aliases(9)))
        self.push(aliases(12))
        self.rollback("--force")
        self.assertEqual(self.stored(), aliases(9))

    def test_no_label(self):
        self.aws.put(PREFIX + "old", json.dumps(aliases(9)))
        self.assertIn("--to", self.rollback(code=NO))
        self.assertIn("nonesuch", self.rollback("--to", "nonesuch", code=NO))

    def test_dry_run(self):
        self.push(aliases(5))
        self.push(aliases(6))
        self.assertIn("- alias5@a.example", self.rollback("--dry-run"))
        self.assertEqual(self.stored(), aliases(6))


class OneParameter(PushTest):
    SOURCE = "ssm:/mail/table"

    def test_push(self):
        self.push(aliases(5))
        self.assertEqual(json.loads(self.aws.value("/mail/table")),
                         aliases(5))
        self.push(aliases(6))
        self.assertEqual(json.loads(self.aws.value("/mail/table")),
                         aliases(6))
        self.run_program("rollback", "--yes")
        self.assertEqual(json.loads(self.aws.value("/mail/table")),
                         aliases(5))

    def test_too_long(self):
        self.assertIn("ssm-path:", self.push(aliases(100), code=NO))
        self.push(aliases(100), "--advanced")
        self.assertEqual(self.aws.parameters["/mail/table"][-1]["Tier"],
                         "Advanced")
        self.push(aliases(101))
        self.assertEqual(json.loads(self.aws.value("/mail/table")),
                         aliases(101))


if __name__ == "__main__":
    unittest.main()

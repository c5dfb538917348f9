# SPDX-License-Identifier: MIT
"""Each fault: the last good table is in use, the error says what to do."""
import json
import os
import shutil
import signal
import struct
import subprocess
import time
import unittest

from awstest import (CONFIG, HERE, NO, PREFIX, TEMPORARY, Answer, AwsTest,
                     aliases, error_answer)


class Fault(AwsTest):
    """A good table first; then `broken`; then all is well again."""
    def setUp(self):
        super().setUp()
        self.good = aliases(40)
        for n in range(4):
            self.aws.put("%s%d" % (PREFIX, n), json.dumps(
                aliases(10, n * 10)))
        self.sync()
        self.before = self.files()

    def broken(self, code, *texts, **more):
        out = self.sync(code=code, **more)
        for text in texts:
            self.assertIn(text, out)
        self.assertIn("last good table stays in use", out)
        self.assertEqual(self.files(), self.before)
        self.assertTable(self.good)
        return out

    def value(self, text, kind="String"):
        self.aws.put(PREFIX + "2", text, kind)

    def well_again(self):
        self.aws.fault = None
        self.aws.put(PREFIX + "2", json.dumps(
            {**aliases(10, 20), "new@a.example": ["n@mail.example"]}))
        self.sync()
        self.assertEqual(self.query("new@a.example"), "n@mail.example")


class Values(Fault):
    def test_truncated(self):
        self.value(json.dumps(aliases(10, 20))[:-20])
        self.broken(NO, PREFIX + "2:1:")
        self.well_again()

    def test_empty(self):
        self.value("")
        self.broken(NO, PREFIX + "2")
        self.well_again()

    def test_array(self):
        self.value('["alias20@a.example"]')
        self.broken(NO, PREFIX + "2", "object")
        self.well_again()

    def test_entry_of_wrong_type(self):
        self.value('{"alias20@a.example": 5}')
        self.broken(NO, PREFIX + "2", "alias20@a.example")
        self.well_again()

    def test_foreign_domain(self):
        self.value('{"alias20@other.example": ["x@mail.example"]}')
        self.broken(NO, "other.example", "domains")
        self.well_again()

    def test_string_list(self):
        self.value(json.dumps(aliases(10, 20)), "StringList")
        self.broken(NO, PREFIX + "2", "String")
        self.well_again()

    def test_number(self):
        """A value that is no string, in the answer itself."""
        self.aws.parameters[PREFIX + "2"][-1]["Value"] = 5
        self.broken(TEMPORARY, "without name, text or version")
        self.well_again()

    def test_oversized(self):
        self.value(json.dumps({"a@a.example": {
            "targets": ["x@y.z"], "comment": "x" * 40000}}))
        self.broken(TEMPORARY, PREFIX + "2", "more than SSM stores")
        self.well_again()

    def test_oversized_answer(self):
        def fault(operation, request, handler):
            return Answer(200, b'{"Parameters":[' + b" " * 5000000 + b"]}")
        self.aws.fault = fault
        self.broken(TEMPORARY, "longer than any should be")
        self.well_again()

    def test_not_utf8(self):
        def fault(operation, request, handler):
            item = self.aws.shown(self.aws.parameters[PREFIX + "2"][-1])
            body = json.dumps({"Parameters": [item]}).encode()
            return Answer(200, body.replace(b"alias20", b"alias\xff\xfe"))
        self.aws.fault = fault
        self.broken(TEMPORARY, "is no JSON object")
        self.well_again()

    def test_half_missing(self):
        for n in (1, 3):
            del self.aws.parameters["%s%d" % (PREFIX, n)]
        self.broken(NO, "20 of 40", "max_shrink", "--force")
        self.aws.put(PREFIX + "1", json.dumps(aliases(10, 10)))
        self.aws.put(PREFIX + "3", json.dumps(aliases(10, 30)))
        self.well_again()

    def test_all_missing(self):
        self.aws.parameters.clear()
        self.broken(CONFIG, "no parameter", "sync.region")


class Network(Fault):
    def answer(self, *arguments, **more):
        self.aws.fault = lambda *_: Answer(*arguments, **more)

    def test_throttled(self):
        self.aws.fault = lambda *_: error_answer("ThrottlingException",
                                                 "Rate exceeded")
        self.broken(TEMPORARY, "ThrottlingException", "request id",
                    "requests_per_second")
        self.well_again()

    def test_throttled_then_not(self):
        calls = []

        def fault(operation, request, handler):
            calls.append(time.monotonic())
            if len(calls) <= 2:
                return error_answer("ThrottlingException", "Rate exceeded")
        self.aws.fault = fault
        self.sync(env={"AWS_MAX_ATTEMPTS": "4"})
        self.assertEqual(self.files(), self.before)
        self.assertEqual(len(calls), 3)

    def test_server_error(self):
        for status in (500, 502, 503):
            self.answer(status, b"<html>Bad Gateway</html>",
                        [("Content-Type", "text/html")])
            self.broken(TEMPORARY, "HTTP %d" % status)
        self.well_again()

    def test_garbage(self):
        self.answer(200, b"<html>Please log in to the hotel</html>")
        self.broken(TEMPORARY, "no JSON object")
        self.well_again()

    def test_redirect(self):
        self.answer(302, b"", [("Location", "http://127.0.0.1:1/")])
        self.broken(NO, "HTTP 302")
        self.well_again()

    def test_cut_off(self):
        def fault(operation, request, handler):
            result = json.dumps(self.aws.GetParametersByPath(request))
            return Answer(200, result.encode(), cut=100)
        self.aws.fault = fault
        self.broken(TEMPORARY, "GetParametersByPath")
        self.well_again()

    def test_stopped(self):
        self.aws.stop()
        self.broken(TEMPORARY, "GetParametersByPath")
        self.aws.start()
        self.well_again()

    def test_endless_pages(self):
        calls = []

        def fault(operation, request, handler):
            calls.append(1)
            body = {"Parameters": [], "NextToken": "x"}
            if len(calls) > 30:
                body = {"Parameters": []}
            return Answer(200, json.dumps(body).encode())
        self.aws.fault = fault
        self.broken(CONFIG, "no parameter")

    def test_control_characters(self):
        """What AWS says cannot forge a line of the log."""
        self.aws.fault = lambda *_: error_answer(
            "Evil\nException", "x\r\n\x1b[31mforged: line")
        out = self.broken(NO)
        self.assertNotIn("\x1b", out)
        self.assertNotIn("\nforged", out)


class Access(Fault):
    def test_expired_token(self):
        self.aws.expired.add("AKIDEXAMPLE")
        self.broken(CONFIG, "ExpiredTokenException", "sign in again")
        self.aws.expired.clear()
        self.well_again()

    def test_wrong_secret(self):
        self.env["AWS_SECRET_ACCESS_KEY"] = "something-else"
        self.broken(CONFIG, "secret access key does not belong")
        self.assertNotIn("something-else", self.err)

    def test_unknown_key(self):
        self.env["AWS_ACCESS_KEY_ID"] = "AKIAUNKNOWN"
        self.broken(CONFIG, "UnrecognizedClientException", "unknown")

    def test_wrong_region(self):
        self.configure(region="us-east-1")
        self.broken(CONFIG, "another region", "region")
        self.configure()
        self.well_again()

    def test_no_region(self):
        self.configure(region=None)
        self.broken(CONFIG, "no AWS region", "AWS_REGION")

    def test_clock_behind(self):
        self.aws.clock_offset = 3600
        out = self.broken(CONFIG, "clock", "behind AWS's", "chrony")
        self.assertRegex(out, "clock is 3(599|600) seconds behind")
        self.aws.clock_offset = 0
        self.well_again()

    def test_clock_ahead(self):
        self.aws.clock_offset = -3600
        self.broken(CONFIG, "seconds ahead of AWS's")

    def test_denied(self):
        self.aws.fault = lambda *_: error_answer(
            "AccessDeniedException", "User: arn:x is not authorized to "
            "perform: ssm:GetParametersByPath on resource: arn:y")
        self.broken(CONFIG, "ssm:GetParametersByPath", "IAM")
        self.assertEqual(len(self.aws.log), 2, "a refusal is not retried")
        self.well_again()

    def test_kms_denied(self):
        self.aws.fault = lambda *_: error_answer(
            "AccessDeniedException", "The ciphertext ... kms:Decrypt")
        self.broken(CONFIG, "kms:Decrypt on the parameter's key")


def cdb_read(path):
    """All records of a constant database."""
    with open(path, "rb") as file:
        data = file.read()
    end = min(struct.unpack_from("<II", data, 8 * n)[0] for n in range(256))
    records, at = {}, 2048
    while at < end:
        key_len, value_len = struct.unpack_from("<II", data, at)
        at += 8
        key = data[at:at + key_len]
        records[key] = data[at + key_len:at + key_len + value_len]
        at += key_len + value_len
    return records


class Writing(AwsTest):
    """The process dies, or the disk is full, at every change to a file."""
    SOURCE = "ssm:/mail/table"

    def setUp(self):
        super().setUp()
        self.shim = os.path.join(self.folder, "shim.so")
        subprocess.run([os.environ.get("CC", "cc").split()[0], "-shared",
                        "-fPIC", "-O1", "-o", self.shim,
                        os.path.join(HERE, "fault_shim.c"), "-ldl"],
                       check=True)
        self.old = aliases(10)
        self.new = {**aliases(9), "new@a.example": ["n@mail.example"]}
        self.new["alias1@a.example"] = ["other@mail.example"]

    def start_over(self):
        saved = os.path.join(self.folder, "saved")
        shutil.rmtree(self.table, ignore_errors=True)
        if not os.path.exists(saved):
            self.aws.put("/mail/table", json.dumps(self.old))
            self.sync()
            shutil.copytree(self.table, saved)
            shutil.rmtree(self.table)
            self.aws.put("/mail/table", json.dumps(self.new))
        shutil.copytree(saved, self.table)

    def run_with(self, kind, number):
        env = {**self.env, "LD_PRELOAD": self.shim, "FAULT_KIND": kind,
               "FAULT_DIR": self.table, "FAULT_AT": str(number)}
        env["ASAN_OPTIONS"] = env.get("ASAN_OPTIONS", "") + \
            ":verify_asan_link_order=0"
        done = subprocess.run(self.command("sync"), env=env,
                              capture_output=True, text=True, timeout=60,
                              check=False)
        return done.returncode, done.stdout + done.stderr

    def usable(self):
        """Every file is whole, and no alias of both tables is missing."""
        common = set(self.old) & set(self.new)
        for name in ("aliases.cdb", "entries.cdb"):
            records = cdb_read(os.path.join(self.table, name))
            for key in common:
                self.assertIn(key.encode(), records, name)
                self.assertTrue(records[key.encode()])
        self.assertIn(b"a.example", cdb_read(
            os.path.join(self.table, "domains.cdb")))
        self.assertIn(self.cached(), (self.old, self.new))
        self.assertIn(self.query("alias1@a.example"),
                      ("me1@mail.example", "other@mail.example"))
        self.assertEqual(self.query("alias2@a.example"), "me2@mail.example")

    def test_killed(self):
        code, number = -signal.SIGKILL, 0
        while code == -signal.SIGKILL:
            number += 1
            self.start_over()
            code, out = self.run_with("kill", number)
            self.usable()
            self.sync()
            self.assertTable(self.new)
        self.assertEqual(code, 0, out)
        self.assertGreater(number, 20)

    def test_disk_full(self):
        code, number, refused = None, 0, 0
        while code != 0:
            number += 1
            self.start_over()
            code, out = self.run_with("full", number)
            self.usable()
            if code != 0:
                refused += 1
                self.assertEqual(code, TEMPORARY, out)
                self.assertIn("No space left", out)
            self.sync()
            self.assertTable(self.new)
        self.assertGreater(refused, 10)

    def test_first_sync_killed(self):
        """With no table before: there is none, or the whole."""
        for number in (1, 5, 9, 13):
            shutil.rmtree(self.table, ignore_errors=True)
            self.aws.put("/mail/table", json.dumps(self.old))
            code, _ = self.run_with("kill", number)
            self.assertEqual(code, -signal.SIGKILL)
            self.sync()
            self.assertTable(self.old)


class Daemon(Fault):
    def start(self, *arguments, **env):
        process = subprocess.Popen(
            self.command("sync", "--daemon", *arguments),
            env={**self.env, **env}, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def until(self, true, seconds=15):
        end = time.monotonic() + seconds
        while not true():
            self.assertLess(time.monotonic(), end, "it did not happen")
            time.sleep(0.05)

    def test_outage(self):
        """Throttled for some rounds: the table stays, then follows."""
        process = self.start()
        self.until(lambda: len(self.aws.log) >= 3)
        self.aws.fault = lambda *_: error_answer("ThrottlingException",
                                                 "Rate exceeded")
        count = len(self.aws.log)
        self.until(lambda: len(self.aws.log) >= count + 4)
        self.assertEqual(self.files(), self.before)
        self.aws.stop()
        time.sleep(1.5)
        self.assertEqual(self.files(), self.before)
        self.assertIsNone(process.poll())
        self.aws.fault = None
        self.aws.put(PREFIX + "9", '{"late@a.example": ["x@mail.example"]}')
        self.aws.start()
        self.until(lambda: self.query("late@a.example"))
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(5), 0)
        self.assertIn("ThrottlingException", process.stderr.read())

    def test_stops_while_waiting_for_aws(self):
        self.aws.fault = lambda *_: Answer(200, b"{}", delay=5)
        process = self.start()
        self.until(lambda: len(self.aws.log) >= 2)
        begin = time.monotonic()
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(4), 0)
        self.assertLess(time.monotonic() - begin, 3)

    def test_hangup_syncs_now(self):
        self.configure(interval=3600)
        process = self.start()
        self.until(lambda: len(self.aws.log) >= 2)
        time.sleep(0.3)
        self.aws.put(PREFIX + "9", '{"now@a.example": ["x@mail.example"]}')
        process.send_signal(signal.SIGHUP)
        self.until(lambda: self.query("now@a.example"))

    def test_one_instance(self):
        self.configure(interval=3600)
        self.start()
        self.until(lambda: len(self.aws.log) >= 2)
        self.assertIn("another sync", self.sync(code=TEMPORARY))

    def test_mark_that_cannot_be_opened(self):
        mark = os.path.join(self.table, "synced")
        os.unlink(mark)
        os.mkdir(mark)
        self.assertIn(f"cannot open {mark}: ", self.sync(code=TEMPORARY))

    def test_service_manager(self):
        import socket
        path = os.path.join(self.folder, "notify")
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(listener.close)
        listener.bind(path)
        listener.settimeout(10)
        process = self.start(NOTIFY_SOCKET=path, WATCHDOG_USEC="400000")
        seen = []
        while not any("STATUS=40 aliases" in s for s in seen) or \
                seen.count("WATCHDOG=1") < 5:
            seen.append(listener.recv(1000).decode())
        self.assertIn("READY=1", seen)
        process.send_signal(signal.SIGTERM)
        while "STOPPING=1" not in seen:
            seen.append(listener.recv(1000).decode())
        self.assertEqual(process.wait(5), 0)

    def test_no_core(self):
        process = self.start()
        self.until(lambda: len(self.aws.log) >= 2)
        with open("/proc/%d/limits" % process.pid,
                  encoding="ascii") as file:
            limits = [line.split() for line in file if "core file" in line]
        self.assertEqual(limits[0][4:6], ["0", "0"])
        with open("/proc/%d/cmdline" % process.pid, "rb") as file:
            words = file.read()
        for secret in self.secrets():
            self.assertNotIn(secret.encode(), words)

    def test_confirmed(self):
        """The files stay as they are; the mark moves on."""
        mark = os.path.join(self.table, "synced")
        first = os.stat(mark).st_mtime
        self.start()
        self.until(lambda: os.stat(mark).st_mtime > first)
        self.assertEqual(self.files(), self.before)


if __name__ == "__main__":
    unittest.main()

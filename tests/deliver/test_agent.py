#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""aliasbridge-deliver by itself: every unexpected end is 75, and a message of
40 MB needs little memory."""
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest

from aiosmtpd.controller import Controller

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from ports import free_port  # noqa: E402

BUILD = pathlib.Path(os.environ.get("ALIASBRIDGE_BUILD")
                     or os.environ.get("top_builddir")
                     or HERE.parent.parent / "build").resolve()
HELLO = b"From: a@sender.test\nTo: shop@alias.test\nSubject: s\n\nhello\n"
MEMORY = 32 << 20


class Sink:
    def __init__(self):
        self.sizes = []

    async def handle_DATA(self, _server, _session, envelope):
        self.sizes.append(len(envelope.content))
        return "250 2.0.0 Ok: queued as X"


class Agent(unittest.TestCase):
    def setUp(self):
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="ab-agent-"))
        self.program = BUILD / "aliasbridge-deliver"
        self.port = free_port()
        self.write_config()
        (self.base / "a.json").write_text(json.dumps(
            {"shop@alias.test": ["me@target.test"]}))
        subprocess.run([BUILD / "aliasbridge", "build", "-c", self.config,
                        self.base / "a.json"], check=True,
                       stdout=subprocess.DEVNULL)
        self.sink = Sink()
        self.server = Controller(self.sink, hostname="127.0.0.1",
                                 port=self.port, data_size_limit=None)
        self.server.start()

    def tearDown(self):
        self.server.stop()
        shutil.rmtree(self.base)

    def write_config(self, more=""):
        self.config = self.base / "aliasbridge.conf"
        self.config.write_text(
            'domains = [ "alias.test" ]; table = "table";\n'
            'bounce_address = "bounces@alias.test";\n'
            f'reinject = "127.0.0.1:{self.port}";\n'
            'milter = { spool = "/var/tmp"; };\n' + more)

    def run_agent(self, *arguments, message=HELLO, limit=None):
        def set_limit():
            if limit:
                resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        return subprocess.run(
            [self.program, "--stderr", *arguments], input=message,
            capture_output=True, check=False, preexec_fn=set_limit)

    def deliver(self, recipient="shop@alias.test", **more):
        return self.run_agent("-c", self.config, "--sender", "a@sender.test",
                              "--recipient", recipient, **more)

    def check_deferred(self, done, status="4.3"):
        self.assertEqual(done.returncode, 75, done)
        self.assertTrue(done.stdout.startswith(status.encode()), done)
        self.assertEqual(done.stdout.count(b"\n"), 1, done)
        self.assertEqual(self.sink.sizes, [])

    def test_sent(self):
        done = self.deliver()
        self.assertEqual((done.returncode, done.stdout), (0, b""), done)
        self.assertEqual(len(self.sink.sizes), 1)

    def test_usage(self):
        for arguments in ([], ["--sender", "a@b"], ["--recipient", "a@b"],
                          ["--nonsense"],
                          ["--sender", "a@b", "--recipient", "c@d", "e@f"]):
            with self.subTest(arguments):
                self.check_deferred(self.run_agent(*arguments))

    def test_values_that_look_like_options(self):
        done = self.run_agent("-c", self.config, "--sender", "--help",
                              "--recipient", "--version")
        self.assertEqual((done.returncode, done.stdout[:6]),
                         (67, b"5.1.1 "), done)

    def test_no_configuration(self):
        self.config.unlink()
        self.check_deferred(self.deliver())

    def test_broken_configuration(self):
        self.write_config("nonsense = 1;\n")
        self.check_deferred(self.deliver())

    def test_foreign_listener(self):
        self.write_config()
        self.config.write_text(self.config.read_text().replace(
            "127.0.0.1:", "192.0.2.1:"))
        self.check_deferred(self.deliver())

    def test_no_password(self):
        self.write_config('relay = "ses"; ses: { host = "localhost";\n'
                          'user = "u"; password_file = "none"; };\n')
        done = self.deliver()
        self.check_deferred(done)
        self.assertIn(f"{self.config}:6: cannot read {self.base}/none"
                      .encode(), done.stderr)

    def test_no_table(self):
        shutil.rmtree(self.base / "table")
        self.check_deferred(self.deliver())

    def test_broken_table(self):
        for path in (self.base / "table").glob("*.cdb"):
            path.write_bytes(b"\0" * 100)
        self.check_deferred(self.deliver())

    def test_no_listener(self):
        self.config.write_text(self.config.read_text().replace(
            f":{self.port}", f":{free_port()}"))
        self.check_deferred(self.deliver(), "4.4.1")

    def move_program(self):
        self.program = pathlib.Path(
            shutil.copy(self.program, self.base / "aliasbridge-deliver"))

    def build_agent(self, code):
        source = self.base / "agent.c"
        source.write_text(code)
        subprocess.run(["cc", "-shared", "-fPIC", "-o",
                        self.base / "aliasbridge-agent.so", source],
                       check=True)

    def test_agent_that_cannot_be_loaded(self):
        self.move_program()
        (self.base / "aliasbridge-agent.so").write_text("garbage")
        self.check_deferred(self.deliver())

    def test_missing_library(self):
        self.move_program()
        self.build_agent("int deliver_main(void) { return 0; }")
        library = self.base / "libgone.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, "-xc",
                        "/dev/null"], check=True)
        subprocess.run(["cc", "-shared", "-fPIC", "-Wl,--no-as-needed", "-o",
                        self.base / "aliasbridge-agent.so",
                        self.base / "agent.c", library], check=True)
        library.unlink()
        self.check_deferred(self.deliver())

    def test_stray_exits(self):
        self.move_program()
        for code in (0, 1, 2, 67, 127):
            with self.subTest(code):
                self.build_agent(
                    "#include <stdlib.h>\n"
                    f"int deliver_main(void) {{ exit({code}); }}")
                self.assertEqual(self.deliver().returncode, 75)

    def test_forty_megabytes_in_little_memory(self):
        line = b"x" * 75 + b"\n"
        big = HELLO + line * (39_000_000 // 77)
        done = self.deliver(message=big, limit=MEMORY)
        self.assertEqual(done.returncode, 0, done)
        self.assertGreater(self.sink.sizes[0], 38_000_000)

    def test_too_big(self):
        self.write_config("limits = { message_size = 1000000; };\n")
        done = self.deliver(message=HELLO + b"x" * 70 + b"\n"
                            + (b"y" * 70 + b"\n") * 50_000)
        self.assertEqual((done.returncode, done.stdout[:6]),
                         (69, b"5.3.4 "), done)

    def test_spool_full(self):
        folder = self.base / "full"
        folder.mkdir()
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder],
            check=False, capture_output=True).returncode == 0
        if not mounted:
            self.skipTest("cannot mount a tmpfs")
        try:
            self.config.write_text(self.config.read_text().replace(
                "/var/tmp", str(folder)))
            self.check_deferred(self.deliver(
                message=HELLO + (b"y" * 70 + b"\n") * 50_000), "4.3.1")
        finally:
            subprocess.run(["umount", folder], check=False)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""Whole messages through Postfix and milter: what arrives is what preview
printed, and SES (with the real JavaMail, where it is installed) takes it.

The messages are those of tests/golden and tests/bounces and, where
ALIASBRIDGE_CORPUS names a folder, every file below it.
"""
import os
import pathlib
import re
import shutil
import tempfile
import unittest

import harness
from harness import SOURCE, crlf, without_received

TARGET = "me@target.test"
ALIAS = "shop@alias.test"
NOW = re.compile(rb"(?im)^(Message-ID|Date):.*\r\n(?:[ \t].*\r\n)*")


def messages():
    tests = SOURCE / "tests"
    yield from sorted(tests.glob("golden/*/message.eml"))
    yield from sorted(tests.glob("bounces/*.eml"))
    if "ALIASBRIDGE_CORPUS" in os.environ:
        for path in sorted(pathlib.Path(
                os.environ["ALIASBRIDGE_CORPUS"]).rglob("*")):
            if path.is_file() and path.name != "README.md":
                yield path


def as_sent(octets):
    """What Postfix's smtp client does to a message that preview printed."""
    octets = crlf(octets)
    # No empty line after the header where no body follows.
    if octets.endswith(b"\r\n\r\n") and octets.count(b"\r\n\r\n") == 1:
        octets = octets[:-2]
    return octets


def comparable(octets, own_date_and_id):
    """Date and Message-ID that we made name the second in which we did."""
    head, empty, body = octets.partition(b"\r\n\r\n")
    head += b"\r\n"
    if not own_date_and_id:
        head = NOW.sub(b"", head)
    return head.rstrip(b"\r\n") + empty.rstrip(b"\r\n") + body.rstrip(b"\r\n")


class Messages(harness.SiteTest):
    aliases = {ALIAS: [TARGET]}

    @classmethod
    def setUpClass(cls):
        if shutil.which("javac") and pathlib.Path(
                "/usr/share/java/javax.mail.jar").exists():
            folder = tempfile.TemporaryDirectory()
            cls.addClassCleanup(folder.cleanup)
            cls.javamail = folder.name
        super().setUpClass()

    def _refused_alike(self, path, octets, sender, reply):
        """Postfix's own refusals aside, preview refuses in the same words."""
        done = self.site.command("preview", "--to", ALIAS, "--from", sender,
                                 stdin=octets)
        self.assertEqual(done.returncode, 1, (path, reply))
        self.assertIn(reply.rpartition("(")[0][:60] or reply,
                      done.stderr.decode("utf-8", "replace"))

    def test_arrive_as_previewed(self):
        sent, refused = {}, 0
        client = self.site.client()
        for number, path in enumerate(messages()):
            sender = f"m{number}@sender.test"
            octets = crlf(path.read_bytes())
            answer = self.site.send(octets, [ALIAS], sender, client=client,
                                    raw=True)
            if answer.code == 250:
                sent[sender.partition("@")[0]] = path, octets, sender
                continue
            refused += 1
            with self.subTest(message=str(path), refused=answer.text):
                self._refused_alike(path, octets, sender, answer.text)
        client.close()
        self.assertTrue(sent)
        self.site.postfix.wait_empty(300)
        self.assertEqual([], [(mail.sender, mail.about["reply"])
                              for mail in self.site.ses.refused()])
        arrived = {mail.sender.partition("@")[0].rpartition("=")[2]: mail
                   for mail in self.site.ses.mails()}
        self.assertEqual(sorted(sent), sorted(arrived))
        self.assertEqual(len(self.site.ses.mails()), len(sent))
        for key, (path, octets, sender) in sent.items():
            with self.subTest(message=str(path)):
                self._as_previewed(arrived[key], octets, sender)
        print(f"{len(sent)} arrived, {refused} refused alike")

    def _as_previewed(self, mail, octets, sender):
        self.assertEqual(mail.recipients, [TARGET])
        head = octets.partition(b"\r\n\r\n")[0] + b"\r\n"
        has_both = len({found.group(1).lower()
                        for found in NOW.finditer(head)}) == 2
        got = without_received(mail.octets)
        want = as_sent(self.site.preview(octets, ALIAS, sender))
        got, want = comparable(got, has_both), comparable(want, has_both)
        if got != want:
            at = next((i for i, (a, b) in enumerate(zip(got, want))
                       if a != b), min(len(got), len(want)))
            self.fail(f"at octet {at}: {got[max(0, at - 80):at + 80]!r} "
                      f"instead of {want[max(0, at - 80):at + 80]!r}")


if __name__ == "__main__":
    unittest.main()

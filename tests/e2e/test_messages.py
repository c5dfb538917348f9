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

# What Postfix refuses by itself, and how we would.
POSTFIX_REFUSES = {
    "5.4.0 Error: too many hops": "more than 50 Received",
}
MULTIPART = b"""From: Jane Doe <jane@sender.test>
To: shop@alias.test
Message-ID: <1@sender.test>
Date: Tue, 24 Nov 2026 04:00:00 +0000
Content-Type: multipart/mixed; boundary=b

--b
%s

text
--b--
"""


def messages():
    tests = SOURCE / "tests"
    yield from sorted(tests.glob("golden/*/message.eml"))
    yield from sorted(tests.glob("bounces/*.eml"))
    if "ALIASBRIDGE_CORPUS" in os.environ:
        for path in sorted(pathlib.Path(
                os.environ["ALIASBRIDGE_CORPUS"]).rglob("*")):
            if path.is_file() and path.name != "README.md":
                yield path


def without_now(octets):
    head, empty, body = octets.partition(b"\r\n\r\n")
    return NOW.sub(b"", head + b"\r\n") + empty[2:] + body


def folded(match):
    """A line as smtp(8) sends it, by smtp_line_length_limit."""
    line = match.group()
    rest = re.findall(rb".{1,997}", line[998:], re.S)
    return b"\r\n ".join([line[:998], *rest])


def as_sent(preview, octets):
    """What Postfix's smtp client makes of octets, of which preview is the
    forwarded form."""
    # No empty line follows the header where none did.
    if preview.endswith(b"\r\n\r\n") and b"\r\n\r\n" not in octets:
        preview = preview[:-2]
    # Lines over 998 octets, which only reports may have, are broken.
    return re.sub(rb"[^\r\n]{999,}", folded, preview)


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
        """Preview refuses in the same words, but where Postfix comes first."""
        done = self.site.command("preview", "--to", ALIAS, "--from", sender,
                                 stdin=octets)
        self.assertEqual(done.returncode, 1, (path, reply))
        words = POSTFIX_REFUSES.get(reply, reply.rpartition("(")[0][:60])
        self.assertIn(words or reply, done.stderr.decode("utf-8", "replace"))

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

    def _sent_and_previewed(self, octets):
        mail = self.assert_forwarded(octets, ALIAS, [TARGET])
        return (without_received(mail.octets),
                as_sent(self.site.preview(crlf(octets), ALIAS), octets))

    def test_long_line_in_a_report(self):
        report = MULTIPART.replace(
            b"multipart/mixed", b"multipart/report;\n report-type=x")
        got, want = self._sent_and_previewed(
            report % (b"Content-Type: message/rfc822\n\nA: a\n\n"
                      + b"x" * 2000))
        self.assertIn(b"x" * 998 + b"\r\n " + b"x" * 997 + b"\r\n xxxxx\r\n",
                      got)
        self.assertEqual(got, want)

    def test_blanks_before_a_colon_in_a_part(self):
        # The milter sees none, for cleanup(8) takes them out; preview cannot
        # know without reading MIME as Postfix does.
        got, want = self._sent_and_previewed(MULTIPART % b"Content-ID \t: <1>")
        self.assertIn(b"\r\nContent-ID \t: <1>\r\n", want)
        self.assertEqual(got, want.replace(b"Content-ID \t:", b"Content-ID:"))

    def test_long_field_in_an_embedded_message(self):
        # As above: cleanup(8) cuts it.
        field = b"X-A:" + b"\n word" * 12000
        embedded = b"Content-Type: message/rfc822\n\n" + field
        got, want = self._sent_and_previewed(MULTIPART % embedded)
        self.assertIn(crlf(field), want)
        self.assertEqual(
            got, want.replace(crlf(field), crlf(field[:60001].rpartition(
                b"\n")[0])))

    def test_fields_that_grow_too_long(self):
        # Encoded, a header of 2 MB and more.
        text = (b"\x80" * 44 + b"\n ") * 1150
        people = b"".join(b"\xe4\xf6\xfc\xe4\xf6\xfc <%d@c.test>,\n " % i
                          for i in range(1500))
        fields = b"To: %sshop@alias.test\nCc: %sx@c.test\nSubject: %sx\n" % (
            people, people, text)
        fields += b"".join(b"X-%d: %s%d\n" % (i, text, i) for i in range(10))
        octets = b"From: a@sender.test\nMessage-ID: <1@sender.test>\n" \
            b"Date: Tue, 24 Nov 2026 04:00:00 +0000\n" + fields + b"\nx\n"
        got, want = self._sent_and_previewed(octets)
        self.assertGreater(len(got), 2_000_000)
        self.assertGreaterEqual(got.count(b"\r\nX-Original-X-9:"), 3)
        self.assertGreaterEqual(got.count(b"\r\nX-Original-To:"), 3)
        self.assertEqual(got, want)

    def _as_previewed(self, mail, octets, sender):
        self.assertEqual(mail.recipients, [TARGET])
        got = without_received(mail.octets)
        want = as_sent(self.site.preview(octets, ALIAS, sender), octets)
        head = octets.partition(b"\r\n\r\n")[0] + b"\r\n"
        if len(NOW.findall(head)) < 2:
            # Date and Message-ID that we made name the second of it.
            got, want = without_now(got), without_now(want)
        if got != want:
            at = next((i for i, (a, b) in enumerate(zip(got, want))
                       if a != b), min(len(got), len(want)))
            self.fail(f"at octet {at}: {got[max(0, at - 80):at + 80]!r} "
                      f"instead of {want[max(0, at - 80):at + 80]!r}")


if __name__ == "__main__":
    unittest.main()

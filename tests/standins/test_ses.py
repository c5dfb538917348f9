# SPDX-License-Identifier: MIT
"""The SES stand-in is as strict as it says, and no stricter."""
import base64
import json
import pathlib
import smtplib
import ssl
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import ses_judge  # noqa: E402
from ports import free_ports  # noqa: E402

FROM = "From: shop@example.com\n"
NAMED = 'Content-Type: application/x; name="%s"\n'
PARTS = """MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
%s

text
--b--
"""

ACCEPTED = {
    "plain": FROM,
    "sub-domain": "From: a@sub.example.com\n",
    "encoded name": "From: =?utf-8?q?J=C3=BC?= <shop@example.com>\n",
    "group in To": FROM + "To: undisclosed-recipients:;\n",
    "comment": FROM + "To: a@b.test (A comment), \"B, C\" <c@d.test>\n",
    "repeated Received": FROM + "Received: a\nReceived: b\n",
    "folded": FROM + "Subject: a\n b\n",
    "parameters": FROM + "Content-Type: text/plain; charset=\"utf-8\";\n",
    "rfc 2231": FROM + "Content-Disposition: attachment; "
                       "filename*=utf-8''a%20b.pdf\n",
    "preamble": FROM + "Content-Type: multipart/mixed; boundary=b\n\n"
                       "preamble\n--b\n\ntext\n--b--\nepilogue\n",
    "50 recipients": FROM + "To: " + ", ".join(
        f"a{n}@b.test" for n in range(50)) + "\n",
    "embedded exe": FROM + "Content-Type: message/rfc822\n\n"
                           + FROM + NAMED % "a.exe",
    "plus": "From: known+tag@other.test\n",
}
REFUSED = {
    "no From": ("To: a@b.test\n", "Missing required header 'From'"),
    "empty From": ("From: \n", "Missing from"),
    "unverified From": ("From: a@evil.test\n", "not verified"),
    "one of two": ("From: a@example.com, b@evil.test\n", "not verified"),
    "unverified Sender": (FROM + "Sender: a@evil.test\n", "not verified"),
    "foreign Return-Path": (FROM + "Return-Path: <a@evil.test>\n",
                            "not verified"),
    "not a sub-domain": ("From: a@evilexample.com\n", "not verified"),
    "two DKIM": (FROM + "DKIM-Signature: a\nDKIM-Signature: b\n",
                 "Duplicate header 'DKIM-Signature'."),
    "two in case": (FROM + "subject: a\nSUBJECT: b\n", "Duplicate header"),
    "no domain": (FROM + "To: shop\n", "Missing final '@domain'"),
    "bare special": (FROM + "To: a[b <a@b.test>\n", "Missing ']'"),
    "quote": (FROM + "To: \"open <a@b.test>\n", "Missing '\"'"),
    "blank in local": (FROM + "To: a b@c.test\n", "control or whitespace"),
    "dots": (FROM + "Cc: a..b@c.test\n", "dot-dot"),
    "last dot": (FROM + "Reply-To: a.@c.test\n", "ends with dot"),
    "domain": (FROM + "To: a@b_c.test\n", "illegal character"),
    "semicolon": (FROM + "To: a@b.test;\n", "Illegal semicolon"),
    "nested group": (FROM + "To: a: b: c@d.test;;\n", "Nested group"),
    "encoded address": (FROM + "To: =?utf-8?q?a=40b.test?=\n",
                        "Missing final"),
    "8-bit": (FROM + "Subject: gr\xfc\xdfe\n", "non-ASCII"),
    "long line": (FROM + "Subject: " + "x" * 1000 + "\n", "longer than 998"),
    "long body line": (FROM + "\n" + "x" * 999 + "\n", "longer than 1000"),
    "no colon": (FROM + "broken\n", "without colon"),
    "empty name": (FROM + ": x\n", "Empty header names"),
    "illegal name": (FROM + "A B: x\n", "Illegal header name"),
    "control": (FROM + "X-SES-CONFIGURATION-SET: theirs\n", "authorized"),
    "51 recipients": (FROM + "To: " + ",\n ".join(
        f"a{n}@b.test" for n in range(51)) + "\n", "Recipient count"),
    "type": (FROM + "Content-Type: text\n", "Expected '/'"),
    "no value": (FROM + "Content-Type: text/plain; charset\n",
                 "expected '='"),
    "stray": (FROM + "Content-Type: text/plain; charset=a b=c\n",
              "expected ';'"),
    "disposition": (FROM + "Content-Disposition: =x\n",
                    "Expected disposition"),
    "unbalanced": (FROM + "Content-Type: text/plain; name=\"a\n",
                   "Unbalanced"),
    "exe": (FROM + NAMED % "setup.EXE", "Illegal filename"),
    "encoded exe": (FROM + NAMED % "=?utf-8?q?a=2Eexe?=",
                    "Illegal filename"),
    "exe in a part": (FROM + PARTS % "Content-Disposition: attachment;\n"
                                     " filename*0=a.e; filename*1=xe\n",
                      "Illegal filename"),
    "part": (FROM + PARTS % "Content-Type: text/plain; name=\n",
             "expected parameter value"),
    "no boundary": (FROM + "Content-Type: multipart/mixed; boundary=b\n\n"
                           "text\n", "Missing start boundary"),
}


class Judge(unittest.TestCase):
    judge = ses_judge.Judge(["example.com", "known@other.test"])

    def _judged(self, text):
        if "\n\n" not in text:
            text += "\n"
        octets = text.replace("\n", "\r\n").encode("latin-1")
        return self.judge.refuses(octets, "s@example.com", ["a@b.test"])

    def test_accepted(self):
        for label, text in ACCEPTED.items():
            with self.subTest(label):
                self.assertIsNone(self._judged(text))

    def test_refused(self):
        for label, (text, why) in REFUSED.items():
            with self.subTest(label):
                self.assertIn(why, self._judged(text) or "accepted")

    def test_envelope(self):
        octets = (FROM + "\n").encode()
        self.assertIn("not verified", self.judge.refuses(
            octets, "s@evil.test", ["a@b.test"]))
        self.assertIn("Recipient count", self.judge.refuses(
            octets, "s@example.com", ["a@b.test"] * 51))


class Conversation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.base = pathlib.Path(folder.name)
        cls.port = free_ports(2)
        cls.tls_port = cls.port + 1
        cls.server = subprocess.Popen(
            [sys.executable, HERE / "ses_smtp.py", "--port", str(cls.port),
             "--tls-port", str(cls.tls_port), "--tls-dir", cls.base / "tls",
             "--user", "AKIATEST", "--password", "secret", "--verified",
             "example.com", "--out", cls.base / "out", "--hostname",
             "localhost", "--faults", cls.base / "faults", "--max-size",
             "100000", "--idle", "2"], stdout=subprocess.PIPE)
        cls.addClassCleanup(cls._stop)
        if cls.server.stdout.readline() != b"ready\n":
            raise AssertionError("the stand-in did not start")
        cls.tls = ssl.create_default_context(cafile=cls.base / "tls/ca.pem")

    @classmethod
    def _stop(cls):
        cls.server.terminate()
        cls.server.wait()
        cls.server.stdout.close()

    def _client(self, login=True):
        client = smtplib.SMTP("localhost", self.port, timeout=30)
        self.addCleanup(client.close)
        client.starttls(context=self.tls)
        if login:
            client.login("AKIATEST", "secret")
        return client

    def _send(self, client, text=FROM + "\nhi\n"):
        for command in ("EHLO x", "MAIL FROM:<s@example.com>",
                        "RCPT TO:<a@b.test>"):
            reply = client.docmd(command)
            if reply[0] != 250:
                return reply
        try:
            return client.data(text.replace("\n", "\r\n").encode())
        except smtplib.SMTPDataError as error:
            return error.smtp_code, error.smtp_error

    def test_greeting(self):
        client = smtplib.SMTP(timeout=30)
        code, banner = client.connect("localhost", self.port)
        self.addCleanup(client.close)
        self.assertEqual(code, 220)
        self.assertTrue(banner.startswith(b"email-smtp.amazonaws.com ESMTP"))
        self.assertEqual(client.docmd("EHLO x")[1].split(b"\n"), [
            b"email-smtp.amazonaws.com", b"8BITMIME", b"STARTTLS",
            b"AUTH PLAIN LOGIN", b"Ok"])
        self.assertEqual(client.docmd("MAIL FROM:<s@example.com>")[0], 530)

    def test_authentication(self):
        client = self._client(login=False)
        client.ehlo()
        self.assertEqual(client.docmd("MAIL FROM:<s@example.com>"),
                         (530, b"Authentication required"))
        wrong = base64.b64encode(b"\0AKIATEST\0wrong").decode()
        self.assertEqual(client.docmd("AUTH PLAIN " + wrong),
                         (535, b"Authentication Credentials Invalid"))
        self.assertEqual(client.docmd("AUTH LOGIN"),
                         (334, b"VXNlcm5hbWU6"))
        self.assertEqual(
            client.docmd(base64.b64encode(b"AKIATEST").decode()),
            (334, b"UGFzc3dvcmQ6"))
        self.assertEqual(
            client.docmd(base64.b64encode(b"secret").decode()),
            (235, b"Authentication successful."))

    def test_envelope(self):
        client = self._client()
        for command, code in (("MAIL FROM:<>", 501),
                              ("MAIL FROM:<nobody>", 501),
                              ("MAIL FROM:<a..b@example.com>", 553),
                              ("MAIL FROM:<s@example.com> SIZE=5", 555),
                              ("MAIL FROM:<s@example.com> SMTPUTF8", 555),
                              ("MAIL FROM:<s@example.com> BODY=8BITMIME",
                               250),
                              ("RCPT TO:<nobody>", 553),
                              ("RCPT TO:<a@b.test> NOTIFY=NEVER", 555),
                              ("RCPT TO:<a@b.test>", 250)):
            with self.subTest(command):
                self.assertEqual(client.docmd(command)[0], code)

    def test_accepted_and_kept(self):
        text = FROM + "\n.\n..dots\n"
        code, reply = self._send(self._client(), text)
        self.assertEqual((code, reply[:3]), (250, b"Ok "))
        about = max((self.base / "out").glob("*.json"))
        self.assertEqual(about.with_suffix(".eml").read_bytes(),
                         text.replace("\n", "\r\n").encode())
        kept = json.loads(about.read_text())
        self.assertEqual(kept["id"], reply[3:].decode())
        self.assertEqual((kept["sender"], kept["recipients"]),
                         ("s@example.com", ["a@b.test"]))
        self.assertTrue(kept["tls"].startswith("TLS"))

    def test_implicit_tls(self):
        client = smtplib.SMTP_SSL("localhost", self.tls_port,
                                  context=self.tls, timeout=30)
        self.addCleanup(client.close)
        client.login("AKIATEST", "secret")
        self.assertEqual(self._send(client)[0], 250)

    def test_too_long(self):
        self.assertEqual(
            self._send(self._client(), FROM + "\n" + "text\n" * 30000),
            (552, b"Message is too long."))

    def test_faults(self):
        faults = self.base / "faults"
        client = self._client()
        for fault, code in (({"stage": "mail", "action": "reply"}, 454),
                            ({"stage": "rcpt", "action": "reply",
                              "text": "451 later", "recipient": "a@b.test"},
                             451),
                            ({"stage": "rcpt", "action": "reply",
                              "recipient": "other@b.test"}, 250),
                            ({"stage": "dot", "action": "reply",
                              "every": 2}, 250)):
            faults.write_text(json.dumps([fault]))
            with self.subTest(fault):
                self.assertEqual(self._send(client)[0], code)
                client.rset()
        faults.write_text(json.dumps([{"stage": "reply", "action": "drop"}]))
        before = len(list((self.base / "out").glob("*.json")))
        with self.assertRaises((smtplib.SMTPServerDisconnected, OSError)):
            self._send(client)
        after = len(list((self.base / "out").glob("*.json")))
        self.assertEqual(after, before + 1)
        faults.unlink()

    def test_idle(self):
        client = self._client()
        code, text = client.getreply()
        self.assertEqual(code, 451)
        self.assertIn(b"Timeout waiting for data", text)


if __name__ == "__main__":
    unittest.main()

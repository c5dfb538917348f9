# SPDX-License-Identifier: MIT
"""The milter killed with -9: before, between and after its edits.

The sender hears 4xx or the message is forwarded whole: nothing is queued half
edited, lost, or sent twice.
"""
import pathlib
import smtplib
import subprocess
import unittest

import harness

TARGET = "me@target.test"
HEADER = b"""From: Jane Doe <jane@sender.test>
To: shop@alias.test
Subject: hello
Sender: other@sender.test
DKIM-Signature: v=1; a=rsa-sha256
Message-ID: <1@sender.test>
Date: Tue, 24 Nov 2026 04:00:00 +0000
MIME-Version: 1.0
Content-Type: text/plain
"""
# A line over 998 octets: the body is replaced, too.
MESSAGE = HEADER + b"\n" + b"long " * 300 + b"\n"


class Killed(harness.SiteTest):
    aliases = {"shop@alias.test": [TARGET]}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shim = cls.site.base / "kill_shim.so"
        source = pathlib.Path(__file__).with_name("kill_shim.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", cls.shim, source],
                       check=True)

    def _restart(self, **env):
        self.site.milter.kill()
        self.site.milter.start(
            self.shim, {name: str(value) for name, value in env.items()})

    def _send(self, octets=MESSAGE):
        return self.site.send(octets, ["shop@alias.test"])

    def _arrives_once(self):
        self.site.postfix.wait_empty()
        self.assertEqual([mail.recipients for mail in self.site.ses.mails()],
                         [[TARGET]])
        self.assertEqual(self.site.ses.refused(), [])

    def _edits(self):
        """The names of the edits of an undisturbed message."""
        log = self.site.base / "edits"
        log.unlink(missing_ok=True)
        self._restart(KILL_LOG=log)
        self.assertEqual(self._send().code, 250)
        self._arrives_once()
        self.site.clear()
        return log.read_text().split()

    def test_at_each_edit(self):
        edits = self._edits()
        self.assertIn("smfi_chgfrom", edits)
        self.assertIn("smfi_delrcpt", edits)
        points = [{"KILL_AT": n} for n in range(1, len(edits) + 1)]
        points.append({"KILL_AT": len(edits), "KILL_AFTER": 1})
        for point in points:
            with self.subTest(edit=edits[point["KILL_AT"] - 1], **point):
                self.site.clear()
                self._restart(**point)
                answer = self._send()
                self.assertIn(answer.code, (421, 451), answer)
                harness.wait_until(
                    lambda: not self.site.milter.is_running(), 30, "its end")
                self.site.postfix.wait_empty()
                self.assertEqual(self.site.ses.mails(), [])
                # The client tries again, as clients do.
                self._restart()
                self.assertEqual(self._send().code, 250)
                self._arrives_once()

    def test_before_the_end_of_the_message(self):
        self._restart()
        client = self.site.client()
        client.docmd("MAIL FROM:<jane@sender.test>")
        client.docmd("RCPT TO:<shop@alias.test>")
        self.assertEqual(client.docmd("DATA")[0], 354)
        client.sock.sendall(harness.crlf(HEADER) + b"\r\nhalf\r\n" * 20000)
        self.site.milter.kill()
        client.sock.sendall(b"more\r\n.\r\n")
        code, _ = client.getreply()
        client.close()
        self.assertIn(code, (421, 451))
        self.site.postfix.wait_empty()
        self.assertEqual(self.site.ses.mails(), [])
        self.site.milter.start()
        self.assertEqual(self._send().code, 250)
        self._arrives_once()

    def test_after_the_end_of_the_message(self):
        self._restart()
        self.assertEqual(self._send().code, 250)
        self.site.milter.kill()
        self._arrives_once()
        self.site.milter.start()

    def test_between_two_messages_of_a_session(self):
        self._restart()
        client = self.site.client()
        self.assertEqual(self.site.send(MESSAGE, ["shop@alias.test"],
                                        client=client).code, 250)
        self.site.milter.kill()
        answer = self.site.send(MESSAGE, ["shop@alias.test"], client=client)
        client.close()
        self.assertIn(answer.code, (421, 451), answer)
        self._arrives_once()
        self.site.milter.start()

    def test_down(self):
        self.site.milter.kill()
        try:
            answer = self.site.send(MESSAGE, ["nobody@alias.test"])
            self.assertEqual(answer.code // 100, 4, answer)
            answer = self._send()
            self.assertEqual(answer.code // 100, 4, answer)
        except smtplib.SMTPServerDisconnected:
            pass
        self.site.milter.start()
        self.assertEqual(self._send().code, 250)
        self._arrives_once()


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""The harness itself: a plain Postfix in front of the SES stand-in."""
import subprocess
import sys
import unittest

import harness
import ports

MESSAGE = b"""From: shop@alias.test
To: someone@target.test
Subject: plain

.a line with a dot
"""


class PlainRelay(harness.SiteTest):
    """No milter, no table: our own mail goes out through the stand-in."""

    way = None
    main_cf = {"virtual_mailbox_domains": "", "virtual_mailbox_maps": "",
               "mynetworks": "127.0.0.0/8"}

    def _send(self, octets=MESSAGE, sender="shop@alias.test"):
        return self.site.send(octets, ["someone@target.test"], sender)

    def test_accepted_over_tls_with_auth(self):
        self.assertEqual(self._send().code, 250)
        mail, = self.site.ses.wait(1)
        self.assertEqual(mail.sender, "shop@alias.test")
        self.assertEqual(mail.recipients, ["someone@target.test"])
        self.assertTrue(mail.about["tls"].startswith("TLS"))
        self.assertIn(mail.about["mechanism"], ("PLAIN", "LOGIN"))
        self.assertEqual(harness.without_received(mail.octets),
                         harness.crlf(MESSAGE))

    def test_unverified_is_refused(self):
        octets = MESSAGE.replace(b"shop@alias.test", b"jane@sender.test")
        self.assertEqual(self._send(octets).code, 250)
        harness.wait_until(self.site.ses.refused, what="a refusal")
        self.assertIn("not verified",
                      self.site.ses.refused()[0].about["reply"])
        self.assertEqual(self.site.ses.mails(), [])

    def test_null_sender_is_refused(self):
        self.assertEqual(self._send(sender="").code, 250)
        harness.wait_until(lambda: "Invalid MAIL FROM" in
                           self.site.postfix.log(), what="a 501")
        self.assertEqual(self.site.ses.mails(), [])

    def test_throttled_is_tried_again(self):
        self.site.ses.set_faults([
            {"stage": "mail", "action": "reply", "times": 1}])
        self.assertEqual(self._send().code, 250)
        self.assertEqual(len(self.site.ses.wait(1)), 1)
        self.assertIn("454 Throttling failure", self.site.postfix.log())

    def test_reply_lost_is_sent_twice(self):
        self.site.ses.set_faults([
            {"stage": "reply", "action": "drop", "times": 1}])
        self.assertEqual(self._send().code, 250)
        self.site.postfix.wait_empty()
        self.assertEqual(len(self.site.ses.mails()), 2)

    def test_dropped_before_the_verdict_is_sent_once(self):
        for stage in ("mail", "rcpt", "data", "dot"):
            with self.subTest(stage=stage):
                self.site.clear()
                self.site.ses.set_faults([
                    {"stage": stage, "action": "drop", "times": 1}])
                self.assertEqual(self._send().code, 250)
                self.site.postfix.wait_empty()
                self.assertEqual(len(self.site.ses.mails()), 1)

    def test_down_and_up_again(self):
        self.site.ses.stop()
        self.assertEqual(self._send().code, 250)
        harness.wait_until(self.site.postfix.queue, what="a deferred message")
        self.site.ses.start()
        self.site.postfix.flush()
        self.assertEqual(len(self.site.ses.wait(1)), 1)

    def test_ordinary_mail_goes_to_the_sink(self):
        answer = self.site.send(MESSAGE, ["friend@ordinary.test"],
                                "jane@sender.test")
        self.assertEqual(answer.code, 250)
        mail, = self.site.sink.wait(1)
        self.assertEqual(mail.sender, "jane@sender.test")
        self.assertEqual(self.site.ses.mails(), [])


class Ports(unittest.TestCase):
    def test_given_out_once(self):
        """Not to another process either, though nobody listens yet."""
        port = ports.free_port()
        other = subprocess.run(
            [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path}\n"
             f"import ports; ports.RANGE = range({port}, {port} + 1)\n"
             "ports.free_port()"],
            capture_output=True, text=True, check=False)
        self.assertIn("no 1 ports free", other.stderr)


if __name__ == "__main__":
    unittest.main()

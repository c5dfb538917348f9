# SPDX-License-Identifier: MIT
"""The three ways to run that conf/ has pieces for, and tables that change."""
import time
import unittest

import harness
from harness import crlf, without_received

TARGET = "me@target.test"
MESSAGE = crlf(b"""From: Jane Doe <jane@sender.test>
To: shop@alias.test
Subject: hello
Message-ID: <1@sender.test>
Date: Tue, 24 Nov 2026 04:00:00 +0000

text
""")


class Way(harness.SiteTest):
    aliases = {"shop@alias.test": [TARGET],
               "other@alias.test": ["you@target.test"]}

    def _one_alias(self, hops):
        """As preview shows it, less our own Received fields."""
        mail = self.assert_forwarded(MESSAGE, "shop@alias.test", [TARGET])
        self.assertEqual(without_received(mail.octets, hops),
                         self.site.preview(MESSAGE, "shop@alias.test"))

    def _two_aliases(self):
        """The replies at RCPT, the last, and who got what."""
        answer = self.site.send(MESSAGE, list(self.aliases))
        self.site.postfix.wait_empty()
        return ([code for code, _ in answer.recipients.values()],
                sorted((mail.recipients,
                        mail.header("From").rpartition(" ")[2])
                       for mail in self.site.ses.mails()))

    def _bounces_end(self):
        """A report that comes to bounce_address is taken and goes nowhere."""
        report = crlf(b"""From: MAILER-DAEMON@target.test
To: bounces@alias.test
Subject: Undeliverable

who@target.test: 550 5.1.1 unknown
""")
        for recipient in (harness.BOUNCE_ADDRESS, "Bounces+x@alias.test"):
            with self.subTest(recipient):
                self.site.clear()
                answer = self.site.send(report, [recipient], sender="")
                self.assertEqual(answer.code, 250, answer)
                self.site.postfix.wait_empty()
                self.assertEqual(self.site.ses.mails(), [])
                self.assertEqual(self.site.sink.mails(), [])

    both = [([TARGET], "<shop@alias.test>"),
            (["you@target.test"], "<other@alias.test>")]


class MilterAndAgent(Way):
    def test_one_alias(self):
        self._one_alias(1)

    def test_two_aliases(self):
        self.assertEqual(self._two_aliases(), ([250, 250], self.both))

    def test_changed_table(self):
        self.assert_refused(MESSAGE, "late@alias.test", 550)
        client = self.site.client()
        try:
            self.site.build(dict(self.aliases,
                                 **{"late@alias.test": [TARGET]}))
            self.assert_forwarded(MESSAGE, "late@alias.test", [TARGET])
            # A session that was open sees it, too: the milter decides.
            answer = self.site.send(MESSAGE, ["late@alias.test"],
                                    client=client)
            self.assertEqual(answer.code, 250)
        finally:
            client.close()
            self.site.build(self.aliases)
        self.site.postfix.wait_empty()
        self.site.clear()
        time.sleep(3)  # a removal may take effect within two seconds
        self.assert_refused(MESSAGE, "late@alias.test", 550)

    def test_unreadable_table(self):
        # Doubt is temporary.
        table = self.site.base / "table"
        hidden = self.site.base / "table.hidden"
        self.site.milter.stop()
        table.rename(hidden)
        table.mkdir()
        try:
            self.site.milter.start()
            for alias in ("shop@alias.test", "nobody@alias.test"):
                answer = self.site.send(MESSAGE, [alias])
                self.assertEqual(answer.code // 100, 4, answer)
        finally:
            self.site.milter.stop()
            table.rmdir()
            hidden.rename(table)
            self.site.milter.start()
            # Postfix's processes remember a missing table.
            self.site.postfix.reload()
        self._one_alias(1)


class AgentAlone(Way):
    way = "agent"

    def test_one_alias(self):
        self._one_alias(2)

    def test_two_aliases(self):
        self.assertEqual(self._two_aliases(), ([250, 250], self.both))

    def test_unknown_alias(self):
        self.assert_refused(MESSAGE, "nobody@alias.test", 550,
                            "virtual mailbox table")


class MilterAlone(Way):
    way = "milter"
    settings = {"several_aliases": "defer", "secrets": None,
                "bounce_domain": None,
                "bounce_address": harness.BOUNCE_ADDRESS}

    def test_one_alias(self):
        self._one_alias(1)
        self.assertEqual(self.site.ses.mails()[0].sender,
                         harness.BOUNCE_ADDRESS)

    def test_two_aliases(self):
        self.assertEqual(self._two_aliases(), ([250, 452], self.both[:1]))

    def test_bounces_end(self):
        self._bounces_end()

    def test_alias_and_ordinary_in_either_order(self):
        for order in (1, -1):
            with self.subTest(order=order):
                self.site.clear()
                recipients = ["shop@alias.test",
                              "friend@ordinary.test"][::order]
                answer = self.site.send(MESSAGE, recipients)
                self.assertEqual([code for code, _ in
                                  answer.recipients.values()], [250, 452])


class FixedBounceAddress(Way):
    settings = {"secrets": None, "bounce_domain": None,
                "bounce_address": harness.BOUNCE_ADDRESS}

    def test_bounces_end(self):
        self._bounces_end()


class FixedBounceAddressOfTheAgent(FixedBounceAddress):
    way = "agent"

    def test_one_alias(self):
        self._one_alias(2)
        self.assertEqual(self.site.ses.mails()[0].sender,
                         harness.BOUNCE_ADDRESS)


del Way  # not a test of its own

if __name__ == "__main__":
    unittest.main()

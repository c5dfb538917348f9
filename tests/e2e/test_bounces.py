# SPDX-License-Identifier: MIT
"""Bounces come home without naming the target; loops end.

The stand-in refuses, Postfix writes its report with the target in it, and the
sender gets one about the alias. Samples of tests/bounces stand for what other
systems write.
"""
import os
import pathlib
import pwd
import re
import tempfile
import unittest

import harness

ALIAS = "shop@alias.test"
SENDER = "jane@sender.test"
TARGET = "hidden.person@target.test"
SECOND, SECOND_TARGET = "news@alias.test", "another.one@mailbox.test"
POSTMASTER = "postmaster@admin.test"
ALIASES = {ALIAS: [TARGET], SECOND: [SECOND_TARGET]}

# What no outside recipient may read.
SECRET_WORDS = re.compile(
    rb"(?i)hidden|target\.test|another\.one|mailbox\.test|192\.0\.2\.25")

MESSAGE = b"""From: Jane Doe <jane@sender.test>
To: shop@alias.test
Subject: Our order
Date: Mon, 23 Nov 2026 10:00:00 +0000
Message-ID: <order-1@sender.test>

Has it been sent?
"""

SAMPLES = harness.SOURCE / "tests" / "bounces"


def write_secret(text="a secret of this test"):
    """A secret file that the agent's user can read."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="ab-secret-"))
    folder.chmod(0o755)
    path = folder / "secrets"
    path.write_text(text + "\n")
    path.chmod(0o400)
    os.chown(path, pwd.getpwnam("nobody").pw_uid, -1)
    return path


def settings_for(secret, domain="alias.test"):
    return {"domains": [domain], "verified_domains": [domain],
            "bounce_address": None, "bounce_domain": domain,
            "secrets": str(secret), "postmaster": POSTMASTER}


class Bounces(harness.SiteTest):
    aliases = ALIASES

    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("a private Postfix needs root")
        cls.secret = write_secret()
        cls.settings = settings_for(cls.secret)
        super().setUpClass()
        # The agent counts beside the table.
        os.chown(cls.site.base / "table", pwd.getpwnam("nobody").pw_uid, -1)

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.secret.unlink()
        cls.secret.parent.rmdir()

    def tearDown(self):
        """Whatever a test did: nobody outside has read of a target."""
        for mail in self.site.ses.mails() + self.site.sink.mails():
            if mail.recipients not in ([TARGET], [SECOND_TARGET],
                                       [POSTMASTER]):
                self.assertIsNone(SECRET_WORDS.search(mail.octets),
                                  mail.octets.decode())

    def refuse(self, recipient, text):
        self.site.ses.set_faults([{"stage": "rcpt", "action": "reply",
                                   "recipient": recipient, "text": text}])

    def settle(self):
        self.site.postfix.wait_empty()
        return self.site.ses.mails()

    def forwarded(self):
        """A message that went out to the target."""
        self.assertEqual(self.site.send(MESSAGE, [ALIAS]).code, 250)
        self.settle()
        mail, = self.site.ses.mails()
        self.assertEqual(mail.recipients, [TARGET])
        self.site.clear()
        return mail

    def sample(self, name, mail):
        """A bounce of tests/bounces about mail, as some system writes it."""
        header = mail.octets.partition(b"\r\n\r\n")[0].replace(b"\r\n", b"\n")
        text = (SAMPLES / (name + ".eml")).read_bytes()
        text = text.replace(b"@SRS@", mail.sender.encode())
        text = text.replace(b"@RETURNED@", header)
        return text.replace(b"jane.hidden@target.example", TARGET.encode())

    def come_back(self, name, sender=""):
        """Have a sample come back; what goes out because of it."""
        mail = self.forwarded()
        answer = self.site.send(self.sample(name, mail), [mail.sender],
                                sender)
        self.assertEqual(answer.code, 250, answer)
        return self.settle()

    def check_report(self, mail, alias=ALIAS, status="5.1.1"):
        self.assertEqual(mail.recipients, [SENDER])
        self.assertRegex(mail.sender, r"^SRS0=n=[^@]+@alias\.test$")
        self.assertEqual(mail.message.get_content_type(), "multipart/report")
        _, report, returned = mail.message.get_payload()
        fields = report.get_payload()[1]
        self.assertEqual(fields["Final-Recipient"], f"rfc822; {alias}")
        self.assertEqual(fields["Action"], "failed")
        self.assertEqual(fields["Status"], status)
        self.assertIn("Message-ID: <order-1@sender.test>",
                      returned.get_payload())
        self.assertIsNone(SECRET_WORDS.search(mail.octets))

    # --- failures for good

    def test_refused_after_the_milter(self):
        self.refuse(TARGET, f"554 5.1.1 <{TARGET}> unknown at mx.target.test")
        self.assertEqual(self.site.send(MESSAGE, [ALIAS]).code, 250)
        report, = self.settle()
        self.check_report(report)
        self.assertIn(f"{ALIAS}  {TARGET}\n", self.counted())

    def test_refused_after_the_agent(self):
        """Two aliases in one transaction: each is told of."""
        self.refuse(TARGET, f"550 5.2.2 <{TARGET}> is full")
        self.assertEqual(self.site.send(MESSAGE, [ALIAS, SECOND]).code, 250)
        mails = self.settle()
        self.assertEqual(sorted(mail.recipients for mail in mails),
                         [[SECOND_TARGET], [SENDER]])
        self.check_report(next(mail for mail in mails
                               if mail.recipients == [SENDER]),
                          status="5.2.2")

    def test_feedback_of_ses(self):
        report, = self.come_back("permanent-ses")
        self.check_report(report)

    def test_bounces_of_other_systems(self):
        for name, status in (("permanent-qmail", "5.1.1"),
                             ("permanent-exim-text", "5.2.1"),
                             ("permanent-yahoo", "5.0.0"),
                             ("permanent-office365", "5.1.10"),
                             ("permanent-cut", "5.0.0")):
            with self.subTest(name=name):
                report, = self.come_back(name)
                self.check_report(report, status=status)
                self.site.clear()

    def test_a_bounce_to_a_bounce_ends(self):
        self.site.ses.set_faults([
            {"stage": "rcpt", "action": "reply", "recipient": address,
             "text": "554 5.1.1 no such user"}
            for address in (TARGET, SENDER)])
        self.assertEqual(self.site.send(MESSAGE, [ALIAS]).code, 250)
        self.assertEqual(self.settle(), [])
        # The report to the sender was refused too, and came back.
        self.assertRegex(self.site.postfix.log(),
                         r"to=<SRS0=n=[^>]+>, relay=aliasbridge.*status=sent")

    def test_null_senders_are_told_nothing(self):
        self.refuse(TARGET, "554 5.1.1 no such user")
        self.assertEqual(self.site.send(MESSAGE, [ALIAS], "").code, 250)
        self.assertEqual(self.settle(), [])

    # --- what ends here

    def test_not_passed_on(self):
        for name, sender in (("temporary-postfix", ""),
                             ("temporary-exim-text", ""),
                             ("delivered-postfix", ""),
                             ("unclear-text", ""),
                             ("unclear-no-mark", ""),
                             ("autoreply-vacation", TARGET),
                             ("autoreply-exchange", ""),
                             ("mail-person", TARGET)):
            with self.subTest(name=name):
                self.assertEqual(self.come_back(name, sender), [])

    def test_complaint_goes_to_the_postmaster(self):
        mail, = self.come_back("complaint-ses")
        self.assertEqual(mail.recipients, [POSTMASTER])
        self.assertRegex(mail.sender, r"^SRS0=n=")
        self.assertIn(b"Feedback-Type: abuse", mail.octets)

    def test_success_reports_name_no_target(self):
        """tearDown reads what was sent."""
        for aliases in ([ALIAS], [ALIAS, SECOND]):
            answer = self.site.send(MESSAGE, aliases,
                                    rcpt_options=["NOTIFY=SUCCESS,FAILURE"])
            self.assertEqual(answer.code, 250)
            self.settle()
        self.assertEqual(
            [TARGET] in [mail.recipients for mail in self.site.ses.mails()],
            True)

    # --- addresses

    def test_forged_and_valid_at_rcpt(self):
        mail = self.forwarded()
        forged = mail.sender.replace("sender.test", "victim.test")
        client = self.site.client()
        self.addCleanup(client.close)
        client.mail("")
        self.assertEqual(client.rcpt(mail.sender)[0], 250)
        self.assertEqual(client.rcpt(forged)[0], 550)

    def counted(self):
        return self.site.command("bounces").stdout.decode()

    def test_counted(self):
        before = self.counted()
        self.come_back("temporary-postfix")
        self.come_back("complaint-ses")
        line, = [line for line in self.counted().splitlines()
                 if line.endswith(f"{ALIAS}  {TARGET}")]
        old = [line for line in before.splitlines()
               if line.endswith(f"{ALIAS}  {TARGET}")] or ["0 0 0 0"]
        change = [int(new) - int(was) for new, was in zip(
            line.split()[:4], old[0].split()[:4])]
        self.assertEqual(change, [0, 1, 0, 1])


class Loops(unittest.TestCase):
    """Two hosts, each with an alias that points at the other's."""

    def setUp(self):
        if os.geteuid() != 0:
            raise unittest.SkipTest("a private Postfix needs root")

    def site(self, domain, aliases, secret):
        path = write_secret(secret)
        self.addCleanup(path.parent.rmdir)
        self.addCleanup(path.unlink)
        site = harness.Site(aliases, settings_for(path, domain))
        self.addCleanup(site.stop)
        site.start()
        return site

    def hops(self, sites, recipient):
        """Carry a message from host to host; how often until refused."""
        octets, sender = MESSAGE, SENDER
        for hop in range(30):
            site = sites[recipient.partition("@")[2]]
            answer = site.send(octets, [recipient], sender)
            if answer.code != 250:
                self.assertEqual(answer.code, 554, answer)
                self.assertIn("5.4.6", answer.text)
                return hop
            site.postfix.wait_empty()
            mail, = site.ses.mails()
            site.clear()
            octets, sender = mail.octets, mail.sender
            recipient, = mail.recipients
        return 30

    def test_two_hosts(self):
        sites = {
            "one.test": self.site("one.test", {"a@one.test": ["b@two.test"]},
                                  "the secret of one"),
            "two.test": self.site("two.test", {"b@two.test": ["a@one.test"]},
                                  "the secret of two"),
        }
        self.assertEqual(self.hops(sites, "a@one.test"), 2)

    def test_hop_count(self):
        """A chain longer than BOUND_HOPS of one site, no alias twice."""
        chain = {f"n{i}@one.test": [f"n{i + 1}@two.test"] for i in range(20)}
        other = {f"n{i}@two.test": [f"n{i + 1}@one.test"] for i in range(20)}
        secret = "the same for both"
        sites = {"one.test": self.site("one.test", chain, secret),
                 "two.test": self.site("two.test", other, secret)}
        self.assertLessEqual(self.hops(sites, "n0@one.test"), 11)


if __name__ == "__main__":
    unittest.main()

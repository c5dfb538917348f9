#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The delivery agent through a real Postfix: own copies, reports, SES direct.

With ALIASBRIDGE_CORPUS set to a folder of messages, Same compares milter and
agent over all of them (ALIASBRIDGE_CORPUS_MAX: over so many, spread evenly).
"""
import os
import pathlib
import re
import shutil
import subprocess
import unittest

from harness import (DOMAIN, SES_PASSWORD, SES_USER, SOURCE, SiteTest, crlf)

HELLO = (b"From: Jane Doe <jane@sender.test>\nTo: friends:;\n"
         b"Subject: hello\nMessage-ID: <1@sender.test>\n"
         b"Date: Tue, 24 Nov 2026 04:00:00 +0000\n\nhello\n")

MANY = {f"a{i}@{DOMAIN}": [f"t{i}@target.test"] for i in range(50)}
OTHERS = {
    f"pair@{DOMAIN}": ["p1@target.test", "p2@target.test"],
    f"share1@{DOMAIN}": ["shared@target.test"],
    f"share2@{DOMAIN}": ["shared@target.test", "own@target.test"],
    f"closed@{DOMAIN}": {"targets": ["secret@target.test"],
                         "enabled": False},
    f"picky@{DOMAIN}": {"targets": ["secret@target.test"],
                        "senders": ["friend@sender.test"]},
}
ALIASES = dict(MANY, **OTHERS)


def author(mail):
    """The address in From."""
    return re.search(r"<([^>]+)>", mail.header("From")).group(1)


def targets_in(octets):
    return set(re.findall(rb"[a-z0-9]+@target\.test", octets))


class Copies(SiteTest):
    """Whatever the milter cannot serve, the agent does, alias by alias."""

    aliases = ALIASES
    settings = {"milter.spool": "/var/tmp"}

    def check_copies(self, aliases, ordinary=()):
        """One copy per alias and target, with nothing of the others."""
        answer = self.site.send(HELLO, [*aliases, *ordinary])
        self.assertEqual(answer.code, 250, answer)
        self.site.postfix.wait_empty()
        got = {}
        for mail in self.site.ses.mails():
            self.assertNotIn(author(mail), got, "two copies")
            got[author(mail)] = sorted(mail.recipients)
            self.assertLessEqual(
                targets_in(mail.octets),
                {target.encode() for target in mail.recipients})
        self.assertEqual(got, {alias: sorted(ALIASES[alias])
                               for alias in aliases})
        self.assertEqual(self.site.ses.refused(), [])
        plain = self.site.sink.mails()
        self.assertEqual(sorted(rcpt for mail in plain
                                for rcpt in mail.recipients),
                         sorted(ordinary))
        for mail in plain:
            self.assertEqual(mail.header("From"),
                             "Jane Doe <jane@sender.test>")
            self.assertEqual(targets_in(mail.octets), set())

    def test_one_beside_ordinary(self):
        self.check_copies([f"a1@{DOMAIN}"], ["bob@ordinary.test"])

    def test_two(self):
        self.check_copies([f"a1@{DOMAIN}", f"pair@{DOMAIN}"])

    def test_five_mixed(self):
        self.check_copies([f"a{i}@{DOMAIN}" for i in range(5)],
                          ["bob@ordinary.test", "eve@ordinary.test"])

    def test_fifty(self):
        self.check_copies(sorted(MANY))

    def test_shared_target(self):
        self.check_copies([f"share1@{DOMAIN}", f"share2@{DOMAIN}"])

    def test_disabled_beside_good(self):
        answer = self.site.send(HELLO, [f"a1@{DOMAIN}", f"closed@{DOMAIN}",
                                        f"a2@{DOMAIN}"])
        self.assertEqual(answer.recipients[f"closed@{DOMAIN}"][0], 550)
        self.assertEqual(answer.code, 250)
        self.site.postfix.wait_empty()
        self.assertEqual({author(mail) for mail in self.site.ses.mails()},
                         {f"a1@{DOMAIN}", f"a2@{DOMAIN}"})

    def test_forty_megabytes(self):
        line = b"x" * 76 + b"\r\n"
        big = crlf(HELLO) + line * (39_000_000 // len(line))
        answer = self.site.send(big, [f"a1@{DOMAIN}", f"a2@{DOMAIN}"],
                                raw=True)
        self.assertEqual(answer.code, 250, answer)
        mails = self.site.ses.wait(2, 120)
        body = big.split(b"\r\n\r\n", 1)[1]
        for mail in mails:
            self.assertTrue(mail.octets.endswith(body))


class Reports(SiteTest):
    """Without a milter the agent's refusals become reports, through SES."""

    aliases = ALIASES
    way = "agent"

    def test_refusal(self):
        self.site.send(HELLO, [f"picky@{DOMAIN}"])
        report, = self.site.ses.wait(1)
        self.assertEqual(report.recipients, ["jane@sender.test"])
        self.assertRegex(report.sender, f"^SRS0=n=.*@{DOMAIN}$")
        self.assertIn(f"MAILER-DAEMON@{DOMAIN}", report.header("From"))
        self.assertEqual(report.header("Auto-Submitted"), "auto-replied")
        self.assertIn(b"picky@" + DOMAIN.encode(), report.octets)
        self.assertEqual(targets_in(report.octets), set())
        self.site.postfix.wait_empty()

    def test_bounce_of_the_report_ends(self):
        self.site.send(HELLO, [f"picky@{DOMAIN}"])
        report, = self.site.ses.wait(1)
        self.site.ses.clear()
        answer = self.site.send(HELLO, [report.sender], sender="")
        self.assertEqual(answer.code, 250, answer)
        self.site.postfix.wait_empty()
        self.assertEqual(self.site.ses.mails(), [])

    def test_foreign_auto_reply(self):
        note = (b"From: Bob <bob@internal.lan>\nTo: out@elsewhere.test\n"
                b"Auto-Submitted: auto-replied\nSubject: away\n"
                b"Sender: x@internal.lan\nDKIM-Signature: v=1\n\naway\n")
        done = subprocess.run(
            ["sendmail", "-C", str(self.site.postfix.etc), "-f", "<>",
             "out@elsewhere.test"], input=note, check=False,
            capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        mail, = self.site.ses.wait(1)
        self.assertEqual(mail.header("From"),
                         f"Bob <MAILER-DAEMON@{DOMAIN}>")
        self.assertEqual(mail.header("Auto-Submitted"), "auto-replied")
        self.assertIsNone(mail.header("Sender"))
        self.assertEqual(mail.recipients, ["out@elsewhere.test"])

    def test_unknown(self):
        answer = self.site.send(HELLO, [f"nobody@{DOMAIN}"])
        self.assertEqual(answer.code, 550)
        self.assertIn("User unknown", answer.text)

    def test_sendmail(self):
        done = subprocess.run(
            ["sendmail", "-C", str(self.site.postfix.etc), "-f",
             "jane@sender.test", f"a7@{DOMAIN}"], input=HELLO, check=False,
            capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        mail, = self.site.ses.wait(1)
        self.assertEqual(mail.recipients, ["t7@target.test"])


class Direct(SiteTest):
    """relay = "ses": the agent itself speaks to SES."""

    aliases = ALIASES
    way = "agent"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        site = cls.site
        password = site.base / "ses-password"
        password.write_text(SES_PASSWORD + "\n")
        password.chmod(0o640)
        shutil.chown(password, "root", "nogroup")
        site.settings.update({
            "relay": "ses", "ses.host": "localhost", "ses.port": site.ses.port,
            "ses.user": SES_USER, "ses.password_file": str(password),
            "ses.ca_file": str(site.base / "tls" / "ca.pem")})
        site._write_config()
        cls.password = password

    def tearDown(self):
        self.site._write_config()

    def agent(self, recipient, message=HELLO, sender="jane@sender.test"):
        """Run the agent as pipe(8) does: its exit code, output and log."""
        done = subprocess.run(
            [str(self.site.bin / "aliasbridge-deliver"), "--config",
             str(self.site.config), "--stderr", "--sender", sender,
             "--recipient", recipient, "--queue-id", "4bQ"],
            input=message, capture_output=True, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def reconfigure(self, **settings):
        before = dict(self.site.settings)
        self.site.settings.update({
            name.replace("__", "."): value
            for name, value in settings.items()})
        self.site._write_config()
        self.site.settings = before

    def test_sent(self):
        code, out, log = self.agent(f"pair@{DOMAIN}")
        self.assertEqual((code, out), (0, ""), log)
        mail, = self.site.ses.mails()
        self.assertEqual(sorted(mail.recipients),
                         ["p1@target.test", "p2@target.test"])
        self.assertRegex(log, r"4bQ: .* ses_id=[0-9a-f-]+ reply=")

    def test_through_postfix_one_tempfails(self):
        self.site.ses.set_faults([
            {"stage": "rcpt", "action": "reply", "recipient":
             "t1@target.test", "text": "451 4.3.0 t1@target.test later",
             "times": 1}])
        self.site.send(HELLO, [f"a1@{DOMAIN}", f"a2@{DOMAIN}"])
        mails = self.site.ses.wait(2, 30)
        self.site.postfix.wait_empty()
        self.assertEqual(sorted(author(mail) for mail in mails),
                         [f"a1@{DOMAIN}", f"a2@{DOMAIN}"])

    def check_answer(self, text, stage, code, status):
        """What SES says, what becomes of it; no target in what we say."""
        self.site.ses.set_faults([{"stage": stage, "action": "reply",
                                   "text": text}])
        got, out, log = self.agent(f"a1@{DOMAIN}")
        self.assertEqual(got, code, (text, out, log))
        self.assertTrue(out.startswith(status + " "), (text, out))
        self.assertNotIn("target.test", out)
        self.assertEqual(self.site.ses.mails(), [])

    def test_answers(self):
        for text, stage, code, status in [
                ("454 Throttling failure: Maximum sending rate exceeded",
                 "mail", 75, "4.4.1"),
                ("454 Throttling failure: Daily message quota exceeded",
                 "dot", 75, "4.4.1"),
                ("421 Too many concurrent SMTP connections", "connect", 75,
                 "4.4.1"),
                ("451 Temporary service failure", "dot", 75, "4.4.1"),
                ("554 Transaction failed: Duplicate header 'To'.", "dot", 69,
                 "5.6.0"),
                ("552 Message is too long.", "dot", 69, "5.3.4"),
                ("553 <t1@target.test> address unknown", "rcpt", 69,
                 "5.6.0"),
                ("554 Message rejected: Email address is not verified. The "
                 "following identities failed the check in region EU-WEST-1:"
                 f" a1@{DOMAIN}", "dot", 75, "4.3.5"),
                ("554 Access denied: User arn:aws:iam::1:user/x is not "
                 "authorized to perform ses:SendRawEmail", "dot", 75,
                 "4.3.5"),
                ("530 Authentication required", "mail", 75, "4.3.5")]:
            with self.subTest(text):
                self.check_answer(text, stage, code, status)

    def test_wrong_password(self):
        self.password.write_text("wrong\n")
        try:
            code, out, log = self.agent(f"a1@{DOMAIN}")
        finally:
            self.password.write_text(SES_PASSWORD + "\n")
        self.assertEqual((code, out[:6]), (75, "4.4.1 "), log)
        self.assertNotIn("wrong", out + log)

    def test_password_for_all_to_read(self):
        self.password.chmod(0o644)
        try:
            code, out, log = self.agent(f"a1@{DOMAIN}")
        finally:
            self.password.chmod(0o640)
        self.assertEqual((code, out[:6]), (75, "4.3.5 "), log)

    def test_password_file_of_no_use(self):
        """What is wrong with it is said, and none of it."""
        secret = "Secret" * 200
        folder = self.password.with_name("folder")
        folder.mkdir(mode=0o750)
        for name, text, reason in [
                ("empty", "", "holds no password"),
                ("blank", "\n" + secret, "holds no password"),
                ("long", secret, "is over 1024 octets"),
                ("none", None, "smtp-password"), ("folder", None, "no file"),
                ("/proc/self/mem", None, "Input/output error")]:
            path = self.password.parent / name
            if text is not None:
                path.write_text(text)
                path.chmod(0o640)
                shutil.chown(path, "root", "nogroup")
            with self.subTest(name):
                self.reconfigure(ses__password_file=str(path))
                code, out, log = self.agent(f"a1@{DOMAIN}")
                self.assertEqual((code, out[:6]), (75, "4.3.5 "), log)
                self.assertIn(f"{path}", log)
                self.assertIn(reason, log)
                self.assertNotIn("Secret", log + out)

    def test_other_authority(self):
        self.reconfigure(
            ses__ca_file="/etc/ssl/certs/ca-certificates.crt")
        code, _, log = self.agent(f"a1@{DOMAIN}")
        self.assertEqual(code, 75, log)
        self.assertEqual(self.site.ses.mails(), [])

    def test_other_name(self):
        self.reconfigure(ses__host="ses.localhost")
        code, _, log = self.agent(f"a1@{DOMAIN}")
        self.assertEqual(code, 75, log)
        self.assertEqual(self.site.ses.mails(), [])

    def test_no_tls(self):
        self.reconfigure(ses__port=self.site.sink.port,
                         ses__host="127.0.0.1")
        code, _, log = self.agent(f"a1@{DOMAIN}")
        self.assertEqual(code, 75, log)
        self.assertEqual(self.site.sink.mails(), [])

    def test_deadline(self):
        self.reconfigure(deadline=8)
        self.site.ses.set_faults([{"stage": "dot", "action": "stall",
                                   "seconds": 30}])
        code, out, log = self.agent(f"a1@{DOMAIN}")
        self.assertEqual((code, out[:6]), (75, "4.4.1 "), log)

    def test_no_table(self):
        self.reconfigure(table="/nowhere")
        code, out, log = self.agent(f"a1@{DOMAIN}")
        self.assertEqual((code, out[:6]), (75, "4.3.0 "), log)

    def test_unknown(self):
        code, out, _ = self.agent(f"nobody@{DOMAIN}")
        self.assertEqual((code, out[:6]), (67, "5.1.1 "))

    def test_refused(self):
        code, out, _ = self.agent(f"picky@{DOMAIN}")
        self.assertEqual((code, out[:6]), (77, "5.7.1 "))
        self.assertNotIn("target.test", out)


def samples():
    """Messages for Same: ours, or the corpus's."""
    folder = os.environ.get("ALIASBRIDGE_CORPUS")
    if not folder:
        return sorted((SOURCE / "tests" / "bounces").glob("*.eml"))
    paths = sorted(path for path in pathlib.Path(folder).rglob("*")
                   if path.is_file() and path.suffix not in (".md", ".json"))
    most = int(os.environ.get("ALIASBRIDGE_CORPUS_MAX", len(paths)))
    return paths[::max(1, -(-len(paths) // most))]


class Same(SiteTest):
    """For one message and alias milter and agent give the same octets."""

    aliases = ALIASES
    settings = {"milter.spool": "/var/tmp"}

    @staticmethod
    def own_fields_off(octets):
        """Less the Received fields that Postfix wrote on this host."""
        field = (rb"\AReceived: (?:from|by) [^\n]*\r\n(?:[ \t][^\n]*\r\n)*")
        while True:
            first = re.match(field, octets)
            if not first or b"mx." + DOMAIN.encode() not in first.group():
                return octets
            octets = octets[first.end():]

    def both_ways(self, message):
        """What arrives for a1 by the milter, and by the agent."""
        results = []
        for recipients in ([f"a1@{DOMAIN}"],
                           [f"a1@{DOMAIN}", "bob@ordinary.test"]):
            self.site.clear()
            answer = self.site.send(message, recipients)
            if answer.code != 250:
                results.append(answer.code)
                continue
            self.site.postfix.wait_empty()
            mails = [mail for mail in
                     self.site.ses.mails() + self.site.ses.refused()
                     if "t1@target.test" in mail.recipients]
            results.append([self.own_fields_off(mail.octets)
                            for mail in mails])
        return results

    def test_same(self):
        compared = 0
        for path in samples():
            message = path.read_bytes()
            with self.subTest(path.name):
                fast, slow = self.both_ways(message)
                if isinstance(fast, int):
                    # The agent's refusal becomes a report.
                    self.assertIn(slow, ([], fast))
                    continue
                self.assertEqual(len(fast), 1)
                self.assertEqual(fast, slow)
                compared += 1
        print(f"milter and agent gave the same octets for {compared} "
              "messages")
        self.assertGreater(compared, 0)


if __name__ == "__main__":
    unittest.main()

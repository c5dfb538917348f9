#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What becomes of mail when the agent, SES or the disk fails.

Every message accepted must arrive for every alias, and twice only where the
reply to the final dot was lost or the agent died between it and its exit. The
counts are printed. ALIASBRIDGE_FAULTS: how many deliveries (300).
"""
import collections
import os
import pathlib
import shutil
import smtplib
import subprocess
import sys
import threading
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
import harness  # noqa: E402
from harness import DOMAIN, SES_PASSWORD, SES_USER  # noqa: E402

DELIVERIES = int(os.environ.get("ALIASBRIDGE_FAULTS", "300"))
ALIASES = {f"a{i}@{DOMAIN}": [f"t{i}@target.test"] for i in range(40)}

FAULTS = [
    {"stage": "reply", "action": "drop", "every": 11},
    {"stage": "mail", "action": "reply", "every": 7,
     "text": "454 Throttling failure: Maximum sending rate exceeded"},
    {"stage": "data", "action": "drop", "every": 13},
    {"stage": "rcpt", "action": "reply", "every": 17,
     "text": "451 Temporary service failure"},
    {"stage": "connect", "action": "reply", "every": 19,
     "text": "421 Too many concurrent SMTP connections"},
]


def message(number):
    return (f"From: Jane <m{number}@sender.test>\r\nTo: friends:;\r\n"
            f"Subject: {number}\r\nMessage-ID: <{number}@sender.test>\r\n"
            f"\r\nnumber {number}\r\n").encode()


def build_shim(folder):
    shim = folder / "agent_shim.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(shim),
                    str(HERE / "agent_shim.c"), "-ldl"], check=True)
    return shim


class FaultTest(unittest.TestCase):
    settings = {}
    main_cf = {}
    chance = 0

    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("a private Postfix needs root")
        cls.site = site = harness.Site(
            ALIASES, dict(cls.settings, **{"milter.spool": "/var/tmp"}),
            cls.main_cf,
            "agent")
        cls.events = site.base / "events"
        cls.events.touch()
        cls.events.chmod(0o666)
        if cls.chance:
            cls.preload(site)
        site.start()

    @classmethod
    def tearDownClass(cls):
        cls.site.stop()

    @classmethod
    def preload(cls, site):
        shim = build_shim(site.base)
        master = site.postfix.etc / "master.cf"
        command = f"argv={site.bin}/aliasbridge-deliver"
        text = master.read_text()
        assert command in text
        master.write_text(text.replace(
            command, f"argv=/usr/bin/env LD_PRELOAD={shim} "
            f"SHIM_LOG={cls.events} SHIM_CHANCE={cls.chance} "
            f"{site.bin}/aliasbridge-deliver"))

    def send_all(self, count, pause=0.0, halfway=None):
        """Each to two aliases, until accepted; the pairs expected."""
        expected = []
        names = sorted(ALIASES)
        for number in range(count // 2):
            if halfway and number == count // 4:
                halfway()
            pair = [names[number % 40], names[(number * 7 + 1) % 40]]
            if pair[0] == pair[1]:
                pair[1] = names[(number + 1) % 40]
            self.send_one(number, pair)
            expected += [(number, alias) for alias in pair]
            time.sleep(pause)
        return expected

    def send_one(self, number, recipients):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                answer = self.site.send(
                    message(number), recipients, f"m{number}@sender.test",
                    raw=True)
                if answer.code == 250:
                    return
                self.assertLess(answer.code, 500, answer)
            except (smtplib.SMTPServerDisconnected, ConnectionError):
                pass
            time.sleep(0.1)
        self.fail(f"{number} was not accepted in a minute")

    def copies(self):
        """How many arrived, by (number, alias)."""
        found = collections.Counter()
        for mail in self.site.ses.mails():
            number = int(mail.header("Subject"))
            target, = mail.recipients
            found[number, f"a{target[1:].split('@')[0]}@{DOMAIN}"] += 1
        return found

    def count_events(self):
        """By kind, the (number, alias) of each."""
        events = collections.defaultdict(collections.Counter)
        for line in self.events.read_text().splitlines():
            kind, sender, alias = line.split()
            events[kind][int(sender.split("@")[0][1:]), alias] += 1
        return events

    def report(self, name, expected, copies, lost_replies, died_late, kills):
        missing = [pair for pair in expected if not copies[pair]]
        twice = sum(copies.values()) - len(set(expected)) + len(missing)
        print(f"\n{name}: {len(expected)} deliveries, {kills} kills, "
              f"{len(missing)} lost, {twice} extra copies; "
              f"{lost_replies} replies lost, {died_late} deaths between "
              "reply and exit")
        self.assertEqual(missing, [])


class Direct(FaultTest):
    """relay = "ses": killed at each step, SES away, throttling, lost replies.
    """

    chance = 250

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        site = cls.site
        password = site.base / "ses-password"
        password.write_text(SES_PASSWORD + "\n")
        password.chmod(0o640)
        shutil.chown(password, "root", "nogroup")
        site.settings.update({
            "relay": "ses", "ses.host": "localhost",
            "ses.port": site.ses.port, "ses.user": SES_USER,
            "ses.password_file": str(password),
            "ses.ca_file": str(site.base / "tls" / "ca.pem")})
        site._write_config()

    def test_nothing_lost(self):
        self.site.ses.set_faults(FAULTS)
        expected = self.send_all(DELIVERIES, halfway=self.restart_ses)
        time.sleep(3)
        self.site.ses.set_faults([])
        self.site.postfix.wait_empty(600)
        self.judge(expected)

    def restart_ses(self):
        self.site.ses.stop()
        time.sleep(3)
        self.site.ses.start()

    def judge(self, expected):
        copies, events = self.copies(), self.count_events()
        replied, done = events["replied"], events["end-0"]
        kills = {kind[7:]: sum(events[kind].values())
                 for kind in sorted(events) if kind.startswith("killed-")}
        lost = sum((copies - replied).values())
        late = sum((replied - done).values())
        self.report("SES direct", expected, copies, lost, late, kills)
        for pair in expected:
            # One end with 0 settles it; nothing is tried after that.
            self.assertEqual(done[pair], 1, pair)
            self.assertLessEqual(replied[pair], copies[pair], pair)
            extra = copies[pair] - 1
            explained = (copies[pair] - replied[pair]) \
                + (replied[pair] - done[pair])
            self.assertEqual(extra, explained, pair)
        self.check_undisturbed(expected, copies, events)
        # Chance must have met every step.
        if DELIVERIES >= 300:
            self.assertEqual(len(kills), 10, kills)

    def check_undisturbed(self, expected, copies, events):
        """Late deaths are the shim's; lost replies the stand-in's."""
        late_kills = sum(
            (events[f"killed-{step}"] for step in
             ("dot", "replied", "exit")), collections.Counter())
        drops = sum(copies.values()) // 11 + 5
        unexplained = sum(
            copies[pair] - 1 - late_kills[pair] for pair in expected
            if copies[pair] - 1 > late_kills[pair])
        self.assertLessEqual(unexplained, drops)


class Reinjected(FaultTest):
    """relay = "postfix": the agent killed at each step."""

    chance = 300

    def test_nothing_lost(self):
        expected = self.send_all(DELIVERIES // 3)
        self.site.postfix.wait_empty(600)
        copies, events = self.copies(), self.count_events()
        replied, done = events["replied"], events["end-0"]
        kills = {kind[7:]: sum(events[kind].values())
                 for kind in sorted(events) if kind.startswith("killed-")}
        lost = sum((copies - replied).values())
        late = sum((replied - done).values())
        self.report("re-injection", expected, copies, lost, late, kills)
        for pair in expected:
            self.assertEqual(done[pair], 1, pair)
            late_kills = sum(events[f"killed-{step}"][pair] for step in (
                "dot", "replied", "exit"))
            self.assertLessEqual(copies[pair] - 1, late_kills, pair)


class FullDisk(FaultTest):
    """The queue's disk is full now and then."""

    # smtpd itself keeps 1.5 times this free.
    main_cf = {"message_size_limit": "100000"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site.postfix.stop()
        spool = cls.site.postfix.spool
        kept = spool.with_suffix(".kept")
        spool.rename(kept)
        spool.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=8m,mode=755", "tmpfs",
             str(spool)], check=False, capture_output=True)
        cls.mounted = done.returncode == 0
        if not cls.mounted:
            raise unittest.SkipTest("cannot mount a tmpfs")
        subprocess.run(["cp", "-a", f"{kept}/.", str(spool)], check=True)
        cls.site.postfix.start()

    @classmethod
    def tearDownClass(cls):
        cls.site.postfix.stop()
        subprocess.run(["umount", str(cls.site.postfix.spool)], check=False)
        super().tearDownClass()

    def fill_now_and_then(self, stop):
        balloon = self.site.postfix.spool / "balloon"
        while not stop.is_set():
            try:
                with open(balloon, "wb") as out:
                    while not stop.is_set():
                        out.write(b"x" * 4096)
                        out.flush()
            except OSError:
                pass
            stop.wait(0.4)
            balloon.unlink(missing_ok=True)
            stop.wait(0.8)

    def test_nothing_lost(self):
        stop = threading.Event()
        filler = threading.Thread(target=self.fill_now_and_then,
                                  args=(stop,))
        filler.start()
        try:
            expected = self.send_all(60, pause=0.05)
        finally:
            time.sleep(2)
            stop.set()
            filler.join()
        (self.site.postfix.spool / "balloon").unlink(missing_ok=True)
        self.site.postfix.flush()
        self.site.postfix.wait_empty(300)
        copies = self.copies()
        self.report("full disk", expected, copies, 0, 0, 0)
        full = len([line for line in self.site.postfix.log().splitlines()
                    if "No space left" in line or "4.3.1" in line])
        print(f"full disk: {full} lines of it in Postfix's log")
        self.assertGreater(full, 0)


if __name__ == "__main__":
    unittest.main()

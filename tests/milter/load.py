#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Drive a milter with many sessions while its table and configuration change.

Each session sends messages to an alias, to an unknown address, to several
aliases, and breaks off now and then; meanwhile new tables are put in place and
SIGUSR1 is sent. Every answer must be one that some table allows: an alias
forwarded to the targets of one table (never of two, never none), the unknown
one refused, no lookup lost. Then SIGTERM under load: the milter must end well.

    load.py [--sessions N] [--seconds N] [--socket SOCKET]
"""
import argparse
import random
import sys
import threading
import time

from milter_client import Session
from milter_process import DOMAIN, Milter

TABLES = [
    {"a@" + DOMAIN: ["one@first.test"], "b@" + DOMAIN: ["one@first.test"]},
    {"a@" + DOMAIN: ["one@second.test", "two@second.test"],
     "b@" + DOMAIN: ["two@second.test"], "new@" + DOMAIN: ["x@second.test"]},
]
ALLOWED = [sorted(t["a@" + DOMAIN]) for t in TABLES]
HEADERS = [("From", " Jane <jane@corp.test>"), ("To", " a@" + DOMAIN),
           ("Subject", " load"), ("DKIM-Signature", " v=1"),
           ("Message-ID", " <1@corp.test>"),
           ("Date", " Tue, 24 Nov 2026 04:00:00 +0000"),
           ("MIME-Version", " 1.0"), ("Content-Type", " text/plain")]
A, B, UNKNOWN = ("<%s@%s>" % (n, DOMAIN) for n in ("a", "b", "nobody"))


class Load:
    def __init__(self, milter):
        self.milter = milter
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.errors = []
        self.messages = 0

    def expect(self, condition, words, result):
        if not condition:
            with self.lock:
                self.errors.append("%s: %s" % (words, vars(result)))

    def one_alias(self, session, dice):
        body = b"x" * 70 + b"\r\n"
        body *= dice.choice([0, 1, 50, 6000])
        result = session.message("<jane@corp.test>", [A], HEADERS, body)
        self.expect(result.reply == "250", "not forwarded", result)
        self.expect(sorted(result.added) in ALLOWED, "targets", result)
        self.expect(result.deleted == ["a@" + DOMAIN], "deleted", result)

    def unknown(self, session, dice):
        result = session.message("<>", [UNKNOWN, A], HEADERS, b"")
        self.expect(result.rcpt[0].startswith("550 5.1.1"), "known", result)
        self.expect(result.rcpt[1] == "250", "unknown", result)

    def several(self, session, dice):
        result = session.message("<jane@corp.test>", [A, B], HEADERS, b"x\r\n")
        self.expect(result.reply == "250", "not left", result)
        self.expect(not result.added and not result.headers, "edited", result)

    def ordinary(self, session, dice):
        result = session.message(
            "<jane@corp.test>", ["<x@other.test>"], HEADERS, b"")
        self.expect(result.accepted_early, "not accepted at DATA", result)

    def broken_off(self, session, dice):
        session.mail("<jane@corp.test>")
        session.rcpt(A)
        if dice.random() < 0.5:
            session.data()
            session.content(HEADERS, b"y" * 100000)
        session.abort()

    def run_session(self, seed):
        dice = random.Random(seed)
        steps = [self.one_alias] * 4 + [
            self.unknown, self.several, self.ordinary, self.broken_off]
        while not self.stopping.is_set():
            session = Session(self.milter.socket)
            for _ in range(dice.randrange(1, 20)):
                dice.choice(steps)(session, dice)
                with self.lock:
                    self.messages += 1
            if dice.random() < 0.2:
                session.mail("<jane@corp.test>")
                session.flush()
                session.socket.close()
            else:
                session.close()

    def session_thread(self, seed):
        try:
            self.run_session(seed)
        except OSError as error:
            # Connections may break once the milter is told to stop.
            if not self.stopping.is_set():
                self.errors.append("session: %r" % error)

    def swap(self, seconds):
        """Tables and configurations, for so long; how often."""
        end, count = time.monotonic() + seconds, 0
        while time.monotonic() < end and not self.errors:
            count += 1
            self.milter.build(TABLES[count % 2])
            self.milter.configure(
                {"from_format": ["name-at", "name-via"][count % 2]})
            self.milter.reload("configuration read anew")
        return count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sessions", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--socket")
    options = parser.parse_args()
    milter = Milter(table=TABLES[0], socket=options.socket).start()
    load = Load(milter)
    threads = [threading.Thread(target=load.session_thread, args=(n,))
               for n in range(options.sessions)]
    for thread in threads:
        thread.start()
    try:
        swaps = load.swap(options.seconds)
    finally:
        load.stopping.set()
        status = milter.stop()
        for thread in threads:
            thread.join()
    print("%d messages over %d sessions, %d swaps, exit status %d"
          % (load.messages, options.sessions, swaps, status))
    for error in load.errors[:20]:
        print("error:", error)
    if load.errors or status != 0 or not load.messages:
        print(milter.log()[-5000:])
        return 1
    milter.discard()
    return 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: MIT
"""The parts of contrib/bench that need a Postfix."""
import json
import pathlib
import socket
import subprocess
import time

from harness import (BUILD, MASTER_CF, PRIVATE_MAIN_CF, PrivatePostfix,
                     Process, config_text, wait_until)
from ports import free_port

AGENT = """\
127.0.0.1:{reinject} inet n - n - - smtpd
  -o smtpd_milters=
  -o receive_override_options=no_unknown_recipient_checks,no_header_body_checks,no_milters
aliasbridge unix - n n - 10 pipe
  flags=q user=nobody null_sender= eol=\\r\\n
  argv={build}/aliasbridge-deliver --config {config} --sender ${{sender}}
  --recipient ${{recipient}} --queue-id ${{queue_id}}
"""
from measure import (anonymous_memory, cpu, goal, interleaved, median, row,
                     title, tree_cpu)

SENDER, ALIAS, TARGET = "jane@corp.test", "shop@example.com", "me@mail.test"

MAIN_CF = """\
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
milter_default_action = tempfail
message_size_limit = 60000000
relayhost = [127.0.0.1]:{sink}
recipient_delimiter = +
aliasbridge_destination_recipient_limit = 1
"""


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class Milter(Process):
    """Any program that listens on a milter socket."""

    def __init__(self, folder, name, arguments, socket):
        super().__init__(folder / f"{name}.log")
        self.name, self.arguments, self.socket = name, arguments, socket

    def start(self):
        self.run(self.arguments)
        scheme, _, rest = self.socket.partition(":")
        if scheme == "unix":
            path = pathlib.Path(rest)
            wait_until(path.exists, 20, f"{self.name}: {self.log()}")
            path.chmod(0o777)
        else:
            port = int(rest.split("@")[0])
            wait_until(lambda: listens(port), 20, self.name)
        return self


def postfix_name(milter):
    """libmilter's inet:PORT@HOST is Postfix's inet:HOST:PORT."""
    scheme, _, rest = milter.socket.partition(":")
    if scheme == "unix":
        return milter.socket
    port, _, host = rest.partition("@")
    return f"inet:{host}:{port}"


class Bench:
    """A Postfix with one listener a variant, all relaying to smtp-sink."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("log", "run", "table"):
            (folder / name).mkdir()
        (folder / "run").chmod(0o777)
        self.variants = {}  # name: (port, milter or None)
        self.sink_port, self.reinject = free_port(), free_port()
        self.sink = subprocess.Popen(
            ["smtp-sink", "-u", "nobody", f"127.0.0.1:{self.sink_port}", "1000"])
        self.config = folder / "aliasbridge.conf"
        self._configure({})
        self.listeners = []
        self.postfix = None

    def _configure(self, more):
        socket = f"unix:{self.folder}/run/aliasbridge.sock"
        settings = {
            "domains": ["example.com"], "table": str(self.folder / "table"),
            "bounce_address": "bounces@mail.example.com",
            "milter.socket": socket,
            "milter.spool": str(self.folder / "run"),
            "reinject": f"127.0.0.1:{self.reinject}", **more}
        self.config.write_text(config_text(settings))
        (self.folder / "aliases.json").write_text(
            json.dumps({ALIAS: [TARGET]}))
        subprocess.run([BUILD / "aliasbridge", "build", "--config",
                        self.config, self.folder / "aliases.json"],
                       check=True, stdout=subprocess.DEVNULL)

    def add(self, name, milter=None, extra=""):
        """A listener; milter is started."""
        port = free_port()
        option = f"-o smtpd_milters={postfix_name(milter)}" if milter else ""
        self.listeners.append(
            f"127.0.0.1:{port} inet n - n - - smtpd {option} {extra}")
        self.variants[name] = (port, milter.start() if milter else None)

    def aliasbridge(self, socket=None):
        socket = socket or f"unix:{self.folder}/run/aliasbridge.sock"
        return Milter(self.folder / "log", "aliasbridge",
                      [BUILD / "aliasbridge-milter", "--config", self.config,
                       "--stderr", "--socket", socket], socket)

    def fixed(self, name, plan=None):
        socket = f"unix:{self.folder}/run/{name}.sock"
        arguments = [BUILD / "tests/milter/fixed-milter", socket]
        return Milter(self.folder / "log", name,
                      arguments + ([plan] if plan else []), socket)

    def opendkim(self):
        key, config = self.folder / "key.pem", self.folder / "opendkim.conf"
        config.write_text("RequireSafeKeys no\n")  # it lies below /tmp
        subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True,
                       capture_output=True)
        socket = f"unix:{self.folder}/run/opendkim.sock"
        return Milter(self.folder / "log", "opendkim",
                      ["opendkim", "-f", "-x", config, "-d", "corp.test",
                       "-s", "bench", "-k", key, "-p", f"local:{socket[5:]}",
                       "-u", "root", "-b", "s"], socket)

    def start(self, main=""):
        master = ("\n".join(self.listeners) + "\n" + AGENT + MASTER_CF)
        values = {"base": self.folder, "sink": self.sink_port,
                  "reinject": self.reinject,
                  "build": BUILD, "config": self.config}
        self.postfix = PrivatePostfix(
            self.folder, (PRIVATE_MAIN_CF + MAIN_CF + main).format(**values),
            master.format(**values), list(self.variants.values())[0][0],
            self.reinject)
        self.postfix.start()
        self.master = int((self.folder / "spool/pid/master.pid")
                          .read_text())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.postfix:
            self.postfix.stop()
        for _, milter in self.variants.values():
            if milter and milter.process:
                milter.stop()
        self.sink.terminate()
        self.sink.wait()

    def run(self, name, count, length, sessions, recipient=ALIAS):
        """Send count messages: (messages a second until the queue is empty,
        ms of CPU a message: Postfix and milter)."""
        port, milter = self.variants[name]
        before = tree_cpu(self.master), milter and cpu(milter.pid)
        start = time.perf_counter()
        subprocess.run(
            ["smtp-source", "-s", str(sessions), "-m", str(count), "-l",
             str(length), "-f", SENDER, "-t", recipient,
             f"127.0.0.1:{port}"], check=True)
        self.postfix.wait_empty(300)
        seconds = time.perf_counter() - start
        used = tree_cpu(self.master) - before[0]
        if milter:
            used += cpu(milter.pid) - before[1]
        return count / seconds, used / count * 1000


def fixed_plan(bench):
    """The edits that aliasbridge makes to smtp-source's message."""
    text = (f"From: <{SENDER}>\r\nTo: <{ALIAS}>\r\n"
            "Date: Thu, 1 Jan 2026 00:00:00 +0000\r\n"
            "Message-Id: <1@corp.test>\r\n\r\nXXX\r\n")
    plan = bench.folder / "plan.txt"
    plan.write_bytes(subprocess.run(
        [BUILD / "aliasbridge", "preview", "--config", bench.config, "--plan",
         "--to", ALIAS, "--from", SENDER], input=text.encode(), check=True,
        capture_output=True).stdout)
    return plan


def show(results):
    for name, values in results.items():
        row(name, f"{median([rate for rate, _ in values]):.1f} msg/s",
            f"{median([used for _, used in values]):.2f} ms CPU")


def middle(results, name, which):
    return median([values[which] for values in results[name]])


def part_postfix(options, folder):
    met = True
    with Bench(folder) as bench:
        bench.add("Postfix alone")
        bench.add("+ no-op milter", bench.fixed("noop"))
        bench.add("+ milter with fixed edits",
                  bench.fixed("edits", fixed_plan(bench)))
        bench.add("+ opendkim signing", bench.opendkim())
        bench.add("+ aliasbridge", bench.aliasbridge())
        bench.start()
        for label, length, count, sessions in (
                ("5 KB, 20 sessions", 5000, 400, 20),
                ("100 KB, 10 sessions", 100_000, 100, 10),
                ("10 MB, 4 sessions", 10_000_000, 8, 4)):
            title(f"postfix: {label}, until the queue is empty")
            results = interleaved(
                bench.variants, options.rounds,
                lambda name: bench.run(name, count, length, sessions))
            show(results)
            if length == 5000:
                met &= goal(
                    "CPU a message, of a milter with fixed edits",
                    middle(results, "+ aliasbridge", 1)
                    / middle(results, "+ milter with fixed edits", 1), 1.05)
                met &= goal("messages a second, of opendkim",
                            middle(results, "+ aliasbridge", 0)
                            / middle(results, "+ opendkim signing", 0), 1,
                            False)
    return met


def part_tcp(options, folder):
    title("tcp: one session, 5 KB")
    with Bench(folder) as bench:
        bench.add("unix socket", bench.aliasbridge())
        bench.add("TCP socket",
                  bench.aliasbridge(f"inet:{free_port()}@127.0.0.1"))
        bench.start()
        results = interleaved(bench.variants, options.rounds,
                              lambda name: bench.run(name, 100, 5000, 1))
        show(results)
    return goal("messages a second, of the unix socket",
                middle(results, "TCP socket", 0)
                / middle(results, "unix socket", 0), 0.6, False)


def send_big(bench, milter, count):
    """The most anonymous memory, in octets, that count messages add."""
    before = anonymous_memory(milter.pid)
    source = subprocess.Popen(
        ["smtp-source", "-s", str(count), "-m", str(count), "-l", "39000000",
         "-f", SENDER, "-t", ALIAS,
         f"127.0.0.1:{bench.variants['aliasbridge'][0]}"])
    peak = before
    while source.poll() is None:
        peak = max(peak, anonymous_memory(milter.pid))
        time.sleep(0.01)
    bench.postfix.wait_empty(300)
    return peak - before


def part_memory(_options, folder):
    title("memory: anonymous memory of the milter, 40 MB messages")
    met = True
    with Bench(folder) as bench:
        bench.add("aliasbridge", bench.aliasbridge())
        bench.start()
        _, milter = bench.variants["aliasbridge"]
        bench.run("aliasbridge", 20, 5000, 10)
        for count, limit in ((1, 8), (10, 80)):
            met &= goal(f"MB more, {count} at once",
                        send_big(bench, milter, count) / 1e6, limit)
    return met


def reinjector(bench):
    """A pipe(8) transport that changes nothing but the envelope."""
    script = bench.folder / "reinject"
    script.write_text(
        f"#!/bin/sh\nexec {BUILD}/tests/bench/bench-send "
        f"smtp://127.0.0.1:{bench.reinject} '<bounces@mail.example.com>' "
        f"'<{TARGET}>'\n")
    script.chmod(0o755)
    return ("reinject unix - n n - 10 pipe\n  flags=q user=nobody "
            f"null_sender= eol=\\r\\n argv={script}")


def part_filter(options, folder):
    title("filter: delivery agent, milter, and a pipe(8) that re-injects")
    recipients = {"milter": ALIAS, "delivery agent": ALIAS,
                  "bare pipe(8)": "any@plain.test"}
    with Bench(folder) as bench:
        bench.add("milter", bench.aliasbridge())
        bench.add("delivery agent")
        bench.add("bare pipe(8)")
        bench.listeners.append(reinjector(bench))
        bench.start(
            "virtual_mailbox_domains = example.com\n"
            "virtual_mailbox_maps = cdb:{base}/table/aliases\n"
            "virtual_transport = aliasbridge:\n"
            "reinject_destination_recipient_limit = 1\n"
            "transport_maps = inline:{{{{ plain.test = reinject: }}}}\n")
        results = interleaved(
            bench.variants, options.rounds,
            lambda name: bench.run(name, 100, 5000, 10, recipients[name]))
        show(results)
    for other in ("milter", "bare pipe(8)"):
        row(f"delivery agent, of the {other}'s rate", "%.2f" % (
            middle(results, "delivery agent", 0)
            / middle(results, other, 0)))
    return True

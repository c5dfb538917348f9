# SPDX-License-Identifier: MIT
"""The parts of contrib/bench."""
import argparse
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
BUILD = pathlib.Path(os.environ.get("ALIASBRIDGE_BUILD",
                                    SOURCE / "build-bench"))
os.environ["ALIASBRIDGE_BUILD"] = str(BUILD)
sys.path.insert(0, str(SOURCE / "tests" / "e2e"))

from measure import (goal, interleaved, median, progress, row,  # noqa: E402
                     title)

WORDS = ("the quick brown fox jumps over lazy dogs while mail servers carry "
         "letters from here to there and back again").split()


# --- what is measured with ------------------------------------------------------
def build():
    """An optimised build of its own."""
    BUILD.mkdir(exist_ok=True)
    log = BUILD / "build.log"
    commands = []
    if not (SOURCE / "configure").exists():
        commands.append(([SOURCE / "autogen.sh"], SOURCE))
    if not (BUILD / "Makefile").exists():
        commands.append(([SOURCE / "configure", "CFLAGS=-O2 -g"], BUILD))
    commands.append((["make", "-j2", "bench-programs"], BUILD))
    progress("building")
    with open(log, "wb") as out:
        for command, folder in commands:
            if subprocess.run(command, cwd=folder, stdout=out, stderr=out,
                              check=False).returncode:
                sys.exit(f"bench: the build failed: see {log}")
    progress("")


def text_body(size, seed=1):
    """Prose of about size octets, CRLF."""
    chance = random.Random(seed)
    lines, length = [], 0
    while length < size:
        line = " ".join(chance.choice(WORDS) for _ in range(11))
        lines.append(line)
        length += len(line) + 2
    return "\r\n".join(lines).encode() + b"\r\n"


def message(size, attachment=False):
    """A message of about size octets; with an attachment most of it is that."""
    head = (b"Received: from a.test by b.test; Thu, 1 Jan 2026 00:00:00 +0000"
            b"\r\nDKIM-Signature: v=1; a=rsa-sha256; d=corp.test; s=x;\r\n"
            b"\th=from:to:subject; bh=YWJj; b=" + b"YWJj" * 60 + b"\r\n"
            b"From: Jane Doe <jane@corp.test>\r\n"
            b"To: Shop <shop@example.com>\r\nSubject: a message\r\n"
            b"Date: Thu, 1 Jan 2026 00:00:00 +0000\r\n"
            b"Message-ID: <1@corp.test>\r\nMIME-Version: 1.0\r\n")
    if not attachment:
        return head + (b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
                       + text_body(size))
    line = b"QUJD" * 19 + b"\r\n"
    return head + (
        b"Content-Type: multipart/mixed; boundary=\"frontier\"\r\n\r\n"
        b"--frontier\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
        b"--frontier\r\nContent-Type: application/pdf; name=\"a.pdf\"\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n"
        + line * (size // len(line)) + b"--frontier--\r\n")


def output_of(*command, **options):
    return subprocess.run([str(part) for part in command], check=True,
                          capture_output=True, text=True, **options).stdout


class Table:
    """A configuration and a table of count aliases in a folder."""

    def __init__(self, folder, count):
        folder.mkdir(parents=True, exist_ok=True)
        self.config = folder / "aliasbridge.conf"
        self.directory = folder / "table"
        self.config.write_text(
            'domains = [ "example.com" ];\ntable = "table";\n'
            'bounce_address = "bounces@mail.example.com";\n')
        aliases = {f"user{i}@example.com": [f"u{i}@mail.test"]
                   for i in range(count)}
        aliases["shop@example.com"] = ["me@mail.test"]
        (folder / "aliases.json").write_text(json.dumps(aliases))
        self.built = time.perf_counter()
        output_of(BUILD / "aliasbridge", "build", "--config", self.config,
                  folder / "aliases.json")
        self.built = time.perf_counter() - self.built


# --- core -------------------------------------------------------------------------
def corpus(folder):
    """Files to plan: a corpus if one is named, else what this file makes."""
    named = os.environ.get("ALIASBRIDGE_CORPUS")
    if named:
        return sorted(str(path) for path in pathlib.Path(named).rglob("*")
                      if path.is_file())
    paths = []
    for number, size in enumerate((500, 2000, 5000, 20000, 100000)):
        for attachment in (False, True):
            path = folder / f"{number}-{attachment}.eml"
            path.write_bytes(message(size, attachment))
            paths.append(str(path))
    return paths


def messages_per_second(command):
    done, seconds, _ = output_of(*command).split()
    return int(done) / float(seconds)


def core_against_python(paths, rounds, repeats):
    ours = [BUILD / "tests/bench/bench-core", "messages", repeats, *paths]
    python = ["/usr/bin/python3", HERE / "python_email.py", 1, *paths]
    commands = {"aliasbridge plan + apply": ours, "Python email": python}
    rates = interleaved(commands, rounds,
                        lambda name: messages_per_second(commands[name]))
    for name, values in rates.items():
        row(name, f"{median(values):.1f} msg/s")
    return median(rates["aliasbridge plan + apply"]) / median(
        rates["Python email"])


def part_core(options, folder):
    title("core: plan + apply in one process")
    met = goal("times Python's email package, corpus", core_against_python(
        corpus(folder), options.rounds, 20), 10, False)
    big = folder / "10mb.eml"
    big.write_bytes(message(10_000_000, True))
    met &= goal("times Python's email package, 10 MB with attachment",
                core_against_python([str(big)], options.rounds, 5), 50, False)
    sizes = {"1 MB": 1_000_000, "39 MB": 39_000_000}
    for name, size in sizes.items():
        (folder / name).write_bytes(message(size, True))

    def per_octet(name):
        # As many octets in memory in both, so that no cache holds them.
        copies = [folder / name] * (39_000_000 // sizes[name])
        _, seconds, octets = output_of(
            BUILD / "tests/bench/bench-core", "messages", 10,
            *copies).split()
        return float(seconds) / max(int(octets), 1) * 1e9
    figures = interleaved(sizes, options.rounds, per_octet)
    for name, values in figures.items():
        row(f"ns an octet at {name}", f"{median(values):.3f}")
    return met & goal("ns an octet at 39 MB to those at 1 MB",
                      median(figures["39 MB"]) / median(figures["1 MB"]), 1.5)


# --- table ---------------------------------------------------------------------------
def worst_lookup(table, built=None):
    """The worst lookup in four seconds, in ns, while another table (or the
    same) is built anew three times."""
    running = subprocess.Popen(
        [str(BUILD / "tests/bench/bench-core"), "swap", str(table.directory),
         "4"], stdout=subprocess.PIPE, text=True)
    for number in range(3 if built else 0):
        source = built.directory.parent / "aliases.json"
        aliases = json.loads(source.read_text())
        aliases["swap@example.com"] = [f"n{number}@mail.test"]
        source.write_text(json.dumps(aliases))
        output_of(BUILD / "aliasbridge", "build", "--config", built.config,
                  source)
    return int(running.communicate()[0].split()[1])


def swap_latency(options, folder):
    """Who builds needs a processor, too: the same work beside the lookups is
    told from the swap."""
    table, other = (Table(folder / name, 10_000) for name in ("a", "b"))
    builds = {"table at rest": None, "another table being built": other,
              "table being replaced": table}
    figures = interleaved(builds, options.rounds,
                          lambda name: worst_lookup(table, builds[name]))
    for name, values in figures.items():
        row(f"worst lookup, {name}", f"{median(values) / 1000:.0f} us")


def part_table(options, folder):
    title("table: lookups and start-up")
    met = True
    for count in (1000, 1_000_000):
        progress(f"building a table of {count:,}")
        table = Table(folder / str(count), count)
        opened, medians, worst = [], [], []
        for _ in range(options.rounds):
            words = output_of(BUILD / "tests/bench/bench-core", "lookup",
                              table.directory, count).split()
            opened.append(float(words[1]) * 1000)
            medians.append(int(words[3]))
            worst.append(int(words[5]))
        progress("")
        row(f"{count:,} aliases", f"build {table.built:.2f} s",
            f"open {median(opened):.2f} ms", f"{median(medians)} ns",
            f"worst {median(worst) / 1000:.0f} us")
        if count == 1_000_000:
            met &= goal("ms to start with 1,000,000", median(opened), 50)
            met &= goal("ns a lookup (median)", median(medians), 2000)
    swap_latency(options, folder / "swap")
    return met


# --- processes -------------------------------------------------------------------------
def process_milliseconds(command, octets):
    start = time.perf_counter()
    subprocess.run(command, input=octets, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - start) * 1000


def compare_processes(commands, octets, rounds):
    figures = interleaved(commands, rounds, lambda name: process_milliseconds(
        commands[name], octets))
    for name, values in figures.items():
        row(name, f"{median(values):.2f} ms")
    return {name: median(values) for name, values in figures.items()}


class Sink:
    """smtp-sink on a free port."""

    def __init__(self):
        from harness import greets, wait_until
        from ports import free_port
        self.port = free_port()
        self.process = subprocess.Popen(
            ["smtp-sink", "-u", "nobody", f"127.0.0.1:{self.port}", "1000"])
        wait_until(lambda: greets(self.port), 10, "smtp-sink")

    def stop(self):
        self.process.terminate()
        self.process.wait()


def part_process(options, folder):
    title("process: one message, one process")
    table = Table(folder, 1000)
    small, big = message(5000), message(10_000_000, True)
    preview = [str(BUILD / "aliasbridge"), "preview", "--config",
               str(table.config), "--to", "shop@example.com"]
    times = compare_processes(
        {"an empty program with GMime":
         [str(BUILD / "tests/bench/bench-empty")],
         "preview, 5 KB": preview}, small, options.rounds * 20)
    met = goal("ms more than an empty program",
               times["preview, 5 KB"] - times["an empty program with GMime"],
               5)
    sink = Sink()
    with open(table.config, "a", encoding="ascii") as config:
        config.write(f'reinject = "127.0.0.1:{sink.port}";\n')
    deliver = [str(BUILD / "aliasbridge-deliver"), "--config",
               str(table.config), "--sender", "jane@corp.test",
               "--recipient", "shop@example.com"]
    send = [str(BUILD / "tests/bench/bench-send"),
            f"smtp://127.0.0.1:{sink.port}", "<a@b.test>", "<c@d.test>"]
    for name, octets, rounds, limit in (
            ("5 KB", small, options.rounds * 20, 1.3),
            ("10 MB", big, options.rounds * 3, 1.5)):
        times = compare_processes({f"stdin to libcurl, {name}": send,
                                   f"deliver, {name}": deliver},
                                  octets, rounds)
        met &= goal(f"times a bare sender, {name}",
                    times[f"deliver, {name}"]
                    / times[f"stdin to libcurl, {name}"], limit)
    sink.stop()
    return met


# --- the command -------------------------------------------------------------------------
def main(arguments, manual):
    from bench_postfix import part_filter, part_memory, part_postfix, part_tcp
    parts = {"core": part_core, "table": part_table, "memory": part_memory,
             "process": part_process, "postfix": part_postfix,
             "tcp": part_tcp, "filter": part_filter}
    parser = argparse.ArgumentParser(
        usage=manual, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("parts", nargs="*")
    options = parser.parse_args(arguments)
    unknown = set(options.parts) - set(parts)
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}")
    if os.geteuid() != 0:
        sys.exit("bench: run it as root: a private Postfix needs that")
    options.rounds = 2 if options.quick else 5
    build()
    met = True
    base = pathlib.Path(tempfile.mkdtemp(prefix="aliasbridge-bench-"))
    base.chmod(0o755)
    try:
        for name in options.parts or parts:
            (base / name).mkdir()
            met &= parts[name](options, base / name)
    finally:
        shutil.rmtree(base, ignore_errors=True)
    print("\nall goals met" if met else "\nsome goals were missed")
    return 0 if met else 1

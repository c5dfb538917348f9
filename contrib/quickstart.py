# SPDX-License-Identifier: MIT
"""What contrib/quickstart shows: mail through a private Postfix.

Options and exit status are those of contrib/quickstart, which checks them.
"""
import argparse
import email.header
import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import signal
import socket
import sys
import tempfile
import textwrap

SOURCE = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(SOURCE / "tests" / "e2e"))
sys.path.insert(0, str(SOURCE / "tests" / "standins"))
import harness  # noqa: E402
import ses_judge  # noqa: E402

WIDTH = 78
PORTS = 5
SENDER = "renee@sender.test"
ALIASES = {
    "shop@alias.test": ["me@target.test"],
    "news@alias.test": ["me@target.test", "partner@target.test"],
}
TTY = (sys.stdout.isatty() and not os.environ.get("NO_COLOR")
       and os.environ.get("TERM", "dumb") != "dumb")


def style(code, text):
    return f"\033[{code}m{text}\033[0m" if TTY else text


def step(text):
    print(style(1, text), flush=True)


def say(text, indent="    "):
    print(textwrap.fill(text, WIDTH, initial_indent=indent,
                        subsequent_indent=indent), flush=True)


def row(name, text, mark=" "):
    """A line of a table; of what is too long, the first two lines."""
    colour = {"-": 31, "+": 32}.get(mark)
    lines = textwrap.wrap(text, WIDTH - 30, max_lines=2,
                          placeholder=" ...") or [""]
    for line in lines:
        shown = f"    {mark} {name:<22} {line}"
        print(style(colour, shown) if colour else shown)
        name = ""


class Unexpected(Exception):
    """Something did not go as it should."""


def expect(condition, text):
    if not condition:
        raise Unexpected(text)


# --- what is shown of a message ---------------------------------------------
def decoded(value):
    value = re.sub(r"\r?\n[ \t]+", " ", value).strip()
    try:
        return str(email.header.make_header(
            email.header.decode_header(value)))
    except (UnicodeError, LookupError):
        return value


def fields(message):
    """(name, value) of all but Received, decoded, in order."""
    return [(name, decoded(value)) for name, value in message.items()
            if name != "Received"]


def parts(message):
    """(type, file name, digest of the octets as they travel) of leaves."""
    return [(part.get_content_type(), part.get_filename() or "",
             hashlib.sha256(part.get_payload().replace("\r\n", "\n")
                            .encode("utf-8", "surrogateescape"))
             .hexdigest()[:12])
            for part in message.walk() if not part.is_multipart()]


def show_envelope(before, after):
    row("MAIL FROM", before.sender, "-")
    row("MAIL FROM", after.sender, "+")
    row("RCPT TO", ", ".join(before.recipients), "-")
    row("RCPT TO", ", ".join(after.recipients), "+")


def show_fields(before, after):
    old, new = fields(before.message), fields(after.message)
    for name, value in old:
        if (name, value) not in new:
            row(name, value, "-")
    for name, value in new:
        if (name, value) not in old:
            row(name, value, "+")
    kept = [name for name, value in old if (name, value) in new]
    say("unchanged: " + ", ".join(kept))


def show_parts(before, after):
    old, new = parts(before.message), parts(after.message)
    expect(old == new, "the parts of the message changed")
    for kind, name, digest in new:
        row(kind, f"{name or '(text)':<20} sha256 {digest}  intact")


# --- the steps --------------------------------------------------------------
def unknown_alias(site):
    step("4. Mail to an alias that is not in the table")
    client = site.client()
    client.docmd(f"MAIL FROM:<{SENDER}>")
    code, text = client.docmd("RCPT TO:<nobody@alias.test>")
    client.close()
    print("    > RCPT TO:<nobody@alias.test>")
    print(f"    < {code} {text.decode()}")
    expect(code == 550, "an unknown alias was not refused")


def one_alias(site):
    step("5. A message with an attachment, to shop@alias.test")
    octets = harness.crlf(
        (SOURCE / "contrib" / "quickstart.eml").read_bytes())
    before = harness.Mail(octets, {"sender": SENDER,
                                   "recipients": ["shop@alias.test"]})
    judge = ses_judge.Judge([harness.DOMAIN])
    say("As it is, SES would have answered: "
        + judge.refuses(octets, SENDER, before.recipients))
    answer = site.send(octets, before.recipients, SENDER)
    expect(answer.code == 250, f"Postfix said {answer}")
    after = site.ses.wait(1)[0]
    print("    the envelope")
    show_envelope(before, after)
    print("    header fields (decoded)")
    show_fields(before, after)
    print("    parts")
    show_parts(before, after)
    about = after.about
    say(f"The SES stand-in accepted it over {about['tls']}, AUTH "
        f"{about['mechanism']} as {about['user']}: 250 Ok {about['id']}")
    expect(about["tls"], "the relay did not use TLS")
    expect(after.recipients == ["me@target.test"], "wrong recipients")


def three_copies(site):
    step("6. One message to two aliases and an ordinary recipient")
    site.clear()
    octets = (f"From: Renee <{SENDER}>\nTo: shop@alias.test, "
              "news@alias.test, friend@ordinary.test\n"
              "Subject: for all three\n\nHello all.\n").encode()
    recipients = ["shop@alias.test", "news@alias.test",
                  "friend@ordinary.test"]
    answer = site.send(octets, recipients, SENDER)
    expect(answer.code == 250, f"Postfix said {answer}")
    mails = sorted(site.ses.wait(2) + site.sink.wait(1),
                   key=lambda mail: mail.recipients)
    site.postfix.wait_empty()
    for mail in mails:
        row("copy for", ", ".join(sorted(mail.recipients)))
        row("  From", decoded(mail.header("From")))
    got = {(decoded(mail.header("From")).rpartition(" ")[2].strip("<>"),
            *sorted(mail.recipients)) for mail in mails}
    expect(got == {
        ("shop@alias.test", "me@target.test"),
        ("news@alias.test", "me@target.test", "partner@target.test"),
        (SENDER, "friend@ordinary.test"),
    } and len(mails) == 3, f"not the three copies that there should be: {got}")
    expect(not site.ses.refused(), "the SES stand-in refused a copy")
    say("Each alias got its own; the ordinary recipient got the message as "
        "it was.")


def say_how(site):
    print(f"""\
    It listens on 127.0.0.1 port {site.postfix.port}, as a mail exchanger does.
    Send a message, made up or from a file, in another terminal:
      /usr/sbin/smtp-source -f you@sender.test -t shop@alias.test \\
          -S "Hello" 127.0.0.1:{site.postfix.port}
      /usr/sbin/smtp-source -f you@sender.test -t shop@alias.test \\
          -F {SOURCE}/contrib/quickstart.eml \\
          127.0.0.1:{site.postfix.port}
    See what SES accepted (.json: its envelope), what it refused, the logs:
      ls {site.ses.out} {site.ses.out}/refused {site.base}/log
    Add aliases, which count at once:
      editor {site.base}/aliases.json
      {site.bin}/aliasbridge build \\
          --config {site.config} {site.base}/aliases.json
    Look into Postfix's queue:
      /usr/sbin/postqueue -c {site.postfix.etc} -p
    Stop it: Ctrl-C, or from elsewhere: kill {os.getpid()}""",
          flush=True)


def stay(site):
    step("It stays up until Ctrl-C")
    try:
        say_how(site)
        signal.pause()
    except KeyboardInterrupt:
        pass


def where_next(stayed):
    step("Where to go next")
    if not stayed:
        say("contrib/quickstart --stay keeps all this running, to send mail "
            "of your own.")
    say("README.md: how to put it into your Postfix.")
    say("man/: aliasbridge(1), aliasbridge.conf(5), aliasbridge-table(5).")
    say("conf/: main.cf and master.cf pieces, with the reason of each line.")


def taken(first):
    """The first of our ports that somebody listens on, or None."""
    for port in range(first, first + PORTS):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return port
    return None


def own_folder():
    """A folder that is locked while we live: so contrib/quickstart knows what
    to remove if we are killed."""
    folder = tempfile.mkdtemp(prefix="ab-quickstart-")
    fcntl.flock(os.open(folder, os.O_RDONLY), fcntl.LOCK_EX)
    pathlib.Path(folder, "pid").write_text(f"{os.getpid()}\n")
    return folder


def options_from(arguments):
    parser = argparse.ArgumentParser(prog="quickstart", description="See "
                                     "aliasbridge work, in a few minutes.")
    parser.add_argument("--stay", action="store_true")
    parser.add_argument("--port", type=int, default=20025)
    return parser.parse_args(arguments)


def demonstrate(site, options):
    step("3. A private Postfix, the milter and an SES stand-in")
    site.start()
    say(f"in {site.base}, listening on 127.0.0.1 port {site.postfix.port}")
    unknown_alias(site)
    one_alias(site)
    three_copies(site)
    if options.stay:
        stay(site)


def heed_signals():
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # by nohup
            signal.signal(number, signal.default_int_handler)


def end(site, folder):
    """Whole: no further signal may come between."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if site:
        site.stop()
    else:
        shutil.rmtree(folder)


def run(options):
    """The exit status."""
    site, folder = None, own_folder()
    try:
        site = harness.Site(ALIASES, base=folder, ports=range(
            options.port, options.port + PORTS))
        demonstrate(site, options)
    except (Unexpected, AssertionError, OSError) as why:
        print(f"\nquickstart: {why}", file=sys.stderr)
        if site:
            print(site.milter.log()[-2000:], file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        end(site, folder)
    return 0


def main():
    options = options_from(sys.argv[1:])
    port = taken(options.port)
    if port:
        sys.stderr.write(
            f"quickstart: port {port} of 127.0.0.1 is taken, and "
            f"{options.port} to {options.port + PORTS - 1} are needed. "
            "Others can be had: contrib/quickstart --port N\n")
        return 2
    heed_signals()
    status = run(options)
    if status == 130 or options.stay:
        print("\nquickstart: stopped; nothing of it runs any more. What stays: "
              "packages and build-quickstart/", file=sys.stderr)
    if status == 0:
        where_next(options.stay)
    return status


if __name__ == "__main__":
    sys.exit(main())

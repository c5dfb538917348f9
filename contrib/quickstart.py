# SPDX-License-Identifier: MIT
"""What contrib/quickstart shows: mail through a private Postfix.

Exit status: 0 everything went as it should, 1 something did not (it says
what), 2 it could not start.
"""
import argparse
import email.header
import hashlib
import os
import pathlib
import re
import signal
import socket
import sys
import textwrap

SOURCE = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(SOURCE / "tests" / "e2e"))
sys.path.insert(0, str(SOURCE / "tests" / "standins"))
import harness  # noqa: E402
import ses_judge  # noqa: E402

WIDTH = 78
SENDER = "renee@sender.test"
ALIASES = {
    "shop@alias.test": ["me@target.test"],
    "news@alias.test": ["me@target.test", "partner@target.test"],
}
TTY = sys.stdout.isatty() and not os.environ.get("NO_COLOR")


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


def stay(site):
    step("It stays up until Ctrl-C")
    print(f"""\
    SMTP, as from the world   127.0.0.1 port {site.postfix.port}
      swaks --server 127.0.0.1:{site.postfix.port} --from you@sender.test \\
            --to shop@alias.test
    configuration             {site.config}
    alias table               {site.base}/aliases.json
      {site.bin}/aliasbridge build \\
            --config {site.config} {site.base}/aliases.json
    what SES accepted         {site.ses.out}
    logs                      {site.base}/log
    Postfix                   postqueue -c {site.postfix.etc} -p""",
          flush=True)
    try:
        signal.pause()
    except KeyboardInterrupt:
        print()


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
    for port in range(first, first + 5):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return port
    return None


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


def main():
    options = options_from(sys.argv[1:])
    port = taken(options.port)
    if port:
        sys.stderr.write(
            f"quickstart: port {port} is taken (does another quickstart "
            f"run?); ports {options.port} to {options.port + 4} are needed. "
            "Try --port N.\n")
        return 2
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))
    site = harness.Site(ALIASES, ports=range(options.port, options.port + 5))
    try:
        demonstrate(site, options)
    except (Unexpected, AssertionError) as why:
        print(f"\nquickstart: {why}", file=sys.stderr)
        print(site.milter.log()[-2000:], file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        site.stop()
    where_next(options.stay)
    return 0


if __name__ == "__main__":
    sys.exit(main())

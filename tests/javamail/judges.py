# SPDX-License-Identifier: MIT
"""judges.py CLASSES FILE... - two judges, and what preview makes of a message

For each message: the judge of the SES stand-in and the real JavaMail agree on
whether it is malformed; and what "aliasbridge preview" prints is taken by
both, or preview refuses it. Prints what is not so, and "N passed, M failed".
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(SOURCE / "tests" / "standins"))
import ses_judge  # noqa: E402

ALIASBRIDGE = pathlib.Path(os.environ.get("top_builddir", SOURCE / "build")) \
    / "aliasbridge"
SENDER, ALIAS, DOMAIN = "jane@sender.test", "shop@alias.test", "alias.test"
ADDRESSES = ("from", "sender", "return-path", "to", "cc", "bcc", "reply-to")


def malformed(octets):
    """What JavaMail's parsers would not take, by our own; or None."""
    try:
        fields, body = ses_judge.split_header(octets)
        for name, value in fields:
            if name and name.lower() in ADDRESSES:
                ses_judge.parse_addresses(ses_judge.unfold(value))
        ses_judge._check_part(fields, body, 0)
    except ses_judge.Refused as why:
        # JavaMail itself does not mind what a file is called.
        return None if str(why).startswith("Illegal filename") else str(why)
    return None


class Preview:
    def __init__(self, folder):
        self.config = folder / "aliasbridge.conf"
        self.config.write_text(
            f'domains = [ "{DOMAIN}" ];\n'
            f'bounce_address = "bounces@{DOMAIN}";\n'
            f'table = "{folder}/table";\n'
            f'milter = {{ spool = "{folder}"; }};\n')
        (folder / "table").mkdir()
        aliases = folder / "aliases.json"
        aliases.write_text(f'{{"{ALIAS}": ["me@target.test"]}}')
        self._run("build", aliases, check=True)

    def _run(self, command, *arguments, **more):
        return subprocess.run(
            [ALIASBRIDGE, command, "--config", self.config, *arguments],
            capture_output=True, **more)

    def __call__(self, octets):
        """The octets, or None: refused."""
        done = self._run("preview", "--to", ALIAS, "--from", SENDER,
                         input=octets)
        if done.returncode == 0:
            return done.stdout
        if done.returncode == 1:
            return None
        raise AssertionError(f"preview ended with {done.returncode}: "
                             f"{done.stderr.decode('utf-8', 'replace')}")


def check(octets, judge, javamail, preview):
    """What is wrong, or None."""
    ours = malformed(octets)
    theirs = javamail.refuses(octets, SENDER, [])
    if bool(ours) != bool(theirs):
        return f"judges differ: {ours or 'ok'} | {theirs or 'ok'}"
    after = preview(octets)
    if after is None:
        return None
    # Postfix folds lines on the way out; that is not looked at here.
    for reply in (judge.refuses(after, f"bounces@{DOMAIN}",
                                ["me@target.test"]),
                  javamail.refuses(after, SENDER, [])):
        if reply and not reply.endswith("Line longer than 1000"):
            return f"after preview: {reply}"
    return None


def main():
    classes, *names = sys.argv[1:]
    javamail = ses_judge.JavaMail(classes)
    count = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        preview = Preview(pathlib.Path(folder))
        judge = ses_judge.Judge([DOMAIN])
        for name in names or map(str.strip, sys.stdin):
            octets = re.sub(rb"\r?\n", b"\r\n",
                            pathlib.Path(name).read_bytes())
            wrong = check(octets, judge, javamail, preview)
            if wrong:
                failed += 1
                print(f"{name}: {wrong}")
            count += 1
    javamail.close()
    print(f"judges: {count - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

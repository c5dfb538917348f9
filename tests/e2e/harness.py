# SPDX-License-Identifier: MIT
"""A private Postfix with aliasbridge in it, for tests. Run as root.

A test module starts one Site and sends mail through it:

    import unittest
    from harness import SiteTest

    class OneAlias(SiteTest):
        aliases = {"shop@alias.test": ["me@target.test"]}

        def test_forwards(self):
            answer = self.site.send(b"From: a@sender.test\\n\\nhello\\n",
                                    ["shop@alias.test"])
            self.assertEqual(answer.code, 250)
            mail, = self.site.ses.wait(1)
            self.assertEqual(mail.recipients, ["me@target.test"])

    if __name__ == "__main__":
        unittest.main()

and runs alone (python3 tests/e2e/test_X.py) or with the others (run-e2e).

What a Site is: a folder under TMPDIR with a Postfix of its own (configuration,
queue, log; /etc/postfix is not touched), the table and aliasbridge.conf, the
milter, the SES stand-in (tests/standins/ses_smtp.py) as relayhost over
verified TLS with AUTH, and a plain SMTP sink for ordinary.test. All listen on
free ports 20000-20999 of 127.0.0.1. SiteTest's class attributes say what is
in it:

    aliases    the alias table; None: no table
    settings   aliasbridge.conf, name to value ("milter.socket": ...), over
               SETTINGS; a value of None leaves the setting out
    main_cf    name to value, over the private instance's main.cf
    way        which of the pieces in conf/ Postfix is set up with:
               "milter-agent", "milter", "agent"; None: neither of both
    javamail   a folder: the stand-in asks the real JavaMail, too; compiled
               there

setUp forgets mail, faults and queue, so that tests do not see each other.

The Site's parts, all with start() and stop():

    site.postfix   port (outer listener), reinject_port, log(), queue(),
                   flush(), empty_queue(), wait_empty()
    site.milter    kill(), log(), pid; start(shim=...) preloads a library
    site.ses       wait(n), mails(), refused(), set_faults([...]), clear()
    site.sink      what went to ordinary.test: wait(n), mails(), clear()

    site.send(octets, recipients, ...) -> Answer: code and text of what
        settled it, recipients' replies in .recipients
    site.client()  a smtplib.SMTP at the outer listener, greeted
    site.build(aliases)  compiles another table
    site.command("query", "a@b") -> CompletedProcess of aliasbridge(1)
    site.preview(octets, alias) -> the octets aliasbridge preview prints
    without_received(octets, n)  less the topmost Received fields
"""
import atexit
import ctypes
import email
import email.policy
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest

from aiosmtpd.controller import Controller

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
sys.path.insert(0, str(SOURCE / "tests"))
from ports import free_port  # noqa: E402

BUILD = pathlib.Path(os.environ.get("ALIASBRIDGE_BUILD")
                     or os.environ.get("top_builddir")
                     or SOURCE / "build")
STANDIN = SOURCE / "tests" / "standins" / "ses_smtp.py"
POSTFIX_DAEMONS = "/usr/lib/postfix/sbin"

DOMAIN = "alias.test"
ORDINARY = "ordinary.test"
SES_USER, SES_PASSWORD = "AKIASTANDIN00000TEST", "not+a/secret"
BOUNCE_ADDRESS = "bounces@alias.test"  # outside every table

SETTINGS = {
    "domains": [DOMAIN],
    "verified_domains": [DOMAIN],
    "bounce_domain": DOMAIN,
    "milter.socket_group": "postfix",
}


# --- small things -----------------------------------------------------------
def wait_until(condition, timeout=120, what="condition", log=None):
    """The first true value of condition(), looked at often."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {timeout} s for {what}"
                                 + (f":\n{log()}" if log else ""))
        time.sleep(0.02)


def greets(port):
    """Does an SMTP server say 220 there?"""
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as probe:
            return probe.recv(4) == b"220 "
    except OSError:
        return False


def without_received(octets, count=1):
    """octets less its topmost count Received fields."""
    for _ in range(count):
        octets = re.sub(rb"\AReceived:.*\n(?:[ \t].*\n)*", b"", octets)
    return octets


def crlf(octets):
    return re.sub(rb"\r?\n", b"\r\n", octets)


def _die_with_parent():
    """In a child: be killed when the test process is."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


class Process:
    """A program of ours, its standard error in a file."""

    def __init__(self, log):
        self.log_path = log
        self.process = None

    @property
    def pid(self):
        return self.process.pid

    def run(self, arguments, env=None, stdout=None):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [str(argument) for argument in arguments], stderr=log,
                stdout=stdout, stdin=subprocess.DEVNULL,
                preexec_fn=_die_with_parent,
                env=dict(os.environ, **(env or {})))

    def log(self):
        try:
            return self.log_path.read_text("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def _end(self, number):
        if self.process is None:
            return None
        if self.is_running():
            self.process.send_signal(number)
        try:
            status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        self.process = None
        return status

    def stop(self):
        """Ask to end, wait; the exit status."""
        return self._end(signal.SIGTERM)

    def kill(self):
        return self._end(signal.SIGKILL)


# --- mail that came out -----------------------------------------------------
class Mail:
    """A message that a stand-in accepted or refused."""

    def __init__(self, octets, about):
        self.octets = octets
        self.about = about
        self.sender = about["sender"]
        self.recipients = about["recipients"]

    @property
    def message(self):
        return email.message_from_bytes(self.octets,
                                        policy=email.policy.compat32)

    def header(self, name):
        """The one value of a field, unfolded; None if it is absent."""
        values = self.message.get_all(name) or [None]
        assert len(values) == 1, f"{len(values)} {name} fields"
        return values[0] and re.sub(r"\r?\n[ \t]", " ", values[0])

    def __repr__(self):
        return f"<{self.sender} -> {', '.join(self.recipients)}>"


class Ses(Process):
    """The SES stand-in."""

    def __init__(self, base, verified, ports, javamail=None):
        super().__init__(base / "log" / "ses")
        self.base = base
        self.verified = verified
        self.javamail = javamail
        self.port, self.tls_port = ports
        self.out = base / "ses"
        self.tls = base / "tls"
        self.faults = base / "faults.json"

    def start(self):
        arguments = [STANDIN, "--port", self.port, "--tls-port",
                     self.tls_port, "--tls-dir", self.tls, "--user",
                     SES_USER, "--password", SES_PASSWORD, "--out", self.out,
                     "--faults", self.faults, "--hostname", "localhost"]
        for identity in self.verified:
            arguments += ["--verified", identity]
        if self.javamail:
            arguments += ["--javamail", self.javamail]
        self.run(["/usr/bin/python3", *arguments], stdout=subprocess.PIPE)
        if self.process.stdout.readline() != b"ready\n":
            raise AssertionError("the SES stand-in did not start: "
                                 + self.log())

    def _read(self, folder):
        return [Mail(path.with_suffix(".eml").read_bytes(),
                     json.loads(path.read_text("utf-8")))
                for path in sorted(folder.glob("*.json"))]

    def mails(self):
        return self._read(self.out)

    def refused(self):
        return self._read(self.out / "refused")

    def count(self):
        return len(list(self.out.glob("*.json")))

    def wait(self, count=1, timeout=120):
        """The mails, once there are count or more."""
        wait_until(lambda: self.count() >= count, timeout,
                   f"{count} messages at the SES stand-in")
        return self.mails()

    def set_faults(self, faults):
        """See ses_smtp.py; [] ends them."""
        beside = self.faults.with_suffix(".new")
        beside.write_text(json.dumps(faults), "utf-8")
        beside.rename(self.faults)

    def clear(self):
        self.set_faults([])
        for path in self.out.glob("**/*.*"):
            path.unlink()


class Sink:
    """A plain SMTP server for mail to ordinary recipients."""

    def __init__(self, port):
        self.port = port
        self.kept = []
        self.controller = None

    async def handle_DATA(self, _server, _session, envelope):
        self.kept.append(Mail(envelope.content, {
            "sender": envelope.mail_from, "recipients": envelope.rcpt_tos}))
        return "250 Ok"

    async def handle_MAIL(self, _server, _session, envelope, address,
                          options):
        envelope.mail_from = address
        return "250 Ok"

    def start(self):
        self.controller = Controller(self, hostname="127.0.0.1",
                                     port=self.port, data_size_limit=None)
        self.controller.start()

    def stop(self):
        if self.controller:
            self.controller.stop()
        self.controller = None

    def mails(self):
        return list(self.kept)

    def wait(self, count=1, timeout=120):
        wait_until(lambda: len(self.kept) >= count, timeout,
                   f"{count} messages at the sink")
        return self.mails()

    def clear(self):
        self.kept.clear()


# --- Postfix ----------------------------------------------------------------
# What makes an instance private, whatever it is used for.
#
# A message that qmgr takes up again while its last delivery holds the lock
# still ("skipped, still being delivered") waits a minute in the incoming
# queue, and then for qmgr to wake up. So a retry is a second away at least
# (time stamps are whole seconds), and qmgr wakes often.
PRIVATE_MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {base}/spool
data_directory = {base}/lib
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {base}/log/maillog
maillog_file_prefixes = {base}/log
myhostname = mx.alias.test
mydomain = alias.test
myorigin = $mydomain
mydestination =
local_recipient_maps =
local_transport = error:no local delivery
alias_maps =
alias_database =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_dns_support_level = disabled
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
in_flow_delay = 0
minimal_backoff_time = 2s
maximal_backoff_time = 2s
queue_run_delay = 1s
transport_retry_time = 1s
service_throttle_time = 1s
relay_domains = ordinary.test
relay_recipient_maps =
relay_transport = relay:[127.0.0.1]:{sink}
smtpd_soft_error_limit = 1001
"""

# Before our own pieces: the client is a stranger, as on a mail exchanger.
OUTSIDE_MAIN_CF = """\
mynetworks = 127.0.0.2/32
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
local_header_rewrite_clients =
"""

MASTER_CF = """\
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
tlsproxy unix - - n - 0 tlsproxy
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
  -o smtp_sasl_auth_enable=no -o smtp_tls_security_level=none
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

# The listeners where conf/ has none.
OUTER_LISTENER = "127.0.0.1:{port} inet n - n - - smtpd\n"
PLAIN_REINJECTION = "127.0.0.1:{reinject} inet n - n - - smtpd\n"

QUEUES = ("maildrop", "incoming", "active", "deferred", "hold", "corrupt")


class PrivatePostfix:
    """A Postfix whose every folder lies in base."""

    def __init__(self, base, main_cf, master_cf, port, reinject_port):
        self.base = base
        self.etc, self.spool = base / "etc", base / "spool"
        self.port, self.reinject_port = port, reinject_port
        self.guard = None
        self.etc.mkdir()
        (self.etc / "main.cf").write_text(main_cf)
        (self.etc / "master.cf").write_text(master_cf)
        self._make_folders()

    def _make_folders(self):
        """What 'postfix check' makes, in a fraction of its time."""
        owner = pwd.getpwnam("postfix")
        postdrop = shutil._get_gid("postdrop")
        self.spool.mkdir()
        for name, mode, uid, gid in (
                *((name, 0o700, owner.pw_uid, 0) for name in (
                    "active", "bounce", "corrupt", "defer", "deferred",
                    "flush", "hold", "incoming", "private", "saved",
                    "trace")),
                ("maildrop", 0o1730, owner.pw_uid, postdrop),
                ("public", 0o710, owner.pw_uid, postdrop),
                ("pid", 0o755, 0, 0)):
            (self.spool / name).mkdir()
            os.chown(self.spool / name, uid, gid)
            (self.spool / name).chmod(mode)
        (self.base / "lib").mkdir()
        os.chown(self.base / "lib", owner.pw_uid, owner.pw_gid)

    def command(self, *arguments):
        """postfix, postqueue and such, of this instance."""
        tool, *rest = arguments
        return subprocess.run([tool, "-c", str(self.etc), *rest],
                              capture_output=True, text=True, check=False)

    def start(self):
        self._set_guard()
        (self.spool / "quick-start").touch()
        done = self.command("postfix", "start")
        if done.returncode:
            raise AssertionError("Postfix did not start: " + done.stderr
                                 + self.log())
        for port in (self.port, self.reinject_port):
            wait_until(lambda port=port: greets(port), 60,
                       "Postfix to greet", self.log)

    def _set_guard(self):
        """Who stops Postfix when our end of its pipe closes, so also when we
        are killed. (master forgets who its parent was.)"""
        self.guard = subprocess.Popen(
            ["/bin/sh", "-c", 'read -r _; exec postfix -c "$1" stop', "sh",
             str(self.etc)], stdin=subprocess.PIPE, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self):
        if not self.guard:
            return
        self.guard.communicate()
        self.guard = None
        wait_until(lambda: subprocess.run(
            [POSTFIX_DAEMONS + "/master", "-c", str(self.etc), "-t"],
            check=False, capture_output=True).returncode == 0, 20,
            "Postfix to stop")

    def reload(self):
        self.command("postfix", "reload")

    def log(self):
        try:
            return (self.base / "log" / "maillog").read_text(
                "utf-8", "replace")
        except FileNotFoundError:
            return ""

    def queue_files(self):
        """How many messages the queue holds."""
        count = 0
        for name in QUEUES:
            for _, _, files in os.walk(self.spool / name):
                count += len(files)
        return count

    def queue(self):
        """postqueue -j, a list of objects."""
        listed = self.command("postqueue", "-j").stdout
        return [json.loads(line) for line in listed.splitlines()]

    def flush(self):
        self.command("postqueue", "-f")

    def empty_queue(self):
        """Delete what is queued."""
        if self.queue_files():
            self.command("postsuper", "-d", "ALL")

    def wait_empty(self, timeout=180):
        # Twice: one that goes from deferred to active is missed by one look.
        wait_until(lambda: not self.queue_files() and not self.queue_files(),
                   timeout, "an empty queue")


class Milter(Process):
    """aliasbridge-milter."""

    def __init__(self, base, programs, config):
        super().__init__(base / "log" / "milter")
        self.program = programs / "aliasbridge-milter"
        self.config = config
        self.seen = 0

    def start(self, shim=None, shim_env=None):
        self.seen = len(self.log())
        env = dict(shim_env or {})
        if shim:
            env["LD_PRELOAD"] = str(shim)
        self.run([self.program, "--config", self.config,
                  "--stderr"], env)
        wait_until(self._is_up, 60, "the milter to start", self.log)

    def _is_up(self):
        if not self.is_running():
            raise AssertionError("the milter did not start: " + self.log())
        return " started\n" in self.log()[self.seen:]


# --- the whole --------------------------------------------------------------
class Answer:
    """What the outer listener said to one transaction."""

    def __init__(self, recipients, code, text):
        self.recipients = recipients  # address to (code, text)
        self.code = code              # what settled it
        self.text = text

    def __repr__(self):
        return f"<{self.code} {self.text}>"


def config_text(settings):
    """settings in libconfig's syntax; "group.name" goes into a group."""
    groups = {}
    for name, value in settings.items():
        if value is not None:
            group, _, rest = name.rpartition(".")
            groups.setdefault(group, {})[rest] = value
    text = ""
    for group, members in sorted(groups.items()):
        lines = "".join(f"{name} = {json.dumps(value)};\n"
                        for name, value in members.items())
        text += f"{group} = {{\n{lines}}};\n" if group else lines
    return text


class Site:
    """Postfix, milter, agent, table and both stand-ins; see above."""

    def __init__(self, aliases=None, settings=None, main_cf=None,
                 way="milter-agent", javamail=None, ports=None, base=None):
        port, reinject_port, *ports = ports or [
            free_port() for _ in range(5)]
        self.base = pathlib.Path(base or tempfile.mkdtemp(prefix="ab-"))
        self.base.chmod(0o755)
        for name in ("log", "run", "table"):
            (self.base / name).mkdir()
        # The agent's user spools bodies there, and counts bounces.
        for name in ("run", "table"):
            shutil.chown(self.base / name, "nobody")
        self.bin = self._copy_programs()
        self.aliases = aliases
        self.use_milter = way in ("milter-agent", "milter")
        self.config = self.base / "aliasbridge.conf"
        self.sink = Sink(ports[0])
        self.settings = dict(SETTINGS, **{
            "table": str(self.base / "table"),
            "milter.socket": f"unix:{self.base}/run/milter.sock",
            "milter.spool": str(self.base / "run"),
            "reinject": f"127.0.0.1:{reinject_port}",
            "secrets": str(self.base / "secrets"),
        })
        self.settings.update(settings or {})
        self.ses = Ses(self.base, self.settings["verified_domains"],
                       ports[1:], javamail)
        self.milter = Milter(self.base, self.bin, self.config)
        self._write_config()
        values = {"base": self.base, "sink": self.sink.port,
                  "port": port, "reinject": reinject_port}
        main = PRIVATE_MAIN_CF.format(**values) + OUTSIDE_MAIN_CF \
            + self._pieces("main", way, values)
        for name, value in (main_cf or {}).items():
            main = re.sub(rf"(?m)^{name} *=.*\n(?:[ \t].*\n)*", "", main)
            main += f"{name} = {value}\n"
        master = MASTER_CF + self._pieces("master", way, values)
        self.postfix = PrivatePostfix(self.base, main, master, port,
                                      reinject_port)

    def _copy_programs(self):
        """Where the agent's user can reach them, wherever we are built."""
        folder = self.base / "bin"
        folder.mkdir()
        for program in BUILD.glob("aliasbridge*"):
            if program.is_file():
                shutil.copy2(program, folder)
        return folder

    def _pieces(self, kind, way, values):
        """The text of conf/ for way, with this site's paths and ports."""
        names = {
            "main": ["main.cf.common"] + ([f"main.cf.{way}"] if way else []),
            "master": ["master.cf." + part
                       for part in (way.split("-") if way else [])],
        }[kind]
        text = "".join((SOURCE / "conf" / name).read_text()
                       for name in names)
        for old, new in self._replacements(values):
            text = text.replace(old, new)
        if kind == "master" and "master.cf.milter" not in names:
            text += OUTER_LISTENER.format(**values)
        if kind == "master" and "master.cf.agent" not in names:
            text += PLAIN_REINJECTION.format(**values)
        return text

    def _replacements(self, values):
        bounces = self.settings.get("bounce_domain") or DOMAIN
        fixed = [(r"pcre:{ {/^SRS[01][=+-][^@]+@example\.com$$/ srs} }",
                  "inline:{ {bounces@example.com = bounce} }")] \
            if self.settings.get("bounce_address") else []
        return fixed + [
            ("/var/lib/aliasbridge", f"{self.base}/table"),
            ("/etc/postfix/sasl_passwd", f"{self.base}/sasl_passwd"),
            ("/etc/ssl/certs/ca-certificates.crt", f"{self.base}/tls/ca.pem"),
            ("[email-smtp.REGION.amazonaws.com]:587",
             f"[localhost]:{self.ses.port}\nsmtp_host_lookup = native"),
            ("example\\.com", re.escape(bounces)),
            ("bounces@example.com", BOUNCE_ADDRESS),
            ("/usr/libexec/aliasbridge/aliasbridge-deliver",
             f"{self.bin}/aliasbridge-deliver --config {self.config}"),
            ("user=aliasbridge", "user=nobody"),
            ("127.0.0.1:10026", f"127.0.0.1:{values['reinject']}"),
            ("/run/aliasbridge/", f"{self.base}/run/"),
            ("smtp inet n", f"127.0.0.1:{values['port']} inet n"),
        ]

    def _write_config(self):
        self.config.write_text(config_text(self.settings))
        secrets = self.base / "secrets"
        secrets.write_text("a secret of the tests, long enough\n")
        os.chown(secrets, 0, pwd.getpwnam("nobody").pw_gid)
        secrets.chmod(0o640)
        sasl = self.base / "sasl_passwd"
        sasl.touch(0o600)
        sasl.write_text(
            f"[localhost]:{self.ses.port} {SES_USER}:{SES_PASSWORD}\n")

    def start(self):
        atexit.register(self.stop)
        try:
            self.ses.start()
            self.sink.start()
            if self.aliases is not None:
                self.build(self.aliases)
            if self.use_milter:
                self.milter.start()
            self.postfix.start()
        except BaseException:
            self.stop()
            raise

    def stop(self):
        """End every process; remove the folder unless KEEP is set."""
        atexit.unregister(self.stop)
        for part in (self.postfix, self.milter, self.sink, self.ses):
            part.stop()
        if "KEEP" in os.environ:
            print(f"kept {self.base}", file=sys.stderr)
        else:
            self._remove()

    def _remove(self):
        """Postfix's last processes may still put files there."""
        for _ in range(25):
            shutil.rmtree(self.base, ignore_errors=True)
            if not self.base.exists():
                return
            time.sleep(0.2)

    def clear(self):
        """Forget mail, faults and queue."""
        self.postfix.empty_queue()
        self.ses.clear()
        self.sink.clear()

    def line(self, name, *arguments):
        """aliasbridge NAME --config FILE ARGUMENT..."""
        return [str(self.bin / "aliasbridge"), name, "--config",
                str(self.config), *arguments]

    def command(self, name, *arguments, stdin=b"", check=False):
        return subprocess.run(self.line(name, *arguments), input=stdin,
                              capture_output=True, check=check)

    def build(self, aliases):
        """Compile aliases into the table."""
        source = self.base / "aliases.json"
        source.write_text(json.dumps(aliases), "utf-8")
        done = self.command("build", str(source))
        if done.returncode:
            raise AssertionError("build: " + done.stderr.decode())

    def preview(self, octets, alias, sender="jane@sender.test"):
        done = self.command("preview", "--to", alias, "--from", sender,
                            stdin=octets)
        if done.returncode:
            raise AssertionError(
                f"preview: {done.returncode} {done.stderr.decode()}")
        return done.stdout

    def client(self):
        client = smtplib.SMTP("127.0.0.1", self.postfix.port, timeout=60)
        client.ehlo("client.sender.test")
        return client

    def send(self, octets, recipients, sender="jane@sender.test",
             mail_options=(), rcpt_options=(), raw=False, client=None):
        """One transaction; octets get CRLF line ends unless raw."""
        own = client is None
        client = client or self.client()
        try:
            return self._transact(client, octets if raw else crlf(octets),
                                  recipients, sender, mail_options,
                                  rcpt_options)
        finally:
            if own:
                client.close()  # no QUIT: it may have hung up before us

    @staticmethod
    def _transact(client, octets, recipients, sender, mail_options,
                  rcpt_options):
        """recipients and sender may stand in brackets, as to be typed."""
        def path(address):
            return address if address.startswith("<") else f"<{address}>"

        reply = client.docmd("MAIL", " ".join(
            ["FROM:" + path(sender), *mail_options]))
        replies = {}
        if reply[0] == 250:
            for recipient in recipients:
                reply = replies[recipient] = client.docmd("RCPT", " ".join(
                    ["TO:" + path(recipient), *rcpt_options]))
            if any(code == 250 for code, _ in replies.values()):
                try:
                    reply = client.data(octets)
                except smtplib.SMTPDataError as error:
                    reply = error.smtp_code, error.smtp_error
        if reply[0] not in (250, 421, -1):
            client.rset()
        return Answer(
            {address: (code, text.decode("ascii", "replace"))
             for address, (code, text) in replies.items()},
            reply[0], reply[1].decode("ascii", "replace"))


def _failures(result):
    return len(result.failures) + len(result.errors)


class SiteTest(unittest.TestCase):
    """A test case with a Site; see above for the attributes."""

    aliases = None
    settings = {}
    main_cf = {}
    way = "milter-agent"
    javamail = None

    def run(self, result=None):
        """A failure comes with what Postfix and the milter logged."""
        result = result or self.defaultTestResult()
        failed, parts = _failures(result), ()
        if hasattr(self, "site"):
            parts = self.site.postfix, self.site.milter
        starts = [len(part.log()) for part in parts]
        super().run(result)
        if _failures(result) > failed:
            for part, start in zip(parts, starts):
                print(part.log()[start:], end="", file=sys.stderr)
        return result

    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("a private Postfix needs root")
        # Asked to end, end what we started first (atexit).
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        cls.site = Site(cls.aliases, cls.settings, cls.main_cf, cls.way,
                        cls.javamail)
        cls.site.start()

    @classmethod
    def tearDownClass(cls):
        cls.site.stop()

    def setUp(self):
        self.site.clear()

    def assert_forwarded(self, octets, alias, targets,
                         sender="jane@sender.test", **send):
        """Sent to alias, it arrives once, at targets. The mail."""
        answer = self.site.send(octets, [alias], sender, **send)
        self.assertEqual(answer.code, 250, answer)
        self.site.postfix.wait_empty()
        mails = self.site.ses.mails()
        self.assertEqual([], [refused.about["reply"]
                              for refused in self.site.ses.refused()])
        self.assertEqual(len(mails), 1, mails)
        self.assertEqual(sorted(mails[0].recipients), sorted(targets))
        return mails[0]

    def assert_refused(self, octets, alias, code, text="", **send):
        """The sender hears code, and nothing goes out."""
        answer = self.site.send(octets, [alias], **send)
        self.assertEqual(answer.code, code, answer)
        self.assertIn(text, answer.text)
        self.site.postfix.wait_empty()
        self.assertEqual(self.site.ses.mails(), [])
        return answer

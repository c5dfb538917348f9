#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A stand-in for the SES SMTP endpoint, as strict as the real one.

    ses_smtp.py --port 20025 --tls-dir tls --user AKIA... --password ... \\
        --verified example.com --out accepted

It speaks as SES does: no SIZE, PIPELINING, SMTPUTF8 or DSN; STARTTLS, then
AUTH PLAIN or LOGIN; 501 for the null sender; and after the final dot 554 for
whatever ses_judge.py finds. It says "ready" on standard output and stops at
SIGTERM.

Each accepted message is a pair of files in --out: NUMBER.eml, its octets as
they came, and NUMBER.json, the envelope and how it came. What was refused
after the final dot lies in --out/refused in the same form, with the reply.
The .json appears last, and at once.

Faults: --faults names a JSON file, read again before each step. It holds a
list of objects, looked at in order:

    {"stage": "connect" | "mail" | "rcpt" | "data" | "dot" | "reply",
     "action": "reply" | "stall" | "drop",
     "text": "454 Throttling failure: Maximum sending rate exceeded",
     "seconds": 5, "recipient": "a@b", "times": 3, "every": 7}

"data" is within the content, "dot" after it and before the verdict, "reply"
after the message was accepted and before that is said. times bounds how often
the fault happens, every lets it happen each nth time; recipient narrows it to
transactions with that recipient (at "rcpt": to that command).
"""
import argparse
import asyncio
import json
import logging
import os
import pathlib
import signal
import ssl
import sys
import time
import uuid

from aiosmtpd.smtp import SMTP, AuthResult

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import ses_judge  # noqa: E402
from test_ca import make_tls  # noqa: E402

HOST = "email-smtp.amazonaws.com"
THROTTLED = "454 Throttling failure: Maximum sending rate exceeded"
CONTENT_END = b"\r\n.\r\n"


class Faults:
    """The faults file, and how often each fault came up."""

    def __init__(self, path):
        self.path = path
        self.seen = None
        self.list = []

    def _read(self):
        try:
            stat = os.stat(self.path)
            stamp = (stat.st_mtime_ns, stat.st_ino)
            if stamp == self.seen:
                return
            self.list = [dict(fault, met=0)
                         for fault in json.loads(pathlib.Path(
                             self.path).read_text("utf-8"))]
            self.seen = stamp
        except FileNotFoundError:
            self.list, self.seen = [], None

    def find(self, stage, recipients):
        """The fault to act out now, or None."""
        if self.path is None:
            return None
        self._read()
        for fault in self.list:
            if fault["stage"] != stage:
                continue
            if fault.get("recipient", None) not in (None, *recipients):
                continue
            fault["met"] += 1
            if fault["met"] % fault.get("every", 1):
                continue
            if fault["met"] // fault.get("every", 1) > fault.get(
                    "times", sys.maxsize):
                continue
            return fault
        return None


class Store:
    """Accepted and refused messages, a pair of files each."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.refused = self.folder / "refused"
        self.refused.mkdir(parents=True, exist_ok=True)
        self.number = max([int(path.stem) for path in
                           self.folder.glob("**/*.json")], default=0)

    def put(self, content, about, accepted):
        self.number += 1
        folder = self.folder if accepted else self.refused
        name = f"{self.number:06d}"
        self._write(folder / f"{name}.eml", content)
        self._write(folder / f"{name}.json",
                    json.dumps(about, indent=1).encode() + b"\n")

    @staticmethod
    def _write(path, octets):
        beside = path.with_suffix(".new")
        beside.write_bytes(octets)
        beside.rename(path)


class Endpoint:
    """What all connections share."""

    def __init__(self, options):
        self.options = options
        self.faults = Faults(options.faults)
        self.store = Store(options.out)
        self.judges = [ses_judge.Judge(options.verified)]
        if options.javamail:
            self.judges.append(ses_judge.JavaMail(options.javamail))

    def authenticate(self, _server, _session, _envelope, mechanism, login):
        wanted = (self.options.user.encode(), self.options.password.encode())
        if (login.login, login.password) != wanted:
            return AuthResult(
                success=False, handled=False,
                message="535 Authentication Credentials Invalid")
        return AuthResult(success=True, auth_data=mechanism,
                          message="235 Authentication successful.")

    def judge(self, content, sender, recipients):
        """None, or the reply of a refusal."""
        if len(content) > self.options.max_size:
            return "552 Message is too long."
        for judge in self.judges:
            reply = judge.refuses(content, sender, recipients)
            if reply:
                return reply
        return None


class SesConnection(SMTP):
    """One connection: aiosmtpd's, where SES does not differ."""

    AuthLoginUsernameChallenge = "Username:"
    AuthLoginPasswordChallenge = "Password:"

    def __init__(self, endpoint, tls_context, implicit_tls):
        super().__init__(
            endpoint, hostname=HOST,
            ident="ESMTP SimpleEmailService-d-STANDIN00 "
                  + uuid.uuid4().hex[:20],
            data_size_limit=None,
            tls_context=None if implicit_tls else tls_context,
            require_starttls=not implicit_tls,
            auth_require_tls=not implicit_tls,
            authenticator=endpoint.authenticate,
            timeout=endpoint.options.idle)
        self.endpoint = endpoint
        self.implicit_tls = implicit_tls

    # --- faults -----------------------------------------------------------
    async def _fault(self, stage, recipients=()):
        """Act out what is asked for at stage; true: it has replied."""
        fault = self.endpoint.faults.find(stage, recipients)
        if fault is None:
            return False
        if fault["action"] == "stall":
            self._reset_timeout(fault["seconds"] + 60)
            await asyncio.sleep(fault["seconds"])
            return False
        if fault["action"] == "drop":
            (self._original_transport or self.transport).abort()
            raise asyncio.CancelledError
        await self.push(fault.get("text", THROTTLED))
        return True

    async def _handle_client(self):
        if await self._fault("connect"):
            self.transport.close()
            return
        await super()._handle_client()

    async def handle_exception(self, error):
        print(f"stand-in: {error!r}", file=sys.stderr, flush=True)
        return "451 Temporary service failure"

    def _timeout_cb(self):
        self._writer.write(
            b"451 4.4.2 Timeout waiting for data from client.\r\n")
        super()._timeout_cb()

    # --- commands ---------------------------------------------------------
    async def check_auth_needed(self, caller_method):
        if self.session.authenticated:
            return False
        await self.push("530 Authentication required")
        return True

    async def smtp_EHLO(self, hostname):
        if not hostname:
            await self.push("501 Invalid domain name")
            return
        self._set_rset_state()
        self.session.extended_smtp = True
        self.session.host_name = hostname
        lines = [HOST, "8BITMIME"]
        if self.tls_context and not self._tls_protocol:
            lines.append("STARTTLS")
        lines.append("AUTH PLAIN LOGIN")
        for line in lines:
            await self.push(f"250-{line}")
        await self.push("250 Ok")

    async def smtp_MAIL(self, arg):
        if await self.check_auth_needed("MAIL"):
            return
        if await self._fault("mail"):
            return
        path, _, parameters = (arg or "").partition(">")
        path = path.partition("<")[2]
        for parameter in parameters.upper().split():
            if parameter not in ("BODY=7BIT", "BODY=8BITMIME"):
                await self.push("555 Unsupported option: "
                                + parameter.partition("=")[0])
                return
        if "@" not in path:
            await self.push("501 Invalid MAIL FROM address provided")
            return
        if not ses_judge.is_smtp_address(path):
            await self.push(f"553 <{path}> Invalid email address")
            return
        await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg):
        path, _, parameters = (arg or "").partition(">")
        path = path.partition("<")[2]
        if await self._fault("rcpt", (path,)):
            return
        if parameters.strip():
            await self.push("555 Unsupported option: "
                            + parameters.split()[0].partition("=")[0])
            return
        if not ses_judge.is_smtp_address(path):
            await self.push(f"553 <{path}> address unknown")
            return
        await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg):
        if await self.check_auth_needed("DATA"):
            return
        if arg or not self.envelope.rcpt_tos:
            await self.push("503 Error: need RCPT command")
            return
        recipients = list(self.envelope.rcpt_tos)
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        content = await self._read_content(recipients)
        if not await self._fault("dot", recipients):
            await self._settle(content, recipients)
        self._set_post_data_state()

    async def _read_content(self, recipients):
        octets = bytearray(b"\r\n")
        kept = self.endpoint.options.max_size + 2
        met = False
        while not octets.endswith(CONTENT_END):
            octets += await self._reader.read(1 << 18)
            self._reset_timeout()
            if not met:
                met = True
                await self._fault("data", recipients)
            if len(octets) > kept + (1 << 20):
                del octets[kept:-len(CONTENT_END)]
        return bytes(octets[:-3]).replace(b"\r\n.", b"\r\n")[2:]

    async def _settle(self, content, recipients):
        sender = self.envelope.mail_from
        reply = await self.loop.run_in_executor(
            None, self.endpoint.judge, content, sender, recipients)
        about = {
            "sender": sender, "recipients": recipients,
            "options": self.envelope.mail_options,
            "user": self.endpoint.options.user,
            "mechanism": self.session.auth_data,
            "tls": self._tls_version(), "helo": self.session.host_name,
            "time": time.time(),
        }
        if reply:
            self.endpoint.store.put(content, dict(about, reply=reply), False)
            await self.push(reply.encode("ascii", "replace"))
            return
        about["id"] = f"{int(time.time() * 1000):016x}-{uuid.uuid4()}-000000"
        self.endpoint.store.put(content, about, True)
        if not await self._fault("reply", recipients):
            await self.push(f"250 Ok {about['id']}")

    def _tls_version(self):
        tls = self.transport.get_extra_info("ssl_object")
        return tls.version() if tls else None


def options_from(arguments):
    parser = argparse.ArgumentParser(
        description="A strict stand-in for the SES SMTP endpoint.")
    parser.add_argument("--port", type=int, required=True,
                        help="listen here, with STARTTLS")
    parser.add_argument("--tls-port", type=int,
                        help="listen here too, with TLS from the start")
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--tls-dir", required=True,
                        help="ca.pem, server.pem; made if they are not there")
    parser.add_argument("--hostname", default="email-smtp.test",
                        help="the name in the certificate")
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--verified", action="append", required=True,
                        help="a verified domain or address; may be repeated")
    parser.add_argument("--out", required=True, help="accepted messages")
    parser.add_argument("--faults", help="a JSON file of faults")
    parser.add_argument("--idle", type=float, default=10.0,
                        help="seconds until an idle client is cut off")
    parser.add_argument("--max-size", type=int, default=40 * 1024 * 1024)
    parser.add_argument("--javamail", metavar="CLASSES",
                        help="ask the real JavaMail too (see ses_judge.py)")
    return parser.parse_args(arguments)


async def serve(options):
    make_tls(options.tls_dir, options.hostname)
    tls_context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls_context.load_cert_chain(
        pathlib.Path(options.tls_dir) / "server.pem",
        pathlib.Path(options.tls_dir) / "server.key")
    endpoint = Endpoint(options)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    servers = [await loop.create_server(
        lambda: SesConnection(endpoint, tls_context, False),
        options.address, options.port, backlog=1000)]
    if options.tls_port:
        servers.append(await loop.create_server(
            lambda: SesConnection(endpoint, tls_context, True),
            options.address, options.tls_port, ssl=tls_context))
    print("ready", flush=True)
    await stop.wait()
    for server in servers:
        server.close()


def main():
    options = options_from(sys.argv[1:])
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    try:
        asyncio.run(serve(options))
    except OSError as error:
        sys.exit(f"ses_smtp.py: cannot listen on {options.address} port "
                 f"{options.port}: {error.strerror}")


if __name__ == "__main__":
    main()

#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A stand-in for the parts of AWS that the alias table needs.

SSM Parameter Store (JSON 1.1), STS (query protocol), instance metadata
(version 2) and the container credential service, on one loopback port, with
or without TLS. Signatures are verified by botocore's own signer. Parameters
live in memory. Faults are a function that sees each request first.

    server = AwsStandIn()              # in a test
    server.put("/aliases/1", "{}")
    ...
    server.stop()

    aws.py --port 23000 --parameters FILE   # by hand: {"NAME": "VALUE", ...}
"""
import argparse
import base64
import datetime
import email.utils
import hmac
import http.server
import json
import re
import socket
import ssl
import sys
import threading
import time
import urllib.parse
import uuid

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

SKEW = 300
STANDARD, ADVANCED = 4096, 8192
MAX_VERSIONS, MAX_LABELS = 100, 10


class AwsFailure(Exception):
    def __init__(self, code, message="", status=400):
        super().__init__(code)
        self.code, self.message, self.status = code, message, status


class Answer:
    """What a fault function may return in place of the true answer."""

    def __init__(self, status=200, body=b"", headers=(), cut=None, delay=0):
        self.status, self.body, self.headers = status, body, list(headers)
        self.cut, self.delay = cut, delay  # cut: close after so many octets


def error_answer(code, message="", status=400):
    body = {"__type": code}
    if message:
        body["message"] = message
    return Answer(status, json.dumps(body).encode())


def timestamp(text):
    return datetime.datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(
        tzinfo=datetime.timezone.utc).timestamp()


def signature(method, url, headers, body, key, region, service, token=None):
    """botocore's signature over exactly these headers."""
    request = AWSRequest(method=method, url=url, data=body,
                         headers=dict(headers))
    lower = {name.lower(): value for name, value in headers}
    request.context["timestamp"] = lower["x-amz-date"]
    auth = SigV4Auth(Credentials(key[0], key[1], token), service, region)
    canonical = auth.canonical_request(request)
    return auth.signature(auth.string_to_sign(request, canonical), request)


class AwsStandIn:
    def __init__(self, port=0, region="eu-west-1", tls=None, start=True):
        self.region = region
        self.keys = {"AKIDEXAMPLE": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
        self.tokens = {}            # access key id -> session token
        self.expired = set()        # access key ids
        self.parameters = {}        # name -> list of versions, oldest first
        self.fault = None           # (operation, request, handler) -> Answer?
        self.clock_offset = 0       # seconds: AWS's clock minus ours
        self.empty_pages = False    # an empty page before each full one
        self.page_limit = 10
        self.log = []               # {"time", "operation", "request", "key"}
        self.container_token = None
        self.web_token = None
        self.role = "aliasbridge-role"
        self.imds_tokens = set()
        self.session_seconds = 3600
        self.sessions = 0
        self.lock = threading.RLock()
        self.pages = {}
        self.port = port
        self.tls = tls              # (certificate file, key file)
        self.server = None
        if start:
            self.start()

    # --- life -----------------------------------------------------------
    def start(self):
        handler = type("Handler", (_Handler,), {"aws": self})
        self.server = _Server(("127.0.0.1", self.port), handler)
        self.port = self.server.server_address[1]
        if self.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self.tls)
            self.server.tls = context
        threading.Thread(target=self.server.serve_forever,
                         kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server.close_all()
            self.server = None

    @property
    def url(self):
        scheme = "https" if self.tls else "http"
        return "%s://127.0.0.1:%d" % (scheme, self.port)

    def now(self):
        return time.time() + self.clock_offset

    def operations(self):
        return [entry["operation"] for entry in self.log]

    # --- parameters -----------------------------------------------------
    def put(self, name, value, kind="String", **more):
        """Without a request. Returns the version."""
        with self.lock:
            versions = self.parameters.setdefault(name, [])
            number = versions[-1]["Version"] + 1 if versions else 1
            item = {"Name": name, "Type": kind, "Value": value,
                    "Version": number, "LastModifiedDate":
                    round(self.now(), 3), "Tier": "Standard", "Labels": []}
            item.update(more)
            versions.append(item)
            return number

    def value(self, name):
        return self.parameters[name][-1]["Value"]

    def values(self, prefix):
        return {n: v[-1]["Value"] for n, v in sorted(self.parameters.items())
                if n.startswith(prefix)}

    def shown(self, item, decrypt=True, history=False):
        out = {k: item[k] for k in
               ("Name", "Type", "Value", "Version", "LastModifiedDate")}
        out["DataType"] = "text"
        if item["Type"] == "SecureString" and not decrypt:
            out["Value"] = base64.b64encode(b"\x01\x02" + item["Value"]
                                            .encode()).decode()
        if history:
            out["Labels"] = item["Labels"]
            out["Tier"] = item["Tier"]
            out["LastModifiedUser"] = "arn:aws:iam::123456789012:user/test"
            if "KeyId" in item:
                out["KeyId"] = item["KeyId"]
        else:
            out["ARN"] = "arn:aws:ssm:%s:123456789012:parameter/%s" % (
                self.region, item["Name"].lstrip("/"))
        return out

    def select(self, name):
        base, _, selector = name.partition(":")
        versions = self.parameters.get(base)
        if not versions:
            raise AwsFailure("ParameterNotFound")
        if not selector:
            return versions[-1]
        for item in versions:
            if selector in (str(item["Version"]), *item["Labels"]):
                return item
        raise AwsFailure("ParameterVersionNotFound")

    # --- operations -----------------------------------------------------
    def GetParameter(self, r):
        item = self.select(r["Name"])
        return {"Parameter": self.shown(item, r.get("WithDecryption"))}

    def GetParameters(self, r):
        if not 1 <= len(r["Names"]) <= 10:
            raise AwsFailure("ValidationException", "1 to 10 names")
        found, missing = [], []
        for name in sorted(set(r["Names"])):
            try:
                found.append(self.shown(self.select(name),
                                        r.get("WithDecryption")))
            except AwsFailure:
                missing.append(name)
        return {"Parameters": found, "InvalidParameters": missing}

    def page(self, r, items, maximum, names_only=False):
        """items: a function, called for each page: pages are no snapshot."""
        size = r.get("MaxResults", maximum)
        if not 1 <= size <= maximum:
            raise AwsFailure("ValidationException",
                             "MaxResults must be 1 to %d" % maximum)
        start, empty = 0, self.empty_pages
        if "NextToken" in r:
            if r["NextToken"] not in self.pages:
                raise AwsFailure("InvalidNextToken")
            start, empty = self.pages.pop(r["NextToken"])
        every = items()
        size = min(size, self.page_limit)
        chosen = [] if empty else every[start:start + size]
        after = start + len(chosen)
        out = {"Parameters": chosen}
        if after < len(every):
            token = base64.b64encode(uuid.uuid4().bytes * 4).decode()
            self.pages[token] = (after, self.empty_pages and not empty)
            out["NextToken"] = token
        return out

    def GetParametersByPath(self, r):
        path = r["Path"].rstrip("/") + "/"

        def items():
            return [self.shown(v[-1], r.get("WithDecryption"))
                    for n, v in sorted(self.parameters.items())
                    if n.startswith(path) and
                    (r.get("Recursive") or "/" not in n[len(path):])]
        return self.page(r, items, 10)

    def GetParameterHistory(self, r):
        if r["Name"] not in self.parameters:
            raise AwsFailure("ParameterNotFound")
        return self.page(r, lambda: [
            self.shown(v, r.get("WithDecryption"), True)
            for v in self.parameters[r["Name"]]], 50)

    def PutParameter(self, r):
        name, value = r["Name"], r["Value"]
        if not re.fullmatch(r"/?[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+){0,14}",
                            name) or \
                re.match(r"/?(aws|ssm)", name, re.I):
            raise AwsFailure("ValidationException", "Parameter name")
        if "{{" in value:
            raise AwsFailure("ValidationException",
                             "Parameter value can't nest another parameter")
        versions = self.parameters.get(name)
        if versions and not r.get("Overwrite"):
            raise AwsFailure("ParameterAlreadyExists",
                             "The parameter already exists.")
        tier = r.get("Tier") or (versions[-1]["Tier"] if versions
                                 else "Standard")
        if tier == "Standard" and versions and \
                versions[-1]["Tier"] == "Advanced":
            raise AwsFailure("ValidationException",
                             "can't be downgraded to the standard tier")
        limit = ADVANCED if tier == "Advanced" else STANDARD
        if not 1 <= len(value.encode()) <= limit:
            raise AwsFailure("ValidationException",
                             "Standard tier parameters support a maximum "
                             "parameter value of %d characters." % limit)
        if versions and len(versions) >= MAX_VERSIONS:
            if versions[0]["Labels"]:
                raise AwsFailure("ParameterMaxVersionLimitExceeded",
                                 "the oldest version has a label")
            versions.pop(0)
        kind = r.get("Type") or (versions and versions[-1]["Type"])
        if kind not in ("String", "StringList", "SecureString"):
            raise AwsFailure("ValidationException", "Type")
        more = {"Tier": tier}
        if kind == "SecureString":
            more["KeyId"] = r.get("KeyId", "alias/aws/ssm")
        return {"Version": self.put(name, value, kind, **more), "Tier": tier}

    def LabelParameterVersion(self, r):
        item = self.select("%s:%d" % (r["Name"], r["ParameterVersion"]))
        wrong = [label for label in r["Labels"] if
                 not re.fullmatch(r"[A-Za-z_.-][A-Za-z0-9_.-]{0,99}", label)
                 or re.match("aws|ssm", label, re.I)]
        if not wrong:
            for other in self.parameters[r["Name"]]:
                if other is not item:
                    other["Labels"] = [x for x in other["Labels"]
                                       if x not in r["Labels"]]
            labels = item["Labels"] + [x for x in r["Labels"]
                                       if x not in item["Labels"]]
            if len(labels) > MAX_LABELS:
                raise AwsFailure("ParameterVersionLabelLimitExceeded")
            item["Labels"] = labels
        return {"InvalidLabels": wrong, "ParameterVersion": item["Version"]}

    def UnlabelParameterVersion(self, r):
        item = self.select("%s:%d" % (r["Name"], r["ParameterVersion"]))
        gone = [x for x in r["Labels"] if x in item["Labels"]]
        item["Labels"] = [x for x in item["Labels"] if x not in gone]
        return {"RemovedLabels": gone, "InvalidLabels":
                [x for x in r["Labels"] if x not in gone]}

    OPERATIONS = ("GetParameter", "GetParameters", "GetParametersByPath",
                  "GetParameterHistory", "PutParameter",
                  "LabelParameterVersion", "UnlabelParameterVersion")

    # --- signatures -----------------------------------------------------
    def verify(self, handler, body, service):
        """Raises what AWS answers to a request it does not trust."""
        headers = handler.headers
        found = re.fullmatch(
            r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]*)/([^/]*)/"
            r"aws4_request,\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]+)",
            headers.get("Authorization", ""))
        if not found:
            raise AwsFailure("MissingAuthenticationTokenException",
                             "Missing Authentication Token")
        key, day, region, signed_for, names, claimed = found.groups()
        for name in set(k.lower() for k in headers.keys()):
            if len(headers.get_all(name)) != 1:
                raise AwsFailure("IncompleteSignatureException",
                                 "%s is there more than once" % name)
        names = names.split(";")
        if names != sorted(names) or not all(n in headers for n in names):
            raise AwsFailure("IncompleteSignatureException", "SignedHeaders")
        must = [n.lower() for n in headers.keys() if n.lower() == "host" or
                n.lower().startswith("x-amz-") or n.lower() == "content-type"]
        if not set(must) <= set(names):
            raise AwsFailure("InvalidSignatureException",
                             "not all headers are signed")
        self.check_key(key, headers)
        self.check_scope(region, signed_for, service)
        sent = timestamp(headers["X-Amz-Date"])
        self.check_clock(headers["X-Amz-Date"], sent)
        if headers["X-Amz-Date"][:8] != day:
            raise AwsFailure("InvalidSignatureException",
                             "Date in Credential scope does not match")
        true = signature(handler.command,
                         "http://%s%s" % (headers["Host"], handler.path),
                         [(n, headers[n]) for n in names], body,
                         (key, self.keys[key]), region, service)
        if not hmac.compare_digest(true, claimed):
            raise AwsFailure("InvalidSignatureException", "The request "
                             "signature we calculated does not match the "
                             "signature you provided.")
        return key

    def check_key(self, key, headers):
        token = headers.get("X-Amz-Security-Token")
        if key not in self.keys or self.tokens.get(key) != token:
            raise AwsFailure("UnrecognizedClientException",
                             "The security token included in the request is "
                             "invalid.")
        if key in self.expired:
            raise AwsFailure("ExpiredTokenException", "The security token "
                             "included in the request is expired")

    def check_scope(self, region, signed_for, service):
        if region != self.region:
            raise AwsFailure("InvalidSignatureException", "Credential should "
                             "be scoped to a valid region.")
        if signed_for != service:
            raise AwsFailure("InvalidSignatureException", "Credential should "
                             "be scoped to correct service: '%s'." % service)

    def check_clock(self, text, sent):
        def iso(t):
            return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(t))
        now = self.now()
        if sent < now - SKEW:
            raise AwsFailure("InvalidSignatureException", "Signature expired:"
                             " %s is now earlier than %s (%s - 5 min.)" %
                             (text, iso(now - SKEW), iso(now)))
        if sent > now + SKEW:
            raise AwsFailure("InvalidSignatureException", "Signature not yet "
                             "current: %s is still later than %s (%s + 5 "
                             "min.)" % (text, iso(now + SKEW), iso(now)))

    # --- sessions -------------------------------------------------------
    def new_session(self):
        self.sessions += 1
        key = "ASIAEXAMPLE%d" % self.sessions
        self.keys[key] = "session-secret-%d" % self.sessions
        self.tokens[key] = "session-token-%d/+==" % self.sessions
        expires = datetime.datetime.fromtimestamp(
            time.time() + self.session_seconds, datetime.timezone.utc)
        return key, self.keys[key], self.tokens[key], \
            expires.strftime("%Y-%m-%dT%H:%M:%SZ")

    def session_json(self):
        key, secret, token, expires = self.new_session()
        return json.dumps({
            "Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": key,
            "SecretAccessKey": secret, "Token": token,
            "LastUpdated": "2026-01-01T00:00:00Z",
            "Expiration": expires}).encode()

    def sts(self, handler, body):
        form = dict(urllib.parse.parse_qsl(body.decode()))
        action = form.get("Action")
        self.note(action, form, None)
        if action == "AssumeRole":
            self.verify(handler, body, "sts")
        elif action != "AssumeRoleWithWebIdentity" or \
                form.get("WebIdentityToken") != self.web_token:
            raise AwsFailure("InvalidIdentityToken", "No OpenIDConnect "
                             "provider found for the token")
        key, secret, token, expires = self.new_session()
        return ("<%sResponse xmlns=\"https://sts.amazonaws.com/doc/"
                "2011-06-15/\"><%sResult><AssumedRoleUser><Arn>%s</Arn>"
                "</AssumedRoleUser><Credentials><AccessKeyId>%s</AccessKeyId>"
                "<SecretAccessKey>%s</SecretAccessKey><SessionToken>%s"
                "</SessionToken><Expiration>%s</Expiration></Credentials>"
                "</%sResult></%sResponse>" %
                (action, action, form["RoleArn"], key, secret, token, expires,
                 action, action)).encode()

    def note(self, operation, request, key):
        with self.lock:
            self.log.append({"time": time.monotonic(), "operation": operation,
                             "request": request, "key": key})


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    tls = None

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.open = set()

    def get_request(self):
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.open.add(connection)
        return connection, address

    def finish_request(self, request, client_address):
        if self.tls:
            try:
                request = self.tls.wrap_socket(request, server_side=True)
            except (ssl.SSLError, OSError):
                return
        super().finish_request(request, client_address)

    def close_all(self):
        for connection in self.open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    aws = None

    def log_message(self, *arguments):
        pass

    def date_time_string(self, timestamp=None):
        return email.utils.formatdate(self.aws.now(), usegmt=True)

    def reply(self, answer):
        if answer.delay:
            time.sleep(answer.delay)
        head = "HTTP/1.1 %d X\r\n" % answer.status
        names = {n.lower() for n, _ in answer.headers}
        more = list(answer.headers) + [
            (n, v) for n, v in (
                ("x-amzn-RequestId", str(uuid.uuid4())),
                ("Date", self.date_time_string()),
                ("Content-Type", "application/x-amz-json-1.1"),
                ("Content-Length", str(len(answer.body))))
            if n.lower() not in names]
        head += "".join("%s: %s\r\n" % item for item in more) + "\r\n"
        octets = head.encode() + answer.body
        if answer.cut is not None:
            octets = octets[:len(head) + answer.cut]
            self.close_connection = True
        self.wfile.write(octets)
        self.wfile.flush()

    def refuse(self, failure):
        body = {"__type": failure.code}
        if failure.message:
            body["message"] = failure.message
        self.reply(Answer(failure.status, json.dumps(body).encode()))

    def do_PUT(self):
        if self.path == "/latest/api/token":
            seconds = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds")
            if not seconds or not 1 <= int(seconds) <= 21600:
                return self.reply(Answer(400))
            token = base64.b64encode(uuid.uuid4().bytes).decode()
            self.aws.imds_tokens.add(token)
            self.aws.note("imds-token", {}, None)
            return self.reply(Answer(200, token.encode()))
        return self.reply(Answer(404))

    def do_GET(self):
        aws = self.aws
        if self.path.startswith("/latest/meta-data/"):
            return self.metadata(self.path[len("/latest/meta-data/"):])
        if self.path == "/container-credentials":
            aws.note("container", {}, None)
            if self.headers.get("Authorization") != aws.container_token:
                return self.reply(Answer(401))
            return self.reply(Answer(200, aws.session_json()))
        return self.reply(Answer(404))

    def metadata(self, path):
        aws = self.aws
        aws.note("imds " + path, {}, None)
        if self.headers.get("X-aws-ec2-metadata-token") not in aws.imds_tokens:
            return self.reply(Answer(401))
        if path == "placement/region":
            return self.reply(Answer(200, aws.region.encode()))
        if path == "iam/security-credentials/" and aws.role:
            return self.reply(Answer(200, aws.role.encode()))
        if aws.role and path == "iam/security-credentials/" + aws.role:
            return self.reply(Answer(200, aws.session_json()))
        return self.reply(Answer(404))

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            self.post(body)
        except AwsFailure as failure:
            self.refuse(failure)

    def post(self, body):
        aws = self.aws
        kind = self.headers.get("Content-Type", "")
        if kind.startswith("application/x-www-form-urlencoded"):
            with aws.lock:
                return self.reply(Answer(
                    200, aws.sts(self, body),
                    [("Content-Type", "text/xml")]))
        target = self.headers.get("X-Amz-Target", "")
        service, _, operation = target.partition(".")
        if service != "AmazonSSM" or operation not in aws.OPERATIONS or \
                kind != "application/x-amz-json-1.1":
            raise AwsFailure("UnknownOperationException", target)
        request = json.loads(body)
        aws.note(operation, request,
                 self.headers.get("Authorization", "")[28:].split("/")[0])
        if aws.fault:
            answer = aws.fault(operation, request, self)
            if answer:
                return self.reply(answer)
        aws.verify(self, body, "ssm")
        with aws.lock:
            result = getattr(aws, operation)(request)
        return self.reply(Answer(200, json.dumps(
            result, ensure_ascii=False).encode()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--port", type=int, default=23000)
    parser.add_argument("--region", default="eu-west-1")
    parser.add_argument("--parameters", help="JSON file: name to value")
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    options = parser.parse_args()
    tls = (options.certificate, options.key) if options.certificate else None
    server = AwsStandIn(options.port, options.region, tls)
    if options.parameters:
        with open(options.parameters, encoding="utf-8") as file:
            for name, value in json.load(file).items():
                server.put(name, value if isinstance(value, str)
                           else json.dumps(value))
    print("AWS_ACCESS_KEY_ID=%s AWS_SECRET_ACCESS_KEY=%s  %s" %
          (*next(iter(server.keys.items())), server.url), flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        server.stop()


if __name__ == "__main__":
    main()

#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Would SES take this message? Independent of the code under test.

    ses_judge.py [--javamail CLASSES] VERIFIED FILE...

SES answers a malformed message with the exception texts of JavaMail, so Judge
follows JavaMail's strict parsers (InternetAddress, HeaderTokenizer,
ParameterList, ContentType, ContentDisposition, MimeMultipart) over address
headers and MIME part headers, and adds what the SES Developer Guide says of
headers, identities, recipients and attachments. JavaMail asks the real one
(Debian's libmail-java), through tests/javamail/SesJudge.java.
"""
import argparse
import email.header
import pathlib
import re
import subprocess
import sys
import threading

# "Header fields": those that may appear only once.
SINGLE = frozenset("""
accept-language acceptlanguage archived-at auto-submitted bounces-to comments
content-alternative content-base content-class content-description
content-disposition content-duration content-id content-language
content-length content-location content-md5 content-transfer-encoding
content-type date delivered-to disposition-notification-options
disposition-notification-to dkim-signature domainkey-signature errors-to from
importance in-reply-to keywords list-archive list-help list-id list-owner
list-post list-subscribe list-unsubscribe list-unsubscribe-post
message-context message-id mime-version organization original-from
original-message-id original-recipient original-subject precedence priority
references reply-to return-path return-receipt-to sender solicitation
sensitivity subject thread-index thread-topic user-agent vbr-info
""".split())

# "Unsupported attachment types".
BLOCKED = frozenset("""
ade adp app asp bas bat cer chm cmd com cpl crt csh der exe fxp gadget hlp hta
inf ins isp its js jse ksh lib lnk mad maf mag mam maq mar mas mat mau mav maw
mda mdb mde mdt mdw mdz msc msh msh1 msh2 mshxml msh1xml msh2xml msi msp mst
ops pcd pif plg prf prg reg scf scr sct shb shs sys ps1 ps1xml ps2 ps2xml psc1
psc2 tmp url vb vbe vbs vps vsmacros vss vst vsw vxd ws wsc wsf wsh xnk
""".split())

# Headers by which a sender steers the SES account.
CONTROL = frozenset("""
x-ses-configuration-set x-ses-message-tags x-ses-source-arn x-ses-from-arn
x-ses-return-path-arn x-ses-list-management-options
""".split())

RECIPIENTS = 50
LINE = 998
DEPTH = 60
MIME_SPECIALS = '()<>@,;:\\"\t []/?='
ADDRESS_SPECIALS = '()<>,;:\\"[]@'

ATOM, QUOTED, END = "atom", "quoted", "end"


class Refused(Exception):
    """The text that SES would put after 554."""


def is_smtp_address(path):
    """Is path a mailbox that MAIL and RCPT take? 7-bit, local@domain."""
    try:
        check_address(path, True, True)
    except Refused:
        return False
    return path.isascii()


# --- javax.mail.internet.InternetAddress -----------------------------------
def _check_local(text, start, validate):
    """The local part from start; the index of its @, or -1."""
    last, quoted = "", False
    for i in range(start, len(text)):
        previous, last = last, text[i]
        if last == "\\" or previous == "\\":
            continue
        if last == '"':
            following = text[i + 1:i + 2]
            if quoted and validate and following not in ("", "@"):
                raise Refused("Quote not at end of local address")
            if not quoted and validate and i != 0:
                raise Refused("Unexpected quote in local address")
            quoted = not quoted
            continue
        if last == "\r" and text[i + 1:i + 2] not in ("", "\n"):
            raise Refused("Quoted local address contains CR without LF")
        if last == "\n" and text[i + 1:i + 2] not in ("", " ", "\t"):
            raise Refused("Quoted local address contains newline without "
                          "whitespace")
        if quoted:
            continue
        if last == "." and i == start:
            raise Refused("Local address starts with dot")
        if last == "." and previous == ".":
            raise Refused("Local address contains dot-dot")
        if last == "@":
            if i == 0:
                raise Refused("Missing local name")
            if previous == ".":
                raise Refused("Local address ends with dot")
            return i
        if last <= " " or last == "\x7f":
            raise Refused("Local address contains control or whitespace")
        if last in ADDRESS_SPECIALS:
            raise Refused("Local address contains illegal character")
    if quoted:
        raise Refused("Unterminated quote")
    return -1


def _check_domain(domain):
    if not domain:
        raise Refused("Missing domain")
    if domain.startswith("."):
        raise Refused("Domain starts with dot")
    last, literal = "", False
    for i, char in enumerate(domain):
        if char == "[":
            if i != 0:
                raise Refused("Domain literal not at start of domain")
            literal = True
        elif char == "]":
            if i != len(domain) - 1:
                raise Refused("Domain literal end not at end of domain")
            literal = False
        elif char <= " " or char == "\x7f":
            raise Refused("Domain contains control or whitespace")
        elif not literal:
            if not (char.isalnum() or char in "-."):
                raise Refused("Domain contains illegal character")
            if char == "." and last == ".":
                raise Refused("Domain contains dot-dot")
        last = char
    if last == ".":
        raise Refused("Domain ends with dot")


def check_address(text, route, validate):
    """InternetAddress.checkAddress."""
    if not text:
        raise Refused("Empty address")
    start = 0
    if route and text.startswith("@"):
        while found := re.compile("[,:]").search(text, start):
            if text[start:start + 1] != "@":
                raise Refused("Illegal route-addr")
            start = found.end()
            if found.group() == ":":
                break
    at = _check_local(text, start, validate)
    if at < 0:
        if validate:
            raise Refused("Missing final '@domain'")
        return
    _check_domain(text[at + 1:])


def _skip_to(text, index, end):
    """The index of end from index on, over quoted pairs; or len(text)."""
    while index < len(text) and text[index] != end:
        index += 2 if text[index] == "\\" else 1
    return min(index, len(text))


def _skip_comment(text, index):
    """The index of the ) that ends the comment opened before index."""
    nesting = 1
    while index < len(text):
        char = text[index]
        if char == "\\":
            index += 1
        nesting += {"(": 1, ")": -1}.get(char, 0)
        if nesting == 0:
            return index
        index += 1
    raise Refused("Missing ')'")


def _skip_angle(text, index):
    """The index of the > that ends the address opened before index."""
    quoted = False
    while index < len(text):
        char = text[index]
        if char == "\\":
            index += 1
        elif char == '"':
            quoted = not quoted
        elif char == ">" and not quoted:
            return index
        index += 1
    raise Refused("Missing '\"'" if quoted else "Missing '>'")


def _skip_closed(text, index, end):
    index = _skip_to(text, index, end)
    if index >= len(text):
        raise Refused(f"Missing '{end}'")
    return index


class AddressParser:
    """InternetAddress.parse(text, strict): addresses and groups."""

    def __init__(self, text):
        self.text = text
        self.found = []
        self.in_group = False
        self._forget()

    def _forget(self):
        self.start = self.end = -1
        self.route = False

    def _begin(self, index):
        if self.start == -1:
            self.start = index

    def _finish(self, end):
        """What was gathered is an address."""
        if self.start >= 0:
            address = self.text[self.start:
                                end if self.end == -1 else self.end].strip()
            check_address(address, self.route, False)
            self.found.append(address)
        self._forget()

    def _semicolon(self, index):
        if self.start == -1:
            self._forget()
        elif not self.in_group:
            raise Refused("Illegal semicolon, not in group")
        else:
            self.in_group = False
            self.found.append(self.text[self.start:index + 1].strip())
            self._forget()

    def _comma(self, index):
        if self.in_group and self.start != -1:
            self.route = False
        else:
            self._finish(index)

    def _angle(self, index):
        if self.route:
            raise Refused("Extra route-addr")
        close = _skip_angle(self.text, index + 1)
        if not self.in_group:
            self.start = index + 1
        self.route = True
        self.end = close
        return close

    def _special(self, index):
        """Act on the character at index; the last index that was used."""
        char = self.text[index]
        if char == "(":
            if self.start >= 0 and self.end == -1:
                self.end = index
            return _skip_comment(self.text, index + 1)
        if char in ")>":
            raise Refused("Missing '('" if char == ")" else "Missing '<'")
        if char == "<":
            return self._angle(index)
        if char in '"[':
            self._begin(index)
            return _skip_closed(self.text, index + 1,
                                '"' if char == '"' else "]")
        if char == ";":
            self._semicolon(index)
        elif char == ",":
            self._comma(index)
        elif char == ":":
            if self.in_group:
                raise Refused("Nested group")
            self._begin(index)
            self.in_group = True
        elif char not in " \t\r\n":
            self._begin(index)
        return index

    def parse(self):
        index = 0
        while index < len(self.text):
            index = self._special(index) + 1
        self._finish(len(self.text))
        return self.found


def _is_group(address):
    return address.endswith(";") and address.find(":") > 0


def parse_addresses(text):
    """The addresses of a header value, members of groups among them, each
    validated; Refused as JavaMail would."""
    found = []
    for address in AddressParser(text).parse():
        if _is_group(address):
            members = address[address.find(":") + 1:-1]
            found += parse_addresses(members)
        else:
            check_address(address, True, True)
            found.append(address)
    return found


# --- javax.mail.internet.HeaderTokenizer, ParameterList ---------------------
class Tokenizer:
    """HeaderTokenizer(text, MIME)."""

    def __init__(self, text):
        self.text = text
        self.at = 0

    def _skip_blank(self):
        while self.text[self.at:self.at + 1] in tuple(" \t\r\n"):
            self.at += 1
        return self.at < len(self.text)

    def _skip_comments(self):
        while self.text[self.at] == "(":
            try:
                self.at = _skip_comment(self.text, self.at + 1) + 1
            except Refused:
                raise Refused("Unbalanced comments") from None
            if not self._skip_blank():
                return False
        return True

    @staticmethod
    def _is_special(char):
        return char < " " or char >= "\x7f" or char in MIME_SPECIALS

    def next(self):
        """(kind, value); kind is ATOM, QUOTED, END or the special."""
        if not self._skip_blank() or not self._skip_comments():
            return END, None
        start = self.at
        char = self.text[start]
        if char == '"':
            end = _skip_to(self.text, start + 1, '"')
            if end >= len(self.text):
                raise Refused("Unbalanced quoted string")
            self.at = end + 1
            return QUOTED, re.sub(r"(?s)\\(.)", r"\1",
                                  self.text[start + 1:end])
        if self._is_special(char):
            self.at += 1
            return char, char
        while self.at < len(self.text) \
                and not self._is_special(self.text[self.at]):
            self.at += 1
        return ATOM, self.text[start:self.at]


def _parameters(tokens):
    """ParameterList, strict; name to value, RFC 2231 pieces joined."""
    found = {}
    while True:
        kind, value = tokens.next()
        if kind == END:
            return _join_pieces(found)
        if kind != ";":
            raise Refused(f"In parameter list, expected ';', got \"{value}\"")
        kind, name = tokens.next()
        if kind == END:
            return _join_pieces(found)
        if kind != ATOM:
            raise Refused("In parameter list, expected parameter name, got "
                          f"\"{name}\"")
        kind, value = tokens.next()
        if kind != "=":
            raise Refused("In parameter list, expected '=', got "
                          f"\"{value}\"")
        kind, value = tokens.next()
        if kind not in (ATOM, QUOTED):
            raise Refused("In parameter list, expected parameter value, got "
                          f"\"{value}\"")
        found[name.lower()] = value


def _percent(text):
    return re.sub("%([0-9A-Fa-f]{2})",
                  lambda found: chr(int(found.group(1), 16)), text)


def _join_pieces(found):
    """RFC 2231: name*, name*0, name*0*; charsets do not matter here."""
    joined = {}
    for name, value in found.items():
        base, star, _ = name.partition("*")
        if star and name.endswith("*"):
            value = _percent(value.split("'", 2)[-1])
        joined[base] = joined.get(base, "") + value if star else value
    return joined


def content_type(text):
    """ContentType(text): ("text", "plain", parameters)."""
    tokens = Tokenizer(text)
    kind, primary = tokens.next()
    if kind != ATOM:
        raise Refused(f"Expected MIME type, got {primary}")
    kind, value = tokens.next()
    if kind != "/":
        raise Refused(f"Expected '/', got {value}")
    kind, sub = tokens.next()
    if kind != ATOM:
        raise Refused(f"Expected MIME subtype, got {sub}")
    return primary.lower(), sub.lower(), _parameters(tokens)


def content_disposition(text):
    """ContentDisposition(text): its parameters."""
    tokens = Tokenizer(text)
    kind, value = tokens.next()
    if kind != ATOM:
        raise Refused(f"Expected disposition, got {value}")
    return _parameters(tokens)


# --- messages ---------------------------------------------------------------
def unfold(value):
    """MimeUtility.unfold, as far as the parsers can tell."""
    return re.sub(r"[ \t]*\r?\n[ \t]+", " ", value)


def split_header(octets):
    """(fields as (name, value, raw lines), body). Text is latin-1, as
    JavaMail reads it."""
    end = re.compile(rb"\r?\n\r?\n|\A\r?\n").search(octets)
    head, body = (octets[:end.start()], octets[end.end():]) if end \
        else (octets, b"")
    fields = []
    for line in re.split(r"\r?\n", head.decode("latin-1").rstrip("\r\n")):
        if line[:1] in (" ", "\t") and fields:
            fields[-1][1] += "\r\n" + line
            continue
        name, colon, value = line.partition(":")
        if line:
            fields.append([name.rstrip(" \t") if colon else None, value])
    return fields, body


def _values(fields, name):
    return [value for key, value in fields
            if key is not None and key.lower() == name]


def _split_parts(body, boundary):
    """MimeMultipart.parse: the octets of each part."""
    lines = re.compile(rb"^--" + re.escape(boundary) + rb"(--)?[ \t]*\r?$",
                       re.MULTILINE)
    parts, start = [], None
    for found in lines.finditer(body):
        if start is not None:
            parts.append(body[start:found.start()])
        elif found.group(1):
            break
        start = found.end() + 1
        if found.group(1):
            return parts
    if start is None:
        raise Refused("Missing start boundary")
    return parts + [body[start:]]


def _guess_boundary(body):
    """The first line that looks like one, as JavaMail takes it."""
    for found in re.finditer(rb"^--([^\r\n]*?)[ \t]*\r?$", body,
                             re.MULTILINE):
        if found.group(1) and not (len(found.group(1)) > 2
                                   and not found.group(1).strip(b"-")):
            return found.group(1)
    raise Refused("Missing start boundary")


def _check_name(name):
    if name is None:
        return
    try:
        name = "".join(
            piece if isinstance(piece, str)
            else piece.decode(charset or "latin-1", "replace")
            for piece, charset in email.header.decode_header(name))
    except (email.errors.HeaderParseError, LookupError, ValueError):
        pass
    extension = name.rpartition(".")[2] if "." in name else ""
    if extension.strip().lower() in BLOCKED:
        raise Refused(f"Illegal filename '{name}'.")


def _check_encoding(fields):
    """MimeBodyPart.getEncoding: what is no known word must be tokens."""
    for value in _values(fields, "content-transfer-encoding")[:1]:
        tokens = Tokenizer(value.strip())
        while tokens.next()[0] not in (ATOM, END):
            pass


def _check_part(fields, body, depth):
    if depth > DEPTH:
        raise Refused("Too many nested parts")
    types = _values(fields, "content-type")
    dispositions = _values(fields, "content-disposition")
    primary, _, parameters = content_type(unfold(types[0])) if types \
        else ("text", "plain", {})
    if dispositions:
        _check_name(content_disposition(unfold(dispositions[0]))
                    .get("filename"))
    _check_name(parameters.get("name"))
    if primary != "multipart":
        return
    _check_encoding(fields)
    boundary = parameters.get("boundary")
    boundary = _guess_boundary(body) if boundary is None \
        else boundary.encode("latin-1", "replace")
    for part in _split_parts(body, boundary):
        _check_part(*split_header(part), depth + 1)


def _check_fields(fields, octets):
    seen = set()
    for name, value in fields:
        if name is None:
            raise Refused("Header line without colon")
        if not name:
            raise Refused("Empty header names are illegal")
        if not all("!" <= char <= "~" for char in name):
            raise Refused(f"Illegal header name '{name}'.")
        if name.lower() in SINGLE and name.lower() in seen:
            raise Refused(f"Duplicate header '{name}'.")
        if name.lower() in CONTROL:
            raise Refused(f"Not authorized to use header '{name}'.")
        if not value.isascii():
            raise Refused(f"Header '{name}' contains non-ASCII characters")
        if re.search(r"\0|\r(?!\n)|(?<!\r)\n", value):
            raise Refused(f"Header '{name}' contains control characters")
        seen.add(name.lower())
    head = octets[:octets.find(b"\r\n\r\n") + 1 or len(octets)]
    if any(len(line) > LINE for line in head.split(b"\r\n")):
        raise Refused("Header line longer than 998")


class Judge:
    """The rules, for an account whose verified identities are given."""

    def __init__(self, verified):
        self.verified = [identity.lower() for identity in verified]

    def is_verified(self, address):
        local, _, domain = address.lower().rpartition("@")
        plain = f"{local.partition('+')[0]}@{domain}"
        return any(domain == identity or domain.endswith("." + identity)
                   or identity in (address.lower(), plain)
                   for identity in self.verified)

    def _check_identities(self, fields, sender):
        checked = [sender]
        for name in ("from", "sender", "return-path"):
            for value in _values(fields, name):
                addresses = parse_addresses(unfold(value))
                if not addresses:
                    raise Refused(f"Missing {name}")
                checked += addresses
        failed = [address for address in checked
                  if not self.is_verified(address)]
        if failed:
            return ("554 Message rejected: Email address is not verified. "
                    "The following identities failed the check in region "
                    "US-EAST-1: " + ", ".join(failed))
        return None

    @staticmethod
    def _check_recipients(fields, recipients):
        named = 0
        for name in ("to", "cc", "bcc"):
            for value in _values(fields, name):
                named += len(parse_addresses(unfold(value)))
        for name in ("reply-to", "resent-from", "resent-to", "resent-cc",
                     "resent-sender", "resent-reply-to"):
            for value in _values(fields, name):
                parse_addresses(unfold(value))
        if max(named, len(recipients)) > RECIPIENTS:
            raise Refused(f"Recipient count exceeds {RECIPIENTS}.")

    def refuses(self, octets, sender, recipients):
        """None, or the reply with which SES would refuse."""
        try:
            fields, body = split_header(octets)
            _check_fields(fields, octets)
            if not _values(fields, "from"):
                raise Refused("Missing required header 'From'.")
            self._check_recipients(fields, recipients)
            unverified = self._check_identities(fields, sender)
            if unverified:
                return unverified
            _check_part(fields, body, 0)
        except Refused as why:
            return f"554 Transaction failed: {why}"
        if max(map(len, octets.split(b"\r\n"))) > LINE:
            return "554 Transaction failed: Line longer than 1000"
        return None


class JavaMail:
    """The real JavaMail, a process asked message by message."""

    JARS = ("/usr/share/java/javax.mail.jar:"
            "/usr/share/java/javax.activation.jar")

    def __init__(self, classes):
        source = pathlib.Path(__file__).resolve().parent.parent \
            / "javamail" / "SesJudge.java"
        classes = pathlib.Path(classes)
        compiled = classes / "SesJudge.class"
        if not compiled.exists() \
                or compiled.stat().st_mtime < source.stat().st_mtime:
            classes.mkdir(parents=True, exist_ok=True)
            subprocess.run(["javac", "-nowarn", "-cp", self.JARS,
                            "-d", str(classes), str(source)], check=True)
        self.lock = threading.Lock()
        self.process = subprocess.Popen(
            ["java", "-XX:+UseSerialGC", "-cp", f"{classes}:{self.JARS}",
             "SesJudge"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def refuses(self, octets, _sender, _recipients):
        with self.lock:
            self.process.stdin.write(b"%d\n" % len(octets) + octets)
            self.process.stdin.flush()
            answer = self.process.stdout.readline().decode("utf-8").strip()
        if answer == "ok":
            return None
        return "554 Transaction failed: " + (answer or "JavaMail died")

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def main():
    parser = argparse.ArgumentParser(
        description="Say which messages SES would refuse, and why.")
    parser.add_argument("--javamail", metavar="CLASSES",
                        help="ask the real JavaMail too; compiled there")
    parser.add_argument("verified", help="the verified domain")
    parser.add_argument("file", nargs="*",
                        help="messages; none: their names on stdin")
    options = parser.parse_args()
    judges = [Judge([options.verified])]
    if options.javamail:
        judges.append(JavaMail(options.javamail))
    refused = count = 0
    for name in options.file or map(str.strip, sys.stdin):
        octets = pathlib.Path(name).read_bytes()
        octets = re.sub(rb"\r?\n", b"\r\n", octets)
        replies = [judge.refuses(octets, "x@" + options.verified, [])
                   for judge in judges]
        count += 1
        if any(replies):
            refused += 1
            print(f"no {name}: " + " | ".join(
                reply or "ok" for reply in replies))
    print(f"{count - refused} accepted, {refused} refused")
    sys.exit(1 if refused else 0)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: MIT
"""The MTA's side of the milter protocol, as Postfix 3.7 speaks it.

A Session is one connection: negotiate, then message() for each transaction.
Only what is said is kept; a reply that the protocol does not allow at that
point raises ProtocolError.
"""
import socket
import struct

ACTIONS = 0x1FF
STEPS = 0x1FFFFF
NR = {  # events whose reply a filter can decline, and the bit for it
    "M": 0x4000, "R": 0x8000, "T": 0x10000, "L": 0x80, "N": 0x40000,
    "B": 0x80000,
}
NO = {"C": 0x1, "H": 0x2, "B": 0x10, "L": 0x20, "N": 0x40, "T": 0x200}
CHUNK = 65535


class ProtocolError(Exception):
    pass


class Result:
    """What a filter did to a message."""

    def __init__(self):
        self.reply = None     # "250", or a reply's text, to the end
        self.rcpt = []        # the same for each recipient
        self.accepted_early = False
        self.added = []       # recipients, without brackets
        self.deleted = []
        self.sender = None
        self.headers = []     # ("add"|"change", nth, name, value)
        self.body = None      # the replacement, or None


def connect(address):
    if address.startswith("unix:"):
        s = socket.socket(socket.AF_UNIX)
        s.connect(address[5:])
    else:
        port, host = address[5:].split("@")
        s = socket.create_connection((host, int(port)))
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    s.settimeout(60)
    return s


class Session:
    def __init__(self, address, steps=STEPS):
        self.socket = connect(address)
        self.buffer = b""
        self.queue_id = 0
        self._send("O", struct.pack(">III", 6, ACTIONS, steps))
        try:
            command, data = self._receive()
        except OSError:
            self.socket.close()
            raise
        if command != "O":
            self.socket.close()
            raise ProtocolError("no answer to the negotiation")
        _, self.actions, self.steps = struct.unpack(">III", data[:12])
        self.symbols = data[12:]

    def close(self):
        self._send("Q")
        self.flush()
        self.socket.close()

    # --- packets ---

    def _send(self, command, data=b""):
        self.buffer += struct.pack(">I", len(data) + 1)
        self.buffer += command.encode() + data
        if len(self.buffer) > CHUNK:
            self.flush()

    def flush(self):
        self.socket.sendall(self.buffer)
        self.buffer = b""

    def _read(self, size):
        data = b""
        while len(data) < size:
            part = self.socket.recv(size - len(data))
            if not part:
                raise ConnectionError("the filter closed the connection")
            data += part
        return data

    def _receive(self):
        self.flush()
        (size,) = struct.unpack(">I", self._read(4))
        data = self._read(size)
        return data[:1].decode(), data[1:]

    def _macros(self, event, **values):
        data = event.encode()
        for name, value in values.items():
            if len(name) > 1:
                name = "{" + name + "}"
            data += name.encode() + b"\0" + str(value).encode() + b"\0"
        self._send("D", data)

    def _event(self, event, data=b""):
        """Send an event; its reply, "250" where there is none."""
        if self.steps & NO.get(event, 0):
            return "250"
        self._send(event, data)
        if self.steps & NR.get(event, 0):
            return "250"
        return self._reply(*self._receive())

    @staticmethod
    def _reply(command, data):
        if command in "ca":
            return "250" if command == "c" else "accept"
        if command == "y":
            return data.rstrip(b"\0").decode().replace("%%", "%")
        if command in "rt":
            return "550" if command == "r" else "451"
        raise ProtocolError("unexpected reply %r" % command)

    # --- a transaction ---

    def mail(self, sender, *parameters, local=False):
        if not local:
            self._macros("M", client_connections=1)
        self._event("M", _strings(sender, *parameters))

    def rcpt(self, path, *parameters, resolved=None):
        """resolved: what Postfix makes of path, where it says so."""
        macros = {"j": "mx.test"}
        if resolved is not None:
            macros["rcpt_addr"] = resolved
        self._macros("R", **macros)
        return self._event("R", _strings(path, *parameters))

    def abort(self):
        self._send("A")
        self.flush()

    def data(self):
        self.queue_id += 1
        self._macros("T", i="Q%d" % self.queue_id)
        return self._event("T")

    def content(self, headers, body):
        for name, value in headers:
            self._event("L", _strings(name, value))
        self._event("N")
        for at in range(0, len(body), CHUNK):
            self._event("B", body[at:at + CHUNK])

    def end(self, result):
        """EOM: read edits up to the final reply."""
        self._send("E")
        while True:
            command, data = self._receive()
            if command in "cartyd":
                result.reply = self._reply(command, data)
                if result.reply == "accept":
                    result.reply = "250"
                return result
            self._edit(result, command, data)

    @staticmethod
    def _edit(result, command, data):
        parts = data.split(b"\0")
        if command in "+2":
            result.added.append(parts[0].decode().strip("<>"))
        elif command == "-":
            result.deleted.append(parts[0].decode().strip("<>"))
        elif command == "e":
            result.sender = parts[0].decode().strip("<>")
        elif command == "h":
            result.headers.append(("add", 0, parts[0].decode(), parts[1]))
        elif command == "m":
            (nth,) = struct.unpack(">I", data[:4])
            name, value = data[4:].split(b"\0")[:2]
            result.headers.append(("change", nth, name.decode(), value))
        elif command == "b":
            result.body = (result.body or b"") + data
        elif command != "p":
            raise ProtocolError("unexpected edit %r" % command)

    def message(self, sender, recipients, headers, body, parameters=(),
                local=False):
        """One whole transaction; a Result. A recipient is a path, or a path
        and what Postfix makes of it."""
        result = Result()
        self.mail(sender, *parameters, local=local)
        result.rcpt = [self.rcpt(r) if isinstance(r, str)
                       else self.rcpt(r[0], resolved=r[1])
                       for r in recipients]
        if all(r != "250" for r in result.rcpt):
            self.abort()
            return result
        reply = self.data()
        if reply == "accept":
            result.accepted_early = True
            result.reply = "250"
            return result
        if reply != "250":
            result.reply = reply
            return result
        self.content(headers, body)
        return self.end(result)


def _strings(*values):
    return b"".join(
        (v if isinstance(v, bytes) else v.encode()) + b"\0" for v in values)

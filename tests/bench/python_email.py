#!/usr/bin/python3
"""Parse and re-generate each message with Python's email package: what
contrib/bench holds the core against. Prints "messages SECONDS OCTETS"."""
import email
import email.policy
import sys
import time

rounds, paths = int(sys.argv[1]), sys.argv[2:]
messages = []
for path in paths:
    with open(path, "rb") as file:
        messages.append(file.read())
octets = done = 0
start = time.perf_counter()
for _ in range(rounds):
    for raw in messages:
        try:
            message = email.message_from_bytes(raw)
            del message["From"]
            message["From"] = "Somebody <shop@example.com>"
            octets += len(message.as_bytes())
        except Exception:  # it crashes on some: they count as done
            pass
        done += 1
print(done, "%.6f" % (time.perf_counter() - start), octets)

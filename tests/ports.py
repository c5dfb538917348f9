# SPDX-License-Identifier: MIT
"""Loopback ports for the tests, each one's own while its process lives.

That a port can be bound does not yet make it ours: another test may find the
same before we listen, and Postfix listens with SO_REUSEPORT, so that two would
share it and each get the other's mail. A name in the abstract namespace of
unix sockets marks a port as given out; it goes with us, however we end.
"""
import random
import socket

# Below what Linux picks from for clients, beside quickstart's own 20025.
RANGE = range(20100, 21000)

_marks = []


def free_port():
    return free_ports(1)


def free_ports(count):
    """The first of count ports in a row."""
    starts = range(RANGE.start, RANGE.stop - count + 1)
    for first in random.sample(starts, len(starts)):
        marks = [_mark(port) for port in range(first, first + count)]
        if all(marks):
            _marks.extend(marks)
            return first
        for mark in filter(None, marks):
            mark.close()
    raise AssertionError(
        f"no {count} ports free in {RANGE.start}-{RANGE.stop - 1}")


def _mark(port):
    """A socket that others see as long as it is open, or None: taken."""
    mark = socket.socket(socket.AF_UNIX)
    try:
        mark.bind(f"\0aliasbridge-test-port-{port}")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
        return mark
    except OSError:
        mark.close()
        return None

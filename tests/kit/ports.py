"""Ports for programs that must be told one, as `src/port.rs` has them for tests in Rust."""

import os
import socket

FIRST, SPAN, STRIDE = 20_000, 12_000, 61
_given = 0


def free_port():
    """A port of 127.0.0.1 that nobody listens on, neither by TCP nor by UDP, and that was not given before.

    It is below the range that the kernel gives to outgoing connections and to listeners on port zero, so that nobody
    takes it between choosing and binding. Each process starts at a place of its own.
    """
    global _given
    for _ in range(SPAN):
        number = FIRST + (os.getpid() * STRIDE + _given) % SPAN
        _given += 1
        if _is_free(number, socket.SOCK_STREAM) and _is_free(number, socket.SOCK_DGRAM):
            return number
    raise OSError(f"no free port from {FIRST} to {FIRST + SPAN}")


def _is_free(number, kind):
    with socket.socket(socket.AF_INET, kind) as one:
        # As whoever binds it then: what only lingers there is in nobody's way.
        if kind == socket.SOCK_STREAM:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", number))
        except OSError:
            return False
        return True

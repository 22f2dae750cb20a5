"""A server for huge bodies that come from nowhere and go nowhere: no disk, no page cache, no limit but the loopback.

`GET /N` is answered with N bytes; of any other request the body is read, forgotten, and its size told.
"""

import socket
import sys
import threading

from .system import ROOT

BLOCK = 1 << 20


def start(session):
    """Starts it on the load cores; the port."""
    port = session.port()
    process = session.start("bulk", [sys.executable, "-m", "rig.bulk", port], session.load_cores,
                            {"PYTHONPATH": str(ROOT / "tests/bench"), "PYTHONDONTWRITEBYTECODE": "1"})
    process.wait_port(port)
    return port


def serve(port):
    with socket.create_server(("127.0.0.1", port)) as server:
        while True:
            connection, _ = server.accept()
            threading.Thread(target=answer_all, args=(connection,), daemon=True).start()


def answer_all(connection):
    with connection:
        data = b""
        while True:
            while b"\r\n\r\n" not in data:
                more = connection.recv(65536)
                if not more:
                    return
                data += more
            head, _, data = data.partition(b"\r\n\r\n")
            first, *lines = head.split(b"\r\n")
            method, path, _ = first.split(b" ")
            if method == b"GET":
                send(connection, int(path[1:] or b"0"))
                continue
            headers = dict(line.lower().split(b":", 1) for line in lines)
            if b"transfer-encoding" in headers:
                connection.sendall(b"HTTP/1.1 411 Length Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            size = int(headers.get(b"content-length", b"0"))
            if not receive(connection, size - len(data)):
                return
            data = b""
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Received: %d\r\nContent-Length: 0\r\n\r\n" % size)


def send(connection, size):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
    block = memoryview(bytes(BLOCK))
    while size:
        part = block[: min(size, BLOCK)]
        connection.sendall(part)
        size -= len(part)


def receive(connection, size):
    buffer = bytearray(BLOCK)
    while size > 0:
        got = connection.recv_into(buffer, min(size, BLOCK))
        if not got:
            return False
        size -= got
    return True


if __name__ == "__main__":
    serve(int(sys.argv[1]))

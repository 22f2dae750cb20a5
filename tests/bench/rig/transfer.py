"""Bytes through a relay, down and then up, on one connection each: `python -m rig.transfer PORT SIZE`.

Prints the seconds that took. The server behind the relay is `rig.bulk`, which says how many bytes it got.
"""

import sys
import time

from .client import Connection

BLOCK = 1 << 20


def main(port, size):
    begun = time.monotonic()
    with Connection(port) as connection:
        connection.send(f"GET /{size} HTTP/1.1\r\n\r\n".encode())
        status, headers = connection.head()
        if status != 200 or int(headers["content-length"]) != size or not connection.discard(size):
            raise SystemExit("the download ended early")
    with Connection(port, patience=120) as connection:
        connection.send(f"POST / HTTP/1.1\r\nContent-Length: {size}\r\n\r\n".encode())
        block = memoryview(bytes(BLOCK))
        for left in range(size, 0, -BLOCK):
            connection.send(block[:min(left, BLOCK)])
        status, headers = connection.head()
        if status != 200 or int(headers["x-received"]) != size:
            raise SystemExit("the upload did not arrive")
    print(time.monotonic() - begun)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

"""A small HTTP/1.1 client: for probes and polls, where the load generators say too little."""

import socket
import ssl
import time

from .system import Failed


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body


class Connection:
    """One keep-alive connection."""

    def __init__(self, port, tls_name=None, patience=30):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=patience)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls_name:
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            self._socket = context.wrap_socket(self._socket, server_hostname=tls_name)
        self._left = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._socket.close()

    def get(self, host, path="/", fields=()):
        lines = "".join(f"{field}\r\n" for field in fields)
        self.send(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n".encode())
        status, headers = self.head()
        if headers.get("transfer-encoding") == "chunked":
            return Answer(status, headers, self._chunked())
        return Answer(status, headers, self._exactly(int(headers.get("content-length", 0))))

    def send(self, data):
        self._socket.sendall(data)

    def head(self):
        """The head of the next answer: status and headers, names in lower case."""
        while b"\r\n\r\n" not in self._left:
            self._more()
        head, _, self._left = self._left.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        return int(first.split()[1]), headers

    def discard(self, size):
        """Reads `size` bytes of a body and forgets them; True when all of them came."""
        size -= len(self._left)
        self._left = b""
        buffer = bytearray(1 << 20)
        while size > 0:
            got = self._socket.recv_into(buffer, min(size, len(buffer)))
            if not got:
                return False
            size -= got
        return size == 0

    def _exactly(self, size):
        while len(self._left) < size:
            self._more()
        body, self._left = self._left[:size], self._left[size:]
        return body

    def _chunked(self):
        body = b""
        while True:
            while b"\r\n" not in self._left:
                self._more()
            line, _, self._left = self._left.partition(b"\r\n")
            size = int(line.split(b";")[0], 16)
            chunk = self._exactly(size + 2)[:-2]
            if not size:
                return body
            body += chunk

    def _more(self):
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionError("the proxy closed the connection before the answer was complete")
        self._left += data


def get(port, host, path="/", tls_name=None):
    with Connection(port, tls_name) as connection:
        return connection.get(host, path)


def wait_status(process, port, host, status=200, tls_name=None, patience=120, pause=0.01):
    """Polls until `host` is answered with `status`; the seconds since the process was started."""
    last = "no answer"

    def answered():
        nonlocal last
        try:
            last = get(port, host, tls_name=tls_name).status
        except (OSError, ValueError, IndexError) as error:
            last = error
        return last == status

    try:
        process.wait(answered, f"answer {host} with {status}", patience, pause)
    except Failed as failure:
        raise Failed(f"{failure} (last answer: {last})") from None
    return time.monotonic() - process.started

"""An HTTP/3 client of another make (aioquic) for the tests beside it.

    peer.py SCENARIO PORT CA [ARGUMENT ...]

Runs one scenario against 127.0.0.1:PORT, trusting the authority in the file CA, and prints what it saw as one line of
JSON. It knows nothing of what is right: that is the test's to say.
"""

import asyncio
import contextlib
import json
import os
import socket
import sys

from aioquic.asyncio import QuicConnectionProtocol
from aioquic.buffer import encode_uint_var
from aioquic.h3.connection import H3_ALPN, FrameType, H3Connection, encode_frame
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import (
    ConnectionTerminated,
    HandshakeCompleted,
    StopSendingReceived,
    StreamReset,
)

PATIENCE = 20


class Answer:
    """What came on one stream."""

    def __init__(self):
        self.interim = []
        self.head = None
        self.trailers = None
        self.body = bytearray()
        self.reset = None
        self.stopped = None
        self.done = asyncio.Event()
        self.news = asyncio.Event()

    def shown(self):
        return {
            "status": self.head and int(dict(self.head)[":status"]),
            "head": self.head,
            "interim": self.interim,
            "trailers": self.trailers,
            "body": self.body.decode("latin-1"),
            "reset": self.reset,
            "stopped": self.stopped,
        }


class Client(QuicConnectionProtocol):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.http = None
        self.answers = {}
        self.shaken = asyncio.Event()
        self.ended = asyncio.Event()
        self.why = None
        self.resumed = None

    def speak(self):
        """Opens the streams of HTTP/3; without it only QUIC is spoken."""
        self.http = H3Connection(self._quic)

    def answer(self, stream):
        return self.answers.setdefault(stream, Answer())

    def quic_event_received(self, event):
        if isinstance(event, HandshakeCompleted):
            self.resumed = event.session_resumed
            self.shaken.set()
        if isinstance(event, ConnectionTerminated):
            self.why = {"code": event.error_code, "reason": event.reason_phrase}
            for answer in self.answers.values():
                answer.done.set()
                answer.news.set()
            self.shaken.set()
            self.ended.set()
        if isinstance(event, StreamReset):
            answer = self.answer(event.stream_id)
            answer.reset = event.error_code
            answer.done.set()
            answer.news.set()
        if isinstance(event, StopSendingReceived):
            self.answer(event.stream_id).stopped = event.error_code
        if self.http is None:
            return
        for item in self.http.handle_event(event):
            answer = self.answer(item.stream_id)
            if isinstance(item, HeadersReceived):
                fields = [(name.decode(), value.decode("latin-1")) for name, value in item.headers]
                if answer.head is not None:
                    answer.trailers = fields
                elif dict(fields).get(":status", "").startswith("1"):
                    answer.interim.append(fields)
                else:
                    answer.head = fields
            if isinstance(item, DataReceived):
                answer.body += item.data
            answer.news.set()
            if item.stream_ended:
                answer.done.set()

    def ask(self, fields, end=True):
        stream = self._quic.get_next_available_stream_id()
        self.answer(stream)
        self.http.send_headers(stream, [(n.encode(), v.encode()) for n, v in fields], end)
        self.transmit()
        return stream

    def say(self, stream, data, end=False):
        self.http.send_data(stream, data, end)
        self.transmit()

    async def got(self, stream):
        await asyncio.wait_for(self.answer(stream).done.wait(), PATIENCE)
        return self.answer(stream)

    async def until(self, stream, is_there):
        """Waits until what has come on a stream is enough."""
        answer = self.answer(stream)

        async def wait():
            while not is_there(answer) and not answer.done.is_set():
                answer.news.clear()
                await answer.news.wait()

        await asyncio.wait_for(wait(), PATIENCE)
        return answer


def fields(path="/", method="GET", host="a.test", more=()):
    head = [(":method", method), (":scheme", "https"), (":authority", host), (":path", path)]
    return head + list(more)


def settings(name="a.test", ticket=None):
    configuration = QuicConfiguration(is_client=True, alpn_protocols=H3_ALPN, server_name=name)
    configuration.idle_timeout = 30
    configuration.load_verify_locations(sys.argv[3])
    if ticket is not None:
        configuration.session_ticket = ticket
    return configuration


@contextlib.asynccontextmanager
async def connected(configuration=None, speak=True, store=None, wait=True):
    loop = asyncio.get_running_loop()
    quic = QuicConnection(configuration=configuration or settings(), session_ticket_handler=store)
    _, client = await loop.create_datagram_endpoint(lambda: Client(quic), local_addr=("127.0.0.1", 0))
    client.connect(("127.0.0.1", int(sys.argv[2])))
    if wait:
        await asyncio.wait_for(client.shaken.wait(), PATIENCE)
    if speak and client.why is None:
        client.speak()
        client.transmit()
    try:
        yield client
    finally:
        client.close()
        client.transmit()
        client._transport.close()


async def get(path="/", host="a.test", name="a.test"):
    """One request; what came, and whose certificate was shown."""
    async with connected(settings(name)) as client:
        if client.why is not None:
            return {"ended": client.why}
        answer = await client.got(client.ask(fields(path, host=host)))
        certificate = client._quic.tls._peer_certificate
        names = certificate.extensions.get_extension_for_class(x509().SubjectAlternativeName)
        shown = answer.shown()
        shown["names"] = names.value.get_values_for_type(x509().DNSName)
        return shown


def x509():
    from cryptography import x509 as module

    return module


async def post(size, length="yes"):
    """A body of so many bytes there; the answer says how many came back."""
    size = int(size)
    async with connected() as client:
        more = [("content-length", str(size))] if length == "yes" else []
        stream = client.ask(fields(method="POST", more=more), end=size == 0)
        piece = bytes(range(256)) * 64
        sent = 0
        while sent < size:
            part = piece[: size - sent]
            sent += len(part)
            client.say(stream, part, end=sent == size)
            await asyncio.sleep(0)
        answer = await client.got(stream)
        expected = (piece * (size // len(piece) + 1))[:size]
        shown = answer.shown()
        shown["same"] = bytes(answer.body) == expected
        shown["body"] = len(answer.body)
        return shown


async def many(count):
    """So many requests at a time, each with a path of its own."""
    async with connected() as client:
        streams = {}
        answers = {}
        waiting = list(range(int(count)))
        while waiting or streams:
            while waiting and len(streams) < 100:
                number = waiting.pop()
                streams[client.ask(fields(f"/{number}"))] = number
            stream, number = next(iter(streams.items()))
            answers[number] = (await client.got(stream)).body.decode()
            del streams[stream]
        return {"right": sum(answers[number] == f"/{number}" for number in answers), "ended": client.why}


async def trailers():
    """A request and an answer with fields behind their bodies."""
    async with connected() as client:
        stream = client.ask(fields(method="POST", more=[("te", "trailers"), ("trailer", "x-sum")]), end=False)
        client.say(stream, b"body")
        client.http.send_headers(stream, [(b"x-sum", b"7")], True)
        client.transmit()
        return (await client.got(stream)).shown()


async def web_socket():
    """Opens a WebSocket, sends a text and waits until it comes back, then ends it."""
    head = [
        (":method", "CONNECT"),
        (":protocol", "websocket"),
        (":scheme", "https"),
        (":authority", "a.test"),
        (":path", "/socket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-protocol", "chat"),
    ]
    async with connected() as client:
        stream = client.ask(head, end=False)
        await client.until(stream, lambda answer: answer.head is not None)
        text = b"hello"
        mask = b"\x01\x02\x03\x04"
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(text))
        frame = b"\x81" + bytes([0x80 | len(text)]) + mask + masked
        for byte in frame:
            client.say(stream, bytes([byte]))
        await client.until(stream, lambda answer: len(answer.body) >= len(text) + 2)
        client.say(stream, b"", end=True)
        return (await client.got(stream)).shown()


async def web_socket_refused():
    """Asks for a WebSocket of a server that answers as it does to any request."""
    head = fields("/socket", "CONNECT")
    head.insert(1, (":protocol", "websocket"))
    async with connected() as client:
        return (await client.got(client.ask(head, end=False))).shown()


async def migrate(rounds="3"):
    """Asks, changes its port, asks again, on one connection."""
    async with connected() as client:
        bodies = []
        for number in range(int(rounds) + 1):
            if number > 0:
                await move(client)
            answer = await client.got(client.ask(fields(f"/{number}")))
            bodies.append(answer.body.decode())
        return {"bodies": bodies, "ended": client.why}


async def move(client):
    """Another socket with another port in place of the one the client has."""
    loop = asyncio.get_running_loop()
    old = client._transport
    transport, _ = await loop.create_datagram_endpoint(lambda: client, local_addr=("127.0.0.1", 0))
    client._transport = transport
    old.close()


async def rebind(count="40"):
    """Many connections, each of which changes its port: with several workers most come to another one."""
    moved = []
    for _ in range(int(count)):
        moved.append(await migrate("1"))
    return {"right": sum(answer["bodies"] == ["/0", "/1"] for answer in moved)}


async def stay():
    """Asks whenever it is told to on its standard input; a line `end` waits for the end of the connection."""
    loop = asyncio.get_running_loop()
    async with connected() as client:
        while True:
            line = await loop.run_in_executor(None, sys.stdin.readline)
            word, *arguments = line.split()
            if word == "ask":
                answer = await client.got(client.ask(fields(*arguments)))
                shown = answer.shown()
            elif word == "begin":
                client.pending = client.ask(fields(*arguments))
                await client.until(client.pending, lambda answer: answer.head is not None)
                shown = client.answer(client.pending).shown()
            elif word == "finish":
                shown = (await client.got(client.pending)).shown()
            else:
                await asyncio.wait_for(client.ended.wait(), PATIENCE)
                return {"ended": client.why}
            print(json.dumps(shown), flush=True)


async def twice():
    """Two connections, the second with the ticket of the first."""
    tickets = []
    came = asyncio.Event()

    def keep(ticket):
        tickets.append(ticket)
        came.set()

    async with connected(store=keep) as client:
        await client.got(client.ask(fields()))
        await asyncio.wait_for(came.wait(), PATIENCE)
    ticket = tickets[-1]
    async with connected(settings(ticket=ticket)) as client:
        answer = await client.got(client.ask(fields()))
        return {"resumed": client.resumed, "early": ticket.max_early_data_size, "status": answer.shown()["status"]}


async def heads():
    """Heads that break a rule, each on a stream of its own, and one good one at the end."""
    base = fields()
    cases = {
        "upper case": base + [("X-Upper", "a")],
        "connection": base + [("connection", "close")],
        "transfer-encoding": base + [("transfer-encoding", "chunked")],
        "te": base + [("te", "gzip")],
        "unknown pseudo": base + [(":other", "a")],
        "late pseudo": base[:3] + [("a", "b")] + base[3:],
        "twice": base + [(":path", "/")],
        "no method": base[1:],
        "no scheme": base[:1] + base[2:],
        "no path": base[:3],
        "empty path": base[:3] + [(":path", "")],
        "no authority": base[:2] + base[3:],
        "other host": base + [("host", "b.test")],
        "value": base + [("a", "b\r\nc: d")],
        "length": base + [("content-length", "10")],
        "two lengths": base + [("content-length", "1"), ("content-length", "2")],
        "connect": [(":method", "CONNECT"), (":authority", "a.test:443")],
        "connect with path": fields(method="CONNECT"),
        "other protocol": fields(method="CONNECT")[:1] + [(":protocol", "connect-udp")] + base[1:],
        "path": fields("nowhere"),
    }
    seen = {}
    async with connected() as client:
        for name, head in cases.items():
            stream = client._quic.get_next_available_stream_id()
            client.answer(stream)
            # The library below checks what it is told to send; the other side must not rely on that.
            section = encode(client, stream, head)
            client._quic.send_stream_data(stream, encode_frame(FrameType.HEADERS, section), True)
            client.transmit()
            answer = await client.got(stream)
            seen[name] = answer.shown()["status"] or f"reset {answer.reset:#x}"
        seen["good"] = (await client.got(client.ask(base))).shown()["status"]
        seen["ended"] = client.why
    return seen


def encode(client, stream, head):
    _, section = client.http._encoder.encode(stream, [(n.encode(), v.encode()) for n, v in head])
    return section


GOOD = b"\x00\x00\xd1\xd7\x50\x06a.test\xc1"
VIOLATIONS = {
    "data first": ("bi", encode_frame(FrameType.DATA, b"a")),
    "settings in a request": ("bi", encode_frame(FrameType.SETTINGS, b"")),
    "goaway in a request": ("bi", encode_frame(FrameType.GOAWAY, b"\0")),
    "push promise": ("bi", encode_frame(FrameType.PUSH_PROMISE, b"\0" + GOOD)),
    "frame of http/2": ("bi", encode_frame(0x08, b"")),
    "frame cut off": ("bi", encode_frame(FrameType.HEADERS, GOOD) + b"\x00\x05ab"),
    "dynamic reference": ("bi", encode_frame(FrameType.HEADERS, b"\x02\x00\x80")),
    "section cut off": ("bi", encode_frame(FrameType.HEADERS, b"\x00\x00\x51\x05/")),
    "second control": ("uni", b"\x00" + encode_frame(FrameType.SETTINGS, b"")),
    "push stream": ("uni", b"\x01\x00"),
    "no settings": ("control", b"\x00" + encode_frame(FrameType.GOAWAY, b"\0")),
    "settings twice": ("control", b"\x00" + encode_frame(FrameType.SETTINGS, b"") * 2),
    "settings of http/2": ("control", b"\x00" + encode_frame(FrameType.SETTINGS, b"\x02\x01")),
    "data on control": ("control", b"\x00" + encode_frame(FrameType.SETTINGS, b"") + encode_frame(FrameType.DATA, b"")),
    "long settings": ("control", b"\x00\x04" + encode_uint_var(1 << 40)),
    "insert": ("encoder", b"\x3f\xe1\x1f"),
    "section ack": ("decoder", b"\x80"),
    "control ends": ("end", b"\x00" + encode_frame(FrameType.SETTINGS, b"")),
}


async def violations():
    """What ends a connection, and with what code."""
    seen = {}
    for name, (where, data) in VIOLATIONS.items():
        async with connected(speak=where in ("bi", "uni")) as client:
            if where == "bi":
                stream = client._quic.get_next_available_stream_id()
                client.answer(stream)
            else:
                stream = client._quic.get_next_available_stream_id(is_unidirectional=True)
                data = {"encoder": b"\x02", "decoder": b"\x03"}.get(where, b"") + data
            client._quic.send_stream_data(stream, data, where in ("bi", "end"))
            client.transmit()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(client.ended.wait(), PATIENCE / 4)
            seen[name] = client.why and client.why["code"]
    async with connected() as client:
        # What nobody knows is passed over: a stream, a frame before the head, and one in the control stream.
        stream = client._quic.get_next_available_stream_id(is_unidirectional=True)
        client._quic.send_stream_data(stream, encode_uint_var(0x1F * 7 + 0x21) + b"anything", False)
        stream = client._quic.get_next_available_stream_id()
        client.answer(stream)
        grease = encode_frame(0x1F * 9 + 0x21, b"anything")
        client._quic.send_stream_data(stream, grease + encode_frame(FrameType.HEADERS, GOOD) + grease, True)
        client.transmit()
        seen["unknown"] = (await client.got(stream)).shown()["status"]
    return seen


async def bodies():
    """Bodies that are not what was announced, and requests that are given up."""
    seen = {}
    async with connected() as client:
        for name, announced, pieces in (
            ("shorter", "10", [b"12345"]),
            ("longer", "3", [b"12345"]),
            ("right", "5", [b"123", b"45"]),
        ):
            path = "/whole" if name == "right" else "/broken"
            stream = client.ask(fields(path, "POST", more=[("content-length", announced)]), end=False)
            for piece in pieces:
                client.say(stream, piece)
            client.say(stream, b"", end=True)
            answer = await client.got(stream)
            seen[name] = answer.shown()["status"] or f"reset {answer.reset:#x}"
        stream = client.ask(fields("/broken", "POST"), end=False)
        client.say(stream, b"part")
        client._quic.reset_stream(stream, 0x10C)
        client._quic.stop_stream(stream, 0x10C)
        client.transmit()
        seen["good"] = (await client.got(client.ask(fields("/whole")))).shown()["status"]
        seen["ended"] = client.why
    return seen


async def large(size):
    """A head with a field of so many bytes."""
    async with connected() as client:
        stream = client.ask(fields(more=[("x-large", "a" * int(size))]))
        return (await client.got(stream)).shown()


async def garbage(count):
    """So many datagrams that are none, of every kind, and then a request."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    to = ("127.0.0.1", int(sys.argv[2]))
    for number in range(int(count)):
        noise = os.urandom(1 + number * 37 % 1400)
        kind = number % 4
        if kind == 1:
            # The first packet of a connection, as far as its header goes.
            noise = b"\xc3\x00\x00\x00\x01\x08" + os.urandom(8) + b"\x08" + os.urandom(8) + b"\x00\x44\x96" + os.urandom(1180)
        elif kind == 2:
            noise = b"\xc3\x1a\x2a\x3a\x4a\x08" + os.urandom(8) + b"\x08" + os.urandom(8) + bytes(1200)
        elif kind == 3:
            noise = b"\x40" + noise
        sock.sendto(noise, to)
        if number % 64 == 0:
            await asyncio.sleep(0.001)
    return await get()


async def halves(count):
    """So many clients that say hello and nothing more; then one that goes on."""
    loop = asyncio.get_running_loop()
    for _ in range(int(count)):
        # Each from a port of its own, so that every worker gets some.
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        quic = QuicConnection(configuration=settings())
        quic.connect(("127.0.0.1", int(sys.argv[2])), now=loop.time())
        for data, to in quic.datagrams_to_send(now=loop.time()):
            sock.sendto(data, to)
        sock.close()
        await asyncio.sleep(0)
    async with connected() as client:
        answer = await client.got(client.ask(fields()))
        return {"status": answer.shown()["status"], "retried": client._quic._retry_count > 0}


async def offer(protocol):
    """A hello that offers another protocol alone."""
    configuration = settings()
    configuration.alpn_protocols = [protocol]
    async with connected(configuration, speak=False) as client:
        return {"ended": client.why}


async def main():
    scenario = {
        name: function
        for name, function in globals().items()
        if asyncio.iscoroutinefunction(function) and name not in ("main", "move")
    }[sys.argv[1]]
    print(json.dumps(await scenario(*sys.argv[4:])), flush=True)


if __name__ == "__main__":
    asyncio.run(main())

"""The load generators: wrk for HTTP/1.1, h2load for HTTP/2, and `tests/peers/loader` for what they cannot do. A failed
request fails the run.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time

from .certificate import NAME
from .system import ROOT, Failed, tool

CONNECTIONS = 64
# Over HTTP/2 as many requests are under way as over HTTP/1: 64, as 4 streams on each of 16 connections.
H1_CONNECTIONS = 32
H2_CONNECTIONS = 16
H2_STREAMS = 4
# Sixteen clients with as many datagrams under way as half a socket's usual room takes, so that none has to be lost.
UDP_CLIENTS = 16
UDP_WINDOW = 8
UDP_SIZE = 200
# Of datagrams one in so many may be lost.
UDP_LOST = 1000
# Bytes of a relay that count as one.
MIB = 1 << 20
# Seconds a generator may take beyond its time to get the last answers.
PATIENCE = 60

# Requests are made once and sent in a scrambled order that visits every host: 7919 is prime to every count used.
HOSTS_SCRIPT = """
local requests = {}
local count = 0
local at = 0
function init(args)
  for line in io.lines(args[1]) do
    requests[count] = wrk.format("GET", "/", { ["Host"] = line })
    count = count + 1
  end
end
function request()
  at = (at + 7919) % count
  return requests[at]
end
"""


def wrk(session, port, seconds, tls=False, host=None, hosts_file=None, fields=()):
    """Runs wrk for `seconds`; the requests that were answered."""
    return Wrk(session, port, seconds, tls, host, hosts_file, fields).result()


class Wrk:
    """A running wrk with 64 keep-alive connections. `host` is sent with every request, or each of `hosts_file`."""

    def __init__(self, session, port, seconds, tls=False, host=None, hosts_file=None, fields=()):
        command = [tool("wrk"), "-t", "1", "-c", CONNECTIONS, "-d", f"{seconds}s", "--timeout", "30s"]
        if hosts_file:
            script = session.folder / "hosts.lua"
            script.write_text(HOSTS_SCRIPT)
            command += ["-s", script]
        else:
            command += ["-H", f"Host: {host}"]
        for field in fields:
            command += ["-H", field]
        command.append(f"{'https' if tls else 'http'}://{NAME}:{port}/")
        if hosts_file:
            command += ["--", hosts_file]
        self._child = _start(session, command)
        self._patience = seconds + PATIENCE

    def running(self):
        return self._child.poll() is None

    def stop(self):
        """Ends the run before its time; wrk then prints what it has."""
        self._child.send_signal(signal.SIGINT)

    def result(self):
        output = _finish("wrk", self._child, self._patience)
        counted = re.search(r"(\d+) requests in ([\d.]+)(us|ms|s|m|h)", output)
        wrong = re.findall(r"Socket errors:.*|Non-2xx.*", output)
        if self._child.returncode or not counted or wrong or int(counted[1]) == 0:
            raise Failed(f"wrk was not answered properly: {'; '.join(wrong) or output.strip()}")
        scale = {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}[counted[3]]
        return int(counted[1]), float(counted[2]) * scale


def h2load(session, port, seconds, host):
    """Runs h2load over TLS and HTTP/2 for `seconds`; requests and seconds."""
    child = _start(session, [tool("h2load"), "-t", "1", "-c", H2_CONNECTIONS, "-m", H2_STREAMS, "-D", seconds,
                             "--warm-up-time", "0", "-H", f":authority: {host}", f"https://{NAME}:{port}/"])
    output = _finish("h2load", child, seconds + PATIENCE)
    spoken = re.search(r"Application protocol: (\S+)", output)
    if not spoken or spoken[1] != "h2":
        raise Failed(f"h2load did not speak HTTP/2: {output.strip()}")
    counts = re.search(r"requests: (\d+) total, (\d+) started, (\d+) done, (\d+) succeeded, (\d+) failed, "
                       r"(\d+) errored, (\d+) timeout", output)
    codes = re.search(r"status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", output)
    if child.returncode or not counts or not codes:
        raise Failed(f"h2load failed: {output.strip()}")
    done = int(counts[3])
    # Streams cut off when the time is over are neither done nor failed.
    if done == 0 or int(codes[1]) < done or int(counts[6]) or int(counts[7]):
        raise Failed(f"h2load was not answered properly: {counts[0]}; {codes[0]}")
    return done, float(seconds)


def handshakes(session, port, seconds, cert, kind):
    """Makes TLS connections for `seconds`, "full" or "resumed"; handshakes and seconds."""
    counted = loader(session, seconds, "handshakes", port, cert, seconds, kind)
    return counted["done"], counted["seconds"]


def h3(session, port, seconds, cert):
    """Asks over HTTP/3 for `seconds`, with as much under way as over HTTP/2; requests and seconds."""
    counted = loader(session, seconds, "h3", port, cert, seconds, H2_CONNECTIONS, H2_STREAMS)
    return counted["done"], counted["seconds"]


def datagrams(session, port, seconds):
    """Sends datagrams for `seconds`, each of which has to come back; how many did, and seconds."""
    counted = loader(session, seconds, "datagrams", port, seconds, UDP_CLIENTS, UDP_WINDOW, UDP_SIZE)
    if counted["done"] == 0 or counted["lost"] * UDP_LOST > counted["done"]:
        raise Failed(f"{counted['lost']} datagrams were lost, {counted['done']} came back")
    return counted["done"], counted["seconds"]


def loader(session, seconds, *words):
    """Runs a command of the loader; what it counted."""
    child = _start(session, [tool("loader"), *words])
    output = _finish("loader", child, seconds + PATIENCE)
    if child.returncode:
        raise Failed(f"loader {words[0]} was not answered properly: {output.strip()}")
    return json.loads(output)


class Held:
    """Connections that did one request each and are silent. At the end each is asked again: none may have been lost."""

    def __init__(self, session, port, cert, protocol, count):
        self._child = _start(session, [tool("loader"), "hold", port, cert, protocol, count], stdin=subprocess.PIPE)
        first = self._child.stdout.readline()
        if first != "ready\n":
            self._child.kill()
            raise Failed(f"connections were refused: {(first + self._child.communicate()[0]).strip()}")

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind:
            self._child.kill()
        self._child.stdin.close()
        self._child.stdin = None
        output = _finish("the holder", self._child, PATIENCE)
        if self._child.returncode and not kind:
            raise Failed(f"idle connections were lost: {output.strip()}")


def relay(session, port, mib):
    """Carries so many MiB through one connection each way, and counts every byte; MiB and seconds."""
    child = _start(session, [sys.executable, "-m", "rig.transfer", port, mib * MIB],
                   {"PYTHONPATH": str(ROOT / "tests/bench"), "PYTHONDONTWRITEBYTECODE": "1"})
    output = _finish("the transfer", child, 4 * PATIENCE)
    if child.returncode:
        raise Failed(f"the transfer failed: {output.strip()}")
    return 2 * mib, float(output)


def counted(session, port, requests):
    """Sends so many requests over HTTP/1.1 on 32 keep-alive connections, for the host of their address; requests and seconds."""
    began = time.monotonic()
    child = _start(session, [tool("h2load"), "--h1", "-t", "1", "-c", H1_CONNECTIONS, "-n", requests, f"http://{NAME}:{port}/"])
    output = _finish("h2load", child, PATIENCE)
    if child.returncode or f" {requests} succeeded, 0 failed, 0 errored, 0 timeout" not in output:
        raise Failed(f"h2load was not answered properly: {output.strip()}")
    return requests, time.monotonic() - began


def _start(session, command, environment=None, stdin=subprocess.DEVNULL):
    cores = ",".join(map(str, session.load_cores))
    return subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", "taskset", "-c", cores] + [str(word) for word in command],
        stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        env={**os.environ, **(environment or {})},
    )


def _finish(name, child, patience):
    try:
        return child.communicate(timeout=patience)[0]
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        raise Failed(f"{name} did not end within {patience} s: a request was never answered") from None

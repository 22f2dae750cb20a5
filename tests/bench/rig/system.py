"""Processes, ports and what the kernel says about them.

Owns every process a rig starts: each is pinned, asks the kernel to end with the rig, and is stopped by its process id
when the `Session` closes, whatever the reason. Knows nothing of proxies.
"""

import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
OUT = ROOT / "tests/bench/out"
PEERS = ROOT / ".peers/bin"


class Failed(Exception):
    """The rig cannot go on; the message says why and what to do."""


def cores():
    """The core of the proxy under test, and the cores that everything else shares."""
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        raise Failed("a measurement needs two cores: one for the proxy, one for load and backend")
    return [usable[-1]], usable[:-1]


class Session:
    """A scratch folder and the processes started in it; closing it stops them and removes the folder."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="windrose-bench-"))
        self.folder.chmod(0o755)
        self.processes = []
        self.proxy_cores, self.load_cores = cores()
        self._ports = set()

    def __enter__(self):
        signal.signal(signal.SIGTERM, _terminated)
        return self

    def __exit__(self, *_):
        # A second Ctrl-C must not leave processes behind.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for process in reversed(self.processes):
            process.stop()
        subprocess.run(["rm", "-rf", str(self.folder)], check=False)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def start(self, name, command, on, environment=None):
        """Starts `command` on the cores `on`; its output goes to `NAME.log` in the scratch folder."""
        process = Process(name, command, on, self.folder / f"{name}.log", environment)
        self.processes.append(process)
        return process

    def port(self):
        """A free port below the range the kernel hands to outgoing connections, so none of those can take it."""
        lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
        for _ in range(1000):
            port = random.randrange(10240, max(lowest, 10241 + 1000))
            if port in self._ports:
                continue
            with socket.socket() as probe:
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    continue
            self._ports.add(port)
            return port
        raise Failed("no free port found below the ephemeral range")


class Process:
    """One started program and its children."""

    def __init__(self, name, command, on, log, environment):
        self.name = name
        self.log = log
        pin = ["setpriv", "--pdeathsig", "TERM", "taskset", "-c", ",".join(map(str, on))]
        with open(log, "ab") as output:
            self.started = time.monotonic()
            self._child = subprocess.Popen(
                pin + [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env={**os.environ, **(environment or {})},
            )
        self.pid = self._child.pid

    def alive(self):
        return self._child.poll() is None

    def stop(self, patience=10):
        if self.alive():
            self._child.terminate()
            try:
                self._child.wait(patience)
            except subprocess.TimeoutExpired:
                os.killpg(self.pid, signal.SIGKILL)
                self._child.wait()

    def wait_port(self, port, patience=60):
        """Waits until somebody accepts on `port`."""

        def accepts():
            with socket.socket() as probe:
                probe.settimeout(1)
                return probe.connect_ex(("127.0.0.1", port)) == 0

        self.wait(accepts, f"accept connections on port {port}", patience)

    def wait(self, condition, what, patience=60, pause=0.005):
        """Waits until `condition()` is true, and fails with the program's own words when that does not happen."""
        deadline = time.monotonic() + patience
        while not condition():
            if not self.alive():
                raise Failed(f"{self.name} ended with {self._child.returncode} before it would {what}:\n{self.words()}")
            if time.monotonic() > deadline:
                raise Failed(f"{self.name} did not {what} within {patience} s:\n{self.words()}")
            time.sleep(pause)

    def words(self, lines=15):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def family(self):
        """The process and all that descend from it."""
        parents = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    stat = Path(f"/proc/{entry}/stat").read_text()
                except OSError:
                    continue
                parents.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(entry))
        family, found = [], [self.pid]
        while found:
            pid = found.pop()
            family.append(pid)
            found += parents.get(pid, [])
        return family

    def cpu_ns(self):
        """CPU time of the family so far, in nanoseconds, user and kernel, threads that ended included."""
        return sum(_cpu_ns(pid) for pid in self.family())

    def rss(self):
        """Resident bytes. A family of several shares pages; there each page counts once."""
        family = self.family()
        if len(family) == 1:
            return _field(family[0], "status", "VmRSS")
        return sum(_field(pid, "smaps_rollup", "Pss") for pid in family)

    def peak_rss(self):
        """The most that was ever resident, in bytes, since the start or since `forget_peak`."""
        return sum(_field(pid, "status", "VmHWM") for pid in self.family())

    def forget_peak(self):
        for pid in self.family():
            Path(f"/proc/{pid}/clear_refs").write_text("5")


def _cpu_ns(pid):
    # The kernel's clock of another process: clock id is the complement of its id, and 2 says scheduler time.
    try:
        return time.clock_gettime_ns((~pid << 3) | 2)
    except OSError:
        return 0


def _field(pid, file, name):
    for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    raise Failed(f"/proc/{pid}/{file} has no {name}")


def _terminated(*_):
    raise SystemExit(143)


def tool(name):
    """Where a peer or a tool is; installs it on first use."""
    path = PEERS / name
    if not path.exists():
        run([ROOT / "tests/peers/install", name], f"install {name}")
    return path


def run(command, what, quiet=True):
    """Runs a command to its end; fails with its words."""
    done = subprocess.run(
        [str(word) for word in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if quiet else sys.stderr,
        stderr=subprocess.STDOUT if quiet else None,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Failed(f"could not {what}: {(done.stdout or '').strip()}")
    return done.stdout


def windrose(binary, quick):
    """The binary to measure: the one that was named, or a fresh build."""
    if binary:
        path = Path(binary).resolve()
        if not os.access(path, os.X_OK):
            raise Failed(f"{path} is not a program")
        return path
    profile = "fast" if quick else "release"
    run(["cargo", "build", "--manifest-path", ROOT / "Cargo.toml", "--profile", profile, "-p", "windrose"],
        "build windrose", quiet=False)
    folder = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return folder / profile / "windrose"


def machine():
    """What a reader of the numbers must know about where they come from."""
    busy = os.getloadavg()[0]
    if busy > 0.5:
        print(f"this machine is busy (load average {busy:.1f}): rates mean little, the spread grows", file=sys.stderr)
    model = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), "unknown")
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "kernel": os.uname().release,
        "load_average_at_start": busy,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }

"""What a proxy is asked to do in a measurement, in no proxy's words."""

from dataclasses import dataclass, field
from pathlib import Path

from . import certificate


@dataclass
class Tls:
    cert: Path
    key: Path
    both: Path


@dataclass
class Job:
    """Listen on `port`, send the requests of each of `hosts` to the backend, refuse all others.

    Forwarded headers are added, connections to the backend are kept, nothing is logged. With `speaks` "h3" the same is
    to be had by HTTP/3; with "tcp" and "udp" everything goes to the backend, and nobody looks into it.
    """

    folder: Path
    port: int
    backend: int
    hosts: list = field(default_factory=lambda: [certificate.NAME])
    tls: Tls | None = None
    speaks: str = "http"

    @property
    def scheme(self):
        return "https" if self.tls else "http"

    def write(self, name, text):
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / name
        path.write_text(text)
        return path


# Connections to the backend that a peer may keep; Traefik's own default is 200. All are more than the 64 in use.
KEPT = 256


def host_names(count):
    return [f"h{number:07}.bench.test" for number in range(count)]

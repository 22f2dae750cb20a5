"""The server behind the proxies: one nginx worker that answers 1 KiB from memory, or a large file."""

import os

from . import client
from .system import Failed, tool

BODY = "windrose " * 113 + "0123456"


def start(session, large_bytes=0):
    """Starts it on the load cores and waits until it answers; the port.

    `/` is 1 KiB; `/seen` tells which forwarded headers arrived; `/large` is a sparse file of `large_bytes`.
    """
    assert len(BODY) == 1024
    port = session.port()
    folder = session.folder / "backend"
    (folder / "files").mkdir(parents=True)
    if large_bytes:
        with open(folder / "files/large", "wb") as file:
            file.truncate(large_bytes)
    (folder / "nginx.conf").write_text(f"""
daemon off;
worker_processes 1;
{user()}
pid {folder}/pid;
error_log stderr error;
worker_rlimit_nofile 20000;
events {{ worker_connections 16384; multi_accept on; }}
http {{
  {temporary(folder)}
  access_log off;
  default_type text/plain;
  keepalive_timeout 1h;
  keepalive_requests 1000000000;
  sendfile on;
  sendfile_max_chunk 1m;
  tcp_nopush on;
  tcp_nodelay on;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    root {folder}/files;
    location = /large {{ }}
    location = /seen {{
      return 200 "$http_x_forwarded_for|$http_x_forwarded_proto|$http_x_forwarded_host";
    }}
    location / {{ return 200 "{BODY}"; }}
  }}
}}
""")
    process = session.start("backend", [tool("nginx"), "-e", "stderr", "-p", folder, "-c", folder / "nginx.conf"],
                            session.load_cores)
    process.wait_port(port)
    answer = client.get(port, "localhost")
    if answer.status != 200 or len(answer.body) != 1024:
        raise Failed(f"the backend answers {answer.status} with {len(answer.body)} bytes")
    return port


def user():
    """Started as root, nginx would give its worker to a user who may not read the scratch folder."""
    return "user root;" if os.geteuid() == 0 else ""


def temporary(folder):
    """nginx makes its temporary folders at start, by default where only root may."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)

"""The server behind the proxies: one nginx worker that answers 1 KiB from memory."""

import os

from . import client
from .system import Failed, tool

BODY = "windrose " * 113 + "0123456"


def start(session):
    """Starts it on the load cores and waits until it answers; the port. `/seen` tells which forwarded headers arrived."""
    assert len(BODY) == 1024
    port = session.port()
    folder = session.folder / "backend"
    folder.mkdir()
    (folder / "nginx.conf").write_text(f"""
{main(folder, "multi_accept on;")}
http {{
  {temporary(folder)}
  access_log off;
  default_type text/plain;
  keepalive_timeout 1h;
  keepalive_requests 1000000000;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
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


def main(folder, events=""):
    """What every nginx of the rig begins with: one worker, which says what is wrong where it was started."""
    return f"""
daemon off;
worker_processes 1;
{user()}
pid {folder}/pid;
error_log stderr error;
worker_rlimit_nofile 20000;
events {{ worker_connections 16384; {events} }}
"""


def user():
    """Started as root, nginx would give its worker to a user who may not read the scratch folder."""
    return "user root;" if os.geteuid() == 0 else ""


def temporary(folder):
    """nginx makes its temporary folders at start, by default where only root may."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)

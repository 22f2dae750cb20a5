"""What only a real Consul can show: health that changes, an agent that goes, tokens, and its mesh (Connect)."""

import contextlib
import http.server
import json
import ssl
import subprocess
import threading

from kit import WORK, ask, behaviour, free_port, running, until
from stores import Consul

NAME = "consulcatalog"
ROUTE = "traefik.http.routers.web.rule=Host(`web.test`)"
IN_MESH = "traefik.consulcatalog.connect=true"


def behaviours():
    """Every behaviour, one after the other."""
    failures, passed = [], 0
    for run in [health, outage, token, native, bytes_to_native, stranger, sidecar]:
        bad, good = behaviour(f"{NAME}: {run.__doc__.splitlines()[0].rstrip('.')}", run)
        failures, passed = failures + bad, passed + good
    return failures, passed


@contextlib.contextmanager
def beside(*options, programs=("windrose", "traefik"), **more):
    consul = Consul(**more)
    try:
        own = [f"--providers.{NAME}.{option}" for option in [f"endpoint.address=127.0.0.1:{consul.port}", *options]]
        with running(own, programs) as gateways:
            yield consul, gateways
    finally:
        consul.stop()


def register(consul, port=9, *tags, **more):
    service = {"ID": "web-1", "Name": "web", "Address": "127.0.0.1", "Port": port, "Tags": [ROUTE, *tags], **more}
    status, said = consul.call("PUT", "/v1/agent/service/register", service)
    assert status == 200, said


def health():
    """An instance whose health changes comes and goes on both."""
    with beside("watch=true") as (consul, gateways):
        register(consul, Check={"CheckID": "beat", "TTL": "1h", "Status": "passing"})
        steps = [
            ("is well", None, True),
            ("is ill", "check/fail/beat", False),
            ("is warned of", "check/warn/beat", True),
            ("is kept back", "service/maintenance/web-1?enable=true", False),
            ("is let go", "service/maintenance/web-1?enable=false", True),
            ("is well once more", "check/pass/beat", True),
            ("is gone", "service/deregister/web-1", False),
        ]
        for what, path, is_there in steps:
            if path:
                assert consul.call("PUT", f"/v1/agent/{path}")[0] == 200
            for gateway in gateways:
                until(f"{gateway.program} sees that it {what}", lambda: ("web@" + NAME in gateway.routers(NAME)) == is_there)


def outage():
    """An agent that goes costs nothing, and is asked again when it is back."""
    with beside("watch=true", programs=["windrose"]) as (consul, [gateway]):
        register(consul)
        until("a route", lambda: f"web@{NAME}" in gateway.routers(NAME))
        before = gateway.routers(NAME)
        consul.stop()
        until("it is away", lambda: gateway.state(NAME).get("state") == "failing")
        assert gateway.routers(NAME) == before, "the routes are gone with the agent"
        # It remembers nothing, and counts from the beginning.
        again = Consul(consul.folder, port=consul.port)
        consul.process = again.process
        until("what it says then", lambda: gateway.state(NAME).get("state") == "reached" and f"web@{NAME}" not in gateway.routers(NAME), 60)
        register(consul)
        until("a route once more", lambda: f"web@{NAME}" in gateway.routers(NAME))


def token():
    """A catalog that wants a token gives nothing to others."""
    right, wrong = "0a5ec2e7-3d0c-4b1d-9f3a-00a5ec2e7b07", "bb5ec2e7-3d0c-4b1d-9f3a-00a5ec2e7bbb"
    consul = Consul(password=right)
    try:
        register(consul)
        own = [f"--providers.{NAME}.endpoint.address=127.0.0.1:{consul.port}", f"--providers.{NAME}.refreshinterval=100ms"]
        with running([*own, f"--providers.{NAME}.endpoint.token={right}"]) as gateways:
            for gateway in gateways:
                until("a route", lambda: f"web@{NAME}" in gateway.routers(NAME))
            assert right not in gateways[0].said(), "the log shows the token"
        with running([*own, f"--providers.{NAME}.endpoint.token={wrong}"], ["windrose"]) as [gateway]:
            error = until("it is refused", lambda: gateway.state(NAME).get("lastError", {}).get("message"))
            assert wrong not in error + gateway.said(), "the token is shown"
            assert gateway.routers(NAME) == []
    finally:
        consul.stop()


class Member:
    """A server of the mesh: shows a service's certificate, wants one of the mesh, and answers with the names in it."""

    def __init__(self, consul, service):
        leaf = json.loads(consul.call("GET", f"/v1/agent/connect/ca/leaf/{service}")[1])
        roots = json.loads(consul.call("GET", "/v1/agent/connect/ca/roots")[1])["Roots"]
        pair = WORK / f"{service}-{free_port()}.pem"
        pair.write_text(leaf["CertPEM"] + leaf["PrivateKeyPEM"])
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair)
        context.load_verify_locations(cadata="".join(root["RootCert"] for root in roots))
        context.verify_mode = ssl.CERT_REQUIRED

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                names = [name for kind, name in self.connection.getpeercert()["subjectAltName"] if kind == "URI"]
                body = json.dumps(names).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):
                """Whoever ends a connection early."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def through(gateway):
    return ask(f"http://127.0.0.1:{gateway.web}/", headers={"Host": "web.test"})


def native():
    """A service of the mesh is reached with a certificate of the mesh."""
    with beside("connectaware=true", "refreshinterval=100ms") as (consul, gateways):
        member = Member(consul, "web")
        try:
            register(consul, member.port, IN_MESH, Connect={"Native": True})
            for gateway in gateways:
                until(f"{gateway.program} reaches it", lambda: through(gateway)[0] == 200)
                [name] = json.loads(through(gateway)[1])
                assert name.startswith("spiffe://") and name.endswith("/svc/traefik"), (gateway.program, name)
        finally:
            member.stop()


def bytes_to_native():
    """A TCP router reaches a service of the mesh with a certificate of the mesh."""
    tags = ["traefik.tcp.routers.db.rule=HostSNI(`*`)", "traefik.tcp.routers.db.entrypoints=other", IN_MESH]
    with beside("connectaware=true", "refreshinterval=100ms") as (consul, gateways):
        member = Member(consul, "web")
        try:
            register(consul, member.port, Tags=tags, Connect={"Native": True})
            for gateway in gateways:
                # Nothing says to the client that a server of the mesh is behind the entry point.
                url = f"http://127.0.0.1:{gateway.other}/"
                until(f"{gateway.program} reaches it", lambda: ask(url)[0] == 200)
                [name] = json.loads(ask(url)[1])
                assert name.startswith("spiffe://") and name.endswith("/svc/traefik"), (gateway.program, name)
        finally:
            member.stop()


def stranger():
    """A server that shows the certificate of another service of the mesh gets nothing."""
    with beside("connectaware=true", "refreshinterval=100ms") as (consul, gateways):
        member = Member(consul, "other")
        try:
            register(consul, member.port, IN_MESH, Connect={"Native": True})
            answers = [until(f"{gateway.program} answers", lambda: (said := through(gateway))[0] not in (0, 404) and said[0])
                       for gateway in gateways]
            assert answers[0] == answers[1] and answers[0] >= 500, answers
        finally:
            member.stop()


def sidecar():
    """Consul's own proxy in front of a server lets in whom the intentions let in."""
    with beside("connectaware=true", "refreshinterval=100ms") as (consul, gateways):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Plain)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        intend(consul, "deny")
        register(consul, server.server_address[1], IN_MESH, Connect={"SidecarService": {
            "Port": free_port(), "Checks": [{"Name": "as the server", "AliasService": "web-1"}]}})
        log = open(consul.folder / "proxy.log", "w")
        proxy = subprocess.Popen(["consul", "connect", "proxy", f"-http-addr={consul.base}", "-sidecar-for=web-1"], stdout=log, stderr=log)
        try:
            denied = lambda: (consul.folder / "proxy.log").read_text().count("denied")
            for gateway in gateways:
                before = denied()
                until(f"the proxy denies {gateway.program}", lambda: through(gateway)[0] >= 500 and denied() > before)
            intend(consul, "allow")
            for gateway in gateways:
                until(f"{gateway.program} is let in", lambda: through(gateway) == (200, b"plain"))
        finally:
            proxy.kill()
            proxy.wait()
            server.shutdown()
            server.server_close()


def intend(consul, action):
    status, said = consul.call("PUT", "/v1/config", {
        "Kind": "service-intentions", "Name": "web", "Sources": [{"Name": "traefik", "Action": action}]})
    assert status == 200, said


class Plain(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"plain")

    def log_message(self, *_):
        pass

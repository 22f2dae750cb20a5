"""The providers of URLs and REST."""

import http.server
import json
import threading

import cases
from kit import ask, behaviour, normal, running, until


class Url:
    """A server that says what it is told."""

    def __init__(self):
        self.body, self.status, self.asked = b"{}", 200, []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append(dict(self.headers))
                self.send_response(outer.status)
                self.send_header("Content-Length", str(len(outer.body)))
                self.end_headers()
                self.wfile.write(outer.body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/routes"


def file_of(keys):
    """Keys as a document of the form of a routing file."""
    tree = {}
    for key, value in keys.items():
        *path, last = key.split("/")
        node = tree
        for part in path:
            node = node.setdefault(part, {})
        node[last] = value

    def lists(node):
        if not isinstance(node, dict):
            return node
        node = {key: lists(value) for key, value in node.items()}
        if node and all(key.isdigit() for key in node):
            return [node[key] for key in sorted(node, key=int)]
        return node

    return {root: {kind: {name: lists(options) for name, options in of.items()} for kind, of in kinds.items()} for root, kinds in tree.items()}


def http_provider():
    def run():
        url = Url()
        options = [f"--providers.http.endpoint={url.url}", "--providers.http.pollinterval=50ms", "--providers.http.headers.X-Key=abc"]
        url.body = json.dumps(file_of(cases.ROUTER)).encode()
        with running(options) as gateways:
            for body in [json.dumps(file_of(cases.ROUTER)).encode(),
                         b"http: {routers: {y: {rule: Path(`/y`), service: s}}, services: {s: {loadBalancer: {servers: [{url: 'http://127.0.0.1:9'}]}}}}",
                         json.dumps(file_of(cases.CASES[7]["keys"])).encode()]:
                url.body = body
                until("both say the same", lambda: (one := [normal(gateway.raw(), "http") for gateway in gateways])
                      and one[0] == one[1] and one[0]["routers"] and (b"y:" in body) == ("y@http" in one[0]["routers"]))
            ours = gateways[0]
            before = ours.routers("http")
            for status, body in [(500, b""), (200, b"{\"http\":"), (200, b"\xff")]:
                url.status, url.body = status, body
                until("it fails", lambda: ours.state("http").get("state") == "failing")
                assert ours.routers("http") == before, "a failure changed the routes"
                url.status, url.body = 200, json.dumps(file_of(cases.CASES[7]["keys"])).encode()
                until("it is well again", lambda: ours.state("http").get("state") == "reached", 60)
            assert all(fields.get("X-Key") == "abc" for fields in url.asked)
            assert ours.said().count("configuration applied") < 12, "what did not change was applied again"

    return behaviour("http: beside Traefik", run)


def rest_provider():
    def run():
        with running(["--providers.rest.insecure=true"]) as gateways:
            bodies = [
                file_of(cases.ROUTER), file_of(cases.CASES[7]["keys"]),
                {**file_of(cases.ROUTER), "unknown": 1, "http": {**file_of(cases.ROUTER)["http"], "odd": {"a": 1}}},
            ]
            answers = lambda path, data, method="PUT": [
                ask(f"http://127.0.0.1:{gateway.api}{path}", data, method) for gateway in gateways]
            for body in bodies:
                ours, theirs = answers("/api/providers/rest", json.dumps(body).encode())
                assert ours[0] == theirs[0] == 200, (ours, theirs)
                # Defaults of services are not those of a file there, and are here.
                until("both say the same", lambda: (one := [{**normal(gateway.raw(), "rest"), "services": 0} for gateway in gateways])
                      and one[0] == one[1] and one[0]["routers"])
            for path, data, method in [("/api/providers/rest", b"{", "PUT"), ("/api/providers/other", b"{}", "PUT"),
                                       ("/api/providers/rest", None, "GET"), ("/api/providers/rest", b"[]", "PUT"),
                                       ("/api/providers", b"{}", "PUT"), ("/api/providers/rest/x", b"{}", "PUT"),
                                       ("/api/providers/rest", b"{\"http\": {\"routers\": {\"r\": {\"priority\": \"x\"}}}}", "PUT")]:
                ours, theirs = answers(path, data, method)
                assert ours[0] == theirs[0], (method, path, data, ours, theirs)
        with running(["--providers.rest=true"]) as gateways:
            statuses = [ask(f"http://127.0.0.1:{gateway.api}/api/providers/rest", b"{}", "PUT")[0] for gateway in gateways]
            assert statuses[0] == statuses[1], statuses

    return behaviour("rest: beside Traefik", run)

"""Catalogs, scripted: what a real one answers, without a cluster of its own."""

import http.server
import json
import threading

import cases
from kit import normal, rules, running, until, wanted


class Catalog:
    """Answers what a test says; both gateways ask it."""

    def __init__(self):
        self.instances, self.index, outer = [], 1, self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                body = json.dumps(outer.answer(self.path.split("?")[0])).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                for field in ["X-Consul-Index", "X-Nomad-Index"]:
                    self.send_header(field, str(outer.index))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"127.0.0.1:{self.server.server_address[1]}"

    def options(self, more):
        own = {"endpoint.address": self.scheme + self.address, "refreshinterval": "100ms", **more}
        return [f"--providers.{self.name}.{option}={value}" for option, value in own.items()]

    def tags(self):
        found = {}
        for one in self.instances:
            found.setdefault(one["name"], set()).update(tag.replace("CATALOG", self.name) for tag in one["tags"])
        return {name: sorted(tags) for name, tags in found.items()}


class ConsulCatalog(Catalog):
    name, scheme = "consulcatalog", ""

    def answer(self, path):
        if path == "/v1/catalog/services":
            return self.tags()
        name = path.removeprefix("/v1/health/service/")
        return [{
            "Node": {"ID": one["node"], "Node": one["node"], "Address": "10.9.9.9", "Datacenter": "dc1"},
            "Service": {"ID": one["id"], "Service": name, "Tags": [tag.replace("CATALOG", self.name) for tag in one["tags"]],
                        "Address": one["address"], "Port": one["port"]},
            "Checks": [{"CheckID": "c", "Status": one["status"]}],
        } for one in self.instances if one["name"] == name]


class Nomad(Catalog):
    name, scheme = "nomad", "http://"

    def answer(self, path):
        if path == "/v1/services":
            return [{"Namespace": "default", "Services": [{"ServiceName": name, "Tags": tags} for name, tags in self.tags().items()]}]
        name = path.removeprefix("/v1/service/")
        return [{
            "ID": one["id"], "ServiceName": name, "Namespace": "default", "NodeID": one["node"], "Datacenter": "dc1",
            "Address": one["address"], "Port": one["port"], "Tags": [tag.replace("CATALOG", self.name) for tag in one["tags"]],
        } for one in self.instances if one["name"] == name]


def compare_tags(kind):
    failures, passed = [], 0
    for case in cases.CATALOG:
        name = f"{kind.name}: {case['name']}"
        if case.get("only", kind.name) != kind.name or not (wanted(f"{kind.name} tags") or wanted(name)):
            continue
        catalog, last = kind(), {}
        catalog.instances = case["instances"]
        try:
            with running(catalog.options(case.get("options", {})), ["windrose"] if "ours" in case else ["windrose", "traefik"]) as gateways:
                def same():
                    for gateway in gateways:
                        last[gateway.program] = normal(gateway.raw() or {}, kind.name)
                    if "ours" in case:
                        return rules(gateways[0], kind) == case["ours"]
                    is_something = last["traefik"]["routers"] or last["traefik"].get("tcpRouters") or last["traefik"].get("udpRouters")
                    return is_something and last["windrose"] == last["traefik"]

                until("both say the same", same, 10)
            print(f"ok   {name}", flush=True)
            passed += 1
        except TimeoutError as missing:
            print(f"FAIL {name}", flush=True)
            show = lambda value: json.dumps(value, indent=1, sort_keys=True)
            failures.append(f"\n{name}: never: {missing}\n" + "\n".join(f"{who}: {show(said)}" for who, said in last.items()))
        finally:
            catalog.server.shutdown()
    return failures, passed

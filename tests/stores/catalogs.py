"""Catalogs: a real Consul, and a scripted Nomad, which answers what a real one would, without a cluster of its own."""

import http.server
import json
import threading

import cases
from kit import normal, rules, running, until, wanted
from stores import Consul


class ConsulCatalog:
    """The catalog of a real agent. The agent itself is in it, as the service `consul`."""

    name = "consulcatalog"

    def __init__(self):
        self.agent = Consul()

    def options(self, more):
        return options(self.name, {"endpoint.address": f"127.0.0.1:{self.agent.port}", "refreshinterval": "100ms", **more})

    def register(self, instances):
        """These instances and no others."""
        for node in {one["node"] for one in cases_instances()}:
            self.agent.call("PUT", "/v1/catalog/deregister", {"Node": node})
        for one in instances:
            status, said = self.agent.call("PUT", "/v1/catalog/register", {
                "Node": one["node"], "Address": "10.9.9.9",
                "Service": {"ID": one["id"], "Service": one["name"], "Tags": tags_of(one, self.name), "Address": one["address"], "Port": one["port"]},
                "Check": {"CheckID": f"service:{one['id']}", "Name": "c", "Status": one["status"], "ServiceID": one["id"]},
            })
            assert status == 200, said

    def stop(self):
        self.agent.stop()


class Nomad:
    name = "nomad"

    def __init__(self):
        self.instances, outer = [], self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                body = json.dumps(outer.answer(self.path.split("?")[0])).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("X-Nomad-Index", "1")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):
                """A gateway that was stopped while it asked."""

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def options(self, more):
        address = f"http://127.0.0.1:{self.server.server_address[1]}"
        return options(self.name, {"endpoint.address": address, "refreshinterval": "100ms", **more})

    def register(self, instances):
        self.instances = instances

    def answer(self, path):
        if path == "/v1/services":
            tags = {}
            for one in self.instances:
                tags.setdefault(one["name"], set()).update(tags_of(one, self.name))
            return [{"Namespace": "default", "Services": [{"ServiceName": name, "Tags": sorted(all)} for name, all in tags.items()]}]
        name = path.removeprefix("/v1/service/")
        return [{
            "ID": one["id"], "ServiceName": name, "Namespace": "default", "NodeID": one["node"], "Datacenter": "dc1",
            "Address": one["address"], "Port": one["port"], "Tags": tags_of(one, self.name),
        } for one in self.instances if one["name"] == name]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def options(provider, values):
    return [f"--providers.{provider}.{option}={value}" for option, value in values.items()]


def tags_of(instance, provider):
    return [tag.replace("CATALOG", provider) for tag in instance["tags"]]


def cases_instances():
    return [one for case in cases.CATALOG for one in case["instances"]]


def compare_tags(kind):
    failures, passed = [], 0
    catalog = kind()
    try:
        for case in cases.CATALOG:
            name = f"{kind.name}: {case['name']}"
            if case.get("only", kind.name) != kind.name or not (wanted(f"{kind.name} tags") or wanted(name)):
                continue
            catalog.register(case["instances"])
            difference = compare(case, catalog)
            print(f"{'ok  ' if not difference else 'FAIL'} {name}", flush=True)
            passed += not difference
            failures += [f"\n{name}: {difference}"] if difference else []
    finally:
        catalog.stop()
    return failures, passed


def compare(case, catalog):
    last, is_ours = {}, "ours" in case
    itself = f"consul@{catalog.name}"
    try:
        with running(catalog.options(case.get("options", {})), ["windrose"] if is_ours else ["windrose", "traefik"]) as gateways:
            def same():
                for gateway in gateways:
                    last[gateway.program] = normal(gateway.raw() or {}, catalog.name)
                if is_ours:
                    return {name: rule for name, rule in rules(gateways[0], catalog).items() if name != "consul"} == case["ours"]
                theirs = last["traefik"]
                is_something = set(theirs["routers"]) - {itself} or theirs.get("tcpRouters") or theirs.get("udpRouters")
                return is_something and last["windrose"] == theirs

            until("both say the same", same, 10)
    except TimeoutError as missing:
        show = lambda value: json.dumps(value, indent=1, sort_keys=True)
        return f"never: {missing}\n" + "\n".join(f"{who}: {show(said)}" for who, said in last.items())
    return None

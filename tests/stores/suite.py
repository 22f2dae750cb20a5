"""Starts stores, the gateways beside each other, writes keys, compares; then takes stores away and brings them back."""

import base64
import contextlib
import http.server
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import cases

WORK = pathlib.Path(sys.argv[1])
PROGRAMS = {"windrose": sys.argv[2], "traefik": sys.argv[3]}
WORDS = sys.argv[4:]
DEADLINE = 30


def main():
    failures, passed = [], 0
    for store in [Redis, Etcd, ZooKeeper, Consul]:
        if not store.is_there():
            print(f"skip {store.name}: it is not installed")
            continue
        for name, run in [("keys", compare_all), ("outage", outage), ("doors", doors)]:
            if not wanted(f"{store.name} {name}"):
                continue
            bad, good = run(store)
            failures += bad
            passed += good
    for kind in [ConsulCatalog, Nomad]:
        if wanted(f"{kind.name} tags"):
            bad, good = compare_tags(kind)
            failures += bad
            passed += good
    for run in [http_provider, rest_provider, sentinels, check]:
        if wanted(run.__name__):
            bad, good = run()
            failures += bad
            passed += good
    for failure in failures:
        print(failure)
    print(f"stores suite: {passed} passed, {len(failures)} failed")
    sys.exit(1 if failures else 0)


def wanted(name):
    return not WORDS or any(word in name for word in WORDS)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def until(what, condition, seconds=DEADLINE):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.03)
    raise TimeoutError(what)


def ask(url, data=None, method=None, headers=None, timeout=5):
    request = urllib.request.Request(url, data=data, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except (urllib.error.URLError, ConnectionError, TimeoutError, OSError):
        return 0, b""


# Stores. Each writes the keys it is given, and nothing else stays below the root.


class Store:
    auth = {}

    def __init__(self, folder=None, **more):
        self.folder = pathlib.Path(folder or WORK / f"{self.name}-{time.monotonic_ns()}")
        self.folder.mkdir(exist_ok=True)
        self.port = more.pop("port", None) or free_port()
        self.more = more
        self.process = None
        self.start()

    def run(self, *arguments, env=None):
        log = open(self.folder / "log", "a")
        self.process = subprocess.Popen([str(word) for word in arguments], cwd=self.folder, stdout=log, stderr=log, env=env)
        until(f"{self.name} answers (see {self.folder}/log)", self.answers)

    def stop(self):
        self.process.kill()
        self.process.wait()

    def options(self):
        return [f"--providers.{self.name}.endpoints=127.0.0.1:{self.port}", f"--providers.{self.name}.rootkey=traefik"]

    def touch(self, key, value):
        """Writes a key that is there once more."""
        self.put(key, value)

    def write(self, keys):
        self.clear()
        for key, value in keys.items():
            self.put(f"traefik/{key}", value)


class Redis(Store):
    name = "redis"

    @staticmethod
    def is_there():
        return shutil.which("redis-server") and shutil.which("redis-cli")

    def start(self):
        arguments = ["redis-server", "--bind", "127.0.0.1", "--dir", self.folder, "--appendonly", "yes", "--save", "",
                     "--notify-keyspace-events", "AK"]
        arguments += ["--port", self.port] if "tls" not in self.more else [
            "--port", "0", "--tls-port", self.port, "--tls-cert-file", WORK / "server.pem", "--tls-key-file",
            WORK / "server.key", "--tls-ca-cert-file", WORK / "ca.pem", "--tls-auth-clients", "yes",
        ]
        if "password" in self.more:
            arguments += ["--requirepass", self.more["password"]]
        if "master" in self.more:
            arguments += ["--replicaof", "127.0.0.1", self.more["master"]]
        self.run(*arguments)

    def cli(self, *words, db=0):
        command = ["redis-cli", "-h", "127.0.0.1", "-p", str(self.port), "-n", str(self.more.get("db", db)), "--no-auth-warning"]
        if "password" in self.more:
            command += ["-a", self.more["password"]]
        if "tls" in self.more:
            command += ["--tls", "--cacert", WORK / "ca.pem", "--cert", WORK / "client.pem", "--key", WORK / "client.key"]
        return subprocess.run([*map(str, command), *words], capture_output=True, text=True, check=False).stdout.strip()

    def answers(self):
        return self.cli("PING") == "PONG"

    def clear(self):
        self.cli("FLUSHDB")

    def put(self, key, value):
        self.cli("SET", key, value)


class Etcd(Store):
    name = "etcd"

    @staticmethod
    def is_there():
        return shutil.which("etcd")

    def start(self):
        peer = getattr(self, "peer", None) or free_port()
        self.peer = peer
        scheme = "https" if "tls" in self.more else "http"
        self.base = f"{scheme}://127.0.0.1:{self.port}"
        arguments = ["etcd", "--data-dir", self.folder / "data", "--listen-client-urls", self.base, "--advertise-client-urls", self.base,
                     "--listen-peer-urls", f"http://127.0.0.1:{peer}", "--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}",
                     "--initial-cluster", f"default=http://127.0.0.1:{peer}"]
        if "tls" in self.more:
            arguments += ["--cert-file", WORK / "server.pem", "--key-file", WORK / "server.key", "--trusted-ca-file",
                          WORK / "ca.pem", "--client-cert-auth"]
        self.run(*arguments)

    def post(self, path, question, token=None):
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = token
        if "tls" in self.more:
            command = ["curl", "-s", "--cacert", WORK / "ca.pem", "--cert", WORK / "client.pem", "--key", WORK / "client.key", "-d",
                       json.dumps(question), f"{self.base}{path}"]
            return subprocess.run(list(map(str, command)), capture_output=True, check=False).stdout
        return ask(f"{self.base}{path}", json.dumps(question).encode(), "POST", headers)[1]

    def answers(self):
        return b"revision" in self.post("/v3/kv/range", {"key": encode("x")}) or (
            self.more.get("password") and b"user name is empty" in self.post("/v3/kv/range", {"key": encode("x")}))

    def token(self):
        if "password" not in self.more or not self.more.get("is_on"):
            return None
        return json.loads(self.post("/v3/auth/authenticate", {"name": "root", "password": self.more["password"]}))["token"]

    def lock(self):
        """Lets nobody in without a password any more."""
        self.post("/v3/auth/user/add", {"name": "root", "password": self.more["password"]})
        self.post("/v3/auth/role/add", {"name": "root"})
        self.post("/v3/auth/user/grant", {"user": "root", "role": "root"})
        self.post("/v3/auth/enable", {})
        self.more["is_on"] = True

    def clear(self):
        self.post("/v3/kv/deleterange", {"key": encode("traefik/"), "range_end": encode("traefik0")}, self.token())

    def put(self, key, value):
        self.post("/v3/kv/put", {"key": encode(key), "value": encode(value)}, self.token())


class ZooKeeper(Store):
    name = "zookeeper"

    @staticmethod
    def is_there():
        return pathlib.Path("/usr/share/java/zookeeper.jar").exists() and shutil.which("java")

    def start(self):
        (self.folder / "zoo.cfg").write_text(
            f"tickTime=500\ndataDir={self.folder}/data\nclientPort={self.port}\nclientPortAddress=127.0.0.1\n"
            "admin.enableServer=false\n4lw.commands.whitelist=ruok\n")
        self.run("java", "-Xmx128m", "-cp", "/usr/share/java/zookeeper.jar", "org.apache.zookeeper.server.quorum.QuorumPeerMain",
                 self.folder / "zoo.cfg")

    def answers(self):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as one:
            one.sendall(b"ruok")
            return one.recv(4) == b"imok"
        return False

    def shell(self, commands):
        command = ["java", "-cp", "/usr/share/java/zookeeper.jar", "org.apache.zookeeper.ZooKeeperMain", "-server", f"127.0.0.1:{self.port}"]
        subprocess.run(command, input="\n".join([*commands, "quit", ""]), capture_output=True, text=True, check=False)

    def touch(self, key, value):
        self.shell([f'set /{key} "{value}"'])

    def write(self, keys):
        """One shell for all, which takes a second to start."""
        made, commands = set(), ["deleteall /traefik"]
        login = self.more.get("login")
        if login:
            commands.insert(0, f"addauth digest {login}")
        for key, value in keys.items():
            parts = f"traefik/{key}".split("/")
            for depth in range(1, len(parts)):
                path = "/" + "/".join(parts[:depth])
                if path not in made:
                    commands.append(f'create {path} ""')
                    made.add(path)
            path = "/" + "/".join(parts)
            commands.append(f'set {path} "{value}"' if path in made else f'create {path} "{value}"')
            made.add(path)
        if login:
            commands += [f"setAcl -R /traefik auth:{login}:cdrwa"]
        self.shell(commands)


class Consul(Store):
    name = "consul"

    @staticmethod
    def is_there():
        return shutil.which("consul")

    def start(self):
        ports = [word for name in ["dns", "grpc", "serf-lan", "serf-wan", "server"] for word in [f"-{name}-port", str(free_port())]]
        self.run("consul", "agent", "-dev", "-bind=127.0.0.1", "-client=127.0.0.1", f"-http-port={self.port}", *ports)

    def answers(self):
        return b":" in ask(f"http://127.0.0.1:{self.port}/v1/status/leader")[1]

    def clear(self):
        ask(f"http://127.0.0.1:{self.port}/v1/kv/traefik/?recurse=true", method="DELETE")

    def put(self, key, value):
        ask(f"http://127.0.0.1:{self.port}/v1/kv/{key}", value.encode(), "PUT")


def encode(text):
    return base64.b64encode(text.encode()).decode()


# The gateways.


class Gateway:
    def __init__(self, program, options):
        self.program, self.web, self.api = program, free_port(), free_port()
        self.log = WORK / f"{program}-{time.monotonic_ns()}.log"
        arguments = [
            f"--entrypoints.web.address=127.0.0.1:{self.web}", f"--entrypoints.other.address=127.0.0.1:{free_port()}",
            f"--entrypoints.dns.address=127.0.0.1:{free_port()}/udp", f"--entrypoints.traefik.address=127.0.0.1:{self.api}",
            "--api.insecure=true", "--log.level=DEBUG", "--providers.providersthrottleduration=10ms", *options,
        ]
        if program == "windrose":
            arguments.append("--api.dashboard=false")
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(WORK)}
        self.process = subprocess.Popen([PROGRAMS[program], *arguments], stdout=open(self.log, "w"), stderr=subprocess.STDOUT,
                                        env=environment)
        until(f"{program} answers (see {self.log})", lambda: self.raw() is not None)

    def raw(self):
        status, body = ask(f"http://127.0.0.1:{self.api}/api/rawdata")
        return json.loads(body) if status == 200 else None

    def state(self, provider):
        status, body = ask(f"http://127.0.0.1:{self.api}/api/windrose/providers")
        found = [one for one in json.loads(body or "[]") if one["name"] == provider] if status == 200 else []
        return found[0] if found else {}

    def routers(self, provider):
        raw = self.raw() or {}
        return sorted(name for name in raw.get("routers", {}) if name.endswith(f"@{provider}"))

    def said(self):
        return self.log.read_text()

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


@contextlib.contextmanager
def running(options, programs=("windrose", "traefik")):
    gateways = []
    try:
        for program in programs:
            gateways.append(Gateway(program, options))
        yield gateways
    finally:
        for gateway in gateways:
            gateway.stop()


# Comparing.


def compare_all(store_kind):
    store, failures, passed = store_kind(), [], 0
    try:
        # A store that Traefik finds empty it may take for one that is away.
        store.write({"http/routers/begin/rule": "Path(`/begin`)", **cases.SERVER, "http/routers/begin/service": "s"})
        with running(store.options()) as gateways:
            for number, case in enumerate(cases.CASES):
                name = f"{store.name}: {case['name']}"
                if not wanted(f"{store.name} keys") and not wanted(name):
                    continue
                difference = compare(case, store, gateways, f"fence{number}")
                print(f"{'ok  ' if not difference else 'FAIL'} {name}", flush=True)
                passed += not difference
                failures += [f"\n{name}\n{difference}"] if difference else []
    except TimeoutError as missing:
        failures.append(f"{store_kind.name}: never: {missing}")
    finally:
        store.stop()
    return failures, passed


def compare(case, store, gateways, fence):
    """Writes a case with a router that says that it was seen, and looks at what both make of it."""
    keys = {**case["keys"], f"http/routers/{fence}/rule": f"Path(`/{fence}`)", f"http/routers/{fence}/service": "fence",
            "http/services/fence/loadBalancer/servers/0/url": "http://127.0.0.1:9"}
    try:
        # Keys come one by one: the fence alone says nothing of those behind it.
        store.write(keys)
        if "ours" in case:
            ours = gateways[0]
            until("ours sees it", lambda: f"{fence}@{store.name}" in (ours.raw() or {}).get("routers", {}) and rules(ours, store) == case["ours"])
            if case["told"] not in ours.said():
                return f"the log does not name {case['told']}"
            return None
        last = {}

        told = time.monotonic()

        def same():
            nonlocal told
            for gateway in gateways:
                raw = gateway.raw() or {}
                if f"{fence}@{store.name}" not in raw.get("routers", {}):
                    # Between two of its watches Traefik misses what ZooKeeper says: it is told once more. Ours is not.
                    if gateway.program == "traefik" and time.monotonic() - told > 2:
                        told = time.monotonic()
                        store.touch(f"traefik/http/routers/{fence}/rule", f"Path(`/{fence}`)")
                    return False
                last[gateway.program] = normal(raw, store.name)
            return last["windrose"] == last["traefik"]

        ours = gateways[0]
        until("ours sees it", lambda: f"{fence}@{store.name}" in (ours.raw() or {}).get("routers", {}), 10)
        # Traefik waits ever longer before it looks at ZooKeeper again, after it saw nothing between two states.
        until("both say the same", same, 90)
        return None
    except TimeoutError as missing:
        show = lambda value: json.dumps(value, indent=1, sort_keys=True)
        return f"never: {missing}\n" + "\n".join(f"{name}: {show(said)}" for name, said in last.items()) if "ours" not in case else str(missing)


def rules(gateway, of):
    routers = normal(gateway.raw() or {}, of.name)["routers"]
    return {name.split("@")[0]: router["rule"] for name, router in routers.items() if router.get("status") != "disabled"}


def normal(raw, provider):
    """What both say of the objects of a provider, in one form."""
    own = lambda section: {
        name: value for name, value in (raw.get(section) or {}).items()
        if name.endswith(f"@{provider}") and not name.startswith("fence")
    }
    full = lambda name: name if "@" in name else f"{name}@{provider}"
    result = {"routers": {}, "services": {}, "middlewares": {}}
    for name, router in own("routers").items():
        kept = {key: router[key] for key in ["rule", "service", "entryPoints", "tls", "status", "priority"] if router.get(key) not in (None, [])}
        kept["using"] = sorted(router.get("using") or [])
        kept["middlewares"] = [full(one) for one in router.get("middlewares") or []]
        if kept.get("tls", {}).get("options") == "default":
            del kept["tls"]["options"]
        if kept.get("status") == "disabled":
            for shown in ["priority", "using", "entryPoints"]:
                kept.pop(shown, None)
        result["routers"][name] = kept
    for name, service in own("services").items():
        kept = {key: value for key, value in service.items() if key in ("loadBalancer", "weighted", "mirroring", "failover", "status")}
        balancer = kept.get("loadBalancer")
        if balancer:
            if balancer.get("responseForwarding") == {"flushInterval": "100ms"}:
                del balancer["responseForwarding"]
            balancer["servers"] = sorted(balancer.get("servers") or [], key=json.dumps)
            for shown in ["healthCheck", "sticky"]:
                if shown in balancer:
                    balancer[shown] = sorted(balancer[shown])
        result["services"][name] = {**kept, "usedBy": sorted(service.get("usedBy") or [])}
    for name, middleware in own("middlewares").items():
        kinds = sorted(key.lower() for key in middleware if key not in ("status", "usedBy", "error"))
        result["middlewares"][name] = {"kinds": kinds, "usedBy": sorted(middleware.get("usedBy") or [])}
    for section in ["tcpRouters", "tcpServices", "udpRouters", "udpServices"]:
        for name, one in own(section).items():
            kept = {key: value for key, value in one.items() if value and key not in ("priority", "ruleSyntax", "using")}
            result.setdefault(section, {})[name] = kept
    return result


# Catalogs, scripted: what a real one answers, without a cluster of its own.


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


# Behaviours.


def behaviour(name, run):
    try:
        run()
        print(f"ok   {name}", flush=True)
        return [], 1
    except (TimeoutError, AssertionError) as wrong:
        print(f"FAIL {name}", flush=True)
        return [f"\n{name}: {type(wrong).__name__}: {wrong}"], 0


ROUTE = {"http/routers/a/rule": "Path(`/a`)", "http/routers/a/service": "s", **cases.SERVER}


def outage(store_kind):
    """A store that goes costs nothing, is seen to be away, and is found again with what it says then."""
    def run():
        store = store_kind()
        try:
            store.write(ROUTE)
            with running(store.options(), ["windrose"]) as [gateway]:
                until("a route", lambda: gateway.routers(store.name) == [f"a@{store.name}"])
                until("it is reached", lambda: gateway.state(store.name).get("state") == "reached")
                store.stop()
                until("it is away", lambda: gateway.state(store.name).get("state") == "failing")
                assert gateway.routers(store.name) == [f"a@{store.name}"], "the route is gone with the store"
                again = store_kind(store.folder, port=store.port)
                store.process = again.process
                until("it is back", lambda: gateway.state(store.name).get("state") == "reached", 60)
                again.write({**ROUTE, "http/routers/b/rule": "Path(`/b`)", "http/routers/b/service": "s"})
                until("what it says then", lambda: gateway.routers(store.name) == [f"a@{store.name}", f"b@{store.name}"])
                again.write({})
                # Redis tells nobody that all keys went at once: that is seen when everything is read again, after 30 s.
                until("nothing", lambda: gateway.routers(store.name) == [], 60)
        finally:
            store.stop()

    return behaviour(f"{store_kind.name}: outage", run)


def doors(store_kind):
    """Passwords and TLS."""
    failures, passed = [], 0
    for name, run in [("password", password), ("tls", tls)]:
        bad, good = behaviour(f"{store_kind.name}: {name}", lambda run=run: run(store_kind))
        failures, passed = failures + bad, passed + good
    return failures, passed


def password(store_kind):
    secret = "a-secret-word"
    if store_kind is Consul:
        return
    more = {"login": f"user:{secret}"} if store_kind is ZooKeeper else {"password": secret}
    store = store_kind(**more)
    options = {Redis: [], Etcd: ["username=root"], ZooKeeper: ["username=user"]}[store_kind]
    try:
        store.write(ROUTE)
        if store_kind is Etcd:
            store.lock()
        own = [f"--providers.{store.name}.{option}" for option in options]
        right, wrong = (f"--providers.{store.name}.password={word}" for word in [secret, "another-word"])
        with running([*store.options(), *own, right], ["windrose"]) as [gateway]:
            until("a route", lambda: gateway.routers(store.name) == [f"a@{store.name}"])
            assert secret not in gateway.said(), "the log shows the password"
        with running([*store.options(), *own, wrong], ["windrose"]) as [gateway]:
            state = until("it is refused", lambda: gateway.state(store.name).get("lastError", {}).get("message"))
            assert "another-word" not in state + gateway.said(), "the password is shown"
            assert gateway.routers(store.name) == []
    finally:
        store.stop()


def tls(store_kind):
    if store_kind not in (Redis, Etcd):
        return
    make_certificates()
    store = store_kind(tls=True)
    prefix = f"--providers.{store.name}.tls"
    ours = [f"{prefix}.ca={WORK}/ca.pem", f"{prefix}.cert={WORK}/client.pem", f"{prefix}.key={WORK}/client.key"]
    try:
        store.write(ROUTE)
        with running([*store.options(), *ours], ["windrose"]) as [gateway]:
            until("a route", lambda: gateway.routers(store.name) == [f"a@{store.name}"])
        with running([*store.options(), *ours[1:]], ["windrose"]) as [gateway]:
            error = until("a stranger is refused", lambda: gateway.state(store.name).get("lastError", {}).get("message"))
            assert "handshake" in error, error
    finally:
        store.stop()


def make_certificates():
    if (WORK / "ca.pem").exists():
        return

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=WORK, check=True, capture_output=True)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *key, "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2")
    for name in ["server", "client"]:
        (WORK / "extensions").write_text("subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n")
        openssl("req", *key, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", "request.pem")
        openssl("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-out", f"{name}.pem", "-days", "2", "-extfile", "extensions")


def sentinels():
    """Sentinels say where the server is, and where it is after it has failed over."""
    def run():
        master = Redis()
        replica = Redis(master=master.port)
        folder, port = WORK / f"sentinel-{time.monotonic_ns()}", free_port()
        folder.mkdir()
        (folder / "sentinel.conf").write_text(
            f"port {port}\nbind 127.0.0.1\nsentinel monitor main 127.0.0.1 {master.port} 1\n"
            "sentinel down-after-milliseconds main 500\nsentinel failover-timeout main 2000\n")
        sentinel = subprocess.Popen(["redis-server", folder / "sentinel.conf", "--sentinel"], stdout=open(folder / "log", "w"))
        options = [f"--providers.redis.endpoints=127.0.0.1:{port}", "--providers.redis.sentinel.mastername=main"]
        try:
            master.write(ROUTE)
            until("the replica is known", lambda: f"port\n{replica.port}" in subprocess.run(
                ["redis-cli", "-p", str(port), "SENTINEL", "replicas", "main"], capture_output=True, text=True, check=False).stdout)
            until("the replica has it", lambda: replica.cli("GET", "traefik/http/routers/a/rule"))
            for strategy in ["latencystrategy", "randomstrategy", "replicastrategy"]:
                with running([*options, f"--providers.redis.sentinel.{strategy}=true"], ["windrose"]) as [gateway]:
                    until(f"a route by {strategy}", lambda: gateway.routers("redis") == ["a@redis"])
            with running(options, ["windrose"]) as [gateway]:
                until("a route", lambda: gateway.routers("redis") == ["a@redis"])
                master.stop()
                until("another master", lambda: replica.cli("ROLE").startswith("master"), 60)
                replica.write({"http/routers/b/rule": "Path(`/b`)", "http/routers/b/service": "s", **cases.SERVER})
                until("what the new master says", lambda: gateway.routers("redis") == ["b@redis"], 60)
        finally:
            sentinel.kill()
            master.stop()
            replica.stop()

    return behaviour("redis: sentinels", run)


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


def check():
    """`windrose check` reads what a store says, and is content with one that is away."""
    def run():
        store = Redis()
        try:
            store.write({**ROUTE, "http/routers/x/rul": "y"})
            done = subprocess.run([PROGRAMS["windrose"], "check", *store.options()], capture_output=True, text=True, check=False)
            assert done.returncode == 1 and "redis: traefik/http/routers/x/rul: error: unknown field" in done.stdout, done.stdout
            assert "and 4 keys" in done.stdout, done.stdout
        finally:
            store.stop()
        done = subprocess.run([PROGRAMS["windrose"], "check", *store.options()], capture_output=True, text=True, check=False)
        assert done.returncode == 0 and "keys of provider redis are not checked" in done.stdout, done.stdout

    return behaviour("check", run)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main()

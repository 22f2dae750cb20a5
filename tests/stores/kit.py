"""What all parts of the suite use: waiting, asking, the gateways beside each other, what both say in one form."""

import contextlib
import json
import pathlib
import subprocess
import sys
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "kit"))
from ports import free_port  # noqa: E402

WORK = pathlib.Path(sys.argv[1])
PROGRAMS = {"windrose": sys.argv[2], "traefik": sys.argv[3]}
WORDS = sys.argv[4:]
DEADLINE = 30


def wanted(name):
    return not WORDS or any(word in name for word in WORDS)


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


class Gateway:
    def __init__(self, program, options):
        self.program, self.web, self.other, self.api = program, free_port(), free_port(), free_port()
        self.log = WORK / f"{program}-{time.monotonic_ns()}.log"
        arguments = [
            f"--entrypoints.web.address=127.0.0.1:{self.web}", f"--entrypoints.other.address=127.0.0.1:{self.other}",
            f"--entrypoints.dns.address=127.0.0.1:{free_port()}/udp", f"--entrypoints.traefik.address=127.0.0.1:{self.api}",
            "--api.insecure=true", "--log.level=DEBUG", "--providers.providersthrottleduration=10ms", *options,
        ]
        if program == "windrose":
            arguments.append("--api.dashboard=false")
        self.command = [PROGRAMS[program], *arguments]
        self.start()

    def start(self):
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(WORK)}
        self.process = subprocess.Popen(self.command, stdout=open(self.log, "a"), stderr=subprocess.STDOUT, env=environment)
        until(f"{self.program} answers (see {self.log})", lambda: self.raw() is not None)

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


def behaviour(name, run):
    try:
        run()
        print(f"ok   {name}", flush=True)
        return [], 1
    except (TimeoutError, AssertionError) as wrong:
        print(f"FAIL {name}", flush=True)
        return [f"\n{name}: {type(wrong).__name__}: {wrong}"], 0


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

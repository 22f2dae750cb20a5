"""Lets a real Prometheus scrape the program under traffic, and asks it every query of dashboards and alerts.

A query that finds nothing fails, and so does a metric that is named and not exposed. `promtool check metrics` reads what
is exposed. Everything is started here on ports of the kernel, and ended here.
"""

import http.client
import http.server
import json
import re
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "kit"))
from ports import free_port  # noqa: E402

PROGRAM = Path(sys.argv[1]).resolve()
ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / ".peers" / "bin"
DASHBOARDS = [*sorted((ROOT / "monitoring" / "grafana").glob("*.json")), Path(__file__).with_name("service-mesh.json")]
RULES = ROOT / "monitoring" / "prometheus" / "alerts.yaml"
METRIC = re.compile(r"\b(?:traefik|windrose|process)_[a-z0-9_]+\b")
# Variables of dashboards, as somebody would choose them.
VARIABLES = {"$__rate_interval": "20s", "[5m]": "[20s]", "$instance": ".*", "$entrypoint": ".*", "$service": ".*"}


class Server(http.server.BaseHTTPRequestHandler):
    """Answers; `/broken` is a failure of the server."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = b"hello\n"
        self.send_response(500 if self.path == "/broken" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_):
        pass


def configuration(folder, ports):
    """The install configuration and routing of a gateway that has something of everything."""
    key, certificate = folder / "key.pem", folder / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=a.test"]
    command += ["-addext", "subjectAltName=DNS:a.test", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    install = folder / "install.yaml"
    install.write_text(f"""
entryPoints:
  web: {{address: '127.0.0.1:{ports["web"]}'}}
  websecure: {{address: '127.0.0.1:{ports["websecure"]}', http: {{tls: {{}}}}}}
  traefik: {{address: '127.0.0.1:{ports["traefik"]}'}}
log: {{level: ERROR}}
ping: {{}}
metrics: {{prometheus: {{addRoutersLabels: true}}}}
providers: {{file: {{filename: '{folder}/routing.yaml'}}}}
""")
    (folder / "routing.yaml").write_text(f"""
http:
  routers:
    app: {{rule: 'PathPrefix(`/`)', service: app}}
    flaky: {{rule: 'PathPrefix(`/flaky`)', service: flaky, middlewares: [again]}}
  middlewares:
    again: {{retry: {{attempts: 2, initialInterval: 1ms}}}}
  services:
    app:
      loadBalancer:
        healthCheck: {{path: /, interval: 1s}}
        servers: [{{url: 'http://127.0.0.1:{ports["server"]}'}}]
    # One of two cannot be reached, so requests are tried again.
    flaky:
      loadBalancer:
        servers: [{{url: 'http://127.0.0.1:{ports["server"]}'}}, {{url: 'http://127.0.0.1:{ports["nobody"]}'}}]
tls:
  certificates: [{{certFile: '{certificate}', keyFile: '{key}'}}]
""")
    return install


def prometheus_of(folder, ports):
    (folder / "prometheus.yaml").write_text(f"""
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ['{RULES}']
scrape_configs:
  - job_name: windrose
    static_configs: [{{targets: ['127.0.0.1:{ports["traefik"]}']}}]
""")
    address = f"127.0.0.1:{ports['prometheus']}"
    command = [BIN / "prometheus", f"--config.file={folder}/prometheus.yaml", f"--storage.tsdb.path={folder}/data"]
    command += [f"--web.listen-address={address}", "--log.level=error"]
    return command, f"http://{address}"


def get(url, context=None):
    """The status and body of an answer; `None` where there is none."""
    try:
        with urllib.request.urlopen(url, timeout=5, context=context) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except (OSError, http.client.HTTPException):
        return None


def until(what, holds, patience=60):
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if found := holds():
            return found
        time.sleep(0.05)
    raise SystemExit(f"waited in vain: {what}")


def traffic(ports, ended):
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    web = f"http://127.0.0.1:{ports['web']}"
    while not ended.is_set():
        for path in ("/", "/broken", "/flaky"):
            get(web + path)
        get(f"https://127.0.0.1:{ports['websecure']}/", context=trusting)
        ended.wait(0.1)


def queries():
    """All queries: where each is written, and its text as Prometheus is asked."""
    for path in DASHBOARDS:
        board = json.loads(path.read_text())
        board = board.get("dashboard", board)
        for panel in board["panels"]:
            for target in panel.get("targets", []):
                yield f"{path.name}: {panel['title']}", target["expr"]
        for variable in board.get("templating", {}).get("list", []):
            if match := re.fullmatch(r"label_values\((\w+), (\w+)\)", variable.get("definition", "")):
                yield f"{path.name}: variable {variable['name']}", f"group by ({match[2]}) ({match[1]})"
        for note in board.get("annotations", {}).get("list", []):
            # Between reloads there is none to be found.
            yield f"{path.name}: annotation {note['name']}", note["expr"].replace(" > 0", "").replace("[1m]", "[20s]")


def plain(query):
    for name, value in VARIABLES.items():
        query = query.replace(name, value)
    return query


def alerts(prometheus):
    """Every alert rule as a query for the series it looks at: whether they alarm is tested by promtool."""
    _, text = get(f"{prometheus}/api/v1/rules")
    for group in json.loads(text)["data"]["groups"]:
        for rule in group["rules"]:
            assert rule.get("health") in ("ok", "unknown"), rule
            yield rule["name"], rule["query"]


def asked(prometheus, query):
    found = get(f"{prometheus}/api/v1/query?{urllib.parse.urlencode({'query': query})}")
    if not found:
        return None
    answer = json.loads(found[1])
    if answer["status"] != "success":
        raise SystemExit(f"Prometheus does not understand {query}: {answer.get('error')}")
    return answer["data"]["result"]


def check(ports, prometheus):
    wrong = []
    count = 0
    for where, query in queries():
        count += 1
        query = plain(query)
        try:
            until(where, lambda query=query: asked(prometheus, query), patience=30)
        except SystemExit as error:
            wrong.append(f"{error}\n    {query}")
    # By now something of everything has happened.
    exposed = get(f"http://127.0.0.1:{ports['traefik']}/metrics")[1]
    names = set(re.findall(r"^# TYPE (\S+)", exposed, re.MULTILINE))
    known = names | {name + end for name in names for end in ("_bucket", "_sum", "_count")}
    rules = list(alerts(prometheus))
    for where, query in [*queries(), *rules]:
        wrong += [f"{where}: {name} is not exposed" for name in METRIC.findall(query) if name not in known]
    lint = subprocess.run([BIN / "promtool", "check", "metrics"], input=exposed, text=True, capture_output=True, check=False)
    # It has opinions on names, and Traefik's are what they are; what it cannot read is another matter.
    if "error while linting" in lint.stderr:
        wrong.append(lint.stderr)
    if wrong:
        raise SystemExit("\n".join(wrong))
    print(f"ok: {count} queries find data, and all {len(rules)} alert rules name metrics that are there")


def main():
    ports = {name: free_port() for name in ("web", "websecure", "traefik", "server", "nobody", "prometheus")}
    server = http.server.ThreadingHTTPServer(("127.0.0.1", ports["server"]), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ended = threading.Event()
    asking = threading.Thread(target=traffic, args=(ports, ended), daemon=True)
    children = []
    with tempfile.TemporaryDirectory(prefix="windrose-monitoring-") as name:
        folder = Path(name)
        try:
            install = configuration(folder, ports)
            children.append(subprocess.Popen([PROGRAM, f"--configFile={install}"]))
            until("the gateway is ready", lambda: (get(f"http://127.0.0.1:{ports['traefik']}/ping") or [0])[0] == 200)
            command, prometheus = prometheus_of(folder, ports)
            children.append(subprocess.Popen(command))
            asking.start()
            until("Prometheus is ready", lambda: (get(f"{prometheus}/-/ready") or [0])[0] == 200)
            check(ports, prometheus)
        finally:
            ended.set()
            for child in children:
                child.kill()
                child.wait()
            server.shutdown()


main()

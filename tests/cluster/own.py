"""Kinds that Traefik does not have: what they say is in force at once, told in their conditions, and ends with them."""

import gzip
import http.server
import json
import re
import threading
import urllib.error
import urllib.request

from cluster import Gateway, port, until

# Where Jaeger takes what is sent in the words of OpenTelemetry.
OTLP = 4318


class Peer(http.server.ThreadingHTTPServer):
    """Answers as long as anybody asks, and remembers what was asked."""

    daemon_threads = True

    def __init__(self, at):
        self.seen = []
        super().__init__(("127.0.0.1", at), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
        self.server.seen.append((self.path, dict(self.headers), body))
        answer = b"windrose " * 1000
        self.send_response(200)
        self.send_header("Content-Type", "application/grpc" if "grpc" in self.path else "text/plain")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_GET

    def log_message(self, *_):
        pass


def own_kinds(cluster, programs):
    """ProxyConfiguration, Metrics and Tracing."""
    gateway = Gateway("own", programs["windrose"], cluster, {"kubernetescrd": [("allowExternalNameServices", "true")]}, {})
    made, lines = [], []

    def apply(kind, name, spec, group="traefik.io"):
        object = {"apiVersion": f"{group}/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}
        refused = cluster.apply(json.loads(json.dumps(object)))
        assert refused is None, refused
        made.append(object)
        return object

    def remove(object):
        cluster.delete(object)
        made.remove(object)

    def accepted(object):
        code, answer = cluster.ask("GET", f"{cluster.path(object)}/{object['metadata']['name']}")
        found = [one for one in answer.get("status", {}).get("conditions", []) if one["type"] == "Accepted"] if code == 200 else []
        return found[0] if found and found[0].get("observedGeneration") == answer["metadata"]["generation"] else None

    def says(object, status, *words):
        one = None
        def check():
            nonlocal one
            one = accepted(object)
            return one and one["status"] == status and all(word in one["message"] for word in words)
        try:
            until("", check)
        except TimeoutError:
            lines.append(f"{object['kind']} {object['metadata']['name']}: {status} {words} is wanted, {one} is said")

    def ask(path, host="app.test", **headers):
        request = urllib.request.Request(f"http://127.0.0.1:{gateway.web}{path}", headers={"Host": host, **headers})
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()
        except OSError:
            return 0, {}, b""

    def becomes(what, check):
        try:
            return until(what, check)
        except TimeoutError:
            lines.append(f"never: {what}")

    def bounds(family="traefik_entrypoint_request_duration_seconds_bucket"):
        ask("/")
        text = ask("/metrics", "metrics.test")
        return set(re.findall(family + r'\{[^}]*le="([^"]+)"', text[2].decode())) if text[0] == 200 else None

    with Peer(port()) as app, Peer(OTLP) as collector:
        try:
            made.append({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "own-app"},
                         "spec": {"type": "ExternalName", "externalName": "localhost", "ports": [{"port": app.server_port}]}})
            assert cluster.apply(json.loads(json.dumps(made[0]))) is None
            apply("IngressRoute", "own-app", {"entryPoints": ["web"], "routes": [
                {"match": "Host(`app.test`)", "services": [{"name": "own-app", "port": app.server_port}]}]})
            becomes("the route is there", lambda: ask("/")[0] == 200)
            if bounds() is not None or "Uber-Trace-Id" in app.seen[-1][1]:
                lines.append("something is recorded that nobody asked for")

            metrics = {"prometheus": {"entryPoint": "web", "addEntryPointsLabels": True, "addServicesLabels": True, "buckets": [0.1, 0.3, 1.2, 5.0]}}
            counted = apply("Metrics", "own", metrics, "traefik.containo.us")
            becomes("durations are counted as is said", lambda: bounds() == {"0.1", "0.3", "1.2", "5", "+Inf"})
            becomes("services are counted", lambda: bounds("traefik_service_request_duration_seconds_bucket"))
            says(counted, "True")
            says(apply("Metrics", "younger", {"prometheus": {"entryPoint": "web"}}), "False", "default/own is older")
            metrics["prometheus"] |= {"buckets": [0.5], "addServicesLabels": False}
            cluster.apply(json.loads(json.dumps({**counted, "spec": metrics})))
            becomes("durations are counted in other buckets", lambda: bounds() == {"0.5", "+Inf"})
            if bounds("traefik_service_request_duration_seconds_bucket"):
                lines.append("services are counted still")
            metrics["prometheus"]["manualRouting"] = True
            cluster.apply(json.loads(json.dumps({**counted, "spec": metrics})))
            remove(made[-1])
            becomes("nothing is shown by itself", lambda: ask("/metrics", "metrics.test")[0] == 404)
            apply("IngressRoute", "own-metrics", {"entryPoints": ["web"], "routes": [
                {"match": "Host(`metrics.test`)", "services": [{"name": "prometheus@internal", "kind": "TraefikService"}]}]})
            becomes("a route of one's own shows it", lambda: bounds() == {"0.5", "+Inf"})
            remove(counted)
            becomes("nothing is counted any more", lambda: ask("/metrics", "metrics.test")[0] == 404)
            says(apply("Metrics", "nowhere", {"prometheus": {"entryPoint": "nowhere"}}), "False", "nowhere")

            odd = apply("Tracing", "odd", {"jaeger": {"propagation": "smoke"}})
            says(odd, "False", "smoke")
            remove(odd)
            jaeger = {"serviceName": "of-the-seeds", "spanNameLimit": 256, "jaeger": {
                "samplingServerURL": "http://127.0.0.1:5778/sampling", "localAgentHostPort": "127.0.0.1:6831",
                "propagation": "jaeger", "gen128Bit": True, "traceContextHeaderName": "uber-trace-id"}}
            traced = apply("Tracing", "own", jaeger, "traefik.containo.us")
            becomes("servers hear of the trace", lambda: ask("/")[0] == 200 and re.fullmatch(
                r"[0-9a-f]{32}:[0-9a-f]{16}:0:1", {name.lower(): value for name, value in app.seen[-1][1].items()}.get("uber-trace-id", "")))
            becomes("spans arrive", lambda: any(path == "/v1/traces" and b"of-the-seeds" in body for path, _, body in collector.seen))
            says(traced, "True", "OpenTelemetry")
            remove(traced)
            becomes("nothing is traced any more", lambda: ask("/")[0] == 200 and "uber-trace-id" not in {name.lower() for name in app.seen[-1][1]})

            if ask("/", **{"Accept-Encoding": "gzip"})[1].get("Content-Encoding"):
                lines.append("an answer is compressed that nobody wants so")
            usual = apply("ProxyConfiguration", "own", {
                "maxIdleConns": 100, "maxIdleConnsPerHost": 10, "idleConnTimeout": "90s", "dialTimeout": "30s", "responseHeaderTimeout": "0s",
                "expectContinueTimeout": "1s", "bufferPool": {"enabled": True, "size": 32768},
                "compress": {"enabled": True, "excludedContentTypes": ["application/grpc", "application/grpc+proto"]}}, "traefik.containo.us")
            becomes("answers are compressed", lambda: ask("/", **{"Accept-Encoding": "gzip"})[1].get("Content-Encoding") == "gzip")
            if ask("/grpc", **{"Accept-Encoding": "gzip"})[1].get("Content-Encoding"):
                lines.append("an answer of a kind that is left out is compressed")
            says(usual, "True")
            shown = gateway.shown("http/services/default-own-app-a@kubernetescrd") or gateway.raw()
            if "default-own-proxyconfiguration" not in json.dumps(shown):
                lines.append("the services of the namespace are not reached as is said")
            remove(usual)
            becomes("answers are as they were", lambda: not ask("/", **{"Accept-Encoding": "gzip"})[1].get("Content-Encoding"))
            return lines
        finally:
            gateway.stop()
            for object in made:
                cluster.delete(object)

"""What people find in articles and manuals, applied as it is written: each manifest does what its page promises.

The gateway is installed with values of such a page, too: ports of the node, no Service, routes across namespaces.
"""

import http.client
import json
import re
import socket
import ssl

import yaml

from cluster import until
from gateway import CHARTS, definitions, status, whoami
from load import Load
from whole import MANIFESTS

NODE = "198.18.0.2"
HOST = "who.qikqiak.com"
# The page gives the gateway a tenth of a core, and the program of tests is not made for speed.
PATIENCE = 90
IMAGE = {"registry": "windrose.test", "repository": "windrose", "tag": "1"}


def asked(host, path="/", **more):
    return status(host, path, NODE, **more)


def server(told):
    """The pod that answered, without what is random in its name."""
    code, body = told
    return next((line.split()[1].rsplit("-", 2)[0] for line in body.splitlines() if line.startswith("Hostname:")), code)


def over_tls(host, path, certificate):
    """Status, held to this certificate and this name."""
    raw = socket.create_connection((NODE, 443), 5)
    with ssl.create_default_context(cafile=certificate).wrap_socket(raw, server_hostname=host) as stream:
        stream.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        return int(stream.makefile("rb").readline().split()[1])


def location(host, path):
    connection = http.client.HTTPConnection(NODE, 80, timeout=5)
    connection.request("GET", path, headers={"Host": host})
    answer = connection.getresponse()
    connection.close()
    return answer.status, answer.headers.get("Location")


def said(stream, text):
    stream.sendall(text.encode() + b"\n")
    return stream.recv(4096).decode()


def values_of_a_page_install_the_gateway(whole):
    # Both would have the class `traefik`.
    whole.helm.must("uninstall", "windrose", "--namespace", "edge", "--ignore-not-found")
    definitions(whole)
    files = [word for name in ["helm-values-prod", "helm-values-udp-entrypoint"] for word in ["-f", MANIFESTS / f"{name}.yaml"]]
    # The page names a machine of its author, and an image that is not ours.
    whole.helm.must("upgrade", "--install", "traefik", CHARTS / "windrose", "--namespace", "kube-system", *files,
                    values={"image": IMAGE, "nodeSelector": {"kubernetes.io/hostname": "two"}})
    whole.settled("kube-system", "traefik-windrose")
    assert asked("nobody.test")[0] == 404


def routes_change_and_others_lose_nothing(whole):
    whole.apply("whoami-app.yaml")
    whole.apply("ingressroute-demo.yaml")
    whole.settled("default", "whoami")
    until("/notls is routed", lambda: asked(HOST, "/notls")[0] == 200, PATIENCE)
    assert asked(HOST, "/other")[0] == 404
    with Load(whole, f"http://{NODE}/notls", HOST):
        trusted = whole.secret("who-tls", HOST)
        whole.apply("ingressroute-tls-secret.yaml")
        until("TLS shows the Secret's certificate", lambda: tried(over_tls, HOST, "/tls", trusted) == 200, PATIENCE)
        assert asked(HOST, "/tls")[0] == 404
        whole.apply("ingressroute-http-plain.yaml")
        until("/tls is routed without TLS", lambda: asked(HOST, "/tls")[0] == 200, PATIENCE)
        whole.apply("middleware-redirect-https.yaml")
        whole.apply("ingressroute-http-redirect.yaml")
        until("clients are sent to https", lambda: location(HOST, "/tls") == (302, f"https://{HOST}/tls"), PATIENCE)
        whole.apply("ingressroute-match-host-path.yaml")
        whole.remove("traefik.containo.us/v1alpha1", "IngressRoute", "ingressroute-demo")
        whole.apply("ingressroute-dashboard.yaml")
        until("the dashboard is shown", lambda: asked("traefik.qikqiak.com", "/dashboard/")[0] == 200, PATIENCE)
        assert "simpleingressroute" in asked("traefik.qikqiak.com", "/api/rawdata")[1]


def tried(what, *words):
    try:
        return what(*words)
    except (OSError, IndexError) as wrong:
        return str(wrong)


def ingresses_are_routed(whole):
    for object in whoami("my-nginx"):
        whole.make(object)
    whole.settled("default", "my-nginx")
    whole.apply("ingress-my-nginx.yaml")
    until("the Ingress is routed", lambda: server(asked("ngdemo-by-traefik.qikqiak.com")) == "my-nginx", PATIENCE)


def routes_reach_other_namespaces(whole):
    host = "nexus.qikqiak.com"
    path = lambda path: next((line.split()[1] for line in asked(host, path)[1].splitlines() if line.startswith("GET ")), asked(host, path)[0])
    whole.apply("nexus-cross-namespace.yaml")
    whole.settled("default", "nexus")
    until("the route of another namespace answers", lambda: path("/static/x") == "/static/x", PATIENCE)
    whole.apply("middleware-strip-foo-path.yaml")
    whole.apply("ingressroute-nexus-foo.yaml")
    until("/foo is taken away", lambda: path("/foo") == "/" and path("/static/x") == 404, PATIENCE)
    whole.apply("ingressroute-nexus-foo-static.yaml")
    until("/static goes as it is", lambda: path("/static/x") == "/static/x", PATIENCE)
    assert path("/service/x") == 404
    whole.apply("ingressroute-nexus-foo-static-service.yaml")
    until("/service, too", lambda: path("/service/x") == "/service/x", PATIENCE)
    assert path("/foo/x") == "/x"


def traffic_is_weighted_and_mirrored(whole):
    for name in ["appv1", "appv2", "traefikservice-weighted", "ingressroute-weighted", "mirror-backends-v1-v2", "mirroring"]:
        whole.apply(f"{name}.yaml")
    for name in ["appv1", "appv2", "v1", "v2"]:
        whole.settled("default", name)
    for host in ["wrr.qikqiak.com", "mirror.qikqiak.com"]:
        until(f"{host} is routed", lambda: asked(host)[0] == 200, PATIENCE)
    # Both servers are known: each has had a request.
    until("both have their turns", lambda: {server(asked("wrr.qikqiak.com")) for _ in range(4)} == {"appv1", "appv2"}, PATIENCE)
    seen = sorted(server(asked("wrr.qikqiak.com")) for _ in range(4))
    assert seen == ["appv1", "appv1", "appv1", "appv2"], seen
    counted = lambda name, path: whole.log(whole.pods_of("default", app=name)[0]).count(f"GET {path}")
    until("the mirror is known", lambda: asked("mirror.qikqiak.com", "/known")[0] == 200 and counted("v2", "/known") > 0, PATIENCE)
    for _ in range(4):
        assert server(asked("mirror.qikqiak.com", "/seen")) == "v1"
    until("all are in one log, and half of them in the other", lambda: (counted("v1", "/seen"), counted("v2", "/seen")) == (4, 2), PATIENCE)


def tcp_and_udp_have_entry_points(whole):
    whole.apply("mongo-app.yaml")
    whole.apply("ingressroutetcp-mongo.yaml")
    whole.apply("whoamiudp-app.yaml")
    whole.apply("ingressrouteudp-whoamiudp.yaml")
    for name in ["mongo-traefik", "whoamiudp"]:
        whole.settled("default", name)

    def plain():
        with socket.create_connection((NODE, 27017), 5) as stream:
            stream.settimeout(5)
            return said(stream, "my data")

    def encrypted(name):
        raw = socket.create_connection((NODE, 27017), 5)
        with ssl.create_default_context(cafile=trusted).wrap_socket(raw, server_hostname=name) as stream:
            return said(stream, "my data")

    def datagram(text):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.settimeout(2)
            one.sendto(text, (NODE, 18080))
            return one.recv(4096).decode()

    until("bytes go both ways", lambda: tried(plain) == "Received: my data\n", PATIENCE)
    until("datagrams, too", lambda: "Hostname: whoamiudp-" in tried(datagram, b"WHO"), PATIENCE)
    assert datagram(b"other") == "Received: other"
    trusted = whole.secret("traefik-mongo-certs", "mongo.local")
    whole.apply("ingressroutetcp-mongo-tls.yaml")
    until("TLS ends here", lambda: tried(encrypted, "mongo.local") == "Received: my data\n", PATIENCE)
    assert "Received" not in tried(plain), "a client without TLS is served"
    assert "Received" not in tried(encrypted, "other.local"), "another name is served"


def routes_wait_for_what_they_name(whole):
    """A route that names what is not there is off, says so on its object, and comes by itself."""
    space = "production"
    whole.make({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space}})
    for name in ["traffic-splitting-canary", "advanced-routing-rules", "external-api-gateway"]:
        whole.apply(f"{name}.yaml")
    until("it is said that services are missing", lambda: any("user-service-v1" in one for one in
          whole.said(space, "canary-release") + whole.said(space, "user-service-canary")), PATIENCE)
    names = ["user-service-v1", "user-service-v2", "api-v2-service", "json-api-service", "premium-service", "admin-service",
             "user-service", "order-service", "payment-service", "external-api-service"]
    for name in names:
        for object in whoami(name, 1, space):
            whole.make(object)
    for name in names:
        whole.settled(space, name)
    ask = lambda path="/", host="api.company.com", **headers: server(asked(host, path, headers={
        key.replace("_", "-"): value for key, value in headers.items()}))
    until("of ten requests one gets the new version", lambda: sorted(str(ask("/users")) for _ in range(20)) == [
        *["user-service-v1"] * 18, *["user-service-v2"] * 2], PATIENCE)
    until("a header chooses", lambda: ask(X_API_Version="v2") == "api-v2-service", PATIENCE)
    until("so does a parameter", lambda: ask("/?format=json") == "json-api-service", PATIENCE)
    until("so does a cookie", lambda: ask(host="app.company.com", Cookie="user-segment=premium") == "premium-service", PATIENCE)
    assert ask(host="app.company.com") == 404
    until("it is said that a middleware is missing", lambda: any("admin-auth" in one for one in whole.said(space, "advanced-routing")), PATIENCE)
    assert ask("/admin") == 404
    whole.remove("traefik.containo.us/v1alpha1", "IngressRoute", "user-service-canary", space)
    whole.apply("api-gateway-pattern.yaml")
    until("it is said which middlewares are missing", lambda: all(any(name in one for one in whole.said(space, "api-gateway"))
          for name in ["user-auth", "order-rate-limit", "order-auth", "payment-rate-limit", "payment-auth"]), PATIENCE)
    assert ask("/orders") == 404
    trusted = whole.secret("external-api-tls", "api.external-company.com", space)
    for name in ["order-rate-limit", "order-auth", "admin-auth", "external-auth"]:
        whole.make({"apiVersion": "traefik.containo.us/v1alpha1", "kind": "Middleware", "metadata": {"name": name, "namespace": space},
                    "spec": {"headers": {"customRequestHeaders": {"X-Seen": name}}}})
    until("the routes come by themselves", lambda: (ask("/admin"), ask("/orders")) == ("admin-service", "order-service"), PATIENCE)
    until("the one with TLS, too", lambda: tried(over_tls, "api.external-company.com", "/", trusted) == 200, PATIENCE)


def a_namespace_says_how_it_is_proxied_and_what_is_recorded(whole):
    """Kinds that only such pages know: pools and compression, buckets, and traces for Jaeger."""
    space = "production"
    for name in ["metrics-kind-and-service", "tracing-kind", "proxyconfiguration-kind"]:
        whole.apply(f"{name}.yaml")

    def accepted(plural, name):
        code, object = whole.ask("GET", f"/apis/traefik.containo.us/v1alpha1/namespaces/{space}/{plural}/{name}")
        return code == 200 and any(one["type"] == "Accepted" and one["status"] == "True" for one in object.get("status", {}).get("conditions", []))

    for plural, name in [("metrics", "production-metrics"), ("tracings", "production-tracing"), ("proxyconfigurations", "optimized-proxy")]:
        until(f"{name} is accepted", lambda: accepted(plural, name), PATIENCE)
    assert "/metrics" not in asked("metrics.test", "/metrics")[1] and asked("metrics.test", "/metrics")[0] == 404
    whole.make({"apiVersion": "traefik.io/v1alpha1", "kind": "IngressRoute", "metadata": {"name": "metrics", "namespace": space},
                "spec": {"entryPoints": ["web"], "routes": [{"match": "Host(`metrics.test`)", "services": [
                    {"name": "prometheus@internal", "kind": "TraefikService"}]}]}})

    def bounds():
        asked("api.company.com", "/orders")
        code, text = asked("metrics.test", "/metrics")
        return code == 200 and set(re.findall(r'traefik_service_request_duration_seconds_bucket\{[^}]*le="([^"]+)"', text))

    until("a route shows the buckets", lambda: bounds() == {"0.1", "0.3", "1.2", "5", "+Inf"}, PATIENCE)
    until("servers hear of the trace", lambda: "uber-trace-id" in asked("api.company.com", "/orders")[1].lower(), PATIENCE)
    connection = http.client.HTTPConnection(NODE, 80, timeout=5)
    connection.request("GET", "/metrics", headers={"Host": "metrics.test", "Accept-Encoding": "gzip"})
    assert connection.getresponse().headers.get("Content-Encoding") == "gzip"
    connection.close()
    for plural, name in [("metrics", "production-metrics"), ("tracings", "production-tracing"), ("proxyconfigurations", "optimized-proxy")]:
        code, _ = whole.ask("DELETE", f"/apis/traefik.containo.us/v1alpha1/namespaces/{space}/{plural}/{name}")
        assert code == 200, plural
    # What the chart says of metrics holds again; of traces it says nothing.
    until("nothing is traced any more", lambda: "uber-trace-id" not in asked("api.company.com", "/orders")[1].lower(), PATIENCE)


def two_instances_share_a_cluster(whole):
    """One takes objects of a class, the other those with a label."""
    options = {"in": {"ingressClass": "traefik-in"}, "out": {"labelSelector": "ingressclass=traefik-out"}}
    whole.apply("two-instances.yaml")
    for name, more in options.items():
        whole.helm.must("upgrade", "--install", name, CHARTS / "windrose", "--namespace", name, "--create-namespace", values={
            "image": IMAGE, "ingressClass": {"enabled": False}, "providers": {"kubernetesCRD": more, "kubernetesIngress": {"enabled": False}}})
    for name in options:
        whole.settled(name, f"{name}-windrose")
        address = whole.address(name, f"{name}-windrose")
        for host in options:
            wanted = 200 if host == name else 404
            until(f"{name} says {wanted} to {host}", lambda: status(f"{host}.qikqiak.com", "/", address)[0] == wanted, PATIENCE)
    for name in options:
        whole.helm.must("uninstall", name, "--namespace", name)


def a_deployment_of_another_is_taken_over(whole):
    """Written for another's image, with its variables and probes; ours has its name here."""
    documents = list(yaml.safe_load_all((MANIFESTS / "controller-deployment-resources.yaml").read_text()))
    whole.make(documents[0])
    whole.settled("production", "traefik-mesh-controller")
    pod = whole.pods_of("production", app="traefik-mesh")[0]
    assert status("nobody.test", "/", f"{pod['status']['podIP']}:8000")[0] == 404
    for object in yaml.safe_load_all((MANIFESTS / "multi-zone-deployments.yaml").read_text()):
        code, answer = whole.ask("POST", whole.objects.path(object), json.loads(json.dumps(object)))
        assert code == 422, answer


CASES = [values_of_a_page_install_the_gateway, routes_change_and_others_lose_nothing, ingresses_are_routed, routes_reach_other_namespaces,
         traffic_is_weighted_and_mirrored, tcp_and_udp_have_entry_points, routes_wait_for_what_they_name,
         a_namespace_says_how_it_is_proxied_and_what_is_recorded, two_instances_share_a_cluster,
         a_deployment_of_another_is_taken_over]

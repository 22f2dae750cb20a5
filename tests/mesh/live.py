"""The mesh end to end: the chart on a real API server, its parts with the chart's own arguments and rights, and traffic.

Only what a kubelet would do is done here: the parts are processes, and pods are addresses of the loopback network.
"""

import http.client
import http.server
import json
import pathlib
import signal
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "cluster"), str(HERE.parent / "charts")]

from cluster import Cluster, port, until  # noqa: E402
from helm import Helm  # noqa: E402
from rights import token_of  # noqa: E402
from server import Objects  # noqa: E402

import edge  # noqa: E402
import figures  # noqa: E402

CHART = HERE.parents[1] / "charts/windrose-mesh"
NAMESPACE = "traefik-mesh"
COREFILE = ".:53 {\n    errors\n    kubernetes cluster.local in-addr.arpa ip6.arpa\n    forward . /etc/resolv.conf\n}\n"


class Pod:
    """A server of HTTP at an address of its own; it answers with its name."""

    def __init__(self, name, address, number):
        class Answer(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                if self.path == "/slow":
                    time.sleep(2)
                body = json.dumps({"pod": name, "headers": {key.lower(): value for key, value in self.headers.items()}}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                try:
                    self.end_headers()
                    self.wfile.write(body)
                except BrokenPipeError:
                    # Nobody waited.
                    pass

            def log_message(self, *_):
                pass

        self.name, self.address = name, address
        self.server = http.server.ThreadingHTTPServer((address, number), Answer)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Mesh:
    """A release of the chart, and its parts as processes."""

    def __init__(self, work, bin, server, program, original=None):
        self.work, self.bin, self.program, self.original = pathlib.Path(work), pathlib.Path(bin), program, original
        self.cluster = Cluster(work, bin, server, aggregates=True)
        self.parts, self.pods, self.address, self.number = {}, {}, {}, port()
        self.api, self.dns, self.metrics = port(), port(), port()
        self.objects = Objects(self.cluster)
        self.helm = Helm(self.bin / "helm", self.work, self.kubeconfig("admin", "windrose-test"))

    def kubeconfig(self, name, token):
        file = self.work / f"{name}.kubeconfig"
        server = {"server": f"https://127.0.0.1:{self.cluster.port}", "certificate-authority": str(self.work / "ca.crt")}
        file.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "one", "clusters": [{"name": "one", "cluster": server}],
            "contexts": [{"name": "one", "context": {"cluster": "one", "user": name, "namespace": "default"}}],
            "users": [{"name": name, "user": {"token": token}}]}))
        return file

    def install(self, **values):
        # No controllers run here, so nobody removes what was there before, and a hook of Helm would wait for ever.
        self.helm.must("upgrade", "--install", "mesh", CHART, "--namespace", NAMESPACE, "--create-namespace", "--no-hooks", values=values)
        self.rendered = self.helm.render(CHART, release="mesh", namespace=NAMESPACE, values=values)

    def args(self, kind, name):
        return list(self.rendered.one(kind, name)["spec"]["template"]["spec"]["containers"][0]["args"])

    def start(self, part, level="debug", controller="127.0.0.1"):
        name = {"controller": "traefik-mesh-controller", "dns": "traefik-mesh-dns", "node": "traefik-mesh-proxy"}[part]
        args = self.args("DaemonSet" if part == "node" else "Deployment", name)
        if part == "node":
            args = [arg.replace("/data/", f"{self.work}/") for arg in args]
            args += ["--host=127.0.0.1", f"--controller=http://{controller}:{self.api}"]
        else:
            account = self.kubeconfig(name, token_of(self.cluster, NAMESPACE, name))
            args += [f"--kubeConfig={account}"]
            # At all addresses, as the API server goes to no server of the loopback network.
            args += [f"--apiPort={self.api}", f"--metricsPort={self.metrics}"] if part == "controller" else ["--host=127.0.0.1", f"--dnsPort={self.dns}"]
        self.parts[part] = self.cluster.spawn(part, [self.program, *args, f"--logLevel={level}"])

    def stop(self, part, how=signal.SIGTERM):
        process = self.parts.pop(part)
        process.send_signal(how)
        process.wait(20)

    def answers(self, name):
        return status(name) == 200

    def shown(self, page):
        return asked("127.0.0.1", self.api, f"/api/{page}")

    def account(self, namespace, name):
        self.cluster.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}})

    def pod(self, namespace, name, address, account, serves=True):
        """A pod with an address, which answers where it `serves`."""
        self.account(namespace, account)
        must(self.cluster.apply({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace, "labels": {"app": account}},
            "spec": {"serviceAccountName": account, "containers": [{"name": "main", "image": "main", "ports": [{"name": "web", "containerPort": self.number}]}]},
            "status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}]}}))
        self.address[name] = address
        if serves:
            self.pods[name] = Pod(name, address, self.number)

    def service(self, namespace, name, pods, number=80, **notes):
        annotations = {f"mesh.traefik.io/{key.replace('_', '-')}": value for key, value in notes.items()}
        must(self.cluster.apply({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": namespace, "annotations": annotations},
            "spec": {"selector": {"app": name}, "ports": [{"port": number, "targetPort": "web"}]}}))
        self.endpoints(namespace, name, pods)

    def endpoints(self, namespace, name, pods):
        # An API server refuses endpoints of the loopback network, so they are others; nodes go by the pods.
        must(self.cluster.apply({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {"name": name, "namespace": namespace, "labels": {"kubernetes.io/service-name": name}},
            "ports": [{"name": "", "port": self.number}],
            "endpoints": [{"addresses": [f"198.18.9.{at + 1}"], "conditions": {"ready": True},
                           "targetRef": {"kind": "Pod", "name": pod, "namespace": namespace}} for at, pod in enumerate(pods)]}))

    def close(self):
        for pod in self.pods.values():
            pod.stop()
        self.cluster.close()


def must(refused):
    assert refused is None, refused


def asked(host, number, path, name=None, source=None, headers=None):
    """Status and answer; nothing where nobody answers."""
    connection = http.client.HTTPConnection(host, number, timeout=5, source_address=(source, 0) if source else None)
    try:
        connection.request("GET", path, headers={**({"Host": name} if name else {}), **(headers or {})})
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text[:1] in b"{[\"t" and text else text.decode()
    except (OSError, http.client.HTTPException, ValueError):
        return 0, None
    finally:
        connection.close()


def call(name, path="/", source=None, headers=None):
    return asked("127.0.0.1", 5000, path, name, source, headers)


def status(*words, **more):
    return call(*words, **more)[0]


def the_chart_takes_the_originals_values(mesh):
    """Every object is understood by the API server, pods are as restricted as can be, and the arguments by the program."""
    for file in sorted((HERE / "values").glob("*.yaml")):
        rendered = mesh.helm.render(CHART, "-f", file, release="mesh", namespace=NAMESPACE)
        refused = [mesh.objects.refusal(one) for one in rendered]
        for kind in ["Deployment", "DaemonSet", "Job"]:
            refused += [mesh.objects.pod_refusal(one["spec"]["template"], "strict") for one in rendered.of(kind)]
        assert not any(refused), f"{file.stem}: {[one for one in refused if one]}"
        code, out, error = mesh.helm.run("lint", "--strict", CHART, "--kube-version", "1.36.3", "-f", file)
        assert code == 0, out + error
    every = mesh.helm.render(CHART, "-f", HERE / "values/every-key.yaml", release="mesh", namespace=NAMESPACE)
    told = mesh.helm.must("install", "mesh", CHART, "--namespace", NAMESPACE, "--dry-run=client", "-f", HERE / "values/every-key.yaml")
    for words in ["tracing.deploy", "tracing.jaeger", "metrics.deploy", "metrics.statsd", "proxy.pollInterval"]:
        assert f"* {words}" in told.partition("NOTES:")[2], f"{words} is not told"
    node = every.one("DaemonSet")["spec"]["template"]["spec"]["containers"][0]
    openshift = mesh.helm.render(CHART, "--api-versions", "security.openshift.io/v1", release="mesh", namespace=NAMESPACE)
    assert "runAsUser" not in json.dumps(openshift), "OpenShift refuses a user of ours"
    for flag in ["--serversTransport.forwardingTimeouts.dialTimeout=5s", "--metrics.prometheus.buckets=0.1,0.5", "--accessLog=true", "--limitUDPPort=5"]:
        assert flag in node["args"], node["args"]
    for path, value in [("acls", True), ("proxy", {"polInterval": "1s"}), ("defaultMode", "grpc")]:
        assert mesh.helm.run("template", "mesh", CHART, values={path: value})[0] != 0, f"{path}={value} is taken"


def http_goes_by_name(mesh):
    """A Service is reached by both names of the mesh, and what is asked goes to its pods in turn."""
    mesh.pod("shop", "cart-0", "127.0.7.1", "cart")
    mesh.pod("shop", "cart-1", "127.0.7.2", "cart")
    began = time.monotonic()
    mesh.service("shop", "cart", ["cart-0", "cart-1"])
    until("the service is routed", lambda: status("cart.shop.traefik.mesh") == 200, 10)
    print(f"     routed {(time.monotonic() - began) * 1000:.0f} ms after its objects were written")
    assert {call("cart.shop.maesh")[1]["pod"] for _ in range(4)} == {"cart-0", "cart-1"}
    assert status("other.shop.traefik.mesh") == 404
    shadow = mesh.objects.listed("v1", "Service", NAMESPACE)
    found = [one for one in shadow if one["metadata"]["name"] == f"{NAMESPACE}-cart-6d61657368-shop"]
    assert found and found[0]["spec"]["ports"][0]["targetPort"] == 5000, shadow
    assert found[0]["spec"]["trafficDistribution"] == "PreferSameNode", found


def names_resolve(mesh):
    """The mesh's DNS server answers with the shadow service's address; others it refuses."""
    address = next(one["spec"]["clusterIP"] for one in mesh.objects.listed("v1", "Service", NAMESPACE)
                   if one["metadata"]["name"] == f"{NAMESPACE}-cart-6d61657368-shop")
    dig = lambda *words: subprocess.run([mesh.bin / "dig", "@127.0.0.1", "-p", str(mesh.dns), "+time=2", "+tries=1", *words],
                                        capture_output=True, text=True).stdout
    for zone in ["traefik.mesh", "maesh", "windrose.mesh"]:
        until(f"{zone} resolves", lambda: dig("+short", f"cart.shop.{zone}").strip() == address, 10)
    assert "NXDOMAIN" in dig("gone.shop.traefik.mesh")
    assert "REFUSED" in dig("example.com")


def a_split_takes_one_hop(mesh):
    """Requests are shared out to the backends' own pods; matches come first."""
    for version, address in [("v1", "127.0.7.3"), ("v2", "127.0.7.4")]:
        mesh.pod("shop", f"cart-{version}", address, f"cart-{version}")
        mesh.service("shop", f"cart-{version}", [f"cart-{version}"])
    split = {"apiVersion": "split.smi-spec.io/v1alpha4", "kind": "TrafficSplit", "metadata": {"name": "canary", "namespace": "shop"},
             "spec": {"service": "cart", "backends": [{"service": "cart-v1", "weight": 3}, {"service": "cart-v2", "weight": 1}]}}
    must(mesh.cluster.apply(split))
    until("requests are shared out", lambda: call("cart.shop.traefik.mesh")[1]["pod"].startswith("cart-v"), 10)
    seen = [call("cart.shop.traefik.mesh")[1] for _ in range(40)]
    assert sum(one["pod"] == "cart-v2" for one in seen) == 10, [one["pod"] for one in seen]
    assert all(one["headers"]["host"] == "cart.shop.traefik.mesh" for one in seen)
    group = {"apiVersion": "specs.smi-spec.io/v1alpha4", "kind": "HTTPRouteGroup", "metadata": {"name": "testers", "namespace": "shop"},
             "spec": {"matches": [{"name": "header", "headers": [{"x-tester": "^yes$"}]}]}}
    must(mesh.cluster.apply(group))
    must(mesh.cluster.apply({**split, "metadata": {"name": "testers", "namespace": "shop"}, "spec": {
        "service": "cart", "matches": [{"kind": "HTTPRouteGroup", "name": "testers"}], "backends": [{"service": "cart-v2", "weight": 1}]}}))
    tester = lambda: [call("cart.shop.traefik.mesh", headers={"X-Tester": "yes"})[1]["pod"] for _ in range(6)]
    until("testers get the second version", lambda: set(tester()) == {"cart-v2"}, 10)
    for name in ["canary", "testers"]:
        mesh.cluster.delete({**split, "metadata": {"name": name, "namespace": "shop"}})
    until("the service answers itself again", lambda: call("cart.shop.traefik.mesh")[1]["pod"] in ("cart-0", "cart-1"), 10)


def what_the_original_installed_is_taken_over(mesh):
    """Traefik Mesh's controller makes a mesh; ours goes on with its shadow services and ports as they are."""
    old = "old-mesh"
    mesh.objects.make({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": old}})
    for name in ["db", "cache"]:
        mesh.service("shop", name, ["cart-0"], number=5432, traffic_type="tcp")
    admin, number = mesh.work / "admin.kubeconfig", port()
    words = [f"--kubeconfig={admin}", f"--masterurl=https://127.0.0.1:{mesh.cluster.port}", f"--namespace={old}", f"--apiport={number}", "--apihost=127.0.0.1"]
    shown = lambda page: asked("127.0.0.1", number, f"/api/{page}")
    shadows = lambda: {one["metadata"]["name"]: (one["metadata"]["uid"], one["spec"]["ports"]) for one in mesh.objects.listed("v1", "Service", old)}
    expected = {f"{old}-{name}-6d61657368-shop" for name in ["cart", "db", "cache"]}
    original = mesh.cluster.spawn("original", [mesh.original, *words])
    until("the original has its shadow services", lambda: expected <= shadows().keys(), 30)
    # One more, so that ports are not in the order in which anybody would give them anew.
    mesh.cluster.delete({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "cache", "namespace": "shop"}})
    mesh.service("shop", "archive", ["cart-0"], number=5432, traffic_type="tcp")
    until("the newer service has one", lambda: f"{old}-archive-6d61657368-shop" in shadows(), 30)
    before = shadows()
    original.terminate()
    original.wait(20)
    ours = mesh.cluster.spawn("successor", [mesh.program, "mesh", "controller", *words])
    until("ours is ready", lambda: shown("status/readiness")[0] == 200, 30)
    routed = lambda: shown("configuration/current")[1].get("tcp", {}).get("routers", {})
    until("ours routes the newer service", lambda: "shop-archive-5432" in routed(), 20)
    for name in ["db", "archive"]:
        _, ports = before[f"{old}-{name}-6d61657368-shop"]
        assert routed()[f"shop-{name}-5432"]["entryPoints"] == [f"tcp-{ports[0]['targetPort']}"], (routed(), ports)
    after = shadows()
    assert all(after.get(name) == told for name, told in before.items() if "-cache-" not in name), (before, after)
    ours.terminate()
    ours.wait(20)
    for name in ["db", "archive"]:
        mesh.cluster.delete({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "shop"}})


def owners_ask_for_more(mesh):
    """What annotations of ours ask for: nobody waits for a slow pod, and one that is unwell is not asked."""
    mesh.pod("shop", "dead-0", "127.0.7.9", "dead", serves=False)
    mesh.service("shop", "picky", ["cart-0", "dead-0"], timeout_total="300ms", health_check_path="/", health_check_interval="100ms")
    until("the service is routed", lambda: status("picky.shop.traefik.mesh") == 200, 10)
    mesh.service("shop", "odd", ["cart-0"], timeout_total="soon")
    told = lambda: [one["message"] for one in mesh.objects.listed("v1", "Event", "shop") if one["involvedObject"]["name"] == "odd"]
    until("an Event says what is wrong", lambda: any("timeout-total" in message for message in told()), 10)
    assert status("odd.shop.traefik.mesh") == 404
    until("the dead pod is left out", lambda: all(status("picky.shop.traefik.mesh") == 200 for _ in range(10)), 10)
    began = time.monotonic()
    assert status("picky.shop.traefik.mesh", "/slow") == 504
    assert time.monotonic() - began < 1.5


def pods_come_and_go(mesh):
    """While a client asks all the time, pods are replaced one by one; no request fails."""
    failed, answered, is_over = [], [0], threading.Event()

    def ask():
        while not is_over.is_set():
            seen = call("cart.shop.traefik.mesh")[0]
            answered[0] += 1
            if seen != 200:
                failed.append(seen)

    client = threading.Thread(target=ask)
    client.start()
    version = lambda: json.dumps(mesh.shown("topology/current")[1]["services"]["cart@shop"]["pods"])
    for turn in range(20):
        fresh, stale = f"cart-{turn + 2}", f"cart-{turn}"
        mesh.pod("shop", fresh, f"127.0.8.{turn + 1}", "cart")
        mesh.endpoints("shop", "cart", [f"cart-{turn + 1}", fresh])
        until("the topology has the new pod", lambda: fresh in version() and f'"{stale}@' not in version(), 10)
        # A pod that ends serves until its end is known, as its grace allows.
        servers = lambda: json.dumps(asked("127.0.0.1", 8080, "/api/http/services/shop-cart-80@mesh")[1])
        gone, come = (f"http://{mesh.address[pod]}:" for pod in [stale, fresh])
        until("the node has it, too", lambda: come in servers() and gone not in servers(), 10)
        mesh.pods.pop(stale).stop()
        mesh.cluster.delete({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": stale, "namespace": "shop"}})
    is_over.set()
    client.join()
    print(f"     {answered[0]} requests while 20 pods were replaced")
    assert not failed, f"{len(failed)} of {answered[0]} failed: {failed[:5]}"


def without_the_controller_it_goes_on(mesh):
    """Nodes keep what they know while the controller is away, also over their own restart."""
    mesh.stop("controller")
    assert status("cart.shop.traefik.mesh") == 200
    mesh.stop("node")
    mesh.start("node")
    until("the node is back", lambda: status("cart.shop.traefik.mesh") == 200, 10)
    assert asked("127.0.0.1", 1081, "/ping")[0] == 200
    mesh.start("controller")
    until("the controller is back", lambda: mesh.shown("status/readiness")[0] == 200, 20)
    mesh.service("shop", "later", ["cart-20"])
    until("news come through again", lambda: status("later.shop.traefik.mesh") == 200, 40)


def another_controller_takes_over(mesh):
    """Two run, one writes; when that one is gone without a word, the other one writes."""
    first = mesh.parts.pop("controller")
    own, mesh.api, mesh.metrics = mesh.api, port(), port()
    mesh.start("controller")
    until("the second one is ready", lambda: mesh.shown("status/readiness")[0] == 200, 20)
    both = [asked("127.0.0.1", number, "/api/configuration/current")[1] for number in (own, mesh.api)]
    assert both[0] == both[1]
    first.send_signal(signal.SIGKILL)
    first.wait()
    began = time.monotonic()
    mesh.service("shop", "heir", ["cart-20"])
    names = lambda: {one["metadata"]["name"] for one in mesh.objects.listed("v1", "Service", NAMESPACE)}
    until("the second one writes", lambda: f"{NAMESPACE}-heir-6d61657368-shop" in names(), 20)
    print(f"     taken over after {time.monotonic() - began:.1f} s")
    # The node goes to the address of one, as there is no Service here.
    mesh.stop("node")
    mesh.start("node")
    until("the node hears of it", lambda: status("heir.shop.traefik.mesh") == 200, 20)


def dns_is_configured_and_mended(mesh):
    """The cluster's CoreDNS sends the mesh's names here, also after somebody reverted it."""
    path = "/api/v1/namespaces/kube-system/configmaps/coredns"
    corefile = lambda: mesh.cluster.ask("GET", path)[1]["data"]["Corefile"]
    until("the Corefile has the mesh", lambda: "traefik.mesh:53" in corefile(), 20)
    configured = corefile()
    assert configured.startswith(COREFILE) and "maesh:53" in configured
    code, _ = mesh.cluster.ask("PATCH", path, {"data": {"Corefile": COREFILE}}, kind="application/merge-patch+json")
    assert code == 200
    until("it is mended", lambda: corefile() == configured, 30)


def access_is_held_to_targets(mesh):
    """With ACL nobody passes whom no target names, whatever headers say; denied is 403."""
    mesh.install(acl=True, windroseZone=True, trafficMetrics=True)
    mesh.stop("controller")
    mesh.start("controller")
    until("nobody is allowed", lambda: status("cart.shop.traefik.mesh") == 403, 40)
    friend, stranger = "127.0.7.21", "127.0.7.22"
    mesh.pod("shop", "friend", friend, "friend", serves=False)
    mesh.pod("shop", "stranger", stranger, "stranger", serves=False)
    must(mesh.cluster.apply({"apiVersion": "specs.smi-spec.io/v1alpha4", "kind": "HTTPRouteGroup", "metadata": {"name": "read", "namespace": "shop"},
                             "spec": {"matches": [{"name": "api", "pathRegex": "/api", "methods": ["GET"]}]}}))
    target = {"apiVersion": "access.smi-spec.io/v1alpha3", "kind": "TrafficTarget", "metadata": {"name": "friends", "namespace": "shop"},
              "spec": {"destination": {"kind": "ServiceAccount", "name": "cart", "namespace": "shop"},
                       "rules": [{"kind": "HTTPRouteGroup", "name": "read"}],
                       "sources": [{"kind": "ServiceAccount", "name": "friend", "namespace": "shop"}]}}
    must(mesh.cluster.apply(target))
    until("a friend is allowed", lambda: status("cart.shop.traefik.mesh", "/api/x", friend) == 200, 20)
    assert status("cart.shop.traefik.mesh", "/other", friend) == 403
    assert status("cart.shop.traefik.mesh", "/api/x", stranger) == 403
    for header in ["X-Forwarded-For", "X-Real-Ip", "Forwarded"]:
        value = f"for={friend}" if header == "Forwarded" else friend
        assert status("cart.shop.traefik.mesh", "/api/x", stranger, {header: value}) == 403, header
    # A way around: another name for the same pods.
    mesh.service("shop", "around", ["cart-20", "cart-21"])
    split = {"apiVersion": "split.smi-spec.io/v1alpha4", "kind": "TrafficSplit", "metadata": {"name": "around", "namespace": "shop"},
             "spec": {"service": "around", "backends": [{"service": "cart", "weight": 1}]}}
    must(mesh.cluster.apply(split))
    until("the friend gets through it", lambda: status("around.shop.traefik.mesh", "/api/x", friend) == 200, 20)
    assert status("around.shop.traefik.mesh", "/api/x", stranger) == 403
    assert status("around.shop.traefik.mesh", "/other", friend) == 403
    assert status("cart.shop.windrose.mesh", "/api/x", friend) == 200
    mesh.cluster.delete(target)
    until("nobody is allowed any more", lambda: status("cart.shop.traefik.mesh", "/api/x", friend) == 403, 20)


def people_see_what_is_wrong(mesh):
    """The dashboard is there, and asks addresses that tell what an Event of the object tells."""
    code, page = asked("127.0.0.1", mesh.api, "/dashboard/")
    assert code == 200 and "Windrose mesh" in page, (code, page)
    assert asked("127.0.0.1", mesh.api, "/")[0] == 302
    mesh.service("shop", "strange", [], traffic_type="smtp")
    problems = lambda: mesh.shown("windrose/mesh/problems?search=strange")[1]
    until("it is a problem", lambda: len(problems()) > 0, 10)
    row = problems()[0]
    assert row["object"] == {"kind": "Service", "namespace": "shop", "name": "strange"} and "unsupported traffic type" in row["message"], row
    about = lambda: [one for one in mesh.objects.listed("v1", "Event", "shop") if one["involvedObject"]["name"] == "strange"]
    until("an Event tells the same", lambda: any(one["message"].endswith(row["message"]) for one in about()), 10)
    assert mesh.shown("windrose/mesh/services/shop/strange")[1]["ports"][0]["entryPoint"] is None
    overview = mesh.shown("windrose/mesh/overview")[1]
    assert overview["keepsFigures"] is True and overview["services"]["wrong"] >= 1 and overview["nodes"]["total"] >= 1, overview
    missed = [one for one in mesh.shown("windrose/mesh/problems")[1] if (one["object"] or {}).get("kind") == "CustomResourceDefinition"]
    assert missed == [], "the chart has brought all kinds"
    mesh.cluster.delete({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "strange", "namespace": "shop"}})
    until("it is none any more", lambda: problems() == [], 10)


def it_leaves_nothing_behind(mesh):
    """After it is gone the cluster is as it was."""
    for part in list(mesh.parts):
        mesh.stop(part)
    mesh.helm.must("uninstall", "mesh", "--namespace", NAMESPACE, "--no-hooks")
    hooks = [one for one in mesh.rendered if "helm.sh/hook" in (one["metadata"].get("annotations") or {})]
    for one in hooks:
        if one["kind"] != "Job":
            mesh.objects.make(one)
    job = next(one for one in hooks if one["kind"] == "Job")
    account = mesh.kubeconfig("cleanup", token_of(mesh.cluster, NAMESPACE, "traefik-mesh-cleanup"))
    args = job["spec"]["template"]["spec"]["containers"][0]["args"]
    done = subprocess.run([mesh.program, *args, f"--kubeConfig={account}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert mesh.cluster.ask("GET", f"/api/v1/namespaces/{NAMESPACE}/secrets/traefik-mesh-metrics-api")[0] == 404
    left = [one["metadata"]["name"] for one in mesh.objects.listed("v1", "Service", NAMESPACE)]
    assert left == [], left
    assert mesh.cluster.ask("GET", "/api/v1/namespaces/kube-system/configmaps/coredns")[1]["data"]["Corefile"] == COREFILE


CHECKS = [the_chart_takes_the_originals_values, http_goes_by_name, names_resolve, a_split_takes_one_hop, people_see_what_is_wrong, what_the_original_installed_is_taken_over, owners_ask_for_more, pods_come_and_go, without_the_controller_it_goes_on, another_controller_takes_over,
          dns_is_configured_and_mended, *figures.CHECKS, *edge.CHECKS, access_is_held_to_targets, *figures.CHECKS_OF_ACCESS, *edge.CHECKS_OF_ACCESS, it_leaves_nothing_behind]


def main(work, bin, server, program, original, *words):
    mesh = Mesh(work, bin, server, program, original)
    failures = 0
    try:
        for namespace in ["shop", NAMESPACE, "strict"]:
            labels = {"pod-security.kubernetes.io/enforce": "restricted"} if namespace == "strict" else {}
            mesh.objects.make({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels}})
        mesh.objects.make({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "coredns", "namespace": "kube-system"}, "data": {"Corefile": COREFILE}})
        template = {"metadata": {"labels": {"k8s-app": "kube-dns"}}, "spec": {
            "containers": [{"name": "coredns", "image": "registry.example/coredns:1.11.3"}],
            "volumes": [{"name": "config", "configMap": {"name": "coredns"}}]}}
        mesh.objects.make({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "coredns", "namespace": "kube-system"},
                           "spec": {"selector": {"matchLabels": {"k8s-app": "kube-dns"}}, "template": template}})
        mesh.install(kubedns=True, trafficMetrics=True)
        figures.prepare(mesh)
        for part in ["controller", "dns", "node"]:
            mesh.start(part)
        until("the controller is ready", lambda: mesh.shown("status/readiness")[0] == 200, 30)
        until("the node is ready", lambda: asked("127.0.0.1", 1081, "/ping")[0] == 200, 30)
        for check in [one for one in CHECKS if not words or any(word in one.__name__ for word in words)]:
            began = time.monotonic()
            try:
                check(mesh)
                print(f"ok   {check.__name__} ({time.monotonic() - began:.1f} s)", flush=True)
            except (AssertionError, TimeoutError, KeyError, TypeError) as wrong:
                failures += 1
                print(f"FAIL {check.__name__}: {type(wrong).__name__} {wrong}", flush=True)
    finally:
        mesh.close()
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])

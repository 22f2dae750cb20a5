"""TrafficMetrics through a real API server: who talks to whom, and what policies denied."""

import http.client
import json
import socket
import ssl
import time

from cluster import TOKEN, port, until
from rights import token_of

NAMESPACE = "traefik-mesh"
GROUP = "/apis/metrics.smi-spec.io/v1alpha1"
WEB, GUEST = "127.0.7.31", "127.0.7.32"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"


def prepare(mesh):
    """What a kubelet and the cluster's controllers would say of the mesh's own pods."""
    own_pod(mesh, "proxy-one", "maesh-mesh", "127.0.0.1")
    mesh.account("shop", "web")


def own_pod(mesh, name, component, address):
    refused = mesh.cluster.apply({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"app": "maesh", "component": component}},
        "spec": {"containers": [{"name": "main", "image": "main", "securityContext": {}}]},
        "status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}]}})
    assert refused is None, refused


def lead_here(mesh, number):
    """Has the API server find a controller at an address of this machine."""
    refused = mesh.cluster.apply({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": "traefik-mesh-controller", "namespace": NAMESPACE, "labels": {"kubernetes.io/service-name": "traefik-mesh-controller"}},
        "ports": [{"name": "metrics-api", "port": number, "protocol": "TCP"}],
        "endpoints": [{"addresses": [own_address()], "conditions": {"ready": True}}]})
    assert refused is None, refused


def own_address():
    """An address of this machine that is none of the loopback network, to which no API server goes."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        # Nothing is sent: the system only says which address it would take.
        one.connect(("198.18.0.1", 9))
        return one.getsockname()[0]


def member(mesh, name, address, made_by=None, serves=False):
    """A pod that a Deployment made."""
    digest = "5d9c"
    refused = mesh.cluster.apply({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "labels": {"app": made_by or name, **({"pod-template-hash": digest} if made_by else {})},
                     "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": f"{made_by}-{digest}", "uid": "1", "controller": True}] if made_by else []},
        "spec": {"serviceAccountName": "web", "containers": [{"name": "main", "image": "main", "ports": [{"name": "web", "containerPort": mesh.number}]}]},
        "status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}]}})
    assert refused is None, refused
    mesh.address[name] = address
    if serves:
        import live
        mesh.pods[name] = live.Pod(name, address, mesh.number)


def asked(mesh, path, token=TOKEN, accept="application/json"):
    """What the API server answers."""
    context = ssl.create_default_context(cafile=str(mesh.work / "ca.crt"))
    connection = http.client.HTTPSConnection("127.0.0.1", mesh.cluster.port, timeout=30, context=context)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}", "Accept": accept})
        answer = connection.getresponse()
        text = answer.read().decode()
        return answer.status, json.loads(text) if text.startswith("{") else text
    finally:
        connection.close()


def items(mesh, path):
    code, answer = asked(mesh, f"{GROUP}/{path}")
    return answer["items"] if code == 200 else []


def metric(item, name):
    return next(one["value"] for one in item["metrics"] if one["name"] == name)


def count(found, name="success_count"):
    return sum(int(metric(item, name)) for item in found)


def call(name, path="/", source=None, number=5000):
    connection = http.client.HTTPConnection("127.0.0.1", number, timeout=5, source_address=(source, 0) if source else None)
    try:
        connection.request("GET", path, headers={"Host": name})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def the_api_is_there(mesh):
    """The API server believes the controller's certificate, and knows all resources of the group."""
    lead_here(mesh, mesh.metrics)
    until("the group is served", lambda: asked(mesh, GROUP)[0] == 200, 60)
    resources = {one["name"]: one for one in asked(mesh, GROUP)[1]["resources"]}
    assert {"pods", "pods/edges", "deployments", "namespaces", "trafficsplits"} <= resources.keys(), resources
    for version in ["v1alpha1", "v1alpha2"]:
        path = f"/apis/apiregistration.k8s.io/v1/apiservices/{version}.metrics.smi-spec.io"
        available = lambda: [one["status"] for one in mesh.cluster.ask("GET", path)[1].get("status", {}).get("conditions", []) if one["type"] == "Available"]
        until(f"{version} is available", lambda: available() == ["True"], 60)


def edges_are_who_talks_to_whom(mesh):
    """Requests of a pod are found at the pod, at what made it and at those who answered; numbers are exact."""
    member(mesh, "web-5d9c-1", WEB, made_by="web")
    member(mesh, "goods-5d9c-1", "127.0.7.33", made_by="goods", serves=True)
    mesh.service("shop", "goods", ["goods-5d9c-1"])
    until("the service is routed", lambda: call("goods.shop.traefik.mesh") == 200, 10)
    began = time.time()
    for _ in range(20):
        assert call("goods.shop.traefik.mesh", source=WEB) == 200
    edges = lambda kind, name: items(mesh, f"namespaces/shop/{kind}/{name}/edges?t=2m")
    until("all requests are told of", lambda: count(edges("pods", "web-5d9c-1")) == 20, 30)
    print(f"     told {time.time() - began:.1f} s after the first request")
    [edge] = edges("deployments", "web")
    assert (edge["kind"], edge["apiVersion"]) == ("TrafficMetrics", "metrics.smi-spec.io/v1alpha1")
    assert edge["resource"] == {"kind": "Deployment", "namespace": "shop", "name": "web"}
    assert edge["edge"] == {"direction": "to", "side": "client", "resource": {"kind": "Deployment", "namespace": "shop", "name": "goods"}}
    assert edge["window"] == "2m0s" and metric(edge, "failure_count") == "0"
    assert [one["name"] for one in edge["metrics"]] == [
        "p99_response_latency", "p90_response_latency", "p50_response_latency", "success_count", "failure_count"]
    assert {one["unit"] for one in edge["metrics"][:3]} == {"ms"} and metric(edge, "p99_response_latency") != "0"
    # What the tests ask themselves comes from the address of the node's pod.
    back = [one for one in edges("pods", "goods-5d9c-1") if one["edge"]["direction"] == "from" and one["edge"]["resource"]["namespace"] == "shop"]
    assert [one["edge"]["resource"]["name"] for one in back] == ["web-5d9c-1"] and count(back) == 20, back
    one = asked(mesh, f"{GROUP}/namespaces/shop/services/goods?t=2m")[1]
    assert one["edge"]["direction"] == "from" and int(metric(one, "success_count")) >= 20, one
    # The numbers are those that Prometheus sees.
    shown = http_text("127.0.0.1", 8080, "/metrics")
    series = [line for line in shown.splitlines() if line.startswith("traefik_service_requests_total{") and 'service="shop-goods-80@mesh"' in line and 'code="200"' in line]
    assert int(metric(one, "success_count")) == sum(int(float(line.rsplit(" ", 1)[1])) for line in series), (one["metrics"], series)


def http_text(host, number, path):
    connection = http.client.HTTPConnection(host, number, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def a_split_says_what_each_backend_was_given(mesh):
    """By backend, with weights, as a canary is judged."""
    split = {"apiVersion": "split.smi-spec.io/v1alpha4", "kind": "TrafficSplit", "metadata": {"name": "trial", "namespace": "shop"},
             "spec": {"service": "goods", "backends": [{"service": "cart-v1", "weight": 3}, {"service": "cart-v2", "weight": 1}]}}
    assert mesh.cluster.apply(split) is None
    server = lambda: json.dumps(mesh.shown("configuration/current")[1]["http"]["routers"])
    until("the controller has the split", lambda: "shop-goods-trial-80" in server(), 10)
    until("the node has it, too", lambda: "shop-goods-trial-80" in http_text("127.0.0.1", 8080, "/api/http/routers"), 10)
    for _ in range(8):
        assert call("goods.shop.traefik.mesh", source=WEB) == 200
    found = lambda: items(mesh, "namespaces/shop/trafficsplits/trial?t=1m")
    until("all requests are told of", lambda: count(found()) == 8, 30)
    assert [(one["backend"], metric(one, "success_count")) for one in found()] == [
        ({"apex": "goods", "name": "cart-v1", "weight": 3}, "6"), ({"apex": "goods", "name": "cart-v2", "weight": 1}, "2")], found()
    mesh.cluster.delete(split)
    until("the service answers itself again", lambda: "shop-goods-trial-80" not in http_text("127.0.0.1", 8080, "/api/http/routers"), 10)


def tools_see_a_table(mesh):
    """What kubectl asks for first is answered."""
    code, table = asked(mesh, f"{GROUP}/namespaces/shop/deployments?limit=500", accept=TABLE)
    assert code == 200 and table["kind"] == "Table", table
    columns = [one["name"] for one in table["columnDefinitions"]]
    rows = [dict(zip(columns, row["cells"])) for row in table["rows"]]
    assert {"web", "goods"} <= {row["Name"] for row in rows}, rows
    assert all(row["object"]["metadata"]["namespace"] == "shop" for row in table["rows"])


def nobody_goes_round_permissions(mesh):
    """Without a right to see figures there are none, and the controller answers nobody but the API server."""
    mesh.account("shop", "nosy")
    nosy = token_of(mesh.cluster, "shop", "nosy")
    path = f"{GROUP}/namespaces/shop/deployments"
    assert asked(mesh, path, nosy)[0] == 403
    refused = mesh.cluster.ask("POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings", {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "nosy"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "traefik-mesh-metrics-view"},
        "subjects": [{"kind": "ServiceAccount", "name": "nosy", "namespace": "shop"}]})
    assert refused[0] == 201, refused
    until("it may see them now", lambda: asked(mesh, path, nosy)[0] == 200, 10)
    assert asked(mesh, f"{GROUP}/deployments", nosy)[0] == 403
    for certificate, expected in [(None, 401), ("impostor", 401), ("server", 401), ("front", 200)]:
        assert directly(mesh, path, certificate) == expected, certificate
    # Neither without TLS, nor at the other port.
    assert b" 404 " in plainly(mesh.api, path) and b" 200 " not in plainly(mesh.metrics, path)


def directly(mesh, path, certificate):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if certificate:
        context.load_cert_chain(mesh.work / f"{certificate}.crt", mesh.work / f"{certificate}.key")
    connection = http.client.HTTPSConnection("127.0.0.1", mesh.metrics, timeout=5, context=context)
    try:
        connection.request("GET", path, headers={"X-Remote-User": "admin", "X-Remote-Group": "system:masters"})
        return connection.getresponse().status
    finally:
        connection.close()


def plainly(number, path):
    with socket.create_connection(("127.0.0.1", number), timeout=5) as one:
        one.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        return one.recv(4096)


def only_nodes_report(mesh):
    """Figures of somebody who is no node are not taken, and nothing of a report that makes no sense."""
    report = lambda source, body: reported(mesh, source, body)
    assert report("127.0.7.99", {"run": "a", "slices": []}) == 403
    assert report("127.0.0.1", {"run": "a", "slices": []}) == 200
    assert report("127.0.0.1", {"run": "a b", "slices": []}) == 422
    assert report("127.0.0.1", {"run": "a", "slices": [{"number": 1 << 40, "flows": []}]}) == 422
    assert report("127.0.0.1", ["nonsense"]) == 422


def reported(mesh, source, body):
    connection = http.client.HTTPConnection("127.0.0.1", mesh.api, timeout=5, source_address=(source, 0))
    try:
        connection.request("POST", "/api/windrose/mesh/figures", json.dumps(body), {"Content-Type": "application/json"})
        return connection.getresponse().status
    finally:
        connection.close()


def connections_count_as_well(mesh):
    """A Service of TCP: connections that reached a server, and those that did not."""
    member(mesh, "store-5d9c-1", "127.0.7.34", made_by="store", serves=True)
    mesh.service("shop", "store", ["store-5d9c-1"], traffic_type="tcp")
    shadow = lambda: [one for one in mesh.objects.listed("v1", "Service", NAMESPACE) if one["metadata"]["name"].startswith(f"{NAMESPACE}-store-")]
    number = until("it has a port", lambda: shadow() and shadow()[0]["spec"]["ports"][0]["targetPort"], 10)

    def opened():
        try:
            return call("store", source=WEB, number=number) == 200
        except OSError:
            return False

    until("connections are carried", opened, 10)
    for _ in range(4):
        assert opened()
    mesh.pods.pop("store-5d9c-1").stop()
    for _ in range(3):
        assert not opened()
    store = lambda: items(mesh, "namespaces/shop/deployments/store/edges?t=2m")
    until("they are told of", lambda: count(store(), "failure_count") == 3, 30)
    assert count(store()) >= 5 and [one["edge"]["resource"]["name"] for one in store()] == ["web"], store()


def controllers_answer_the_same(mesh):
    """Every controller is told everything, and one that begins anew is told what came before."""
    path, ports = f"{GROUP}/namespaces/shop/deployments/web/edges?t=1m", {"127.0.7.101": port(), "127.0.7.102": port()}
    mesh.stop("controller")
    mesh.stop("node")
    for at in ports:
        own_pod(mesh, f"controller-{at[-1]}", "controller", at)

    def begin(at):
        args = [*mesh.args("Deployment", "traefik-mesh-controller"), f"--kubeConfig={mesh.work / 'traefik-mesh-controller.kubeconfig'}"]
        return mesh.cluster.spawn(f"controller-{at[-1]}", [mesh.program, *args, f"--apiHost={at}", f"--apiPort={mesh.api}", f"--metricsPort={ports[at]}"])

    def same():
        one, other = [direct(mesh, at, number, path) for at, number in ports.items()]
        return one and other and one == other and count(one) == 10

    running = {at: begin(at) for at in ports}
    try:
        mesh.start("node", controller="127.0.7.101")
        until("the service is routed", lambda: mesh.answers("goods.shop.traefik.mesh"), 30)
        for _ in range(10):
            assert call("goods.shop.traefik.mesh", source=WEB) == 200
        until("both say the same", same, 40)
        running["127.0.7.102"].kill()
        running["127.0.7.102"].wait()
        running["127.0.7.102"] = begin("127.0.7.102")
        until("both say the same again", same, 40)
    finally:
        for process in running.values():
            process.terminate()
            process.wait(20)
        for at in ports:
            mesh.cluster.delete({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"controller-{at[-1]}", "namespace": NAMESPACE}})
        mesh.stop("node")
        for part in ["controller", "node"]:
            mesh.start(part)
    until("the service is routed again", lambda: mesh.answers("goods.shop.traefik.mesh"), 30)


def direct(mesh, host, number, path):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(mesh.work / "front.crt", mesh.work / "front.key")
    connection = http.client.HTTPSConnection(host, number, timeout=5, context=context)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        found = json.loads(answer.read())
        return found["items"] if answer.status == 200 else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


def what_policies_denied_is_told(mesh):
    """By client, Service and policy at the controller; by policy in metrics; beside the figures through the API server."""
    member(mesh, "web-5d9c-1", WEB, made_by="web")
    for _ in range(7):
        assert call("goods.shop.traefik.mesh", source=WEB) == 403
    # The controller was begun anew a moment ago, and the API server takes its time to see that it is there again.
    page = f"{GROUP}/namespaces/shop/services/goods?t=1m"
    until("figures are shown again", lambda: mesh.shown("windrose/mesh/traffic")[0] == 200 and asked(mesh, page)[0] == 200, 40)
    denied = lambda: [one for one in mesh.shown("windrose/mesh/traffic")[1]["traffic"] if one["denied"] and one["service"] == "shop/goods"]
    until("they are told of", lambda: sum(one["denied"] for one in denied()) == 7, 30)
    [one] = denied()
    assert one["client"] == {"kind": "Deployment", "name": "shop/web", "serviceAccount": "shop/web"}, one
    assert one["policy"] == "no TrafficTarget", one
    shown = http_text("127.0.0.1", 8080, "/metrics")
    assert 'windrose_mesh_denied_total{policy="no TrafficTarget",service="shop/goods"} 7' in shown, [line for line in shown.splitlines() if "mesh" in line]
    goods = asked(mesh, page)[1]
    assert goods["metadata"]["annotations"] == {"mesh.traefik.io/denied-count": "7"}, goods
    log = (mesh.work / "node.log").read_text()
    assert "no TrafficTarget" in log and WEB in log


CHECKS = [the_api_is_there, edges_are_who_talks_to_whom, a_split_says_what_each_backend_was_given, tools_see_a_table, nobody_goes_round_permissions, only_nodes_report, connections_count_as_well,
          controllers_answer_the_same]
CHECKS_OF_ACCESS = [what_policies_denied_is_told]

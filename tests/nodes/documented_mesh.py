"""What people find written about the mesh, applied as it is."""

from cluster import until
from gateway import whoami
from mesh import NAMESPACE, answered


def inside(whole, pod, *words):
    """What our program prints in a pod."""
    return whole.node_of(pod).inside(pod, "/peer", *words).stdout


def fetched(whole, pod, host):
    return inside(whole, pod, "get", f"http://{host}/")


def echoed(whole, pod, host):
    return inside(whole, pod, "say", f"{host}:8080", "my data")


def running(whole, namespace, **labels):
    return until(f"a pod {labels} runs", lambda: next((
        one for one in whole.pods_of(namespace, **labels)
        if any(status["ready"] for status in one["status"].get("containerStatuses", []))), None), 60)


def annotated_services_are_in_the_mesh(whole):
    whole.apply("whoami-namespace-and-apps.yaml")
    for name in ["whoami", "whoami-tcp"]:
        whole.settled("whoami", name)
    pod = until("the client runs", lambda: next((one for one in whole.pods_of("whoami") if one["metadata"]["name"] == "whoami-client"
                and any(status["ready"] for status in one["status"].get("containerStatuses", []))), None), 60)
    plain = until("plain names answer", lambda: fetched(whole, pod, "whoami.whoami.svc.cluster.local"), 20)
    assert "X-Forwarded" not in plain, plain
    until("plain names take bytes", lambda: echoed(whole, pod, "whoami-tcp.whoami.svc.cluster.local") == "Received: my data\n", 20)
    whole.apply("whoami-services-annotated.yaml")
    until("the mesh answers", lambda: "X-Forwarded-For" in fetched(whole, pod, "whoami.whoami.traefik.mesh"), 60)
    until("bytes go through it", lambda: echoed(whole, pod, "whoami-tcp.whoami.traefik.mesh") == "Received: my data\n", 60)
    assert "X-Forwarded" not in fetched(whole, pod, "whoami.whoami.svc.cluster.local")


def a_server_sees_who_asked(whole):
    whole.make({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "test"}})
    for name in ["server", "client"]:
        whole.apply(f"{name}.yaml")
        whole.settled("test", name)
    pod = running(whole, "test", app="client")
    address = pod["status"]["podIP"]
    body = until("the mesh answers", lambda: fetched(whole, pod, "server.test.traefik.mesh"), 60)
    seen = dict(line.split(": ", 1) for line in body.replace("\r", "").splitlines() if line.startswith(("X-", "Accept-Enc", "Uber")))
    proxies = {one["spec"]["nodeName"]: one["metadata"]["name"] for one in whole.pods_of(NAMESPACE, component="maesh-mesh")}
    assert seen == {
        "X-Forwarded-For": address, "X-Real-Ip": address, "X-Forwarded-Host": "server.test.traefik.mesh", "X-Forwarded-Port": "80",
        "X-Forwarded-Proto": "http", "X-Forwarded-Server": proxies[pod["spec"]["nodeName"]]}, body


def older_annotations_count(whole):
    web, _ = whoami("web-application")
    database, _ = whoami("mongo-database")
    database["spec"]["template"]["spec"]["containers"] = [{"name": "mongo", "image": "mongo:4.0"}]
    for object in [web, database]:
        whole.make(object)
    whole.apply("legacy-annotations.yaml")
    for name in ["web-application", "mongo-database"]:
        whole.settled("default", name)
    client = whole.clients["stranger", "one"]
    for zone in ["maesh", "traefik.mesh"]:
        until(f"HTTP answers in {zone}", lambda: answered(client, f"http://web-application.default.{zone}") == 200, 60)
        tcp = lambda: client.asked("/tcp", address=f"mongo-database.default.{zone}:27017", send="x")["body"]
        until(f"TCP answers in {zone}", lambda: tcp() == "Received: x\n", 60)


CASES = [annotated_services_are_in_the_mesh, a_server_sees_who_asked, older_annotations_count]

"""What is written for the edge acts on traffic of the mesh: Middlewares with their Secrets, and a TraefikService."""

import base64
import hashlib
import json
import pathlib

import yaml

from cluster import until
from rights import allowed

DEFINITIONS = pathlib.Path(__file__).resolve().parents[2] / "charts/windrose-crds/definitions"
GROUP = "traefik.io/v1alpha1"
HOST = "desk.shop.traefik.mesh"
ACCOUNT = "traefik-mesh/traefik-mesh-controller"
HASH = "{SHA}" + base64.b64encode(hashlib.sha1(b"open sesame").digest()).decode()
LOGIN = {"Authorization": "Basic " + base64.b64encode(b"anna:open sesame").decode()}


def written(mesh, kind, name, spec):
    refused = mesh.cluster.apply({"apiVersion": GROUP, "kind": kind, "metadata": {"name": name, "namespace": "shop"}, "spec": spec})
    assert refused is None, refused


def told(mesh, words):
    events = mesh.objects.listed("v1", "Event", "shop")
    return any(words in one["message"] for one in events if one["involvedObject"]["name"] == "desk" and one["involvedObject"]["kind"] == "Service")


def secrets_are_the_controllers(mesh):
    return allowed(mesh.cluster, ACCOUNT, "", "secrets", "list") and allowed(mesh.cluster, ACCOUNT, "", "secrets", "watch")


def what_is_named_and_missing_closes_a_service(mesh):
    """A Middleware that is not there, and one whose Secret may not be read: nothing answers, and an Event says why."""
    from live import call, status
    for plural in ["middlewares", "traefikservices"]:
        refused = mesh.cluster.apply(yaml.safe_load((DEFINITIONS / f"traefik.io_{plural}.yaml").read_text()))
        assert refused is None, refused
        until(f"{plural} are served", lambda: mesh.cluster.ask("GET", f"/apis/{GROUP}/{plural}")[0] == 200)
    for version, address in [("v1", "127.0.7.41"), ("v2", "127.0.7.42")]:
        mesh.pod("shop", f"desk-{version}", address, f"desk-{version}")
        mesh.service("shop", f"desk-{version}", [f"desk-{version}"])
    mesh.service("shop", "desk", ["desk-v1"])
    until("the service is routed", lambda: status(HOST) == 200, 20)
    mesh.service("shop", "desk", ["desk-v1"], middlewares="heads, shop-auth@kubernetescrd")
    until("it is closed", lambda: status(HOST) == 503, 20)
    until("an Event says what is missing", lambda: told(mesh, "there is no Middleware shop/heads"), 20)
    written(mesh, "Middleware", "heads", {"headers": {"customRequestHeaders": {"X-Desk": "of the edge"}}})
    until("an Event says what is missing next", lambda: told(mesh, "there is no Middleware shop/auth"), 20)
    refused = mesh.cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "users", "namespace": "shop"},
                                  "stringData": {"users": f"anna:{HASH}\n"}})
    assert refused is None, refused
    written(mesh, "Middleware", "auth", {"basicAuth": {"secret": "users"}})
    until("an Event says that Secrets are not read", lambda: told(mesh, "set readSecrets"), 20)
    assert status(HOST) == 503 and not secrets_are_the_controllers(mesh)
    # Others are not concerned.
    assert call("desk-v1.shop.traefik.mesh")[1]["pod"] == "desk-v1"


def middlewares_of_the_edge_act(mesh):
    """With Secrets read, users are asked for their password and headers are set; what the Secret holds is for nodes alone."""
    from live import asked, call, status
    mesh.install(kubedns=True, trafficMetrics=True, controller={"readSecrets": True})
    until("the controller may read Secrets", lambda: secrets_are_the_controllers(mesh), 20)
    mesh.stop("controller")
    mesh.start("controller")
    until("a password is asked for", lambda: status(HOST) == 401, 40)
    code, answer = call(HOST, headers=LOGIN)
    assert code == 200 and answer["headers"]["x-desk"] == "of the edge", (code, answer)
    page, hidden = "/api/windrose/mesh/configuration", HASH.removeprefix("{SHA}")
    assert hidden in json.dumps(asked("127.0.0.1", mesh.api, page)[1]), "a node is not told what it needs"
    assert asked("127.0.0.1", mesh.api, page, source="127.0.7.43")[0] == 403, "somebody who is no node is told"
    for shown in ["configuration/current", "topology/current", "status/node/proxy-one/configuration"]:
        code, answer = mesh.shown(shown)
        assert code == 200 and hidden not in json.dumps(answer), shown
    assert "shop-auth-middleware" in mesh.shown("configuration/current")[1]["http"]["middlewares"]
    assert not any(hidden in log.read_text(errors="replace") for log in mesh.work.glob("*.log")), "it is in a log"


def a_traefik_service_takes_one_hop(mesh):
    """Requests are shared out by weight to the pods of both Services, and marked ones go where they are meant to."""
    from live import call, status
    written(mesh, "TraefikService", "canary", {"weighted": {"services": [
        {"name": "desk-v1", "port": 80, "weight": 3}, {"name": "desk-v2", "port": 80, "weight": 1, "header": {"name": "X-Canary"}}]}})
    mesh.service("shop", "desk", ["desk-v1"], middlewares="heads,auth", traefik_service="canary")
    pod = lambda **marks: call(HOST, headers=LOGIN | marks)[1]["pod"]
    until("requests are shared out", lambda: "desk-v2" in {pod() for _ in range(4)}, 20)
    seen = [call(HOST, headers=LOGIN)[1] for _ in range(40)]
    assert sum(one["pod"] == "desk-v2" for one in seen) == 10, [one["pod"] for one in seen]
    assert all(one["headers"]["host"] == HOST and one["headers"]["x-desk"] == "of the edge" for one in seen)
    assert {pod(**{"X-Canary": "always"}) for _ in range(6)} == {"desk-v2"}
    assert {pod(**{"X-Canary": "never"}) for _ in range(6)} == {"desk-v1"}
    assert status(HOST) == 401
    mesh.cluster.delete({"apiVersion": GROUP, "kind": "Middleware", "metadata": {"name": "auth", "namespace": "shop"}})
    until("without its Middleware it is closed", lambda: status(HOST, headers=LOGIN) == 503, 20)


CHECKS = [what_is_named_and_missing_closes_a_service, middlewares_of_the_edge_act, a_traefik_service_takes_one_hop]


def every_part_has_to_be_open(mesh):
    """With ACL a client passes a TraefikService when targets of all its Services let it in; its own Service's do not matter."""
    from live import call, status
    friend = "127.0.7.44"
    mesh.pod("shop", "desk-friend", friend, "desk-friend", serves=False)
    mesh.service("shop", "desk", ["desk-v1"], middlewares="heads", traefik_service="canary")
    refused = mesh.cluster.apply({"apiVersion": "specs.smi-spec.io/v1alpha4", "kind": "HTTPRouteGroup", "metadata": {"name": "all", "namespace": "shop"},
                                  "spec": {"matches": [{"name": "all", "pathRegex": ".*"}]}})
    assert refused is None, refused

    def target(version):
        subject = lambda name: {"kind": "ServiceAccount", "name": name, "namespace": "shop"}
        refused = mesh.cluster.apply({"apiVersion": "access.smi-spec.io/v1alpha3", "kind": "TrafficTarget", "metadata": {"name": f"desk-{version}", "namespace": "shop"},
                                      "spec": {"destination": subject(f"desk-{version}"), "sources": [subject("desk-friend")], "rules": [{"kind": "HTTPRouteGroup", "name": "all"}]}})
        assert refused is None, refused

    target("v1")
    until("one of its Services is open", lambda: status("desk-v1.shop.traefik.mesh", source=friend) == 200, 20)
    assert status(HOST, source=friend) == 403
    target("v2")
    until("both are", lambda: status(HOST, source=friend) == 200, 20)
    seen = [call(HOST, source=friend)[1] for _ in range(8)]
    assert {one["pod"] for one in seen} == {"desk-v1", "desk-v2"} and all(one["headers"]["x-desk"] for one in seen), seen
    assert status(HOST) == 403 and status(HOST, source="127.0.7.22") == 403


CHECKS_OF_ACCESS = [every_part_has_to_be_open]

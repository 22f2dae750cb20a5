"""The gateway as its charts install it: routes, updates, pods that come and go, an API server that is gone."""

import os
import pathlib
import time
import urllib.error
import urllib.request

from cluster import until
from load import Load

CHARTS = pathlib.Path(__file__).resolve().parents[2] / "charts"
NAMESPACE = "edge"
VALUES = {
    "image": {"registry": "windrose.test", "repository": "windrose", "tag": "1"},
    "deployment": {"replicas": 2},
    "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "DoNotSchedule",
                                   "labelSelector": {"matchLabels": {"app.kubernetes.io/name": "windrose"}}}],
}
# What a cloud would give the Service.
OUTSIDE = "198.18.255.1"


def status(host, path="/", address=OUTSIDE, headers=None):
    """Status and body; 0 where nobody answers."""
    request = urllib.request.Request(f"http://{address}{path}", headers={"Host": host, **(headers or {})})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def definitions(whole):
    whole.helm.must("upgrade", "--install", "windrose-crds", CHARTS / "windrose-crds")


def upgrade(whole, **more):
    whole.helm.must("upgrade", "--install", "windrose", CHARTS / "windrose", "--namespace", NAMESPACE, "--create-namespace",
                    values={**VALUES, **more})


def whoami(name, replicas=2, namespace="default", **more):
    """A Deployment and its Service."""
    labels = {"app": name}
    pod = {"terminationGracePeriodSeconds": 20, **more, "containers": [{
        "name": "whoami", "image": "windrose.test/whoami:1", "ports": [{"name": "http", "containerPort": 80}],
        "readinessProbe": {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 1}}]}
    return [
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": namespace}, "spec": {
            "replicas": replicas, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}}},
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": namespace}, "spec": {
            "selector": labels, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]}}]


def route(name, host, service, group="traefik.io", namespace="default"):
    return {"apiVersion": f"{group}/v1alpha1", "kind": "IngressRoute", "metadata": {"name": name, "namespace": namespace}, "spec": {
        "entryPoints": ["web"], "routes": [{"match": f"Host(`{host}`)", "kind": "Rule", "services": [{"name": service, "port": 80}]}]}}


def charts_install_a_gateway_that_routes(whole):
    definitions(whole)
    upgrade(whole)
    whole.settled(NAMESPACE, "windrose")
    pods = whole.pods_of(NAMESPACE)
    assert {one["spec"]["nodeName"] for one in pods} == {"one", "two"}, pods
    assert {one["spec"]["serviceAccountName"] for one in pods} == {"windrose"}
    # What the controller of a cloud does.
    whole.changed("v1", "Service", "windrose", {"status": {"loadBalancer": {"ingress": [{"ip": OUTSIDE}]}}}, NAMESPACE, "/status")
    for object in [*whoami("whoami"), route("one", "route.test", "whoami"),
                   {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "two"}, "spec": {
                       "ingressClassName": "traefik", "rules": [{"host": "ingress.test", "http": {"paths": [{
                           "path": "/", "pathType": "Prefix", "backend": {"service": {"name": "whoami", "port": {"name": "http"}}}}]}}]}}]:
        whole.make(object)
    whole.settled("default", "whoami")
    names = {one["metadata"]["name"] for one in whole.pods_of("default", app="whoami")}
    for host in ["route.test", "ingress.test"]:
        # By both gateways.
        until(f"every pod answers for {host}, and nobody else", lambda: {status(host)[1].split()[1] for _ in range(20)} == names, 20)
    assert status("other.test")[0] == 404
    written = lambda: whole.got("networking.k8s.io/v1", "Ingress", "two")["status"].get("loadBalancer", {}).get("ingress")
    until("the Ingress says where it is", lambda: written() == [{"ip": OUTSIDE}], 20)


def a_rolling_update_of_the_gateway_loses_nothing(whole):
    before = {one["metadata"]["name"] for one in whole.pods_of(NAMESPACE)}
    with Load(whole, f"http://{whole.address(NAMESPACE, 'windrose')}/", "route.test"):
        upgrade(whole, deployment={"replicas": 2, "podAnnotations": {"version": "2"}})
        whole.settled(NAMESPACE, "windrose")
        until("the old pods are gone", lambda: not before & {
            one["metadata"]["name"] for one in whole.objects.listed("v1", "Pod", NAMESPACE)}, 60)
    assert not before & {one["metadata"]["name"] for one in whole.pods_of(NAMESPACE)}


def pods_are_replaced_under_load(whole):
    """Thirty, or a hundred in the long form: rolling restarts, and more and fewer pods: of the same Service, so that addresses come back as others."""
    count = 100 if os.environ.get("LONG") else 30
    seen = set()
    keep = lambda: seen.update(one["metadata"]["name"] for one in whole.objects.listed("v1", "Pod", "default")
                               if one["metadata"].get("labels", {}).get("app") == "many")
    for object in [*whoami("many", 10), route("many", "many.test", "many")]:
        whole.make(object)
    whole.settled("default", "many")
    until("it is routed", lambda: status("many.test")[0] == 200, 20)
    keep()
    first = len(seen)
    with Load(whole, f"http://{OUTSIDE}/", "many.test") as load:
        turn = 0
        while len(seen) - first < count:
            turn += 1
            wanted = 14 if turn % 2 else 10
            template = {"metadata": {"annotations": {"turn": str(turn)}}}
            whole.changed("apps/v1", "Deployment", "many", {"spec": {"replicas": wanted, "template": template, "strategy": {
                "rollingUpdate": {"maxSurge": 6, "maxUnavailable": 4}}}})
            whole.settled("default", "many")
            keep()
    assert len(load.result["by"]) > count // 2, load.result["by"]
    for kind, version in [("Deployment", "apps/v1"), ("Service", "v1")]:
        whole.remove(version, kind, "many")


def traffic_goes_on_without_the_api_server(whole):
    with Load(whole, f"http://{OUTSIDE}/", "route.test"):
        whole.stop_server()
        gone = time.monotonic()
        while time.monotonic() - gone < 25:
            assert status("route.test")[0] == 200
            time.sleep(0.5)
        whole.start()
        whole.make(route("after", "after.test", "whoami"))
        until("a change is seen", lambda: status("after.test")[0] == 200, 60)
    whole.settled(NAMESPACE, "windrose")


def uninstalling_leaves_the_definitions(whole):
    """What people wrote stays, and nothing of the gateway does."""
    whole.helm.must("uninstall", "windrose", "--namespace", NAMESPACE)
    # Whoever removes what belongs to a Deployment may still be shy after the API server was away.
    until("the pods are gone", lambda: not whole.objects.listed("v1", "Pod", NAMESPACE), 150)
    for version, kind in [("v1", "Service"), ("apps/v1", "Deployment"), ("rbac.authorization.k8s.io/v1", "ClusterRole")]:
        left = [one["metadata"]["name"] for one in whole.objects.listed(version, kind, NAMESPACE)]
        assert not any("windrose" in name for name in left), (kind, left)
    assert whole.got("traefik.io/v1alpha1", "IngressRoute", "one")


CASES = [charts_install_a_gateway_that_routes, a_rolling_update_of_the_gateway_loses_nothing,
         pods_are_replaced_under_load, traffic_goes_on_without_the_api_server,
         uninstalling_leaves_the_definitions]

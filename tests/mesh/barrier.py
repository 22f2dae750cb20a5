"""Knows when a controller has seen all that was written before.

Events of a kind come in order. So one object of each kind, in a namespace of its own, is changed after the others; what
is built from a state that has all these changes is built from the others, too. A Service's own work is done before
that of the barrier's Service; a last change, made after that, shows what was built afterwards.
"""

import json

from cluster import until

NAMESPACE = "barrier"
FIRST = 1000


class Barrier:
    def __init__(self, cluster, must):
        self.cluster, self.must = cluster, must
        self.number = FIRST
        self.make({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})

    def make(self, object):
        path = f"{self.cluster.path(object)}/{object['metadata']['name']}"
        # All but pods are there already, and a merge is one request.
        if object["kind"] != "Pod" and self.cluster.ask("PATCH", path, object, kind="application/merge-patch+json")[0] == 200:
            return
        self.must(self.cluster, json.loads(json.dumps(object)))

    def pass_by(self, controllers):
        """Waits until controllers have seen everything."""
        self.number += 1
        number, old = self.number, self.number - 1
        self.objects(number)
        for one in controllers:
            until(f"the barrier's shadow of {one.log.stem} is there", lambda: self.shadow(one) == number, 60)
        self.group(f"{number}-again")
        for one in controllers:
            try:
                until("the barrier is seen", lambda: self.is_seen(one), 60)
            except TimeoutError:
                raise TimeoutError(f"the barrier {number} is not seen by {one.log.stem}: {self.missing(one)}") from None
        if old > FIRST:
            for pod in [f"server-{old}", f"client-{old}"]:
                self.cluster.delete(named("v1", "Pod", pod))

    def objects(self, number):
        self.group(f"{number}")
        self.make(named("specs.smi-spec.io/v1alpha3", "TCPRoute", "barrier", spec={}, note=number))
        self.make(named("access.smi-spec.io/v1alpha2", "TrafficTarget", "barrier", spec={
            "destination": account("server"), "sources": [account(f"client-{number}")],
            "rules": [{"kind": "HTTPRouteGroup", "name": "barrier"}, {"kind": "TCPRoute", "name": "barrier"}]}))
        self.make(named("split.smi-spec.io/v1alpha3", "TrafficSplit", "barrier", spec={
            "service": "barrier", "backends": [{"service": "last", "weight": number}], "matches": [{"kind": "HTTPRouteGroup", "name": "barrier"}]}))
        for role, end in [("server", 1), ("client", 2)]:
            ip = f"198.18.{number // 100}.{number % 100 * 2 + end}"
            self.make(named("v1", "Pod", f"{role}-{number}", spec={
                "serviceAccountName": "server" if role == "server" else f"client-{number}", "terminationGracePeriodSeconds": 0,
                "containers": [{"name": "c", "image": "none"}]}) | {"status": {"phase": "Running", "podIP": ip, "podIPs": [{"ip": ip}]}})
        reference = {"kind": "Pod", "name": f"server-{number}", "namespace": NAMESPACE}
        ip = f"198.18.{number // 100}.{number % 100 * 2 + 1}"
        self.make(named("v1", "Endpoints", "barrier") | {"subsets": [{"addresses": [{"ip": ip, "targetRef": reference}], "ports": [{"port": 80}]}]})
        self.make(named("discovery.k8s.io/v1", "EndpointSlice", "barrier", labels={"kubernetes.io/service-name": "barrier"}) | {
            "addressType": "IPv4", "ports": [{"port": 80, "name": "", "protocol": "TCP"}],
            "endpoints": [{"addresses": [ip], "conditions": {"ready": True}, "targetRef": reference}]})
        self.make(service("last", "198.19.0.250", number))
        self.make(service("barrier", "198.19.0.251", number))

    def group(self, name):
        self.make(named("specs.smi-spec.io/v1alpha3", "HTTPRouteGroup", "barrier", spec={"matches": [{"name": "m", "pathRegex": f"/{name}"}]}))

    def shadow(self, controller):
        for name, shown in controller.shadows().items():
            if name == f"barrier-6d61657368-{NAMESPACE}":
                return shown["ports"][0]["port"]
        return None

    def is_seen(self, controller):
        return not self.missing(controller)

    def missing(self, controller):
        """What is not there yet."""
        configuration, topology = controller.shown("configuration/current"), controller.shown("topology/current")
        if not configuration or not topology:
            return ["an answer"]
        number = self.number
        routers = json.dumps(configuration["http"].get("routers") or {})
        split = topology["trafficSplits"].get(f"barrier@{NAMESPACE}") or {}
        found = topology["services"].get(f"barrier@{NAMESPACE}") or {}
        parts = {"match": f"/{number}-again" in json.dumps(split), "router": f"{NAMESPACE}-barrier-{number}" in routers,
                 "weight": [one["weight"] for one in split.get("backends") or []] == [number],
                 "pods": found.get("pods") == [f"server-{number}@{NAMESPACE}"], "rule": f"{number}-again" in routers}
        if controller.is_strict:
            target = topology["serviceTrafficTargets"].get(f"barrier@{NAMESPACE}:barrier@{NAMESPACE}") or {}
            parts |= {"route": f'"note": "{number}"' in json.dumps(target),
                      "source": [one.get("pods") for one in target.get("sources") or []] == [[f"client-{number}@{NAMESPACE}"]]}
        return [name for name, is_there in parts.items() if not is_there]


def named(version, kind, name, spec=None, note=None, labels=None):
    meta = {"name": name, "namespace": NAMESPACE} | ({"annotations": {"note": str(note)}} if note else {}) | ({"labels": labels} if labels else {})
    return {"apiVersion": version, "kind": kind, "metadata": meta} | ({"spec": spec} if spec is not None else {})


def account(name):
    return {"kind": "ServiceAccount", "name": name, "namespace": NAMESPACE}


def service(name, ip, number):
    # A merge keeps no port of before: lists are replaced.
    made = named("v1", "Service", name, spec={
        "clusterIP": ip, "selector": {"app": name}, "ports": [{"port": number, "targetPort": 80, "protocol": "TCP"}]})
    made["metadata"]["annotations"] = {"mesh.traefik.io/traffic-type": "http"}
    return made

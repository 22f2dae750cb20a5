"""Services, their ports, and the pods behind them."""

from objects import Set

UDP, TCP, MODE = {"traffic-type": "udp"}, {"traffic-type": "tcp"}, ["udp"]


def every():
    yield from ports()
    yield from kinds()
    yield from pods()
    yield from endpoints()
    yield from changes()


def app(name, variants=(), **more):
    one = Set(name, variants)
    one.app("web", **more)
    return one


def ports():
    yield app("port-one", MODE)
    yield app("port-same", ports=[8080])
    yield app("port-named", ports=[(80, 8080, "http")])
    yield app("port-three", ports=[(80, 8080, "a"), (443, 8443, "b"), (9090, 9090, "c")])
    yield app("port-target-name", ports=[(80, "main")], containers=[(8080, "TCP", "main")])
    yield app("port-target-name-tcp", ports=[(80, "main")], containers=[(8080, "TCP", "main")], notes=TCP)
    yield app("port-target-name-udp", ports=[(53, "dns", None, "UDP")], containers=[(5353, "UDP", "dns")], notes=UDP)
    yield app("port-target-name-missing", ports=[(80, "main")], containers=[(8080, "TCP", "other")])
    yield app("port-target-name-protocol", ports=[(80, "main")], containers=[(8080, "UDP", "main")])
    yield app("port-target-name-two", ports=[(80, "main", "a"), (81, "other", "b")], containers=[(8080, "TCP", "main")])
    yield app("port-target-second", ports=[(80, "main")], containers=[[(1111, "TCP", "first")], [(8080, "TCP", "main")]])
    yield app("port-target-double", ports=[(80, "main")], containers=[[(1111, "TCP", "main")], [(8080, "TCP", "main")]])
    yield app("port-unlisted", ports=[(80, 8080)], containers=[])
    one = Set("port-target-differs")
    one.service("web", [(80, "main")])
    made = [one.pod("web-a", "web", [(8080, "TCP", "main")]), one.pod("web-b", "web", [(9090, "TCP", "main")]), one.pod("web-c", "web", [])]
    one.endpoints("web", made, [(8080, None, "TCP")])
    yield one
    # Protocols that do not suit the traffic.
    both = [(53, 5353, "dns-udp", "UDP"), (53, 5353, "dns-tcp", "TCP")]
    yield app("proto-both-http", MODE, ports=both)
    yield app("proto-both-tcp", ports=both, notes=TCP)
    yield app("proto-both-udp", ports=both, notes=UDP)
    yield app("proto-udp-only", MODE, ports=[(53, 5353, None, "UDP")])
    yield app("proto-udp-noted", ports=[(53, 5353, None, "UDP")], notes=UDP)
    yield app("proto-tcp-as-udp", ports=[(80, 8080)], notes=UDP)
    yield app("proto-sctp", MODE, ports=[(80, 8080, None, "SCTP")])
    yield app("proto-mixed-middle", ports=[(80, 8080, "a"), (53, 5353, "b", "UDP"), (81, 8081, "c")])
    yield app("proto-mixed-first", ports=[(53, 5353, "b", "UDP"), (80, 8080, "a")])
    yield app("proto-sctp-second", ports=[(80, 8080, "a"), (90, 9090, "b", "SCTP")])
    # Ports that HTTP and TCP share.
    one = Set("mode-three")
    one.app("plain")
    one.app("stream", notes=TCP)
    one.app("gram", ports=[(53, 5353, None, "UDP")], notes=UDP)
    yield one
    one = Set("mode-tcp-many")
    one.app("one", ports=[(5432, 5432, "a"), (5433, 5433, "b")], notes=TCP)
    one.app("two", ports=[(5432, 5432)], notes=TCP)
    yield one


def kinds():
    yield app("kind-headless", clusterIP="None")
    yield app("kind-headless-tcp", clusterIP="None", notes=TCP)
    yield app("kind-nodeport", type="NodePort")
    yield app("kind-balancer", type="LoadBalancer")
    yield app("kind-no-selector", selector=None)
    yield app("kind-empty-selector", selector={})
    yield app("kind-affinity", sessionAffinity="ClientIP")
    yield app("kind-unready", publishNotReadyAddresses=True)
    yield app("kind-local", internalTrafficPolicy="Local")
    yield app("kind-external-ip", externalIPs=["192.0.2.1"])
    one = Set("kind-external-name")
    one.service("web", [], type="ExternalName", externalName="example.com", selector=None)
    one.service("ported", [(80, 80)], type="ExternalName", externalName="example.com", selector=None)
    yield one
    one = Set("kind-headless-portless")
    one.service("web", [], clusterIP="None")
    one.app("other")
    yield one
    yield app("kind-label-maesh", labels={"app": "maesh"})
    yield app("kind-label-jaeger", labels={"app": "jaeger"})
    yield app("kind-label-other", labels={"app": "web", "tier": "front"})
    # Where the default mode is tcp, the port that it takes is never free again.
    one = Set("kind-long-name", leaves=2)
    one.app("a" * 63)
    one.app("short")
    yield one
    # The port that it takes is never free again.
    one = Set("kind-long-name-tcp", ["small"], leaves=2)
    one.app("a" * 63, notes=TCP)
    one.app("b-short", notes=TCP)
    one.app("c-short", notes=TCP)
    yield one
    one = Set("kind-two-namespaces")
    one.app("web")
    one.app("web", namespace=one.other)
    yield one
    one = Set("kind-dashes")
    one.app("a-b", namespace=one.name)
    one.app("a", namespace=one.other)
    yield one
    one = Set("kind-reserved")
    one.app("readiness")
    one.app("maesh")
    yield one


def pods():
    yield app("pods-none", pods=0)
    yield app("pods-five", pods=5)
    one = Set("pods-no-address")
    one.app("web", pods=1)
    one.pod("web-later", "web", [8080], ip=None)
    yield one
    one = Set("pods-account-default")
    one.app("web", pods=0)
    one.endpoints("web", [one.pod("web-a", "default", [8080])], [(8080, None, "TCP")])
    yield one
    one = Set("pods-owned")
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "11111111-1111-1111-1111-111111111111", "controller": True}
    one.service("web")
    one.endpoints("web", [one.pod("web-a", "web", [8080], owner=owner, labels={"app": "web"})], [(8080, None, "TCP")])
    yield one
    one = Set("pods-label-jaeger")
    one.service("web")
    made = [one.pod("web-a", "web", [8080]), one.pod("web-b", "web", [8080], labels={"app": "jaeger"})]
    one.endpoints("web", made, [(8080, None, "TCP")])
    yield one
    one = Set("pods-host-network")
    one.service("web")
    made = [one.pod("web-a", "web", [8080], hostNetwork=True, ip="192.0.2.10"), one.pod("web-b", "web", [8080], hostNetwork=True, ip="192.0.2.10")]
    one.endpoints("web", made, [(8080, None, "TCP")])
    yield one
    one = Set("pods-six")
    one.service("web")
    one.endpoints("web", [one.pod("web-a", "web", [8080], ip="2001:db8::1")], [(8080, None, "TCP")])
    yield one
    one = Set("pods-init")
    one.service("web", [(80, "main")])
    init = [{"name": "i", "image": "none", "restartPolicy": "Always", "ports": [{"containerPort": 7070, "name": "main"}]}]
    one.endpoints("web", [one.pod("web-a", "web", [[(8080, "TCP", "other")]], initContainers=init)], [(7070, None, "TCP")])
    yield one
    one = Set("pods-ports")
    one.service("web")
    made = [one.pod("web-a", "web", [[(8080, "TCP", "http"), (9090, "TCP", "admin")], [(5353, "UDP", "dns")]])]
    one.endpoints("web", made, [(8080, None, "TCP")])
    yield one
    one = Set("pods-two-services")
    one.app("web", pods=0)
    one.app("also", pods=0)
    made = [one.pod("web-a", "web", [8080]), one.pod("web-b", "web", [8080])]
    one.endpoints("web", made, [(8080, None, "TCP")])
    one.endpoints("also", made[:1], [(8080, None, "TCP")])
    yield one


def endpoints():
    one = Set("ends-none")
    one.service("web")
    one.pod("web-a", "web", [8080])
    yield one
    one = Set("ends-unready")
    one.service("web")
    made = [one.pod(f"web-{name}", "web", [8080]) for name in "abc"]
    one.endpoints("web", made[:1], [(8080, None, "TCP")], unready=made[1:])
    yield one
    one = Set("ends-all-unready")
    one.service("web")
    one.endpoints("web", [], [(8080, None, "TCP")], unready=[one.pod("web-a", "web", [8080])])
    yield one
    one = Set("ends-no-reference")
    one.service("web", selector=None)
    one.endpoints("web", [("none", "192.0.2.7")], [(8080, None, "TCP")], references=False)
    yield one
    one = Set("ends-unknown-pod")
    one.service("web")
    one.endpoints("web", [one.pod("web-a", "web", [8080]), ("gone", "198.18.0.99")], [(8080, None, "TCP")])
    yield one
    one = Set("ends-other-address")
    one.service("web")
    name, _ = one.pod("web-a", "web", [8080])
    one.endpoints("web", [(name, "198.18.0.77")], [(8080, None, "TCP")])
    yield one
    one = Set("ends-other-port")
    one.service("web", [(80, 8080)])
    one.endpoints("web", [one.pod("web-a", "web", [8080])], [(9999, None, "TCP")])
    yield one
    one = Set("ends-label-jaeger")
    one.service("web")
    one.endpoints("web", [one.pod("web-a", "web", [8080])], [(8080, None, "TCP")], labels={"app": "jaeger"})
    yield one
    one = Set("ends-without-service")
    one.endpoints("web", [one.pod("web-a", "web", [8080])], [(8080, None, "TCP")])
    yield one
    one = Set("ends-subsets")
    one.service("web", [(80, "main")])
    made = [one.pod("web-a", "web", [(8080, "TCP", "main")]), one.pod("web-b", "web", [(9090, "TCP", "main")])]
    for number, (pod, port) in enumerate(zip(made, [8080, 9090])):
        one.endpoints("web", [pod], [(port, None, "TCP")])
        if number == 0:
            first = one.objects[-2]
            one.objects[-1]["metadata"]["name"] = "web-slice-first"
    second = one.objects[-2]
    first["subsets"] += second["subsets"]
    one.take(second)
    yield one


def changes():
    one = Set("change-ports")
    service = one.app("web")
    one.then([service | {"spec": service["spec"] | {"ports": [{"port": 81, "targetPort": 8080, "protocol": "TCP"}]}}])
    yield one
    one = Set("change-ports-tcp")
    service = one.app("web", ports=[(80, 8080, "a"), (81, 8081, "b")], notes=TCP)
    one.then([service | {"spec": service["spec"] | {"ports": [{"port": 81, "targetPort": 8081, "protocol": "TCP", "name": "b"}]}}])
    yield one
    one = Set("change-delete")
    service = one.app("web")
    one.app("stays")
    one.then([], [service])
    yield one
    one = Set("change-pod-gone")
    one.app("web", pods=2)
    one.then([], [found for found in one.objects if found["kind"] == "Pod"][:1])
    yield one
    # The shadow service stays: from then on nobody looks at the Service, not even when it goes.
    one = Set("change-label", leaves=1)
    service = one.app("web")
    one.then([service | {"metadata": service["metadata"] | {"labels": {"app": "jaeger"}}}])
    yield one

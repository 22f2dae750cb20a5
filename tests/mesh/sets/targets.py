"""TrafficTargets: destinations, sources, ports and rules."""

from objects import Set

TCP, UDP = {"traffic-type": "tcp"}, {"traffic-type": "udp"}
TWO = [(80, 8080, "a"), (90, 9090, "b")]
ALL = [("HTTPRouteGroup", "g")]


def every():
    yield from destinations()
    yield from sources()
    yield from ports()
    yield from rules()
    yield from types()
    yield from several()
    yield from changes()


def target(name, rules=ALL, sources=("client",), port=None, to=None, group=("all",), clients=1, **app):
    one = Set(name)
    one.app("web", **app)
    one.client("client", clients)
    if group:
        one.group("g", group)
    one.target("t", "web", sources, rules, port, to)
    return one


def destinations():
    yield target("to-plain")
    yield target("to-own-namespace", to=False)
    yield target("to-other-namespace", to="to-other-namespace-b")
    one = Set("to-across")
    one.app("web", namespace=one.other)
    one.client()
    one.group("g", ("all",))
    one.target("t", "web", rules=ALL, to=one.other)
    yield one
    one = target("to-nobody")
    one.target("u", "ghost", rules=ALL)
    yield one
    yield target("to-no-pods", pods=0)
    one = target("to-two-services")
    one.service("also")
    one.endpoints("also", [("web-0", "198.18.0.1")], [(8080, None, "TCP")])
    yield one
    one = Set("to-some-pods")
    one.service("web")
    one.endpoints("web", [one.pod("web-a", "red", [8080]), one.pod("web-b", "blue", [8080])], [(8080, None, "TCP")])
    one.client()
    one.group("g", ("all",))
    one.target("t", "red", rules=ALL)
    yield one
    one = Set("to-default-account")
    one.service("web")
    one.endpoints("web", [one.pod("web-a", "default", [8080])], [(8080, None, "TCP")])
    one.client()
    one.group("g", ("all",))
    one.target("t", "default", rules=ALL)
    yield one
    one = target("to-kind-group")
    one.objects[-1]["spec"]["destination"]["kind"] = "Group"
    yield one
    one = Set("to-unready")
    one.service("web")
    made = [one.pod("web-a", "web", [8080]), one.pod("web-b", "web", [8080])]
    one.endpoints("web", made[:1], [(8080, None, "TCP")], unready=made[1:])
    one.client()
    one.group("g", ("all",))
    one.target("t", "web", rules=ALL)
    yield one
    yield target("to-headless", clusterIP="None")
    yield target("to-middlewares", notes={"retry-attempts": "2", "ratelimit-average": "5", "ratelimit-burst": "5",
                                          "circuit-breaker-expression": "NetworkErrorRatio() > 0.5", "scheme": "https"})
    yield target("to-notes-wrong", notes={"scheme": "wrong"})


def sources():
    yield target("from-none", sources=[])
    yield target("from-absent", sources=None)
    yield target("from-two", sources=["client", "web"])
    yield target("from-many-pods", clients=4)
    yield target("from-no-namespace", sources=[("client", None)])
    yield target("from-empty-namespace", sources=[("client", "")])
    yield target("from-no-pods", clients=0)
    yield target("from-one-without-pods", sources=["client", "ghost"])
    yield target("from-itself", sources=["web"])
    yield target("from-twice", sources=["client", "client"])
    one = target("from-other-namespace", sources=[("client", "from-other-namespace-b")])
    one.client(namespace=one.other)
    yield one
    one = target("from-both-namespaces", sources=["client", ("client", "from-both-namespaces-b")])
    one.client(namespace=one.other)
    yield one
    one = target("from-no-address")
    one.pod("client-later", "client", ip=None)
    yield one
    one = target("from-label-jaeger")
    one.pod("client-hidden", "client", labels={"app": "jaeger"})
    yield one
    one = target("from-host-network")
    one.pod("client-host", "client", ip="192.0.2.20", hostNetwork=True)
    yield one
    one = target("from-six")
    one.pod("client-six", "client", ip="2001:db8::2")
    yield one
    one = target("from-finished")
    one.pod("client-done", "client")
    one.objects[-1]["status"]["phase"] = "Succeeded"
    one.pod("client-failed", "client")
    one.objects[-1]["status"] |= {"phase": "Failed", "conditions": [{"type": "Ready", "status": "False"}]}
    yield one


def ports():
    yield target("on-target", port=8080)
    yield target("on-service", port=80)
    yield target("on-zero", port=0)
    yield target("on-first", port=8080, ports=TWO)
    yield target("on-second", port=9090, ports=TWO)
    yield target("on-none", port=1234, ports=TWO)
    yield target("on-all", ports=TWO)
    yield target("on-named-target", port=8080, ports=[(80, "main")], containers=[(8080, "TCP", "main")])
    yield target("on-same", port=8080, ports=[8080])
    yield target("on-both-target", port=8080, ports=[(80, 8080, "a"), (81, 8080, "b")])
    one = target("on-tcp-second", [("TCPRoute", "r")], port=9090, ports=TWO, notes=TCP)
    one.tcp_route("r")
    yield one


def rules():
    yield target("rule-none", rules=None)
    yield target("rule-empty", rules=[])
    yield target("rule-missing-group", rules=[("HTTPRouteGroup", "gone")])
    yield target("rule-half-missing", rules=[*ALL, ("HTTPRouteGroup", "gone")])
    yield target("rule-missing-tcp", rules=[("TCPRoute", "gone")])
    yield target("rule-udp-route", rules=[("UDPRoute", "gone")])
    yield target("rule-twice", rules=ALL * 2, group=("m", "/x"))
    one = target("rule-matches", rules=[("HTTPRouteGroup", "many", ["b", "a"])])
    one.group("many", ("a", "/a"), ("b", "/b"), ("c", "/c"))
    yield one
    one = target("rule-match-missing", rules=[("HTTPRouteGroup", "many", ["a", "x"])])
    one.group("many", ("a", "/a"))
    yield one
    one = target("rule-matches-none", rules=[("HTTPRouteGroup", "many", [])])
    one.group("many", ("a", "/a"), ("b", "/b"))
    yield one
    one = target("rule-match-twice", rules=[("HTTPRouteGroup", "many", ["a", "a"])])
    one.group("many", ("a", "/a"), ("a", "/second"))
    yield one
    one = target("rule-two-groups", rules=[*ALL, ("HTTPRouteGroup", "h")], group=("m", "/g"))
    one.group("h", ("m", "/h", ["POST"]))
    yield one
    one = target("rule-tcp-for-http", rules=[("TCPRoute", "r")])
    one.tcp_route("r")
    yield one
    one = target("rule-both-kinds", rules=[*ALL, ("TCPRoute", "r")], group=("m", "/g"))
    one.tcp_route("r")
    yield one
    one = target("rule-group-elsewhere", rules=[("HTTPRouteGroup", "far")])
    one.group("far", ("m", "/far"), namespace=one.other)
    yield one
    one = target("rule-tcp-matches", rules=[("TCPRoute", "r", ["x"])], notes=TCP)
    one.tcp_route("r")
    yield one
    yield target("rule-part-empty", group=("m", ""))
    one = target("rule-empty-beside", rules=[*ALL, ("HTTPRouteGroup", "h")])
    one.group("h", ("m", "/h"))
    yield one
    one = target("rule-empty-group", rules=[("HTTPRouteGroup", "h")])
    one.group("h")
    yield one


def types():
    for label, notes, listed in [("tcp", TCP, [("TCPRoute", "r")]), ("tcp-http-rule", TCP, ALL), ("tcp-no-rule", TCP, None),
                                 ("tcp-both", TCP, [*ALL, ("TCPRoute", "r")]), ("udp", UDP, [("TCPRoute", "r")]), ("udp-no-rule", UDP, None)]:
        protocol = "UDP" if notes is UDP else "TCP"
        one = target(f"kinds-{label}", rules=listed, notes=notes, ports=[(80, 8080, None, protocol)])
        one.tcp_route("r")
        yield one
    one = target("kinds-tcp-two-ports", rules=[("TCPRoute", "r")], notes=TCP, ports=TWO)
    one.tcp_route("r")
    yield one
    one = Set("kinds-tcp-two-targets")
    one.service("web", notes=TCP)
    one.endpoints("web", [one.pod("web-a", "red", [8080]), one.pod("web-b", "blue", [8080])], [(8080, None, "TCP")])
    one.client()
    one.tcp_route("r")
    one.target("t", "red", rules=[("TCPRoute", "r")])
    one.target("u", "blue", rules=[("TCPRoute", "r")])
    yield one
    one = target("kinds-wrong", notes={"traffic-type": "wrong"})
    yield one


def several():
    one = target("more-same-service", group=("m", "/a"))
    one.client("other")
    one.group("h", ("m", "/b"))
    one.target("u", "web", ["other"], [("HTTPRouteGroup", "h")])
    yield one
    one = target("more-chain")
    one.app("db", pods=1)
    one.target("u", "db", ["web"], ALL)
    yield one
    one = target("more-same-name", to=False)
    one.app("web", namespace=one.other)
    one.client(namespace=one.other)
    one.group("g", ("all",), namespace=one.other)
    one.target("t", "web", [("client", one.other)], ALL, to=one.other, namespace=one.other)
    yield one
    one = target("more-from-other-ns")
    one.client(namespace=one.other)
    one.group("g", ("m", "/far"), namespace=one.other)
    one.target("u", "web", [("client", one.other)], ALL, to=one.name, namespace=one.other)
    yield one
    # The same name in two namespaces for one service: the keys of both are the same.
    one = target("more-name-clash")
    one.client(namespace=one.other)
    one.group("g", ("m", "/far"), namespace=one.other)
    one.target("t", "web", [("client", one.other)], ALL, to=one.name, namespace=one.other)
    yield one
    one = target("more-no-target")
    one.app("open", pods=1)
    yield one


def changes():
    one = target("later-group", rules=[("HTTPRouteGroup", "late")])
    made = one.group("late", ("m", "/late"))
    one.then(one.take(made))
    yield one
    one = target("later-pod")
    one.pod("client-late", "client")
    one.then(one.take(one.objects[-1]))
    yield one
    one = target("later-deleted")
    one.then([], [one.objects[-1]])
    yield one
    one = target("later-pod-gone", clients=2)
    one.then([], [found for found in one.objects if found["metadata"]["name"] == "client-0"])
    yield one

"""TrafficSplits: weights, what is missing, matches, cycles, nesting, several for a root."""

from objects import Set

TCP, UDP = {"traffic-type": "tcp"}, {"traffic-type": "udp"}


def every():
    for label, backends in {
        "even": {"v1": 50, "v2": 50}, "uneven": {"v1": 95, "v2": 5}, "zero": {"v1": 100, "v2": 0}, "all-zero": {"v1": 0, "v2": 0},
        "one": {"v2": 1}, "large": {"v1": 1000000, "v2": 1}, "twice": [("v1", 1), ("v1", 2)], "minus": {"v1": -1, "v2": 2}, "empty": {},
        "self": {"web": 50, "v2": 50}, "self-only": {"web": 1},
    }.items():
        yield split(f"split-{label}", backends)
    yield split("split-no-backend", {"v1": 1, "gone": 1})
    yield split("split-no-backends", {"gone": 1})
    one = Set("split-no-root")
    one.app("v1")
    one.split("s", "web", {"v1": 1})
    yield one
    yield split("split-pods-down", {"v1": 1, "v2": 1}, v2={"pods": 0})
    yield split("split-root-empty", {"v1": 1, "v2": 1}, root={"pods": 0})
    # Ports.
    two = [(80, 8080, "a"), (90, 9090, "b")]
    yield split("split-port-missing", {"v1": 1, "v2": 1}, root={"ports": two}, v1={"ports": two})
    yield split("split-port-missing-all", {"v1": 1, "v2": 1}, root={"ports": two})
    yield split("split-port-more", {"v1": 1, "v2": 1}, v1={"ports": two})
    yield split("split-port-target", {"v1": 1, "v2": 1}, v1={"ports": [(80, 9999)]})
    yield split("split-port-names", {"v1": 1}, root={"ports": [(80, 8080, "a")]}, v1={"ports": [(80, 8080, "z")]})
    yield split("split-port-named-target", {"v1": 1}, root={"ports": [(80, "main")], "containers": [(8080, "TCP", "main")]})
    yield split("split-port-two", {"v1": 1, "v2": 2}, root={"ports": two}, v1={"ports": two}, v2={"ports": two})
    yield split("split-port-protocol", {"v1": 1}, root={"ports": [(80, 8080, "a", "TCP")]}, v1={"ports": [(80, 8080, "a", "UDP")]})
    # Traffic types and annotations.
    yield split("split-scheme-root", {"v1": 1, "v2": 1}, root={"notes": {"scheme": "https"}})
    yield split("split-scheme-backend", {"v1": 1, "v2": 1}, v1={"notes": {"scheme": "h2c"}})
    yield split("split-notes-root", {"v1": 1}, root={"notes": {"retry-attempts": "2", "ratelimit-average": "5", "ratelimit-burst": "5"}})
    yield split("split-notes-wrong", {"v1": 1}, root={"notes": {"scheme": "wrong"}})
    yield split("split-tcp", {"v1": 3, "v2": 1}, root={"notes": TCP}, v1={"notes": TCP}, v2={"notes": TCP})
    yield split("split-tcp-same-port", {"v1": 3, "v2": 1}, root={"notes": TCP, "ports": [5432]}, v1={"notes": TCP, "ports": [5432]},
                v2={"notes": TCP, "ports": [5432]})
    yield split("split-tcp-http-backend", {"v1": 1}, root={"notes": TCP}, v1={"notes": {"traffic-type": "http"}})
    yield split("split-http-tcp-backend", {"v1": 1}, root={"notes": {"traffic-type": "http"}}, v1={"notes": TCP})
    udp = {"notes": UDP, "ports": [(53, 5353, None, "UDP")]}
    yield split("split-udp", {"v1": 1, "v2": 1}, root=udp, v1=udp, v2=udp)
    yield split("split-tcp-target-name", {"v1": 1}, root={"notes": TCP, "ports": [(5432, "db")], "containers": [(5432, "TCP", "db")]},
                v1={"notes": TCP, "ports": [5432]})
    yield split("split-headless", {"v1": 1}, root={"clusterIP": "None"}, v1={"clusterIP": "None"})
    # Matches.
    yield matched("split-match", [("m", "/api", ["GET"])])
    yield matched("split-match-header", [("m", None, None, [{"x-test": "yes"}])])
    yield matched("split-match-several", [("m", "/a"), ("n", "/b", ["POST"], [{"x-a": "1"}, {"x-b": "2"}])])
    yield matched("split-match-all", [("m",)])
    yield matched("split-match-none", [])
    one = split("split-match-missing", {"v1": 1, "v2": 1}, ["gone"])
    yield one
    one = split("split-match-two-groups", {"v1": 1}, ["g", "h"])
    one.group("g", ("m", "/g"))
    one.group("h", ("m", "/h"))
    yield one
    one = split("split-match-half-missing", {"v1": 1}, ["g", "gone"])
    one.group("g", ("m", "/g"))
    yield one
    one = matched("split-match-tcp", [("m", "/api")], root={"notes": TCP}, v1={"notes": TCP}, v2={"notes": TCP})
    yield one
    # Several, nested, in circles.
    one = split("split-two", {"v1": 1})
    one.split("t", "web", {"v2": 1})
    yield one
    one = split("split-two-match", {"v1": 1})
    one.group("g", ("m", None, None, [{"cookie": "tester=yes"}]))
    one.split("t", "web", {"v2": 1}, ["g"])
    yield one
    one = split("split-two-tcp", {"v1": 1}, root={"notes": TCP}, v1={"notes": TCP}, v2={"notes": TCP})
    one.split("t", "web", {"v2": 1})
    yield one
    one = split("split-nested", {"v1": 1})
    one.split("t", "v1", {"v2": 1})
    yield one
    one = split("split-nested-deep", {"v1": 1, "v2": 2})
    one.app("v3", pods=1)
    one.app("v4", pods=1)
    one.split("t", "v1", {"v3": 1, "v2": 1})
    one.split("u", "v3", {"v4": 1})
    yield one
    one = split("split-circle", {"v1": 1})
    one.split("t", "v1", {"web": 1})
    yield one
    one = split("split-circle-three", {"v1": 1})
    one.split("t", "v1", {"v2": 1})
    one.split("u", "v2", {"web": 1, "v1": 1})
    yield one
    one = split("split-other-namespace", {"away": 1, "v1": 1})
    one.app("away", namespace=one.other)
    yield one
    one = split("split-apart", {"v1": 1})
    for name in ["web", "v1"]:
        one.app(name, namespace=one.other)
    one.split("s", "web", {"v1": 1}, namespace=one.other)
    yield one
    # With targets.
    for label, allowed in {"both": ["v1", "v2"], "one": ["v1"], "none": [], "root": ["web"], "all": ["web", "v1", "v2"]}.items():
        yield permitted(f"split-acl-{label}", allowed)
    one = permitted("split-acl-match", ["web", "v1", "v2"], ["g"])
    one.group("g", ("m", "/canary"))
    yield one
    one = permitted("split-acl-nested", ["v1", "v2"])
    one.split("t", "v1", {"v2": 1})
    yield one
    one = split("split-acl-sources", {"v1": 1, "v2": 1})
    one.client("a", 2)
    one.client("b", 1)
    one.group("all", ("m",))
    one.target("to-v1", "v1", ["a", "b"], [("HTTPRouteGroup", "all")])
    one.target("to-v2", "v2", ["a"], [("HTTPRouteGroup", "all")])
    yield one
    one = permitted("split-acl-ports", ["v1", "v2"], root={"ports": two}, v1={"ports": two}, v2={"ports": two})
    yield one
    one = split("split-acl-tcp", {"v1": 1, "v2": 1}, root={"notes": TCP}, v1={"notes": TCP}, v2={"notes": TCP})
    one.client()
    one.tcp_route("r")
    for name in ["v1", "v2"]:
        one.target(f"to-{name}", name, rules=[("TCPRoute", "r")])
    yield one
    # The order of events.
    one = split("split-late-backend", {"v1": 1, "v2": 1})
    late = [found for found in one.objects if found["metadata"]["name"].startswith("v2")]
    one.then(one.take(*late))
    yield one
    one = split("split-deleted", {"v1": 1, "v2": 1})
    one.then([], [one.objects[-1]])
    yield one


def split(name, backends, matches=(), root=None, v1=None, v2=None, pods=1):
    one = Set(name)
    for service, settings in {"web": root, "v1": v1, "v2": v2}.items():
        settings = {"pods": pods} | (settings or {})
        one.app(service, **settings)
    one.split("s", "web", backends, matches)
    return one


def matched(name, matches, **more):
    one = split(name, {"v1": 1, "v2": 1}, ["g"], **more)
    one.group("g", *matches)
    return one


def permitted(name, allowed, matches=(), **more):
    one = split(name, {"v1": 1, "v2": 1}, matches, **more)
    one.client()
    one.group("all", ("m",))
    for service in allowed:
        one.target(f"to-{service}", service, rules=[("HTTPRouteGroup", "all")])
    return one

"""Namespaces that are watched or ignored, and what is never watched."""

from objects import Set

BOTH = ["watch", "ignore"]


def every():
    for name in ["watched", "ignored", "both", "kube-system", "default"]:
        one = Set(f"list-{name}", BOTH)
        one.app("web", namespace=name)
        yield one
    one = Set("list-client-ignored", BOTH)
    one.app("web", namespace="watched")
    one.client("client", namespace="ignored")
    one.group("g", ("all",), namespace="watched")
    one.target("t", "web", [("client", "ignored")], [("HTTPRouteGroup", "g")], to="watched", namespace="watched")
    yield one
    one = Set("list-objects-ignored", BOTH)
    one.app("web", namespace="ignored")
    one.app("v1", namespace="ignored")
    one.group("g", ("all",), namespace="ignored")
    one.split("s", "web", {"v1": 1}, ["g"], namespace="ignored")
    yield one
    one = Set("list-target-of-ignored", BOTH)
    one.app("web", namespace="ignored")
    one.client("client", namespace="watched")
    one.group("g", ("all",), namespace="watched")
    one.target("t", "web", [("client", "watched")], [("HTTPRouteGroup", "g")], to="ignored", namespace="watched")
    yield one
    one = Set("list-labels")
    one.app("web")
    one.app("v1")
    one.client()
    one.group("g", ("all", "/x"), labels={"app": "jaeger"})
    one.group("h", ("all", "/y"))
    one.split("s", "web", {"v1": 1}, ["g"])
    one.split("hidden", "web", {"v1": 1}, ["h"], labels={"app": "maesh"})
    one.target("t", "web", rules=[("HTTPRouteGroup", "g")])
    one.target("hidden", "web", rules=[("HTTPRouteGroup", "h")], labels={"app": "jaeger"})
    yield one

"""HTTPRouteGroups: each is the rule of a TrafficTarget and the match of a TrafficSplit."""

from objects import Set

MATCHES = {
    "path": [("m", "/api")],
    "path-no-slash": [("m", "api")],
    "path-two-slashes": [("m", "//api")],
    "path-root": [("m", "/")],
    "path-any": [("m", ".*")],
    "path-any-slash": [("m", "/.*")],
    "path-regex": [("m", "/cart/[0-9]+")],
    "path-caret": [("m", "^/api$")],
    "path-braces": [("m", "/a{2,3}/b")],
    "path-backtick": [("m", "/a`b")],
    "path-colon": [("m", "/a:b")],
    "path-space": [("m", "/a b")],
    "path-quote": [("m", "/\"a\"\\d")],
    "path-group": [("m", "/(a|b)")],
    "path-wrong": [("m", "/(")],
    "path-bar": [("m", "/a|/b")],
    "path-percent": [("m", "/%20")],
    "methods": [("m", None, ["GET", "POST"])],
    "method-one": [("m", None, ["GET"])],
    "method-any": [("m", None, ["*"])],
    "method-any-beside": [("m", None, ["GET", "*"])],
    "method-none": [("m", None, [])],
    "method-twice": [("m", None, ["GET", "GET"])],
    "header": [("m", None, None, [{"x-test": "yes"}])],
    "headers": [("m", None, None, [{"x-a": "1"}, {"x-b": "2"}, {"x-c": "3"}])],
    "header-twice": [("m", None, None, [{"x-a": "1"}, {"x-a": "2"}])],
    "header-case": [("m", None, None, [{"User-Agent": ".*Android.*"}])],
    "header-empty": [("m", None, None, [{"x-a": ""}])],
    "header-none": [("m", None, None, [])],
    "header-backtick": [("m", None, None, [{"x-a": "a`b"}])],
    "header-host": [("m", None, None, [{"host": "a.example"}])],
    "header-wrong": [("m", None, None, [{"x-a": "("}])],
    "all-parts": [("m", "/api", ["GET", "HEAD"], [{"x-a": "1"}, {"x-b": "2"}])],
    "path-methods": [("m", "/api", ["PUT"])],
    "path-header": [("m", "/api", None, [{"x-a": "1"}])],
    "method-header": [("m", None, ["PATCH"], [{"x-a": "1"}])],
    "path-any-method": [("m", "/api", ["*"])],
    "three": [("a", "/a", ["GET"]), ("b", "/b"), ("c", None, ["POST"], [{"x-c": "1"}])],
    "open-beside": [("a", "/a"), ("open",)],
    "open-first": [("open",), ("a", "/a")],
    "same-names": [("m", "/a"), ("m", "/b")],
    "open-any-method": [("a", "/a"), ("open", None, ["*"])],
}


def every():
    for label, matches in MATCHES.items():
        one = Set(f"route-{label}")
        one.app("web", pods=1)
        one.app("v1", pods=1)
        one.client()
        one.group("g", *matches)
        one.target("t", "web", rules=[("HTTPRouteGroup", "g")])
        one.split("s", "web", {"v1": 1}, ["g"])
        yield one

"""Annotations of Services: each value alone, valid or not, and under the old prefix."""

from objects import ANNOTATION, LEGACY, Set

VALUES = {
    "traffic-type": {"http": "http", "tcp": "tcp", "udp": "udp", "upper": "HTTP", "empty": "", "other": "grpc", "space": " http", "https": "https"},
    "scheme": {"http": "http", "https": "https", "h2c": "h2c", "upper": "HTTPS", "empty": "", "other": "ws", "space": "https "},
    "retry-attempts": {"none": "0", "one": "1", "three": "3", "minus": "-1", "plus": "+3", "word": "abc", "empty": "", "half": "1.5",
                       "hex": "0x3", "octal": "010", "score": "1_000", "space": " 3", "huge": "99999999999999999999", "max": "9223372036854775807"},
    "circuit-breaker-expression": {"latency": "LatencyAtQuantileMS(50.0) > 100", "both": "LatencyAtQuantileMS(50.0) > 100 || NetworkErrorRatio() > 0.5",
                                   "wrong": "Latency(", "empty": "", "space": "  "},
}
SHORT = {"traffic-type": "type", "scheme": "scheme", "retry-attempts": "retry", "circuit-breaker-expression": "breaker"}
LIMITS = {"both": ("100", "200"), "average": ("100", None), "burst": (None, "200"), "zero": ("0", "200"), "burst-zero": ("100", "0"),
          "minus": ("-1", "5"), "word": ("abc", "5"), "burst-word": ("5", "abc"), "empty": ("", "5"), "half": ("0.5", "5"), "less": ("200", "100"),
          "average-word": ("abc", None), "burst-word-alone": (None, "abc"), "average-zero": ("0", None)}


def every():
    for suffix, values in VALUES.items():
        for label, value in values.items():
            yield noted(f"{SHORT[suffix]}-{label}", {suffix: value})
    for label, (average, burst) in LIMITS.items():
        notes = {"ratelimit-average": average, "ratelimit-burst": burst}
        yield noted(f"limit-{label}", {key: value for key, value in notes.items() if value is not None})
    yield from prefixes()
    yield from together()


def noted(name, notes=None, **more):
    one = Set(name)
    one.app("web", notes=notes, **more)
    return one


def prefixes():
    def legacy(**notes):
        return {f"{LEGACY}/{key.replace('_', '-')}": value for key, value in notes.items()}

    yield noted("prefix-old-type", annotations=legacy(traffic_type="tcp"))
    yield noted("prefix-old-all", annotations=legacy(scheme="https", retry_attempts="2", ratelimit_average="10", ratelimit_burst="20",
                                                     circuit_breaker_expression="NetworkErrorRatio() > 0.5"))
    yield noted("prefix-both", {"scheme": "h2c"}, annotations=legacy(scheme="https"))
    yield noted("prefix-both-wrong-new", {"scheme": "wrong"}, annotations=legacy(scheme="https"))
    yield noted("prefix-both-empty-new", {"scheme": ""}, annotations=legacy(scheme="https"))
    yield noted("prefix-wrong-old", annotations=legacy(scheme="wrong"))
    yield noted("prefix-both-wrong-old", {"scheme": "https"}, annotations=legacy(scheme="wrong"))
    yield noted("prefix-mixed-limit", {"ratelimit-average": "7"}, annotations=legacy(ratelimit_burst="9"))
    yield noted("prefix-unknown", {"retries": "3", "Scheme": "https"})
    yield noted("prefix-foreign", annotations={"traefik.io/scheme": "https", "example.com/traffic-type": "tcp"})


def together():
    everything = {"scheme": "https", "retry-attempts": "2", "ratelimit-average": "10", "ratelimit-burst": "20",
                  "circuit-breaker-expression": "NetworkErrorRatio() > 0.5"}
    yield noted("notes-all", everything)
    yield noted("notes-all-ports", everything, ports=[(80, 8080, "a"), (81, 8081, "b")])
    yield noted("notes-all-tcp", everything | {"traffic-type": "tcp"})
    yield noted("notes-all-udp", everything | {"traffic-type": "udp"}, ports=[(53, 5353, None, "UDP")])
    yield noted("notes-wrong-scheme-tcp", {"traffic-type": "tcp", "scheme": "wrong"})
    yield noted("notes-wrong-retry-tcp", {"traffic-type": "tcp", "retry-attempts": "wrong"})
    yield noted("notes-two-wrong", {"scheme": "wrong", "retry-attempts": "wrong"})
    yield noted("notes-wrong-type-and-limit", {"traffic-type": "wrong", "ratelimit-average": "0", "ratelimit-burst": "0"})
    one = Set("notes-change")
    service = one.app("web", notes={"scheme": "wrong"})
    one.then([changed(service, {f"{ANNOTATION}/scheme": "https"})])
    one.then([changed(service, {f"{ANNOTATION}/traffic-type": "tcp"})])
    one.then([changed(service, {f"{ANNOTATION}/scheme": None, f"{ANNOTATION}/traffic-type": None})])
    yield one
    one = Set("notes-neighbour")
    one.app("wrong", notes={"retry-attempts": "wrong"})
    one.app("right")
    yield one


def changed(service, annotations):
    return service | {"metadata": service["metadata"] | {"annotations": annotations}}

"""The ranges of entry points at their ends, and beyond."""

from objects import Set

TCP, UDP, SMALL = {"traffic-type": "tcp"}, {"traffic-type": "udp"}, ["small"]


def many(count, protocol="TCP"):
    return [(7000 + number, 9000 + number, f"p{number}", protocol) for number in range(count)]


def app(name, count, notes=None, protocol="TCP"):
    one = Set(name, SMALL)
    one.app("web", many(count, protocol), notes, pods=1)
    return one


def every():
    for count in [2, 3, 10, 11]:
        yield app(f"range-http-{count}", count)
    yield skipped()
    for count in [2, 3, 25, 26]:
        yield app(f"range-tcp-{count}", count, TCP)
        yield app(f"range-udp-{count}", count, UDP, "UDP")
    for label, notes, protocol in [("tcp", TCP, "TCP"), ("udp", UDP, "UDP")]:
        one = Set(f"range-{label}-shared", SMALL)
        first = one.app("a", [(7000, 9000, None, protocol)], notes, pods=1)
        one.app("b", many(2, protocol), notes, pods=1)
        # The place of the first is free, and the port that found none does not ask again. A Service of which no port
        # finds one is refused and tried again for a while, so what it gets is chance.
        one.then([], [first])
        yield one
    one = Set("range-tcp-retyped", SMALL)
    first = one.app("a", [(7000, 9000)], TCP, pods=1)
    one.app("b", many(2), TCP, pods=1)
    one.then([first | {"metadata": first["metadata"] | {"annotations": {"mesh.traefik.io/traffic-type": "http"}}}])
    before = len(one.objects)
    one.app("c", [(7000, 9000)], TCP, pods=1)
    one.then(one.take(*one.objects[before:]))
    yield one
    # A hole in the table is filled first.
    one = Set("range-tcp-hole")
    one.app("a", [(7000, 9000)], TCP, pods=1)
    middle = one.app("b", [(7000, 9000)], TCP, pods=1)
    one.app("c", [(7000, 9000)], TCP, pods=1)
    one.then([], [middle])
    before = len(one.objects)
    one.app("d", [(7000, 9000)], TCP, pods=1)
    one.then(one.take(*one.objects[before:]))
    yield one


def skipped():
    one = Set("range-http-skipped", SMALL)
    one.app("web", [(53, 53, "a", "UDP"), (54, 54, "b", "UDP"), (80, 8080, "c"), (81, 8081, "d")], pods=1)
    return one

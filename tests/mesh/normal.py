"""What a controller says, without what differs from run to run, and as facts that can be compared."""

import re

from barrier import NAMESPACE

# Entry points that are given to ports of TCP and UDP begin here.
FIRST = 10000
VOLATILE = {"uid", "resourceVersion", "creationTimestamp", "managedFields", "generation", "selfLink"}
# Lists whose order says nothing: it is that of a map, or of events.
UNORDERED = {"middlewares", "pods", "sourceRange", "servers", "incoming", "destinationOf", "sourceOf", "trafficTargets", "trafficSplits",
             "backendOf", "sources", "errors", "services", "headers"}
HEADERS = re.compile(r"HeadersRegexp\(`[^`]*`, `[^`]*`\)(?: && HeadersRegexp\(`[^`]*`, `[^`]*`\))+")


def recorded(state):
    """Without the barrier and without what the API server counts; lists in the order in which they came."""
    return {page: without_barrier(plain(shown)) for page, shown in state.items()}


def plain(value):
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items() if key not in VOLATILE}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def without_barrier(value):
    """Drops every entry whose name is of the barrier's namespace."""
    def is_barrier(name):
        return name.startswith(f"{NAMESPACE}-") or name.endswith(f"-{NAMESPACE}") or f"@{NAMESPACE}" in name

    if isinstance(value, dict):
        return {key: without_barrier(inner) for key, inner in value.items() if not is_barrier(key)}
    return value


def facts(state):
    """Paths and values of a state; entries of lists by their content's order."""
    shown = recorded(state)
    return flat({page: ordered(named(inner, owners(shown["shadows"]))) for page, inner in shown.items()})


def owners(shadows):
    """Whose the entry points of TCP and UDP are. Which one a port gets depends on the order of events, so it has the port's name here."""
    return {f"{port['protocol'].lower()}-{port['targetPort']}": f"{name}:{port['port']}" for name, shadow in shadows.items() for port in shadow["ports"]
            if port["targetPort"] >= FIRST}


def named(value, names):
    if isinstance(value, dict):
        if "targetPort" in value and "protocol" in value:
            name = names.get(f"{value['protocol'].lower()}-{value['targetPort']}")
            return value | {"targetPort": name} if name else value
        return {key: named(inner, names) for key, inner in value.items()}
    return [named(inner, names) for inner in value] if isinstance(value, list) else names.get(value, value) if isinstance(value, str) else value


def ordered(value, key=""):
    if isinstance(value, dict):
        kept = {name: ordered(inner, name) for name, inner in value.items()}
        # Empty and absent are the same to every reader.
        return {name: inner for name, inner in kept.items() if inner not in (None, [], {}, "")}
    if isinstance(value, list):
        inner = [ordered(one) for one in value]
        if key == "sourceRange":
            inner = list(dict.fromkeys(inner))
        return sorted(inner, key=repr) if key in UNORDERED else inner
    if key == "rule":
        return HEADERS.sub(lambda found: " && ".join(sorted(found[0].split(" && "))), value)
    return value


def flat(value, path=""):
    if isinstance(value, dict) and value:
        return {at: leaf for name, inner in value.items() for at, leaf in flat(inner, f"{path}/{name}").items()}
    return {path: value}

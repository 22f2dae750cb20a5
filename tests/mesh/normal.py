"""What a controller says, without what differs from run to run, and as facts that can be compared."""

import re

from barrier import NAMESPACE

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
    return flat({page: ordered(shown) for page, shown in recorded(state).items()})


def ordered(value, key=""):
    if isinstance(value, dict):
        kept = {name: ordered(inner, name) for name, inner in value.items()}
        # Empty and absent are the same to every reader.
        return {name: inner for name, inner in kept.items() if inner not in (None, [], {}, "")}
    if isinstance(value, list):
        inner = [ordered(one) for one in value]
        return sorted(inner, key=repr) if key in UNORDERED else inner
    if key == "rule":
        return HEADERS.sub(lambda found: " && ".join(sorted(found[0].split(" && "))), value)
    return value


def flat(value, path=""):
    if isinstance(value, dict) and value:
        return {at: leaf for name, inner in value.items() for at, leaf in flat(inner, f"{path}/{name}").items()}
    return {path: value}

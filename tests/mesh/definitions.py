"""The shipped definitions on a real API server: what is written in one version is there in every other.

Comes after the sets, for the original stops to work when a newer version is preferred.
"""

import json
import pathlib

import yaml

from cluster import until
from controllers import once

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "charts/windrose-mesh/crds"
SUBJECT, RULE = {"kind": "ServiceAccount", "name": "a", "namespace": "b"}, {"kind": "HTTPRouteGroup", "name": "g", "matches": ["m"]}
MATCH = {"name": "m", "pathRegex": "/a", "methods": ["GET", "*"]}
LISTED, MAPPED = MATCH | {"headers": [{"x-a": "1"}, {"x-b": "2"}]}, MATCH | {"headers": {"x-a": "1", "x-b": "2"}}
NEW_TARGET = {"spec": {"destination": SUBJECT | {"port": 80}, "sources": [SUBJECT], "rules": [RULE, {"kind": "UDPRoute", "name": "u"}]}}
OLD_TARGET = {"destination": SUBJECT | {"port": 80}, "sources": [SUBJECT], "specs": [RULE]}
PORTS = {"spec": {"matches": {"name": "p", "ports": [80, 443]}}}


def backends(*weights):
    return [{"service": f"v{number}", "weight": weight} for number, weight in enumerate(weights)]


SPLIT = {"service": "web", "backends": backends(95, 5), "matches": [{"kind": "HTTPRouteGroup", "name": "g"}]}
# What is written, and in which versions.
WRITTEN = {
    "TrafficTarget": [(NEW_TARGET, [2, 3]), (OLD_TARGET, [1])],
    "HTTPRouteGroup": [({"spec": {"matches": [LISTED, MAPPED]}}, [3, 4]), ({"matches": [LISTED]}, [1, 2])],
    "TCPRoute": [(PORTS, [4]), ({"spec": {}}, [3]), ({}, [1, 2])],
    "UDPRoute": [(PORTS, [4])],
    "TrafficSplit": [({"spec": SPLIT}, [3, 4]), ({"spec": SPLIT | {"backends": backends(1, 0)}}, [2]), ({"spec": SPLIT | {"backends": backends("500m", 1)}}, [1])],
}
REFUSED = [
    ("access.smi-spec.io/v1alpha2", "TrafficTarget", {"spec": {"destination": SUBJECT, "rules": [{"kind": "Other", "name": "x"}]}}),
    ("access.smi-spec.io/v1alpha3", "TrafficTarget", {"spec": {"sources": [SUBJECT]}}),
    ("specs.smi-spec.io/v1alpha4", "HTTPRouteGroup", {"spec": {"matches": [{"pathRegex": "/"}]}}),
    ("specs.smi-spec.io/v1alpha3", "HTTPRouteGroup", {"spec": {"matches": [{"name": "m", "methods": ["GETS"]}]}}),
    ("split.smi-spec.io/v1alpha4", "TrafficSplit", {"spec": {"service": "web"}}),
    ("split.smi-spec.io/v1alpha4", "TrafficSplit", {"spec": SPLIT | {"matches": [{"kind": "TCPRoute", "name": "x"}]}}),
    ("split.smi-spec.io/v1alpha4", "TrafficSplit", {"spec": SPLIT | {"backends": [{"service": "v1"}]}}),
]


def check(cluster, original):
    definitions = [yaml.safe_load(file.read_text()) for file in sorted(FOLDER.glob("*.yaml"))]
    for one in definitions:
        refused = cluster.apply(json.loads(json.dumps(one)))
        assert refused is None, refused
    lines = []
    for one in definitions:
        group, plural = one["spec"]["group"], one["spec"]["names"]["plural"]
        versions = [version["name"] for version in one["spec"]["versions"]]
        for version in versions:
            path = f"/apis/{group}/{version}/{plural}"
            until(f"{path} is served", lambda: cluster.ask("GET", path)[0] == 200)
        lines += read_back(cluster, group, plural, one["spec"]["names"]["kind"], versions)
    for version, kind, body in REFUSED:
        if cluster.apply({"apiVersion": version, "kind": kind, "metadata": {"name": "refused"}} | body) is None:
            lines.append(f"{version} {kind} is not refused: {body}")
    return lines + preferred(cluster, original)


def read_back(cluster, group, plural, kind, versions):
    lines = []
    for number, (body, written) in enumerate(WRITTEN[kind]):
        for version in [f"v1alpha{one}" for one in written]:
            name = f"made-{number}-{version}"
            refused = cluster.apply({"apiVersion": f"{group}/{version}", "kind": kind, "metadata": {"name": name}} | body)
            if refused:
                lines.append(f"{kind} {version}: {refused}")
                continue
            for other in versions:
                _, shown = cluster.ask("GET", f"/apis/{group}/{other}/namespaces/default/{plural}/{name}")
                left = {key: value for key, value in shown.items() if key not in ("apiVersion", "kind", "metadata")}
                if left != body:
                    lines.append(f"{kind} written as {version}, read as {other}: {left}")
    return lines


def preferred(cluster, original):
    """The original refuses a cluster that prefers what it does not know, as its own users would see."""
    def answer():
        code, printed = once(cluster, [original], "prepare", "--acl")
        return printed if code and "unsupported SMI version" in printed else None

    printed = until("the original refuses the newest versions", answer)
    wanted = ['group "access.smi-spec.io" version "v1alpha2", got "v1alpha3"', 'group "specs.smi-spec.io" version "v1alpha3", got "v1alpha4"',
              'group "split.smi-spec.io" version "v1alpha3", got "v1alpha4"']
    return [f"not said: {one}" for one in wanted if one not in printed]

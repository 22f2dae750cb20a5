"""What Traefik Mesh's `prepare` and `cleanup` make of the ConfigMaps of cluster DNS, byte by byte.

Each case is a folder: the objects, then a folder after each command with every key of every ConfigMap as a file, and
`steps.json` with exit codes, what was printed, and which Deployments were restarted.
"""

import argparse
import json
import pathlib
import re
import signal
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "cluster"))

import yaml  # noqa: E402

import judge  # noqa: E402
from cluster import Cluster  # noqa: E402
from controllers import once  # noqa: E402
from dns_cases import MESH, every  # noqa: E402

KUBE = "kube-system"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r'time="[^"]*" ')


def main():
    words = argparse.ArgumentParser()
    for name in ["work", "bin", "server", "original"]:
        words.add_argument(name)
    words.add_argument("--record", required=True)
    words.add_argument("words", nargs="*")
    given = words.parse_intermixed_args()
    # Whoever stops this stops what it started, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    cluster = Cluster(given.work, given.bin, given.server)
    try:
        judge.prepare(cluster)
        for namespace in [MESH, "elsewhere"]:
            judge.must(cluster, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
        for name, (objects, steps) in every().items():
            if not given.words or any(word in name for word in given.words):
                shown = record(cluster, [given.original], pathlib.Path(given.record) / name, objects, steps)
                print(f"{name}: {shown}", flush=True)
    finally:
        cluster.close()


def record(cluster, command, folder, objects, steps):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "objects.yaml").write_text(yaml.safe_dump_all(objects, sort_keys=False))
    told, made = [], list(objects)
    try:
        for object in objects:
            judge.must(cluster, object)
        keep(cluster, folder / "0-before")
        for number, step in enumerate(steps, 1):
            if isinstance(step, dict):
                judge.must(cluster, step)
                told.append({"apply": f"{step['kind']} {step['metadata']['name']}"})
                continue
            code, printed = once(cluster, command, *step)
            deployments = keep(cluster, folder / f"{number}-{step[0]}")
            told.append({"command": step, "exit": code, "printed": TIME.sub("", printed), "restarted": deployments})
        (folder / "steps.json").write_text(json.dumps(told, indent=1) + "\n")
    finally:
        for namespace in [KUBE, MESH, "elsewhere"]:
            for kind, plural in [("ConfigMap", "configmaps"), ("Deployment", "deployments")]:
                group = "/apis/apps/v1" if kind == "Deployment" else "/api/v1"
                for found in cluster.ask("GET", f"{group}/namespaces/{namespace}/{plural}")[1]["items"]:
                    if not is_own(found):
                        cluster.ask("DELETE", f"{group}/namespaces/{namespace}/{plural}/{found['metadata']['name']}")
        for object in made:
            if object["kind"] == "Service":
                cluster.delete(object)
    return [one.get("exit", "-") for one in told]


def keep(cluster, folder):
    """Writes every ConfigMap; which Deployments have a mark of a restart."""
    for namespace in [KUBE, MESH]:
        for found in cluster.ask("GET", f"/api/v1/namespaces/{namespace}/configmaps")[1]["items"]:
            if is_own(found):
                continue
            into = folder / namespace / found["metadata"]["name"]
            into.mkdir(parents=True, exist_ok=True)
            for key, value in (found.get("data") or {}).items():
                (into / key).write_bytes(value.encode())
    folder.mkdir(parents=True, exist_ok=True)
    marks = {}
    for namespace in [KUBE, MESH]:
        for found in cluster.ask("GET", f"/apis/apps/v1/namespaces/{namespace}/deployments")[1]["items"]:
            written = found["spec"]["template"]["metadata"].get("annotations") or {}
            marks[f"{namespace}/{found['metadata']['name']}"] = {
                "generation": found["metadata"]["generation"], "annotations": {key: UUID.sub("UUID", value) for key, value in written.items()}}
    return marks


def is_own(found):
    """Whether the API server made it."""
    return found["metadata"]["name"] in ("extension-apiserver-authentication", "kube-root-ca.crt", "kube-apiserver-legacy-service-account-token-tracking")


if __name__ == "__main__":
    main()

"""What `prepare` and `cleanup` make of cluster DNS, byte by byte: Traefik Mesh's and ours.

Recorded, a case is a folder: the objects, then a folder after each command with every key of every ConfigMap as a file, and
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

import ground  # noqa: E402
from controllers import once  # noqa: E402
from dns_cases import MESH, SLOW, every  # noqa: E402

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
    cluster = ground.Ground(given.work, given.bin, given.server)
    try:
        ground.prepare(cluster)
        prepare(cluster)
        for name, (objects, steps) in every().items():
            if not given.words or any(word in name for word in given.words):
                made = carry_out(cluster, [given.original], objects, steps)
                record(pathlib.Path(given.record) / name, objects, made)
                print(f"{name}: {[one['told'].get('exit', '-') for one in made[1:]]}", flush=True)
    finally:
        cluster.close()


def cases(words):
    """Those of a run of both; each is called `dns-NAME` there."""
    named = {f"dns-{name}": case for name, case in every().items() if name not in SLOW}
    return {name: case for name, case in named.items() if not words or any(word in name for word in words)}


def with_our_server(objects):
    """The server of the mesh is found by the name of its Service; at the same address, as one of both is there."""
    return [one | {"metadata": one["metadata"] | {"name": "traefik-mesh-dns"}} if one["kind"] == "Service" else one for one in objects]


def prepare(cluster):
    for namespace in [MESH, "elsewhere"]:
        ground.must(cluster, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})


def facts(made):
    """What counts: the ConfigMaps, what was restarted, and whether it worked."""
    found, before = {}, {}
    for one in made:
        for (namespace, name), data in one["maps"].items():
            found |= {f"/{one['step']}/{namespace}/{name}/{key}": value for key, value in data.items()}
        for name, mark in one["marks"].items():
            if name in before and mark["generation"] != before[name] and "apply" not in one["told"]:
                found[f"/{one['step']}/restarted/{name}"] = True
            before[name] = mark["generation"]
        if "exit" in one["told"]:
            found[f"/{one['step']}/works"] = one["told"]["exit"] == 0
    return found


def carry_out(cluster, command, objects, steps):
    """What there is before and after each step."""
    try:
        for object in objects:
            ground.must(cluster, object)
        made = [{"step": "0-before", "told": {}} | seen(cluster)]
        for number, step in enumerate(steps, 1):
            if isinstance(step, dict):
                ground.must(cluster, step)
                made.append({"step": f"{number}-apply", "told": {"apply": f"{step['kind']} {step['metadata']['name']}"}} | seen(cluster))
                continue
            code, printed = once(cluster, command, *step)
            told = {"command": step, "exit": code, "printed": TIME.sub("", printed)}
            made.append({"step": f"{number}-{step[0]}", "told": told} | seen(cluster))
        return made
    finally:
        for namespace in [KUBE, MESH, "elsewhere"]:
            for path, found in listed(cluster, namespace):
                cluster.ask("DELETE", f"{path}/{found['metadata']['name']}")
        for object in objects:
            if object["kind"] == "Service":
                cluster.delete(object)


def listed(cluster, namespace):
    for path in [f"/api/v1/namespaces/{namespace}/configmaps", f"/apis/apps/v1/namespaces/{namespace}/deployments"]:
        for found in cluster.ask("GET", path)[1]["items"]:
            if found["metadata"]["name"] not in OWN:
                yield path, found


def seen(cluster):
    """Every ConfigMap, and which Deployments have a mark of a restart."""
    maps, marks = {}, {}
    for namespace in [KUBE, MESH]:
        for path, found in listed(cluster, namespace):
            name = found["metadata"]["name"]
            if path.endswith("configmaps"):
                maps[namespace, name] = found.get("data") or {}
                continue
            written = found["spec"]["template"]["metadata"].get("annotations") or {}
            marks[f"{namespace}/{name}"] = {
                "generation": found["metadata"]["generation"], "annotations": {key: UUID.sub("UUID", value) for key, value in written.items()}}
    return {"maps": maps, "marks": marks}


def record(folder, objects, made):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "objects.yaml").write_text(yaml.safe_dump_all(objects, sort_keys=False))
    for one in made:
        if "apply" in one["told"]:
            continue
        for (namespace, name), data in one["maps"].items():
            into = folder / one["step"] / namespace / name
            into.mkdir(parents=True, exist_ok=True)
            for key, value in data.items():
                (into / key).write_bytes(value.encode())
        (folder / one["step"]).mkdir(parents=True, exist_ok=True)
    steps = [one["told"] | ({"restarted": one["marks"]} if "exit" in one["told"] else {}) for one in made[1:]]
    (folder / "steps.json").write_text(json.dumps(steps, indent=1) + "\n")


# What the API server makes.
OWN = ("extension-apiserver-authentication", "kube-root-ca.crt", "kube-apiserver-legacy-service-account-token-tracking")

if __name__ == "__main__":
    main()

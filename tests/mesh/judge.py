"""What Windrose's controller and Traefik Mesh's make of the same objects."""

import argparse
import json
import pathlib
import re
import signal
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "cluster"))

import yaml  # noqa: E402

import definitions  # noqa: E402
import sets  # noqa: E402
from barrier import Barrier  # noqa: E402
from cluster import Cluster, until  # noqa: E402
from controllers import VARIANTS, Controller  # noqa: E402
from differences import CHANCE, MEANT  # noqa: E402
from normal import facts, recorded  # noqa: E402

ROOT = HERE.parents[1]
# The only versions that the original takes, for it asks which one the API server prefers.
WANTED = {"access.smi-spec.io": "v1alpha2", "specs.smi-spec.io": "v1alpha3", "split.smi-spec.io": "v1alpha3"}
FIXED = ["watched", "ignored", "both"]


def main():
    words = argparse.ArgumentParser()
    words.add_argument("work")
    words.add_argument("bin")
    words.add_argument("server")
    words.add_argument("original")
    words.add_argument("--ours", help="the program whose `mesh controller` is compared")
    words.add_argument("--self", action="store_true", help="compare the original with itself")
    words.add_argument("--record", help="folder for what the original says")
    words.add_argument("words", nargs="*")
    given = words.parse_intermixed_args()
    # Whoever stops this stops what it started, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    cluster = Cluster(given.work, given.bin, given.server)
    try:
        failures = Judge(cluster, given).run()
    finally:
        cluster.close()
    if failures:
        print(f"{len(failures)} failed: {' '.join(failures)}")
        sys.exit(1)


class Judge:
    def __init__(self, cluster, given):
        self.cluster, self.given, self.used = cluster, given, set()
        chosen = [one for one in sets.every() if not given.words or any(word in one.name for word in given.words)]
        self.sets = chosen
        commands = {"traefik": [given.original]}
        if given.self:
            commands["windrose"] = [given.original]
        elif given.ours:
            commands["windrose"] = [given.ours, "mesh", "controller"]
        needed = {variant for variant, (_, is_special) in VARIANTS.items() if not is_special} | {name for one in chosen for name in one.variants}
        prepare(cluster)
        self.barrier = Barrier(cluster, must)
        self.controllers = {variant: {kind: Controller(kind, command, variant, cluster) for kind, command in commands.items()}
                            for variant in VARIANTS if variant in needed}
        for kinds in self.controllers.values():
            for one in kinds.values():
                one.ready()

    def run(self):
        failures = []
        for one in self.sets:
            begun = time.monotonic()
            try:
                lines = self.judge(one)
            except (TimeoutError, AssertionError) as wrong:
                lines = [f"{type(wrong).__name__}: {wrong}"]
            failures += told(one.name, lines, f" ({time.monotonic() - begun:.1f} s)")
        if not self.given.words or "definitions" in self.given.words:
            failures += told("definitions", definitions.check(self.cluster, self.given.original))
        if self.given.ours and not self.given.words:
            failures += told("differences", [f"{entry} excuses nothing" for entry in MEANT if entry not in self.used])
        return failures

    def judge(self, one):
        """Makes the objects, step by step, and looks after each."""
        alive, lines = [], []
        try:
            for number, (apply, delete) in enumerate([(one.objects, []), *one.steps]):
                step = f".then{number}" if number else ""
                for object in delete:
                    self.cluster.delete(object)
                for object in apply:
                    must(self.cluster, object)
                gone = list(map(place, [*delete, *apply]))
                alive = [object for object in alive if place(object) not in gone] + apply
                self.record(f"{one.name}{step}.yaml", yaml.safe_dump_all(without_null(alive), sort_keys=False))
                lines += self.look(one, step)
        finally:
            for object in reversed(alive):
                if object["kind"] != "Namespace":
                    self.cluster.delete(object)
        return lines

    def look(self, one, step):
        watching = [variant for variant in self.controllers if not VARIANTS[variant][1] or variant in one.variants]
        # Those that are not asked see the objects, too, and have to be rid of them before the next set.
        self.barrier.pass_by([controller for kinds in self.controllers.values() for controller in kinds.values()])
        lines = []
        for variant in watching:
            kinds = self.controllers[variant]
            states = {kind: controller.state() for kind, controller in kinds.items()}
            label = f"{one.name}{'' if variant == 'http' else '.' + variant}{step}"
            for page, shown in recorded(states["traefik"]).items():
                self.record(f"{label}.{page}.json", json.dumps(shown, indent=1, sort_keys=True))
            if "windrose" in kinds:
                lines += self.compare(one, variant, step, kinds)
        return lines

    def compare(self, one, variant, step, kinds):
        wrong, used = [], set()

        def agree():
            nonlocal wrong, used
            ours, theirs = (facts(kinds[kind].state()) for kind in ["windrose", "traefik"])
            wrong, used = unmeant(CHANCE + MEANT if self.given.ours else CHANCE, one.name, variant, ours, theirs)
            return not wrong

        try:
            until("both agree", agree, 1)
        except TimeoutError:
            pass
        self.used |= used
        return [f"{variant}{step} {path}: ours {ours!r}, the original {theirs!r}" for path, ours, theirs in wrong]

    def record(self, name, text):
        if self.given.record:
            folder = pathlib.Path(self.given.record)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text + ("" if text.endswith("\n") else "\n"))


def told(name, lines, more=""):
    """Says how it went; the name of what failed."""
    print("\n     ".join([f"{'FAIL' if lines else 'ok  '} {name}{more}", *lines]), flush=True)
    return [name] if lines else []


def unmeant(meant, name, variant, ours, theirs):
    """The facts that differ without a reason, and the reasons that were needed."""
    wrong, used = [], set()
    for path in sorted(set(ours) | set(theirs)):
        if ours.get(path) == theirs.get(path):
            continue
        excuses = [entry for entry in meant if re.search(entry[0], name) and re.fullmatch(entry[1], variant) and re.search(entry[2], f"{path}={ours.get(path)!r}")]
        used |= set(excuses[:1])
        if not excuses:
            wrong.append((path, ours.get(path), theirs.get(path)))
    return wrong, used


def place(object):
    return object["kind"], object["metadata"].get("namespace"), object["metadata"]["name"]


def without_null(objects):
    """A null takes an annotation away, and is not there afterwards."""
    copies = json.loads(json.dumps(objects))
    for one in copies:
        notes = one["metadata"].get("annotations") or {}
        for key in [key for key, value in notes.items() if value is None]:
            del notes[key]
    return copies


def prepare(cluster):
    for file in sorted((ROOT / "charts/windrose-mesh/crds").glob("*.yaml")):
        definition = narrowed(yaml.safe_load(file.read_text()))
        if definition:
            must(cluster, definition)
    for name in FIXED:
        must(cluster, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    for group, plural in [("access", "traffictargets"), ("specs", "tcproutes"), ("specs", "httproutegroups"), ("split", "trafficsplits")]:
        path = f"/apis/{group}.smi-spec.io/{WANTED[group + '.smi-spec.io']}/{plural}"
        until(f"{path} is served", lambda: cluster.ask("GET", path)[0] == 200)


def narrowed(definition):
    """A definition with nothing but the version that the original takes."""
    spec = definition["spec"]
    spec["versions"] = [one for one in spec["versions"] if one["name"] == WANTED[spec["group"]]]
    return definition if spec["versions"] else None


def must(cluster, object):
    # What was deleted a moment ago may still have its address.
    refused = None
    for _ in range(20):
        refused = cluster.apply(json.loads(json.dumps(object)))
        if refused is None:
            return
        time.sleep(0.02)
    raise AssertionError(f"{object['kind']} {object['metadata']['name']}: {refused}")


if __name__ == "__main__":
    main()

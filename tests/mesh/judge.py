"""What Windrose's controller and Traefik Mesh's make of the same objects."""

import argparse
import difflib
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
import dns  # noqa: E402
import sets  # noqa: E402
from barrier import Barrier  # noqa: E402
from cluster import until  # noqa: E402
from controllers import VARIANTS, Controller  # noqa: E402
from differences import CHANCE, DNS, MEANT  # noqa: E402
from ground import Ground, must, prepare  # noqa: E402
from normal import facts, recorded  # noqa: E402

# How many sets are there at once, and how many ports of theirs: twice as many are, while the last ones go.
TOGETHER, PORTS = 8, 12
SERVICES = 25
FIXED_ADDRESS = re.compile(r'"198\.19\.0\.([12][0-9]|3[0-4])"')


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
    cluster = Ground(given.work, given.bin, given.server)
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
        self.sets = [one for one in sets.every() if not given.words or any(word in one.name for word in given.words)]
        self.commands = {"traefik": [given.original]}
        if given.self:
            self.commands["windrose"] = [given.original]
        elif given.ours:
            self.commands["windrose"] = [given.ours, "mesh", "controller"]
        prepare(cluster)
        self.barrier = Barrier(cluster, must)
        self.controllers = {}

    def run(self):
        failures = []
        for batch in batches(self.sets, 1 if self.given.record else TOGETHER):
            begun = time.monotonic()
            lines = {one.name: [] for one in batch}
            try:
                self.start({variant for variant, (_, is_special) in VARIANTS.items() if not is_special} | {name for one in batch for name in one.variants})
                for name, line in self.judge(batch):
                    for told_of in [name] if name in lines else list(lines):
                        lines[told_of].append(line)
            except (TimeoutError, AssertionError) as wrong:
                lines = {name: [f"{type(wrong).__name__}: {wrong}"] for name in lines}
            took = f" ({time.monotonic() - begun:.1f} s{' together' if len(batch) > 1 else ''})"
            for number, one in enumerate(batch, 1):
                failures += told(one.name, lines[one.name], took if number == len(batch) else "")
        for kinds in self.controllers.values():
            for controller in kinds.values():
                controller.stop()
        if self.given.ours:
            failures += self.dns()
        if not self.given.words or "definitions" in self.given.words:
            failures += told("definitions", definitions.check(self.cluster, self.given.original))
        if self.given.ours and not self.given.words:
            failures += told("differences", [f"{entry} excuses nothing" for entry in MEANT + DNS if entry not in self.used])
        return failures

    def start(self, variants):
        """Starts the controllers of these variants that do not run yet."""
        fresh = [variant for variant in VARIANTS if variant in variants and variant not in self.controllers]
        for variant in fresh:
            self.controllers[variant] = {kind: Controller(kind, command, variant, self.cluster) for kind, command in self.commands.items()}
        for variant in fresh:
            for controller in self.controllers[variant].values():
                controller.ready()

    def dns(self):
        """What `prepare` and `cleanup` make of cluster DNS."""
        failures = []
        dns.prepare(self.cluster)
        for name, (objects, steps) in dns.cases(self.given.words).items():
            begun = time.monotonic()
            theirs = dns.facts(dns.carry_out(self.cluster, [self.given.original], objects, steps))
            ours = dns.facts(dns.carry_out(self.cluster, [self.given.ours, "mesh"], dns.with_our_server(objects), steps))
            wrong, used = unmeant(DNS, name, "", ours, theirs, difference)
            self.used |= used
            failures += told(name, list(map(difference, wrong)), f" ({time.monotonic() - begun:.1f} s)")
        return failures

    def judge(self, batch):
        """Makes the objects, step by step, and looks after each; what differs, with the name of the set."""
        alive, lines = [], []
        objects = [object for number, one in enumerate(batch) for object in placed(one, number)]
        steps = [(objects, []), *(batch[0].steps if len(batch) == 1 else [])]
        try:
            for number, (apply, delete) in enumerate(steps):
                step = f".then{number}" if number else ""
                for object in delete:
                    self.cluster.delete(object)
                for object in apply:
                    must(self.cluster, object)
                gone = list(map(place, [*delete, *apply]))
                alive = [object for object in alive if place(object) not in gone] + apply
                if self.given.record:
                    self.record(f"{batch[0].name}{step}.yaml", yaml.safe_dump_all(without_null(alive), sort_keys=False))
                lines += self.look(batch, step)
        finally:
            for object in reversed(alive):
                if object["kind"] != "Namespace":
                    self.cluster.delete(object)
        return lines

    def look(self, batch, step):
        watching = [variant for variant in self.controllers if not VARIANTS[variant][1] or variant in batch[0].variants]
        # Those that are not asked see the objects, too, and have to be rid of them before the next set.
        self.barrier.pass_by([controller for kinds in self.controllers.values() for controller in kinds.values()])
        lines = []
        for variant in watching:
            kinds = self.controllers[variant]
            if self.given.record:
                label = f"{batch[0].name}{'' if variant == 'http' else '.' + variant}{step}"
                for page, shown in recorded(kinds["traefik"].state()).items():
                    self.record(f"{label}.{page}.json", json.dumps(shown, indent=1, sort_keys=True))
            if "windrose" in kinds:
                lines += self.compare(batch, variant, step, kinds)
        return lines

    def compare(self, batch, variant, step, kinds):
        wrong, used = [], set()
        names = sorted((one.name for one in batch), key=len, reverse=True)

        def whose(path):
            return next((name for name in names if name in path), names[0] if len(names) == 1 else "")

        def agree():
            nonlocal wrong, used
            ours, theirs = (facts(kinds[kind].state()) for kind in ["windrose", "traefik"])
            wrong, used = unmeant(CHANCE + MEANT if self.given.ours else CHANCE, whose, variant, ours, theirs)
            return not wrong

        try:
            until("both agree", agree, 1)
        except TimeoutError:
            pass
        self.used |= used
        return [(whose(one[0]), f"{variant}{step} {difference(one)}") for one in wrong]

    def record(self, name, text):
        folder = pathlib.Path(self.given.record)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text + ("" if text.endswith("\n") else "\n"))


def told(name, lines, more=""):
    """Says how it went; the name of what failed."""
    print("\n     ".join([f"{'FAIL' if lines else 'ok  '} {name}{more}", *lines]), flush=True)
    return [name] if lines else []


def batches(chosen, most):
    """Sets that can be there at the same time: of one step, in namespaces of their own, with entry points enough for all."""
    together, ports = [], 0
    # What asks for controllers of its own comes later, so that most is seen by few.
    for one in sorted(chosen, key=lambda one: (one.leaves, bool(one.variants))):
        needs = sum(len(object["spec"].get("ports") or []) for object in one.objects if object["kind"] == "Service")
        is_apart = {object["metadata"].get("namespace") for object in one.objects} <= {None, one.name, one.other}
        is_social = is_apart and not (one.steps or one.leaves or one.variants)
        if together and (not is_social or len(together) == most or ports + needs > PORTS):
            yield together
            together, ports = [], 0
        together.append(one)
        ports += needs
        if not is_social:
            yield together
            together, ports = [], 0
    if together:
        yield together


def placed(one, number):
    """The objects of a set with addresses of their own, as Services of all sets begin with the same."""
    if not number:
        return one.objects
    return json.loads(FIXED_ADDRESS.sub(lambda found: f'"198.19.0.{int(found[1]) + SERVICES * number}"', json.dumps(one.objects)))


def unmeant(meant, name, variant, ours, theirs, text=lambda one: f"{one[0]}={one[1]!r}"):
    """The facts that differ without a reason, and the reasons that were needed; a name may depend on the fact."""
    whose = name if callable(name) else lambda _: name
    wrong, used = [], set()
    for path in sorted(set(ours) | set(theirs)):
        one = path, ours.get(path), theirs.get(path)
        if one[1] == one[2]:
            continue
        excuses = [entry for entry in meant if re.search(entry[0], whose(path)) and re.fullmatch(entry[1], variant) and re.search(entry[2], text(one))]
        used |= set(excuses[:1])
        if not excuses:
            wrong.append(one)
    return wrong, used


def difference(wrong):
    path, ours, theirs = wrong
    if all(isinstance(text, str) and "\n" in text for text in (ours, theirs)):
        lines = difflib.unified_diff(theirs.splitlines(True), ours.splitlines(True), n=0)
        return f"{path}: from the original's to ours {list(lines)[2:]}"
    return f"{path}: ours {ours!r}, the original {theirs!r}"


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


if __name__ == "__main__":
    main()

"""Helm as a command, and what it renders as objects."""

import json
import os
import re
import subprocess

import yaml

VERSION = "1.36.3"


class Helm:
    def __init__(self, program, home, kubeconfig):
        self.program = program
        folders = {f"HELM_{kind}_HOME": str(home / kind.lower()) for kind in ["CACHE", "CONFIG", "DATA"]}
        self.environment = {**os.environ, **folders, "KUBECONFIG": str(kubeconfig)}

    def run(self, *words, values=None):
        """Exit code, standard output, standard error. `values` are written over those of files."""
        words = [str(word) for word in words]
        if values is not None:
            words += ["-f", "-"]
        done = subprocess.run([self.program, *words], env=self.environment, capture_output=True, text=True, timeout=120,
                              input=json.dumps(values) if values is not None else None)
        return done.returncode, done.stdout, done.stderr

    def must(self, *words, **more):
        code, out, error = self.run(*words, **more)
        assert code == 0, error.strip() or out.strip()
        # What Helm says of values that do not fit together.
        assert not re.search("is a table|non-table|overwrite table", error), error
        return out

    def render(self, chart, *words, release="edge", namespace="edge", **more):
        out = self.must("template", release, chart, "--namespace", namespace, "--kube-version", VERSION, *words, **more)
        return Rendered(object for object in yaml.safe_load_all(out) if object)


class Rendered(list):
    """The objects of a chart."""

    def of(self, kind, name=None):
        return [one for one in self if one["kind"] == kind and name in (None, one["metadata"]["name"])]

    def one(self, kind, name=None):
        found = self.of(kind, name)
        assert len(found) == 1, f"{len(found)} objects of kind {kind} {name or ''}"
        return found[0]

    def workload(self):
        found = self.of("Deployment") + self.of("DaemonSet")
        assert found, "there is no workload"
        return found[0]

    def pod(self):
        return self.workload()["spec"]["template"]["spec"]

    def container(self):
        return self.pod()["containers"][0]

    def flags(self):
        """Options by their names in small letters."""
        split = (flag.removeprefix("--").partition("=") for flag in self.container()["args"])
        return {name.lower(): value for name, _, value in split}

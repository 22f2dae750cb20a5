"""The controllers that watch: one process for each variant of settings, with a mesh namespace of its own."""

import json
import os
import subprocess
import urllib.error
import urllib.request

from cluster import port, until

# Settings, and whether only sets that ask for a variant are seen by it.
VARIANTS = {
    "http": ([], False),
    "acl": (["--acl"], False),
    "tcp": (["--defaultmode=tcp"], False),
    "acl-tcp": (["--acl", "--defaultmode=tcp"], False),
    "udp": (["--defaultmode=udp"], True),
    "small": (["--limithttpport=2", "--limittcpport=2", "--limitudpport=2"], True),
    "watch": (["--watchnamespaces=barrier,watched,both,kube-system", "--ignorenamespaces=both"], True),
    "ignore": (["--ignorenamespaces=ignored,both"], True),
}


class Controller:
    def __init__(self, kind, command, variant, cluster):
        self.kind, self.variant, self.cluster = kind, variant, cluster
        self.settings = VARIANTS[variant][0]
        self.is_strict = "--acl" in self.settings
        # Both kinds' namespaces are as long as each other: a shadow service's name has an upper limit.
        self.namespace = f"{kind[0]}-{variant}"
        self.port = port()
        flags = [f"--kubeconfig={kubeconfig(cluster)}", f"--masterurl=https://127.0.0.1:{cluster.port}", f"--namespace={self.namespace}",
                 f"--apiport={self.port}", "--apihost=127.0.0.1", "--loglevel=debug", *self.settings]
        refused = cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}})
        assert refused is None, refused
        self.log = cluster.work / f"{kind}-{variant}.log"
        self.process = cluster.spawn(self.log.stem, [*command, *flags])

    def ready(self):
        until(f"{self.log.stem} is ready", lambda: self.shown("status/readiness"), 30)

    def stop(self):
        self.process.kill()
        self.process.wait()

    def shown(self, page):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/{page}", timeout=5) as answer:
                return json.load(answer)
        except (OSError, ValueError):
            return None

    def shadows(self):
        """The shadow services, without what the server adds."""
        code, listed = self.cluster.ask("GET", f"/api/v1/namespaces/{self.namespace}/services?labelSelector=app%3Dmaesh")
        assert code == 200, listed
        shown = {}
        for one in listed["items"]:
            spec = one["spec"]
            shown[one["metadata"]["name"].removeprefix(f"{self.namespace}-")] = {
                "labels": one["metadata"]["labels"], "selector": spec.get("selector"), "ports": spec["ports"], "type": spec["type"]}
        return shown

    def state(self):
        """All that it says, without what belongs to the barrier."""
        return {"topology": self.shown("topology/current"), "configuration": self.shown("configuration/current"), "shadows": self.shadows()}


def kubeconfig(cluster):
    from cluster import TOKEN
    file = cluster.work / "kubeconfig"
    if not file.exists():
        file.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "test", "cluster": {"server": f"https://127.0.0.1:{cluster.port}", "certificate-authority": str(cluster.work / "ca.crt")}}],
            "users": [{"name": "test", "user": {"token": TOKEN}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}]}))
    return file


def once(cluster, command, *words):
    """Runs a command of a controller to its end; its exit code and what it printed."""
    flags = [f"--kubeconfig={kubeconfig(cluster)}", f"--masterurl=https://127.0.0.1:{cluster.port}"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("KUBERNETES_")}
    done = subprocess.run([*command, *words, *flags], capture_output=True, text=True, timeout=180, env=environment, cwd=cluster.work)
    return done.returncode, done.stdout + done.stderr

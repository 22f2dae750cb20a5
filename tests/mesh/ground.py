"""What controllers stand on: an API server with the definitions of the mesh, in the versions that the original takes."""

import http.client
import json
import pathlib
import ssl
import time

import yaml

from cluster import TOKEN, Cluster, until

DEFINITIONS = pathlib.Path(__file__).resolve().parents[2] / "charts/windrose-mesh/crds"
# The only versions that the original takes, for it asks which one the API server prefers.
WANTED = {"access.smi-spec.io": "v1alpha2", "specs.smi-spec.io": "v1alpha3", "split.smi-spec.io": "v1alpha3"}
FIXED = ["watched", "ignored", "both"]


class Ground(Cluster):
    """Is asked over one connection, for most of what is asked takes no longer than making one."""

    connection = None

    def ask(self, method, path, body=None, kind="application/json", raw=False, token=TOKEN):
        headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
        text = json.dumps(body).encode() if body is not None else None
        # A connection that was closed meanwhile is no answer.
        for _ in range(2):
            try:
                if self.connection is None:
                    context = ssl.create_default_context(cafile=str(self.work / "ca.crt"))
                    self.connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=context)
                self.connection.request(method, path, text, headers)
                answer = self.connection.getresponse()
                told = answer.read()
                break
            except (OSError, http.client.HTTPException) as error:
                self.connection, failure = None, error
        else:
            return 0, str(failure)
        if answer.status >= 300:
            return answer.status, told.decode()
        return answer.status, told if raw else json.loads(told)


def prepare(cluster):
    for file in sorted(DEFINITIONS.glob("*.yaml")):
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

"""What an API server says of objects."""

import json

SERVER_SIDE = "application/apply-patch+yaml"


class Objects:
    """The paths of kinds, as the server has them."""

    def __init__(self, cluster):
        self.cluster, self.known = cluster, {}

    def path(self, object):
        version, kind = object["apiVersion"], object["kind"]
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        if version not in self.known:
            code, answer = self.cluster.ask("GET", root)
            assert code == 200, f"{version} is not served: {answer}"
            self.known[version] = {one["kind"]: one for one in answer["resources"] if "/" not in one["name"]}
        found = self.known[version].get(kind)
        assert found, f"{version} {kind} is not served"
        space = f"/namespaces/{object['metadata'].get('namespace', 'edge')}" if found["namespaced"] else ""
        return f"{root}{space}/{found['name']}"

    def refusal(self, object):
        """What the server has against an object, unknown fields included; nothing is made."""
        path = f"{self.path(object)}/{object['metadata']['name']}?dryRun=All&fieldValidation=Strict&fieldManager=test&force=true"
        code, answer = self.cluster.ask("PATCH", path, object, kind=SERVER_SIDE)
        return None if 200 <= code < 300 else f"{object['kind']} {object['metadata']['name']}: {answer}"

    def pod_refusal(self, template, namespace):
        """What the server has against a pod of a template in a namespace."""
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "trial", "namespace": namespace}, "spec": template["spec"]}
        code, answer = self.cluster.ask("POST", f"/api/v1/namespaces/{namespace}/pods?dryRun=All", pod)
        return None if code == 201 else answer

    def make(self, object):
        refused = self.cluster.ask("POST", self.path(object), json.loads(json.dumps(object)))
        assert refused[0] in (200, 201, 409), refused

    def listed(self, version, kind, namespace="edge"):
        object = {"apiVersion": version, "kind": kind, "metadata": {"namespace": namespace}}
        code, answer = self.cluster.ask("GET", self.path(object))
        assert code == 200, answer
        return answer["items"]

"""A pod that asks others, with the pod's own resolver and network."""

import json
import urllib.parse
import urllib.request

from cluster import until


class Client:
    """A pod that asks others."""

    def __init__(self, whole, namespace, name, account="default", node=None):
        self.whole, self.namespace, self.name = whole, namespace, name
        spec = {"serviceAccountName": account, "terminationGracePeriodSeconds": 1,
                "containers": [{"name": "client", "image": "windrose.test/client:1"}]}
        if node:
            spec["nodeName"] = node
        whole.make({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace, "labels": {"app": name}}, "spec": spec})
        self.address = None

    def ready(self):
        def running():
            status = self.whole.got("v1", "Pod", self.name, self.namespace)["status"]
            return status.get("podIP") if any(one["ready"] for one in status.get("containerStatuses", [])) else None
        self.address = until(f"pod {self.name} runs", running, 60)
        until(f"pod {self.name} answers", lambda: self.asked("/lookup", name="localhost"), 10)
        return self

    def asked(self, path, **words):
        query = urllib.parse.urlencode(words)
        try:
            with urllib.request.urlopen(f"http://{self.address}:8080{path}?{query}", timeout=30) as answer:
                return json.load(answer)
        except OSError:
            return None

    def http(self, url, **words):
        return self.asked("/http", url=url, **words)

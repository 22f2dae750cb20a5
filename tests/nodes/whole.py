"""A whole Kubernetes: an API server with its etcd, controllers, a scheduler, two nodes with real pods, and CoreDNS."""

import itertools
import json
import pathlib
import subprocess

import yaml

from cluster import TOKEN, Cluster, until
from coredns import DNS, dns
from images import Registry
from network import PODS, SERVICES, own_folders, places
from node import Node
from server import SERVER_SIDE, Objects

MANIFESTS = pathlib.Path(__file__).resolve().parent / "manifests"


class Whole(Cluster):
    names = "IP:127.0.0.1,DNS:localhost,IP:198.18.0.1,IP:198.19.0.1,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc"
    pods, services, dns = PODS, SERVICES, DNS

    def __init__(self, work, bin, built):
        self.built = pathlib.Path(built)
        self.numbers = itertools.count()
        self.resolver = own_folders(work)
        places_of_nodes = places()
        self.registry = Registry(places_of_nodes[0].address)
        super().__init__(work, bin, self.built / "kube-apiserver")
        self.objects = Objects(self)
        self.config = config = self.kubeconfig("admin", TOKEN)
        self.spawn("controllers", [
            self.built / "kube-controller-manager", "--kubeconfig", config, "--leader-elect=false", "--root-ca-file", "ca.crt",
            "--service-account-private-key-file", "account.key", "--kube-api-qps", "200", "--kube-api-burst", "400", "--v", "1"])
        self.spawn("scheduler", [self.built / "kube-scheduler", "--kubeconfig", config, "--leader-elect=false",
                                 "--kube-api-qps", "200", "--kube-api-burst", "400", "--v", "1"])
        self.nodes = [Node(place, self) for place in places_of_nodes]

    def begin(self):
        """Starts the nodes, and waits until names are answered."""
        for node in self.nodes:
            node.start(self.config, self.resolver)
        for object in dns():
            self.make(object)
        for node in self.nodes:
            until(f"node {node.name} is ready", lambda: self.is_ready(node.name), 90)
        self.settled("kube-system", "coredns")

    def kubeconfig(self, name, token):
        file = self.work / f"{name}.kubeconfig"
        server = {"server": f"https://198.18.0.1:{self.port}", "certificate-authority": str(self.work / "ca.crt")}
        file.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "one", "clusters": [{"name": "one", "cluster": server}],
            "contexts": [{"name": "one", "context": {"cluster": "one", "user": name, "namespace": "default"}}],
            "users": [{"name": name, "user": {"token": token}}]}))
        return file

    def options(self):
        return ["--bind-address", "0.0.0.0", "--allow-privileged=true", "--kubelet-preferred-address-types", "InternalIP",
                "--requestheader-client-ca-file", "ca.crt", "--requestheader-allowed-names", "kube-apiserver",
                "--requestheader-username-headers", "X-Remote-User", "--requestheader-group-headers", "X-Remote-Group",
                "--requestheader-extra-headers-prefix", "X-Remote-Extra-", "--proxy-client-cert-file", "server.crt",
                "--proxy-client-key-file", "server.key", "--kubelet-client-certificate", "server.crt",
                "--kubelet-client-key", "server.key", "--enable-aggregator-routing=true"]

    def count(self):
        return next(self.numbers)

    def make(self, object):
        """Makes or changes an object as `kubectl apply --server-side` does."""
        object = json.loads(json.dumps(object))
        object["metadata"].setdefault("namespace", "default")
        path = f"{self.objects.path(object)}/{object['metadata']['name']}"
        if "/namespaces/" not in path or object["kind"] == "Namespace":
            del object["metadata"]["namespace"]
        code, answer = self.ask("PATCH", f"{path}?fieldManager=test&force=true", object, kind=SERVER_SIDE)
        assert 200 <= code < 300, f"{object['kind']} {object['metadata']['name']}: {answer}"
        return answer

    def apply(self, name):
        """The objects of a file, as they are."""
        for object in yaml.safe_load_all((MANIFESTS / name).read_text()):
            if object:
                self.make(object)

    def secret(self, name, host, namespace="default"):
        """A certificate for a host as a Secret; the file of the certificate."""
        file = self.work / f"{name}.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{file}.key", "-out", file, "-days", "2",
                        "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}"], check=True, capture_output=True)
        self.make({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": namespace}, "type": "kubernetes.io/tls",
                   "stringData": {"tls.crt": file.read_text(), "tls.key": (self.work / f"{name}.pem.key").read_text()}})
        return str(file)

    def said(self, namespace, name):
        """What Events say of an object."""
        return [one["message"] for one in self.objects.listed("v1", "Event", namespace) if one["involvedObject"]["name"] == name]

    def log(self, pod):
        metadata = pod["metadata"]
        code, text = self.ask("GET", f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}/log", raw=True)
        assert code == 200, text
        return text.decode()

    def remove(self, version, kind, name, namespace="default"):
        path = self.objects.path({"apiVersion": version, "kind": kind, "metadata": {"namespace": namespace}})
        code, answer = self.ask("DELETE", f"{path}/{name}")
        assert code in (200, 202, 404), answer

    def got(self, version, kind, name, namespace="default"):
        path = self.objects.path({"apiVersion": version, "kind": kind, "metadata": {"namespace": namespace}})
        code, answer = self.ask("GET", f"{path}/{name}")
        return answer if code == 200 else None

    def changed(self, version, kind, name, patch, namespace="default", part=""):
        path = self.objects.path({"apiVersion": version, "kind": kind, "metadata": {"namespace": namespace}})
        code, answer = self.ask("PATCH", f"{path}/{name}{part}", patch, kind="application/merge-patch+json")
        assert code == 200, answer
        return answer

    def is_ready(self, name):
        node = self.got("v1", "Node", name)
        return node and any(one["type"] == "Ready" and one["status"] == "True" for one in node["status"].get("conditions", []))

    def settled(self, namespace, name, kind="Deployment", seconds=120):
        """Waits until all pods of a workload are those that are asked for, ready, and alone."""
        def done():
            one = self.got("apps/v1", kind, name, namespace)
            if not one or one["status"].get("observedGeneration") != one["metadata"]["generation"]:
                return False
            status = one["status"]
            if kind == "DaemonSet":
                return status.get("desiredNumberScheduled") == status.get("updatedNumberScheduled") == status.get("numberReady") == len(self.nodes)
            wanted = one["spec"]["replicas"]
            return status.get("updatedReplicas", 0) == status.get("readyReplicas", 0) == status.get("replicas", 0) == wanted
        try:
            until(f"{kind} {name}", done, seconds)
        except TimeoutError:
            raise TimeoutError(f"{kind} {name}: {self.told(namespace)}") from None

    def told(self, namespace):
        """What keeps pods from being ready, for whoever reads of a failure."""
        events = self.objects.listed("v1", "Event", namespace)
        pods = [f"{one['metadata']['name']} {one['status'].get('phase')}" for one in self.objects.listed("v1", "Pod", namespace)]
        return pods, [f"{one['involvedObject']['name']}: {one.get('message')}" for one in events if one.get("type") == "Warning"][-5:]

    def pods_of(self, namespace, **labels):
        """Pods with these labels that are not about to end."""
        found = self.objects.listed("v1", "Pod", namespace)
        return [one for one in found if "deletionTimestamp" not in one["metadata"]
                and all(one["metadata"].get("labels", {}).get(key) == value for key, value in labels.items())]

    def node_of(self, pod):
        return next(node for node in self.nodes if node.name == pod["spec"]["nodeName"])

    def address(self, namespace, name):
        return self.got("v1", "Service", name, namespace)["spec"]["clusterIP"]

"""`windrose migrate ingress-nginx --cluster`: what it says of Ingresses that are there."""

import json
import os
import subprocess
import tempfile

from cluster import TOKEN

ANNOTATION = "nginx.ingress.kubernetes.io/"


def audit(cluster, programs):
    """Each Ingress is sorted, what it names and is not there is told, and what may not be read is named."""
    lines = []
    for name, annotations, service in [("clean", {}, "there"), ("near", {"proxy-buffer-size": "8k"}, "there"),
                                       ("refused", {"server-snippet": "return 200;"}, "there"), ("dangling", {}, "absent")]:
        ingress = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
                   "metadata": {"name": name, "namespace": "audited", "annotations": {ANNOTATION + key: value for key, value in annotations.items()}},
                   "spec": {"ingressClassName": "audited", "rules": [{"host": f"{name}.example.org", "http": {"paths": [
                       {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": service, "port": {"number": 80}}}}]}}]}}
        made(cluster, ingress)
    reader = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "auditor"},
              "rules": [{"apiGroups": ["", "networking.k8s.io", "discovery.k8s.io"], "verbs": ["list"],
                         "resources": ["ingresses", "ingressclasses", "services", "endpointslices", "configmaps", "namespaces"]}]}
    binding = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "auditor"},
               "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "auditor"},
               "subjects": [{"kind": "User", "name": "auditor", "apiGroup": "rbac.authorization.k8s.io"}]}
    for object in [reader, binding]:
        must(cluster, "POST", f"/apis/rbac.authorization.k8s.io/v1/{object['kind'].lower()}s", object)
    code, text = said(cluster, programs["windrose"])
    for wanted in ["clean: audited/clean", "approximated: audited/near", "refused: audited/refused", "refused: audited/dangling",
                   "there is no Service audited/absent", "4 Ingresses of ingress-nginx: 1 clean, 1 approximated, 2 refused"]:
        if wanted not in text:
            lines.append(f"{wanted!r} is not said: {text}")
    if code != 1:
        lines.append(f"it ends with {code} although something is refused")
    code, text = said(cluster, programs["windrose"], user="auditor")
    if "Secret: " not in text or "clean: audited/clean" not in text:
        lines.append(f"of one who may not read Secrets: {text}")
    return lines


def made(cluster, ingress):
    spec = {"selector": {"app": "x"}, "ports": [{"name": "http", "port": 80}]}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "there", "namespace": "audited"}, "spec": spec}
    slice = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
             "metadata": {"name": "there", "namespace": "audited", "labels": {"kubernetes.io/service-name": "there"}},
             "endpoints": [{"addresses": ["198.18.7.7"], "conditions": {"ready": True}}], "ports": [{"name": "http", "port": 80}]}
    of_class = {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": "audited"},
                "spec": {"controller": "k8s.io/ingress-nginx"}}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "audited"}}
    for object in [namespace, of_class, service, slice, ingress]:
        refused = cluster.apply(object)
        assert refused is None, refused


def must(cluster, method, path, object):
    code, answer = cluster.ask(method, path, object)
    assert code < 300 or code == 409, answer


def said(cluster, program, user=None):
    """How it ends, and what it says, to the administrator or to somebody whom that one stands for."""
    with tempfile.NamedTemporaryFile("w", dir=cluster.work, suffix=".conf") as file:
        json.dump({"apiVersion": "v1", "kind": "Config", "current-context": "test",
                   "clusters": [{"name": "test", "cluster": {"server": f"https://127.0.0.1:{cluster.port}",
                                                             "certificate-authority": str(cluster.work / "ca.crt")}}],
                   "users": [{"name": "test", "user": {"token": TOKEN, **({"as": user} if user else {})}}],
                   "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}]}, file)
        file.flush()
        ran = subprocess.run([str(program), "migrate", "ingress-nginx", "--cluster", f"--kubeConfig={file.name}", "--namespace", "audited"],
                             env={**os.environ, "KUBECONFIG": ""}, capture_output=True, text=True, timeout=60)
        return ran.returncode, ran.stdout + ran.stderr

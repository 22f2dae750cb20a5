"""CoreDNS as installers set it up: its ConfigMap, its rights, two pods and the Service that pods are told of."""

DNS = "198.19.0.10"
# As installers write it.
COREFILE = """.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
"""


def dns():
    labels = {"k8s-app": "kube-dns"}
    here = {"namespace": "kube-system"}
    probe = lambda path, port: {"httpGet": {"path": path, "port": port}, "periodSeconds": 1}
    pod = {"serviceAccountName": "coredns", "dnsPolicy": "Default", "containers": [{
        "name": "coredns", "image": "registry.k8s.io/coredns/coredns:v1.14.7",
        "args": ["-conf", "/etc/coredns/Corefile"], "readinessProbe": probe("/ready", 8181), "livenessProbe": probe("/health", 8080),
        "volumeMounts": [{"name": "config-volume", "mountPath": "/etc/coredns", "readOnly": True}]}],
        "volumes": [{"name": "config-volume", "configMap": {"name": "coredns", "items": [{"key": "Corefile", "path": "Corefile"}]}}]}
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "coredns", **here}},
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "system:coredns"}, "rules": [
            {"apiGroups": [""], "resources": ["endpoints", "services", "pods", "namespaces"], "verbs": ["list", "watch"]},
            {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["list", "watch"]}]},
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "system:coredns"},
         "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:coredns"},
         "subjects": [{"kind": "ServiceAccount", "name": "coredns", "namespace": "kube-system"}]},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "coredns", **here}, "data": {"Corefile": COREFILE}},
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "coredns", **here, "labels": labels}, "spec": {
            "replicas": 2, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}}},
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "kube-dns", **here, "labels": labels}, "spec": {
            "clusterIP": DNS, "selector": labels, "ports": [{"name": "dns", "port": 53, "protocol": "UDP"},
                                                            {"name": "dns-tcp", "port": 53, "protocol": "TCP"}]}}]

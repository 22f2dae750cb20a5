"""Cluster DNS in the forms in which clusters have it."""

MESH = "mesh"
PREPARE, CLEANUP = ["prepare", f"--namespace={MESH}"], ["cleanup", f"--namespace={MESH}"]
TWICE = [PREPARE, PREPARE, CLEANUP, CLEANUP]
# The original waits two minutes there.
SLOW = ["kube-no-service"]

PLAIN = """.:53 {
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
OLD = """.:53 {
    errors
    health
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       upstream
       fallthrough in-addr.arpa ip6.arpa
    }
    prometheus :9153
    proxy . /etc/resolv.conf
    cache 30
    loop
    reload
    loadbalance
}
"""
STUB = PLAIN + "\nexample.org:53 {\n    errors\n    cache 30\n    forward . 192.0.2.53\n}\n"
BLOCK = "#### Begin {0} Block\n{1}:53 {{\n    errors\n    forward . 192.0.2.1\n}}\n#### End {0} Block\n"
MAESH, MESHED = BLOCK.format("Maesh", "maesh"), BLOCK.format("Traefik Mesh", "traefik.mesh")


def every():
    cases = {f"version-{name}": ([config("coredns", Corefile=PLAIN), deployment("coredns", image)], TWICE) for name, image in {
        "1.2.6": "k8s.gcr.io/coredns:1.2.6", "1.3.0": "k8s.gcr.io/coredns:1.3.0", "1.3.1": "k8s.gcr.io/coredns:1.3.1",
        "1.4.0": "coredns/coredns:1.4.0", "1.6.9": "coredns/coredns:1.6.9", "1.7.0": "k8s.gcr.io/coredns:1.7.0",
        "v1.7.0-eks": "602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/coredns:v1.7.0-eksbuild.1",
        "v1.8.4-eks": "602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/coredns:v1.8.4-eksbuild.1",
        "v1.9.3": "registry.k8s.io/coredns/coredns:v1.9.3", "v1.11.1": "registry.k8s.io/coredns/coredns:v1.11.1", "1.14.7": "coredns/coredns:1.14.7",
        "v1.6.9-rc": "coredns/coredns:v1.6.9-rc.1", "1.7.0-beta": "coredns/coredns:1.7.0-beta.1", "mirrored": "rancher/mirrored-coredns-coredns:1.9.4",
        "latest": "coredns/coredns:latest", "none": "coredns/coredns", "port": "localhost:5000/coredns",
        "digest": "coredns/coredns@sha256:" + "a" * 64, "tag-digest": "coredns/coredns:1.9.3@sha256:" + "a" * 64,
    }.items()}
    cases |= {f"file-{name}": ([config("coredns", Corefile=text), deployment("coredns")], TWICE) for name, text in {
        "plain": PLAIN, "old": OLD, "stub": STUB, "no-newline": PLAIN.rstrip("\n"), "returns": PLAIN.replace("\n", "\r\n"),
        "blanks-after": PLAIN + "\n\n\n", "empty": "", "import": PLAIN + "import custom/*.server\n", "tabs": PLAIN.replace("    ", "\t"),
        "other-blocks": PLAIN + "\n" + MAESH + "\n" + MESHED, "only-maesh": PLAIN + "\n" + MAESH, "only-mesh": PLAIN + "\n" + MESHED,
        "block-first": MAESH + PLAIN, "no-end": PLAIN + MAESH.replace("#### End Maesh Block\n", ""),
        "no-begin": PLAIN + MAESH.replace("#### Begin Maesh Block\n", ""), "twice": PLAIN + MAESH + "\n" + MAESH,
        "after": PLAIN + "\n" + MAESH + "# mine\nexample.org:53 {\n    whoami\n}\n", "indented": PLAIN + MAESH.replace("####", "  ####"),
        "end-first": PLAIN + "#### End Maesh Block\n" + MAESH, "same-line": PLAIN + MAESH.replace("Block\n", "Block # mine\n"),
    }.items()}
    plain = deployment("coredns")
    cases |= {
        "no-key": ([config("coredns", Other="x"), plain], TWICE),
        "no-data": ([config("coredns"), plain], TWICE),
        "config-missing": ([plain], [PREPARE, CLEANUP]),
        "config-not-mounted": ([config("coredns", Corefile=PLAIN), deployment("coredns", mounts=[])], [PREPARE, CLEANUP]),
        "config-other-name": ([config("dns", Corefile=PLAIN), deployment("coredns", mounts=["dns"])], [PREPARE, CLEANUP]),
        "custom": ([config("coredns", Corefile=PLAIN), config("coredns-custom", **{"mine.server": "example.org:53 {\n    whoami\n}\n"}),
                    deployment("coredns", mounts=["coredns", "coredns-custom"])], TWICE),
        "custom-empty": ([config("coredns", Corefile=PLAIN), config("coredns-custom"), deployment("coredns", mounts=["coredns", "coredns-custom"])], TWICE),
        "custom-alone": ([config("coredns-custom"), deployment("coredns", mounts=["coredns-custom"])], TWICE),
        "custom-not-mounted": ([config("coredns", Corefile=PLAIN), config("coredns-custom"), plain], TWICE),
        "custom-missing": ([config("coredns", Corefile=PLAIN), deployment("coredns", mounts=["coredns", "coredns-custom"])], TWICE),
        "custom-taken": ([config("coredns", Corefile=PLAIN), config("coredns-custom", **{"maesh.server": "mine", "traefik.mesh.server": ""}),
                          deployment("coredns", mounts=["coredns", "coredns-custom"])], TWICE),
        "custom-old": ([config("coredns-custom"), deployment("coredns", "coredns/coredns:1.6.6", mounts=["coredns-custom"])], TWICE),
        "rke2": ([config("rke2-coredns-rke2-coredns", Corefile=PLAIN),
                  deployment("rke2-coredns-rke2-coredns", "rancher/hardened-coredns:v1.9.3-build20220613", mounts=["rke2-coredns-rke2-coredns"])], TWICE),
        "rke2-label": ([config("rke2-coredns-rke2-coredns", Corefile=PLAIN), config("coredns", Corefile=PLAIN),
                        deployment("rke2-coredns-rke2-coredns", mounts=["rke2-coredns-rke2-coredns"]), plain], TWICE),
        "container-other": ([config("coredns", Corefile=PLAIN), deployment("coredns", container="dns")], [PREPARE, CLEANUP]),
        "container-second": ([config("coredns", Corefile=PLAIN), deployment("coredns", before="sidecar")], [PREPARE, CLEANUP]),
        "name-other": ([config("coredns", Corefile=PLAIN), deployment("my-dns", labels={"kubernetes.io/name": "CoreDNS"})], [PREPARE, CLEANUP]),
        "nothing": ([], [PREPARE, CLEANUP]),
        "domain": ([config("coredns", Corefile=PLAIN.replace("cluster.local", "east.example.com")), plain],
                   [[*PREPARE, "--clusterdomain=east.example.com"], [*PREPARE, "--clusterdomain=east.example.com"], PREPARE, CLEANUP]),
        "namespace": ([config("coredns", Corefile=PLAIN), plain], [["prepare", "--namespace=elsewhere"], ["prepare"], ["cleanup", "--namespace=elsewhere"]]),
        "acl": ([config("coredns", Corefile=PLAIN), plain], [[*PREPARE, "--acl"], [*PREPARE, "--smi"]]),
        "upgrade": ([config("coredns", Corefile=OLD), deployment("coredns", "coredns/coredns:1.6.9")],
                    [PREPARE, deployment("coredns", "coredns/coredns:1.8.0"), PREPARE, CLEANUP]),
        "rewritten": ([config("coredns", Corefile=PLAIN), plain], [PREPARE, config("coredns", Corefile=STUB), PREPARE, CLEANUP]),
        "cleanup-alone": ([config("coredns", Corefile=PLAIN), plain], [CLEANUP]),
        "restored-by-old": ([config("coredns", Corefile=PLAIN), plain], [PREPARE, deployment("coredns", "coredns/coredns:1.2.0"), CLEANUP]),
        "annotated": ([config("coredns", Corefile=PLAIN), deployment("coredns", annotations={"maesh-hash": "old", "traefik-mesh-hash": "old"})], TWICE),
    }
    own = [config("coredns", MESH, Corefile=PLAIN), deployment("coredns", "coredns/coredns:1.7.0", namespace=MESH), service()]
    for name, stub in {"none": None, "empty": "", "object": "{}", "other": '{"example.org": ["192.0.2.53"]}', "spaced": '{\n  "b.example": ["192.0.2.2"],\n  "a.example": ["192.0.2.1", "192.0.2.3:5353"]\n}\n',
                       "wrong": "{", "list": "[]", "taken": '{"maesh": ["192.0.2.9"]}', "word": '{"a.example": "192.0.2.1"}'}.items():
        data = {} if stub is None else {"stubDomains": stub}
        cases[f"kube-{name}"] = ([config("kube-dns", **data, upstreamNameservers='["192.0.2.54"]'), kube(), *own], TWICE)
    cases |= {
        "kube-config-optional": ([kube(optional=True), *own], TWICE),
        "kube-config-missing": ([kube(), *own], TWICE),
        "kube-config-not-mounted": ([config("kube-dns"), kube(mounts=[]), *own], TWICE),
        "kube-no-own-config": ([config("kube-dns"), kube(), *own[1:]], [PREPARE, CLEANUP]),
        "kube-no-own-deployment": ([config("kube-dns"), kube(), own[0], own[2]], [PREPARE, CLEANUP]),
        "kube-both": ([config("coredns", Corefile=PLAIN), plain, config("kube-dns"), kube(), *own], TWICE),
        "kube-old-core": ([config("coredns", Corefile=PLAIN), deployment("coredns", "coredns/coredns:1.2.0"), config("kube-dns"), kube(), *own], [PREPARE, CLEANUP]),
        "kube-no-service": ([config("kube-dns"), kube(), *own[:2]], [PREPARE]),
    }
    return cases


def config(name, namespace="kube-system", **data):
    made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}}
    return made | ({"data": data} if data else {})


def deployment(name, image="coredns/coredns:1.9.3", mounts=("coredns",), container="coredns", namespace="kube-system", labels=None,
               annotations=None, before=None, optional=None):
    volumes = [{"name": f"v{number}", "configMap": {"name": mount} | ({} if optional is None else {"optional": optional})}
               for number, mount in enumerate(mounts)]
    containers = [{"name": container, "image": image}]
    if before:
        containers.insert(0, {"name": before, "image": "busybox:1.0"})
    template = {"metadata": {"labels": {"k8s-app": name}} | ({"annotations": annotations} if annotations else {}),
                "spec": {"containers": containers, "volumes": volumes}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": namespace} | ({"labels": labels} if labels else {}),
            "spec": {"selector": {"matchLabels": {"k8s-app": name}}, "template": template}}


def kube(mounts=("kube-dns",), optional=None):
    return deployment("kube-dns", "k8s.gcr.io/k8s-dns-kube-dns:1.15.13", mounts, "kubedns", optional=optional)


def service():
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "coredns", "namespace": MESH},
            "spec": {"clusterIP": "198.19.0.53", "selector": {"app": "coredns"}, "ports": [{"port": 53, "protocol": "UDP"}]}}

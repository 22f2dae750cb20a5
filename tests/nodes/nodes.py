"""Windrose in a whole cluster: brings it up, runs the cases in their order, and says which of them hold."""

import pathlib
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "cluster"), str(HERE.parent / "charts")]

import documented  # noqa: E402
import documented_mesh  # noqa: E402
import gateway  # noqa: E402
import mesh  # noqa: E402
from helm import Helm  # noqa: E402
from whole import Whole  # noqa: E402

CASES = [*gateway.CASES, *documented.CASES, *mesh.CASES[:1], *documented_mesh.CASES, *mesh.CASES[1:]]


def images(registry, work):
    """Everything that runs in pods, by the names that charts and manifests ask for."""
    peer, dns, gateway = (registry.layer(work / folder) for folder in ["image", "coredns", "gateway"])
    whoami = ["windrose.test/whoami:1", "traefik/whoami:v1.6.0", "containous/whoami", "hub.iefcu.cn/public/containous-whoami"]
    commands = {
        "windrose.test/pause:1": ["pause"], "windrose.test/client:1": ["client"],
        **{name: ["whoami"] for name in whoami}, "nginx": ["whoami", "-name", "nginx"], "cnych/nexus:3.20.1": ["whoami", "-port", "8081"],
        "traefik/whoamitcp:v0.1.0": ["echo"], "mongo:4.0": ["echo", "-port", "27017"], "containous/whoamiudp": ["datagrams"],
    }
    for name, command in commands.items():
        registry.image(name, peer, ["/peer", *command])
    # What manifests start there are programs of a shell.
    for name in ["giantswarm/tiny-tools:3.9", "hub.iefcu.cn/library/centos:7"]:
        registry.image(name, peer, ["/bin/sh"])
    registry.image("registry.k8s.io/coredns/coredns:v1.14.7", dns, ["/coredns"])
    for name in ["windrose.test/windrose:1", "traefik/mesh:v1.4.0"]:
        registry.image(name, gateway, ["/usr/local/bin/windrose"], user="65532:65532")


def main(work, bin, built, *words):
    work = pathlib.Path(work)
    began = time.monotonic()
    whole = Whole(work, bin, built)
    failures = 0
    try:
        images(whole.registry, work)
        whole.begin()
        print(f"ok   the cluster is up ({time.monotonic() - began:.1f} s)", flush=True)
        whole.helm = Helm(pathlib.Path(bin) / "helm", work, whole.config)
        for case in CASES:
            if words and not any(word in case.__name__ for word in words):
                continue
            failures += not held(case, whole)
    finally:
        whole.close()
    sys.exit(1 if failures else 0)


def held(case, whole):
    began = time.monotonic()
    try:
        case(whole)
    except Exception as wrong:  # noqa: BLE001 - whatever goes wrong is told, and the others go on
        print(f"FAIL {case.__name__}: {type(wrong).__name__} {wrong}", flush=True)
        traceback.print_exc()
        return False
    print(f"ok   {case.__name__} ({time.monotonic() - began:.1f} s)", flush=True)
    return True


if __name__ == "__main__":
    main(*sys.argv[1:])

"""A node: containerd, a kubelet and a kube-proxy of its own, at a place of its own."""

import json
import subprocess

from cluster import until
from images import HOSTS, PORT

CONTAINERD = """version = 2
root = "{data}/root"
state = "{data}/state"
[grpc]
  address = "{socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "windrose.test/pause:1"
  # Nobody here may make a process less likely to be ended than it is.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "{data}/registries"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{data}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
"""


class Node:
    def __init__(self, place, whole):
        self.place, self.whole, self.name = place, whole, place.name
        self.data = whole.work / place.name
        (self.data / "cni").mkdir(parents=True)
        (self.data / "registries/_default").mkdir(parents=True)
        (self.data / "registries/_default/hosts.toml").write_text(HOSTS.format(address=whole.registry.address, port=PORT))
        # Short, for paths of sockets are.
        self.socket = f"/run/{place.name}.sock"
        (self.data / "containerd.toml").write_text(CONTAINERD.format(data=self.data, socket=self.socket))
        (self.data / "cni/pods.conflist").write_text(json.dumps({
            "cniVersion": "0.4.0", "name": "pods", "plugins": [
                {"type": "ptp", "ipMasq": False, "ipam": {"type": "host-local", "dataDir": str(self.data / "addresses"),
                 "ranges": [[{"subnet": place.pods, "gateway": place.gateway}]], "routes": [{"dst": "0.0.0.0/0"}]}},
                {"type": "portmap", "capabilities": {"portMappings": True}}]}))
        self.spawn("containerd", ["containerd", "--config", self.data / "containerd.toml"])
        until(f"containerd of {self.name} answers", lambda: self.ctr("version").returncode == 0, 30)

    def ctr(self, *words):
        return subprocess.run(["ctr", "-a", self.socket, "-n", "k8s.io", *map(str, words)], capture_output=True, text=True)

    def spawn(self, name, command):
        return self.whole.spawn(f"{self.name}-{name}", [*self.place.enter, *command])

    def start(self, kubeconfig, resolver):
        config = {
            "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
            "failCgroupV1": False, "cgroupDriver": "cgroupfs", "cgroupsPerQOS": False,
            "enforceNodeAllocatable": [], "localStorageCapacityIsolation": False, "oomScoreAdj": 0, "maxPods": 200,
            # Disks of test machines are full and still good enough.
            "evictionHard": {}, "imageGCHighThresholdPercent": 100,
            "containerRuntimeEndpoint": f"unix://{self.socket}", "resolvConf": str(resolver),
            "clusterDNS": [self.whole.dns], "clusterDomain": "cluster.local",
            "authentication": {"anonymous": {"enabled": False}, "webhook": {"enabled": True}, "x509": {"clientCAFile": str(self.whole.work / "ca.crt")}},
            "authorization": {"mode": "AlwaysAllow"},
            # More pods come and go here in a minute than elsewhere in an hour.
            "kubeAPIQPS": 200, "kubeAPIBurst": 400, "serializeImagePulls": False, "registryPullQPS": 0,
            "volumePluginDir": str(self.data / "plugins"), "podLogsDir": f"/var/log/pods/{self.name}",
        }
        (self.data / "kubelet.json").write_text(json.dumps(config))
        self.spawn("kubelet", [self.whole.built / "kubelet", "--config", self.data / "kubelet.json", "--kubeconfig", kubeconfig,
                               "--root-dir", self.data / "kubelet", "--cert-dir", self.data / "certificates",
                               "--hostname-override", self.name, "--node-ip", self.place.address, "--v", "1"])
        self.spawn("kube-proxy", [self.whole.built / "kube-proxy", "--kubeconfig", kubeconfig, "--hostname-override", self.name,
                                  "--proxy-mode", "nftables", "--cluster-cidr", self.whole.pods, "--conntrack-max-per-core", "0",
                                  "--conntrack-tcp-timeout-established", "0", "--conntrack-tcp-timeout-close-wait", "0",
                                  "--v", "1"])

    def inside(self, pod, *words):
        """Runs a command in the first container of a pod."""
        container = pod["status"]["containerStatuses"][0]["containerID"].removeprefix("containerd://")
        return self.ctr("tasks", "exec", "--exec-id", f"x{self.whole.count()}", container, *words)

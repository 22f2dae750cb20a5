"""Two nodes that see each other and nobody else: this namespace and one more, with a cable between them.

Pods of a node are a range, and the other node has a route to it. Everything else leads nowhere, and at once.
"""

import pathlib
import subprocess

PODS, SERVICES = "198.18.0.0/16", "198.19.0.0/16"


class Place:
    """Where a node stands: its address, the range of its pods, and what to write before a command to run it there."""

    def __init__(self, name, number, enter=()):
        self.name, self.address, self.pods = name, f"198.18.0.{number}", f"198.18.{number}.0/24"
        self.gateway = f"198.18.{number}.1"
        self.enter = [*enter]

    def run(self, *words):
        subprocess.run([*self.enter, *words], check=True)


def places():
    """Made before the first pod is: making a namespace by name moves the folder in which those of pods are."""
    one = Place("one", 1)
    subprocess.run(["ip", "netns", "add", "two"], check=True)
    # Not by `ip netns exec`, which hides the control groups.
    two = Place("two", 2, ["nsenter", "--net=/run/netns/two"])
    one.run("ip", "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", "two")
    for here, there in [(one, two), (two, one)]:
        here.run("ip", "link", "set", "lo", "up")
        here.run("ip", "addr", "add", f"{here.address}/24", "dev", "cable")
        here.run("ip", "link", "set", "cable", "up")
    for here, there in [(one, two), (two, one)]:
        here.run("ip", "route", "add", there.pods, "via", there.address)
        # Addresses of Services need a way out before rules change them into those of pods.
        here.run("ip", "link", "add", "nowhere", "type", "bridge")
        here.run("ip", "link", "set", "nowhere", "up")
        here.run("ip", "route", "add", "default", "dev", "nowhere", "src", here.address)
        here.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0")
    return one, two


def own_folders(work):
    """What programs keep at places that nobody can choose is kept in memory, and ends with this namespace."""
    for folder in ["/run", "/var/lib", "/var/log"]:
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=True)
    for folder in ["/run/netns", "/var/log/pods", "/var/log/containers"]:
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    resolver = pathlib.Path(work) / "resolv.conf"
    resolver.write_text("nameserver 198.18.0.1\n")
    return resolver

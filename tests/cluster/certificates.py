"""Resolvers that keep in Secrets: two gateways and a real authority, which comes to one of them only."""

import json
import os
import signal
import socket
import ssl
import subprocess
import tempfile

from cluster import TOKEN, port, until

PLACE = "/api/v1/namespaces/default/secrets?labelSelector=windrose.io/storage%3Dkept"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/default/leases?labelSelector=windrose.io/storage%3Dkept"


class Authority:
    """Pebble, and the DNS server that it asks."""

    def __init__(self, cluster, bin, looks_at):
        self.folder = tempfile.mkdtemp(dir=cluster.work)
        self.port, management, dns, told = port(), port(), port(), port()
        config = {"listenAddress": f"127.0.0.1:{self.port}", "managementListenAddress": f"127.0.0.1:{management}",
                  "certificate": str(cluster.work / "server.crt"), "privateKey": str(cluster.work / "server.key"),
                  "httpPort": looks_at, "tlsPort": port(), "ocspResponderURL": "", "externalAccountBindingRequired": False,
                  "profiles": {"default": {"description": "as ever", "validityPeriod": 7776000}}}
        with open(f"{self.folder}/pebble.json", "w") as file:
            json.dump({"pebble": config}, file)
        cluster.spawn("challtestsrv", [bin / "challtestsrv", "-defaultIPv6", "", "-http01", "", "-https01", "", "-tlsalpn01", "",
                                       "-doh", "", "-dnsserver", f"127.0.0.1:{dns}", "-management", f"127.0.0.1:{told}"])
        os.environ |= {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_AUTHZREUSE": "0", "PEBBLE_WFE_NONCEREJECT": "10"}
        self.log = cluster.work / "pebble.log"
        cluster.spawn("pebble", [bin / "pebble", "-strict", "-config", f"{self.folder}/pebble.json", "-dnsserver", f"127.0.0.1:{dns}"])
        for one in [self.port, management, told]:
            until(f"something listens on {one}", lambda: accepts(one))

    def orders(self):
        """How many certificates it has issued."""
        return self.log.read_text(errors="replace").count("Issued certificate serial")


class Replica:
    """A gateway whose resolver keeps in Secrets."""

    def __init__(self, cluster, program, authority, web, names, number):
        self.cluster, self.secure = cluster, port()
        folder = tempfile.mkdtemp(dir=cluster.work)
        routes = {name: {"rule": f"Host(`{name}`)", "service": "ping@internal", "entryPoints": ["secure"], "tls": {"certResolver": "kept"}}
                  for name in names}
        with open(f"{folder}/routes.yml", "w") as file:
            json.dump({"http": {"routers": routes}}, file)
        with open(f"{folder}/kubeconfig", "w") as file:
            json.dump({"apiVersion": "v1", "kind": "Config", "current-context": "test",
                       "clusters": [{"name": "test", "cluster": {"server": f"https://127.0.0.1:{cluster.port}",
                                                                 "certificate-authority": str(cluster.work / "ca.crt")}}],
                       "users": [{"name": "test", "user": {"token": TOKEN}}],
                       "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test", "namespace": "default"}}]}, file)
        base = "--certificatesResolvers.kept.acme"
        self.environment = {**os.environ, "KUBECONFIG": f"{folder}/kubeconfig", "POD_NAME": f"replica-{number}"}
        self.flags = [f"--entryPoints.web.address=127.0.0.1:{web}", f"--entryPoints.secure.address=127.0.0.1:{self.secure}", "--ping=true",
                      "--ping.manualRouting=true", f"--providers.file.filename={folder}/routes.yml", "--log.level=DEBUG",
                      f"{base}.storage=kubernetes://kept?{names[0]}=chosen-tls&{names[1]}=theirs-tls", f"{base}.email=a@example.org",
                      f"{base}.caServer=https://127.0.0.1:{authority.port}/dir", f"{base}.caCertificates={cluster.work / 'ca.crt'}",
                      f"{base}.httpChallenge.entryPoint=web"]
        self.program, self.log = program, cluster.work / f"replica-{number}.log"
        self.process = subprocess.Popen([str(program), *self.flags], env=self.environment, stdout=open(self.log, "ab"), stderr=subprocess.STDOUT)
        cluster.processes.append(self.process)

    def issuer(self, name):
        """Whose certificate is served for a name."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            with socket.create_connection(("127.0.0.1", self.secure), timeout=5) as raw, context.wrap_socket(raw, server_hostname=name) as one:
                der = one.getpeercert(binary_form=True)
        except OSError:
            return None
        return "Pebble" if b"Pebble Intermediate CA" in der and name.encode() in der else "own"

    def command(self, *words):
        return subprocess.run([str(self.program), "cert", *words, *self.flags], env=self.environment, capture_output=True, text=True, timeout=60)

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait()
        if self.process in self.cluster.processes:
            self.cluster.processes.remove(self.process)


def accepts(number):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", number)) == 0


def items(cluster, path):
    code, answer = cluster.ask("GET", path)
    assert code == 200, answer
    return answer["items"]


def certificates(cluster, programs):
    """Each name is obtained once, by whichever gateway; the other one shows the proof, and serves it."""
    bin = cluster.bin
    web = [port(), port()]
    authority = Authority(cluster, bin, web[1])
    names = [f"host-{number}.example.org" for number in range(6)]
    lines = []
    # What somebody else wrote under a chosen name stays theirs, and costs its own certificate only.
    theirs = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "theirs-tls", "namespace": "default"}, "stringData": {"a": "b"}}
    assert cluster.apply(theirs) is None
    replicas = [Replica(cluster, programs["windrose"], authority, web[number], names, number) for number in range(2)]
    try:
        for replica in replicas:
            for name in names:
                until(f"a certificate for {name}", lambda: replica.issuer(name) == "Pebble", 90)
        if authority.orders() != len(names):
            lines.append(f"{authority.orders()} certificates were issued for {len(names)} names")
        logs = [replica.log.read_text() for replica in replicas]
        obtained = [log.count("certificate obtained") - log.count("another gateway has obtained it") for log in logs]
        if sum(obtained) > len(names):
            lines.append(f"the gateways obtained {obtained}")
        secrets = items(cluster, PLACE)
        kinds = sorted((one["metadata"]["labels"]["windrose.io/part"], one["type"]) for one in secrets)
        if kinds != [("accounts", "Opaque")] + [("certificate", "kubernetes.io/tls")] * len(names):
            lines.append(f"Secrets: {kinds}")
        here = {one["metadata"]["name"] for one in secrets}
        if "chosen-tls" not in here or "theirs-tls" in here:
            lines.append(f"names of Secrets: {sorted(here)}")
        held = lambda: [one["metadata"]["name"] for one in items(cluster, LEASES)
                        if one["metadata"]["labels"]["windrose.io/part"] == "claim" and one["spec"].get("holderIdentity")]
        until("all rights are given back", lambda: not held())
        # One that is killed while it obtains: the other one takes over.
        more = "late.example.org"
        replicas[0].end(signal.SIGKILL)
        third = Replica(cluster, programs["windrose"], authority, web[0], [*names, more], 2)
        replicas[0] = third
        for name in names:
            until(f"what is kept is served for {name}", lambda: third.issuer(name) == "Pebble", 10)
        until("it takes part", lambda: third.issuer(more) == "Pebble", 90)
        if authority.orders() != len(names) + 1:
            lines.append(f"{authority.orders()} certificates were issued in the end")
        until("the other one has it too", lambda: replicas[1].issuer(more) == "Pebble", 30)
        listed = third.command("list")
        if listed.returncode or listed.stdout.count("example.org") != len(names) + 1:
            lines.append(f"cert list: {listed.stdout}{listed.stderr}")
        # A certificate that somebody removes is obtained again.
        gone = [one for one in items(cluster, PLACE) if more in one["metadata"].get("annotations", {}).get("windrose.io/certificate", "")]
        cluster.ask("DELETE", f"/api/v1/namespaces/default/secrets/{gone[0]['metadata']['name']}")
        until("it is obtained again", lambda: authority.orders() == len(names) + 2, 60)
        # One that begins while the API server is away takes over what is there when it can.
        cluster.stop_server()
        try:
            late = Replica(cluster, programs["windrose"], authority, port(), names, 3)
            replicas.append(late)
            until("it serves what it can", lambda: late.issuer(names[0]) == "own", 60)
            if replicas[1].issuer(names[0]) != "Pebble":
                lines.append("an outage costs those that serve their certificates")
        finally:
            cluster.start()
        for name in names:
            until(f"what is kept is served for {name} after all", lambda: late.issuer(name) == "Pebble", 60)
        if authority.orders() != len(names) + 2:
            lines.append(f"{authority.orders()} certificates were issued after an outage")
        return lines
    finally:
        for replica in replicas:
            replica.end()


def odd_storage(cluster, programs):
    """A place that cannot be is refused at the start; one that cannot be reached serves what it can."""
    base = ["--certificatesResolvers.kept.acme.tlsChallenge=true", "--entryPoints.web.address=127.0.0.1:0"]
    done = subprocess.run([str(programs["windrose"]), "check", *base, "--certificatesResolvers.kept.acme.storage=kubernetes://Not_a_name"],
                          capture_output=True, text=True, timeout=60)
    told = done.stdout + done.stderr
    return [] if done.returncode == 1 and "kubernetes://NAMESPACE/NAME" in told else [f"exit code {done.returncode}: {told}"]

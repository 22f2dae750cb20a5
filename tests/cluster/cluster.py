"""An API server with its etcd, and gateways that watch it."""

import atexit
import json
import pathlib
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "kit"))
from ports import free_port as port  # noqa: E402

TOKEN = "windrose-test"


def until(what, check, seconds=30):
    """Waits for a condition; its first true value."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = check()
        if value:
            return value
        time.sleep(0.05)
    raise TimeoutError(what)


class Cluster:
    names = "IP:127.0.0.1,DNS:localhost"

    def __init__(self, work, bin, server, aggregates=False):
        self.work, self.bin, self.server, self.aggregates = pathlib.Path(work), pathlib.Path(bin), server, aggregates
        self.processes = []
        atexit.register(self.close)
        self.port, etcd, peer = port(), port(), port()
        self.etcd = f"http://127.0.0.1:{etcd}"
        self.certificates()
        (self.work / "tokens").write_text(f"{TOKEN},admin,admin,system:masters\n")
        self.spawn("etcd", [self.bin / "etcd", "--unsafe-no-fsync", "--data-dir", self.work / "etcd",
                            "--listen-client-urls", self.etcd, "--advertise-client-urls", self.etcd,
                            "--listen-peer-urls", f"http://127.0.0.1:{peer}",
                            "--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}",
                            "--initial-cluster", f"default=http://127.0.0.1:{peer}"])
        self.start()

    def certificates(self):
        openssl = lambda *words: subprocess.run(["openssl", *words], cwd=self.work, check=True, capture_output=True)
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=test ca", "-days", "2")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=kube-apiserver")
        (self.work / "san").write_text(f"subjectAltName={self.names}\n")
        openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-out", "server.crt",
                "-days", "2", "-extfile", "san")
        openssl("genrsa", "-out", "account.key", "2048")
        # What the API server shows of itself where it hands questions on.
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "front-ca.key", "-out", "front-ca.crt", "-subj", "/CN=front ca", "-days", "2")
        (self.work / "client").write_text("extendedKeyUsage=clientAuth\n")
        for name in ["front", "impostor"]:
            openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
            openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "front-ca.crt", "-CAkey", "front-ca.key", "-CAcreateserial", "-out", f"{name}.crt", "-days", "2", "-extfile", "client")

    def start(self):
        """Starts the API server, again after `stop_server`."""
        self.api = self.spawn("apiserver", [
            self.server, "--etcd-servers", self.etcd, "--secure-port", str(self.port), *self.options(),
            "--tls-cert-file", "server.crt", "--tls-private-key-file", "server.key", "--cert-dir", "certs",
            "--token-auth-file", "tokens", "--service-account-key-file", "account.key",
            "--service-account-signing-key-file", "account.key", "--service-account-issuer", "https://windrose.test",
            "--authorization-mode", "RBAC", "--service-cluster-ip-range", "198.19.0.0/16",
            "--advertise-address", "198.18.0.1", "--v", "1", *(FRONT if self.aggregates else [])])
        until("the API server is ready", lambda: self.ask("GET", "/readyz", raw=True)[0] == 200, 120)

    def options(self):
        """Nobody makes ServiceAccounts here."""
        return ["--bind-address", "127.0.0.1", "--disable-admission-plugins", "ServiceAccount"]

    def stop_server(self):
        self.api.send_signal(signal.SIGKILL)
        self.api.wait()

    def spawn(self, name, command):
        log = open(self.work / f"{name}.log", "ab")
        process = subprocess.Popen([str(word) for word in command], cwd=self.work, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def ask(self, method, path, body=None, kind="application/json", raw=False, token=TOKEN):
        """Status and answer."""
        request = urllib.request.Request(f"https://127.0.0.1:{self.port}{path}", method=method,
                                         data=json.dumps(body).encode() if body is not None else None,
                                         headers={"Authorization": f"Bearer {token}", "Content-Type": kind})
        context = ssl.create_default_context(cafile=str(self.work / "ca.crt"))
        try:
            with urllib.request.urlopen(request, timeout=30, context=context) as answer:
                text = answer.read()
                return answer.status, text if raw else json.loads(text)
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except (OSError, ssl.SSLError) as error:
            return 0, str(error)

    def path(self, object):
        group, plural = object["apiVersion"], PLURALS.get(object["kind"], object["kind"].lower() + "s")
        root = f"/api/{group}" if "/" not in group else f"/apis/{group}"
        if object["kind"] in CLUSTERED:
            return f"{root}/{plural}"
        return f"{root}/namespaces/{object['metadata'].get('namespace', 'default')}/{plural}"

    def apply(self, object):
        """Makes or replaces an object; what the server says when it refuses."""
        status = object.pop("status", None)
        path = self.path(object)
        name = object["metadata"]["name"]
        code, answer = self.ask("POST", path, object)
        # A Service that is there is refused for its address before it is for its name.
        if code == 409 or (code == 422 and "already allocated" in answer):
            code, answer = self.ask("PATCH", f"{path}/{name}", object, kind="application/merge-patch+json")
        if status and code < 300:
            code, answer = self.ask("PATCH", f"{path}/{name}/status", {"status": status}, kind="application/merge-patch+json")
        return None if 0 < code < 300 else str(answer)

    def delete(self, object):
        code, answer = self.ask("DELETE", f"{self.path(object)}/{object['metadata']['name']}")
        assert code in (200, 202, 404), answer

    def close(self):
        for process in reversed(self.processes):
            process.kill()
        for process in self.processes:
            process.wait()


class Gateway:
    def __init__(self, name, program, cluster, options, points):
        self.name, self.cluster = name, cluster
        self.api, self.web = port(), port()
        flags = [f"--entrypoints.traefik.address=127.0.0.1:{self.api}", "--api.insecure=true", "--ping=true",
                 f"--entrypoints.web.address=127.0.0.1:{self.web}", "--log.level=DEBUG", "--providers.providersThrottleDuration=0s"]
        for point, protocol in points.items():
            flags.append(f"--entrypoints.{point}.address=127.0.0.1:{port()}/{protocol}")
        for provider, more in options.items():
            base = f"--providers.{provider}"
            flags += [f"{base}.endpoint=https://127.0.0.1:{cluster.port}", f"{base}.token={TOKEN}",
                      f"{base}.certauthfilepath={cluster.work / 'ca.crt'}"]
            flags += [f"{base}.{key}={value}" for key, value in more]
        self.log = cluster.work / f"{name}.log"
        self.process = cluster.spawn(name, [program, *flags])

    def raw(self):
        return self.shown("rawdata")

    def state(self, provider):
        """How ours says that a provider is."""
        found = [one["state"] for one in self.shown("windrose/providers") or [] if one["name"] == provider]
        return found[0] if found else None

    def shown(self, page):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.api}/api/{page}", timeout=5) as answer:
                return json.load(answer)
        except (OSError, ValueError):
            return None

    def get(self, host, path="/"):
        request = urllib.request.Request(f"http://127.0.0.1:{self.web}{path}", headers={"Host": host})
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.cluster.processes.remove(self.process)


FRONT = ["--requestheader-client-ca-file", "front-ca.crt", "--requestheader-allowed-names", "front", "--requestheader-username-headers", "X-Remote-User",
         "--requestheader-group-headers", "X-Remote-Group", "--requestheader-extra-headers-prefix", "X-Remote-Extra-",
         "--proxy-client-cert-file", "front.crt", "--proxy-client-key-file", "front.key", "--enable-aggregator-routing=true"]
CLUSTERED = {"Node", "Namespace", "IngressClass", "CustomResourceDefinition", "PersistentVolume", "ClusterRole", "ClusterRoleBinding"}
PLURALS = {"Endpoints": "endpoints", "Metrics": "metrics", "Ingress": "ingresses", "IngressClass": "ingressclasses"}

"""The stores. Each writes the keys it is given, and nothing else stays below the root."""

import base64
import contextlib
import json
import pathlib
import shutil
import socket
import subprocess
import time

from kit import WORK, ask, free_port, until


class Ended(TimeoutError):
    """A store that ended before it answered."""


class Store:
    auth = {}

    def __init__(self, folder=None, **more):
        self.folder = pathlib.Path(folder or WORK / f"{self.name}-{time.monotonic_ns()}")
        self.folder.mkdir(exist_ok=True)
        self.port = more.pop("port", None) or free_port()
        self.more = more
        self.process = None
        self.start()

    def run(self, *arguments, env=None):
        log = open(self.folder / "log", "a")
        self.process = subprocess.Popen([str(word) for word in arguments], cwd=self.folder, stdout=log, stderr=log, env=env)
        until(f"{self.name} answers (see {self.folder}/log)", lambda: self.process.poll() is not None or self.answers(), 60)
        if self.process.poll() is not None:
            raise Ended(f"{self.name} ended (see {self.folder}/log)")

    def stop(self):
        self.process.kill()
        self.process.wait()

    def options(self):
        return [f"--providers.{self.name}.endpoints=127.0.0.1:{self.port}", f"--providers.{self.name}.rootkey=traefik"]

    def touch(self, key, value):
        """Writes a key that is there once more."""
        self.put(key, value)

    def write(self, keys):
        self.clear()
        for key, value in keys.items():
            self.put(f"traefik/{key}", value)


class Redis(Store):
    name = "redis"

    @staticmethod
    def is_there():
        return shutil.which("redis-server") and shutil.which("redis-cli")

    def start(self):
        arguments = ["redis-server", "--bind", "127.0.0.1", "--dir", self.folder, "--appendonly", "yes", "--save", "",
                     "--notify-keyspace-events", "AK"]
        arguments += ["--port", self.port] if "tls" not in self.more else [
            "--port", "0", "--tls-port", self.port, "--tls-cert-file", WORK / "server.pem", "--tls-key-file",
            WORK / "server.key", "--tls-ca-cert-file", WORK / "ca.pem", "--tls-auth-clients", "yes",
        ]
        if "password" in self.more:
            arguments += ["--requirepass", self.more["password"]]
        if "master" in self.more:
            arguments += ["--replicaof", "127.0.0.1", self.more["master"]]
        self.run(*arguments)

    def cli(self, *words, db=0):
        command = ["redis-cli", "-h", "127.0.0.1", "-p", str(self.port), "-n", str(self.more.get("db", db)), "--no-auth-warning"]
        if "password" in self.more:
            command += ["-a", self.more["password"]]
        if "tls" in self.more:
            command += ["--tls", "--cacert", WORK / "ca.pem", "--cert", WORK / "client.pem", "--key", WORK / "client.key"]
        return subprocess.run([*map(str, command), *words], capture_output=True, text=True, check=False).stdout.strip()

    def answers(self):
        return self.cli("PING") == "PONG"

    def clear(self):
        self.cli("FLUSHDB")

    def put(self, key, value):
        self.cli("SET", key, value)


class Etcd(Store):
    name = "etcd"

    @staticmethod
    def is_there():
        return shutil.which("etcd")

    def start(self):
        peer = getattr(self, "peer", None) or free_port()
        self.peer = peer
        scheme = "https" if "tls" in self.more else "http"
        self.base = f"{scheme}://127.0.0.1:{self.port}"
        arguments = ["etcd", "--data-dir", self.folder / "data", "--listen-client-urls", self.base, "--advertise-client-urls", self.base,
                     "--listen-peer-urls", f"http://127.0.0.1:{peer}", "--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}",
                     "--initial-cluster", f"default=http://127.0.0.1:{peer}"]
        if "tls" in self.more:
            arguments += ["--cert-file", WORK / "server.pem", "--key-file", WORK / "server.key", "--trusted-ca-file",
                          WORK / "ca.pem", "--client-cert-auth"]
        self.run(*arguments)

    def post(self, path, question, token=None):
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = token
        if "tls" in self.more:
            command = ["curl", "-s", "--cacert", WORK / "ca.pem", "--cert", WORK / "client.pem", "--key", WORK / "client.key", "-d",
                       json.dumps(question), f"{self.base}{path}"]
            return subprocess.run(list(map(str, command)), capture_output=True, check=False).stdout
        return ask(f"{self.base}{path}", json.dumps(question).encode(), "POST", headers)[1]

    def answers(self):
        return b"revision" in self.post("/v3/kv/range", {"key": encode("x")}) or (
            self.more.get("password") and b"user name is empty" in self.post("/v3/kv/range", {"key": encode("x")}))

    def token(self):
        if "password" not in self.more or not self.more.get("is_on"):
            return None
        return json.loads(self.post("/v3/auth/authenticate", {"name": "root", "password": self.more["password"]}))["token"]

    def lock(self):
        """Lets nobody in without a password any more."""
        self.post("/v3/auth/user/add", {"name": "root", "password": self.more["password"]})
        self.post("/v3/auth/role/add", {"name": "root"})
        self.post("/v3/auth/user/grant", {"user": "root", "role": "root"})
        self.post("/v3/auth/enable", {})
        self.more["is_on"] = True

    def clear(self):
        self.post("/v3/kv/deleterange", {"key": encode("traefik/"), "range_end": encode("traefik0")}, self.token())

    def put(self, key, value):
        self.post("/v3/kv/put", {"key": encode(key), "value": encode(value)}, self.token())


class ZooKeeper(Store):
    name = "zookeeper"

    @staticmethod
    def is_there():
        return pathlib.Path("/usr/share/java/zookeeper.jar").exists() and shutil.which("java")

    def start(self):
        (self.folder / "zoo.cfg").write_text(
            f"tickTime=500\ndataDir={self.folder}/data\nclientPort={self.port}\nclientPortAddress=127.0.0.1\n"
            "admin.enableServer=false\n4lw.commands.whitelist=ruok\n")
        self.run("java", "-Xmx128m", "-cp", "/usr/share/java/zookeeper.jar", "org.apache.zookeeper.server.quorum.QuorumPeerMain",
                 self.folder / "zoo.cfg")

    def answers(self):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as one:
            one.sendall(b"ruok")
            return one.recv(4) == b"imok"
        return False

    def shell(self, commands):
        command = ["java", "-cp", "/usr/share/java/zookeeper.jar", "org.apache.zookeeper.ZooKeeperMain", "-server", f"127.0.0.1:{self.port}"]
        subprocess.run(command, input="\n".join([*commands, "quit", ""]), capture_output=True, text=True, check=False)

    def touch(self, key, value):
        self.shell([f'set /{key} "{value}"'])

    def write(self, keys):
        """One shell for all, which takes a second to start."""
        made, commands = set(), ["deleteall /traefik"]
        login = self.more.get("login")
        if login:
            commands.insert(0, f"addauth digest {login}")
        for key, value in keys.items():
            parts = f"traefik/{key}".split("/")
            for depth in range(1, len(parts)):
                path = "/" + "/".join(parts[:depth])
                if path not in made:
                    commands.append(f'create {path} ""')
                    made.add(path)
            path = "/" + "/".join(parts)
            commands.append(f'set {path} "{value}"' if path in made else f'create {path} "{value}"')
            made.add(path)
        if login:
            commands += [f"setAcl -R /traefik auth:{login}:cdrwa"]
        self.shell(commands)


class Consul(Store):
    """An agent that is a server of its own and remembers nothing. It has a catalog and a mesh, too."""

    name = "consul"

    @staticmethod
    def is_there():
        return shutil.which("consul")

    def start(self):
        """With ports for its kind; one of them may be somebody else's until it listens."""
        for _ in range(3):
            with contextlib.suppress(Ended):
                return self.begin()
        return self.begin()

    def begin(self):
        scheme = "https" if "tls" in self.more else "http"
        self.base = f"{scheme}://127.0.0.1:{self.port}"
        ports = {"serf_lan": free_port(), "server": free_port(), "serf_wan": -1, "dns": -1, "grpc": -1}
        settings = {"node_name": "agent", "bind_addr": "127.0.0.1", "client_addr": "127.0.0.1", "disable_update_check": True,
                    "ports": {**ports, "grpc_tls": -1, "http": -1, scheme: self.port}}
        if "tls" in self.more:
            files = {"ca_file": "ca.pem", "cert_file": "server.pem", "key_file": "server.key"}
            settings["tls"] = {"https": {"verify_incoming": True, **{name: str(WORK / file) for name, file in files.items()}}}
        if "password" in self.more:
            settings["acl"] = {"enabled": True, "default_policy": "deny", "tokens": {"initial_management": self.more["password"]}}
        (self.folder / "agent.json").write_text(json.dumps(settings))
        self.run("consul", "agent", "-dev", f"-config-file={self.folder}/agent.json")

    def call(self, method, path, value=None):
        """Status and body of the agent's answer."""
        data = value if value is None or isinstance(value, bytes) else json.dumps(value).encode()
        if "tls" in self.more:
            command = ["curl", "-s", "--cacert", WORK / "ca.pem", "--cert", WORK / "client.pem", "--key", WORK / "client.key",
                       "-X", method, "-w", "%{stderr}%{http_code}", "--data-binary", "@-", f"{self.base}{path}"]
            done = subprocess.run(list(map(str, command)), input=data or b"", capture_output=True, check=False)
            return int(done.stderr or 0), done.stdout
        headers = {"X-Consul-Token": self.more["password"]} if "password" in self.more else {}
        return ask(f"{self.base}{path}", data, method, headers)

    def answers(self):
        is_known = "password" not in self.more or self.call("GET", "/v1/acl/token/self")[0] == 200
        return is_known and b":" in self.call("GET", "/v1/status/leader")[1] and self.call("GET", "/v1/catalog/service/consul")[1] != b"[]"

    def clear(self):
        self.call("DELETE", "/v1/kv/traefik/?recurse=true")

    def put(self, key, value):
        self.call("PUT", f"/v1/kv/{key}", value.encode())


def encode(text):
    return base64.b64encode(text.encode()).decode()

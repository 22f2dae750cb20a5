"""Stores that go and come back, want a password, speak TLS or are found by sentinels."""

import subprocess
import time

import cases
from kit import WORK, behaviour, free_port, make_certificates, running, until
from stores import Consul, Etcd, Redis, ZooKeeper

ROUTE = {"http/routers/a/rule": "Path(`/a`)", "http/routers/a/service": "s", **cases.SERVER}


def outage(store_kind):
    """A store that goes costs nothing, is seen to be away, and is found again with what it says then."""
    def run():
        store = store_kind()
        try:
            store.write(ROUTE)
            with running(store.options(), ["windrose"]) as [gateway]:
                until("a route", lambda: gateway.routers(store.name) == [f"a@{store.name}"])
                until("it is reached", lambda: gateway.state(store.name).get("state") == "reached")
                store.stop()
                until("it is away", lambda: gateway.state(store.name).get("state") == "failing")
                assert gateway.routers(store.name) == [f"a@{store.name}"], "the route is gone with the store"
                again = store_kind(store.folder, port=store.port)
                store.process = again.process
                until("it is back", lambda: gateway.state(store.name).get("state") == "reached", 60)
                again.write({**ROUTE, "http/routers/b/rule": "Path(`/b`)", "http/routers/b/service": "s"})
                until("what it says then", lambda: gateway.routers(store.name) == [f"a@{store.name}", f"b@{store.name}"])
                again.write({})
                # Redis tells nobody that all keys went at once: that is seen when everything is read again, after 30 s.
                until("nothing", lambda: gateway.routers(store.name) == [], 60)
        finally:
            store.stop()

    return behaviour(f"{store_kind.name}: outage", run)


def doors(store_kind):
    """Passwords and TLS."""
    failures, passed = [], 0
    for name, run in [("password", password), ("tls", tls)]:
        bad, good = behaviour(f"{store_kind.name}: {name}", lambda run=run: run(store_kind))
        failures, passed = failures + bad, passed + good
    return failures, passed


def password(store_kind):
    # A token of Consul has this form.
    secret = "0a5ec2e7-3d0c-4b1d-9f3a-00a5ec2e7b07" if store_kind is Consul else "a-secret-word"
    other = "another-word" if store_kind is not Consul else secret.replace("0a", "bb")
    more = {"login": f"user:{secret}"} if store_kind is ZooKeeper else {"password": secret}
    store = store_kind(**more)
    options = {Redis: [], Etcd: ["username=root"], ZooKeeper: ["username=user"], Consul: []}[store_kind]
    option = "token" if store_kind is Consul else "password"
    try:
        store.write(ROUTE)
        if store_kind is Etcd:
            store.lock()
        own = [f"--providers.{store.name}.{one}" for one in options]
        right, wrong = (f"--providers.{store.name}.{option}={word}" for word in [secret, other])
        with running([*store.options(), *own, right], ["windrose"]) as [gateway]:
            until("a route", lambda: gateway.routers(store.name) == [f"a@{store.name}"])
            assert secret not in gateway.said(), "the log shows the password"
        with running([*store.options(), *own, wrong], ["windrose"]) as [gateway]:
            state = until("it is refused", lambda: gateway.state(store.name).get("lastError", {}).get("message"))
            assert other not in state + gateway.said(), "the password is shown"
            assert gateway.routers(store.name) == []
    finally:
        store.stop()


def tls(store_kind):
    if store_kind is ZooKeeper:
        return
    make_certificates()
    store = store_kind(tls=True)
    prefix = f"--providers.{store.name}.tls"
    ours = [f"{prefix}.ca={WORK}/ca.pem", f"{prefix}.cert={WORK}/client.pem", f"{prefix}.key={WORK}/client.key"]
    try:
        store.write(ROUTE)
        with running([*store.options(), *ours], ["windrose"]) as [gateway]:
            until("a route", lambda: gateway.routers(store.name) == [f"a@{store.name}"])
        with running([*store.options(), *ours[1:]], ["windrose"]) as [gateway]:
            error = until("a stranger is refused", lambda: gateway.state(store.name).get("lastError", {}).get("message"))
            assert "handshake" in error, error
    finally:
        store.stop()


def sentinels():
    """Sentinels say where the server is, and where it is after it has failed over."""
    def run():
        master = Redis()
        replica = Redis(master=master.port)
        folder, port = WORK / f"sentinel-{time.monotonic_ns()}", free_port()
        folder.mkdir()
        (folder / "sentinel.conf").write_text(
            f"port {port}\nbind 127.0.0.1\nsentinel monitor main 127.0.0.1 {master.port} 1\n"
            "sentinel down-after-milliseconds main 500\nsentinel failover-timeout main 2000\n")
        sentinel = subprocess.Popen(["redis-server", folder / "sentinel.conf", "--sentinel"], stdout=open(folder / "log", "w"))
        options = [f"--providers.redis.endpoints=127.0.0.1:{port}", "--providers.redis.sentinel.mastername=main"]
        try:
            master.write(ROUTE)
            until("the replica is known", lambda: f"port\n{replica.port}" in subprocess.run(
                ["redis-cli", "-p", str(port), "SENTINEL", "replicas", "main"], capture_output=True, text=True, check=False).stdout)
            until("the replica has it", lambda: replica.cli("GET", "traefik/http/routers/a/rule"))
            for strategy in ["latencystrategy", "randomstrategy", "replicastrategy"]:
                with running([*options, f"--providers.redis.sentinel.{strategy}=true"], ["windrose"]) as [gateway]:
                    until(f"a route by {strategy}", lambda: gateway.routers("redis") == ["a@redis"])
            with running(options, ["windrose"]) as [gateway]:
                until("a route", lambda: gateway.routers("redis") == ["a@redis"])
                master.stop()
                until("another master", lambda: replica.cli("ROLE").startswith("master"), 60)
                replica.write({"http/routers/b/rule": "Path(`/b`)", "http/routers/b/service": "s", **cases.SERVER})
                until("what the new master says", lambda: gateway.routers("redis") == ["b@redis"], 60)
        finally:
            sentinel.kill()
            master.stop()
            replica.stop()

    return behaviour("redis: sentinels", run)

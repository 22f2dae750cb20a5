"""Starts stores, the gateways beside each other, writes keys, compares; then takes stores away and brings them back."""

import signal
import subprocess
import sys

import agent
import cases
from behaviours import ROUTE, doors, outage, sentinels
from catalogs import ConsulCatalog, Nomad, compare_tags
from keys import compare_all
from kit import PROGRAMS, behaviour, running, wanted
from stores import Consul, Etcd, Redis, ZooKeeper
from urls import http_provider, rest_provider


def main():
    failures, passed = [], 0
    for store in [Redis, Etcd, ZooKeeper, Consul]:
        if not store.is_there():
            print(f"skip {store.name}: it is not installed")
            continue
        for name, run in [("keys", compare_all), ("outage", outage), ("doors", doors)]:
            if not wanted(f"{store.name} {name}"):
                continue
            bad, good = run(store)
            failures += bad
            passed += good
    for kind in [ConsulCatalog, Nomad]:
        if wanted(f"{kind.name} tags"):
            bad, good = compare_tags(kind)
            failures += bad
            passed += good
    if wanted("consulcatalog behaviours"):
        bad, good = agent.behaviours()
        failures += bad
        passed += good
    for run in [http_provider, rest_provider, sentinels, check]:
        if wanted(run.__name__):
            bad, good = run()
            failures += bad
            passed += good
    for failure in failures:
        print(failure)
    print(f"stores suite: {passed} passed, {len(failures)} failed")
    sys.exit(1 if failures else 0)


def check():
    """`windrose check` reads what a store says, and is content with one that is away."""
    def run():
        store = Redis()
        try:
            store.write({**ROUTE, "http/routers/x/rul": "y"})
            done = subprocess.run([PROGRAMS["windrose"], "check", *store.options()], capture_output=True, text=True, check=False)
            assert done.returncode == 1 and "redis: traefik/http/routers/x/rul: error: unknown field" in done.stdout, done.stdout
            assert "and 4 keys" in done.stdout, done.stdout
        finally:
            store.stop()
        done = subprocess.run([PROGRAMS["windrose"], "check", *store.options()], capture_output=True, text=True, check=False)
        assert done.returncode == 0 and "keys of provider redis are not checked" in done.stdout, done.stdout

    return behaviour("check", run)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main()

"""Compares what both gateways make of the same keys."""

import json
import time

import cases
from kit import normal, rules, running, until, wanted


def compare_all(store_kind):
    store, failures, passed = store_kind(), [], 0
    try:
        # A store that Traefik finds empty it may take for one that is away.
        store.write({"http/routers/begin/rule": "Path(`/begin`)", **cases.SERVER, "http/routers/begin/service": "s"})
        with running(store.options()) as gateways:
            for number, case in enumerate(cases.CASES):
                name = f"{store.name}: {case['name']}"
                if not wanted(f"{store.name} keys") and not wanted(name):
                    continue
                difference = compare(case, store, gateways, f"fence{number}")
                print(f"{'ok  ' if not difference else 'FAIL'} {name}", flush=True)
                passed += not difference
                failures += [f"\n{name}\n{difference}"] if difference else []
    except TimeoutError as missing:
        failures.append(f"{store_kind.name}: never: {missing}")
    finally:
        store.stop()
    return failures, passed


def compare(case, store, gateways, fence):
    """Writes a case with a router that says that it was seen, and looks at what both make of it."""
    keys = {**case["keys"], f"http/routers/{fence}/rule": f"Path(`/{fence}`)", f"http/routers/{fence}/service": "fence",
            "http/services/fence/loadBalancer/servers/0/url": "http://127.0.0.1:9"}
    try:
        # Keys come one by one: the fence alone says nothing of those behind it.
        store.write(keys)
        if "ours" in case:
            ours = gateways[0]
            until("ours sees it", lambda: f"{fence}@{store.name}" in (ours.raw() or {}).get("routers", {}) and rules(ours, store) == case["ours"])
            if case["told"] not in ours.said():
                return f"the log does not name {case['told']}"
            return None
        last = {}

        told = began = time.monotonic()

        def same():
            nonlocal told, began
            for gateway in gateways:
                raw = gateway.raw() or {}
                if f"{fence}@{store.name}" not in raw.get("routers", {}):
                    # Between two of its watches Traefik misses what ZooKeeper says: it is told once more. Ours is not.
                    # It waits ever longer before it looks again, after it saw nothing between two states: then it is started anew.
                    if gateway.program == "traefik" and time.monotonic() - began > 20:
                        began = time.monotonic()
                        gateway.stop()
                        gateway.start()
                    elif gateway.program == "traefik" and time.monotonic() - told > 2:
                        told = time.monotonic()
                        store.touch(f"traefik/http/routers/{fence}/rule", f"Path(`/{fence}`)")
                    return False
                last[gateway.program] = normal(raw, store.name)
            return last["windrose"] == last["traefik"]

        ours = gateways[0]
        until("ours sees it", lambda: f"{fence}@{store.name}" in (ours.raw() or {}).get("routers", {}), 10)
        until("both say the same", same, 90)
        return None
    except TimeoutError as missing:
        show = lambda value: json.dumps(value, indent=1, sort_keys=True)
        return f"never: {missing}\n" + "\n".join(f"{name}: {show(said)}" for name, said in last.items()) if "ours" not in case else str(missing)

"""What Windrose and Traefik make of the same objects, and what an outage does."""

import json
import pathlib
import re
import sys
import threading

import yaml

from audit import audit
from certificates import certificates, odd_storage
from cluster import Cluster, Gateway, until
from differences import MEANT
from own import own_kinds

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASES = ROOT / "providers/kubernetes/src/translate/cases"
NAMES = {"crd": ("kubernetescrd", "kubernetescrd"), "ingress": ("kubernetesingress", "kubernetes")}
# What is compared with golden cases only, and the middlewares it makes.
ALONE = {"nginx": ("kubernetesingressnginx", "kubernetesingressnginx")}
KIND = re.compile(r"# (\w+): (.*)")
POINTS = {"websecure": "tcp", "mongo": "tcp", "udp": "udp"}


def main(work, windrose, bin, server, *words):
    cluster = Cluster(work, bin, server)
    programs = {"windrose": windrose, "traefik": f"{bin}/traefik"}
    failures = []
    try:
        prepare(cluster)
        for file in sorted(CASES.glob("*.yaml")):
            # What Traefik has no kind for is a check of its own.
            if file.stem not in ("base", "ours") and (not words or any(word in file.stem for word in words)):
                check = alone if KIND.match(file.read_text())[1] in ALONE else compare
                try:
                    failures += check(cluster, programs, file)
                except TimeoutError as wrong:
                    failures += told(file.stem, [f"never: {wrong}"])
        for check in [audit, events, conditions, own_kinds, certificates, odd_storage, outage]:
            if not words or any(word in check.__name__ for word in words):
                failures += told(check.__name__, lines_of(check, cluster, programs))
    finally:
        cluster.close()
    if failures:
        print("\n".join(failures))
        sys.exit(1)


def lines_of(check, cluster, programs):
    """What a check has to say; what it waits for in vain is a line, so that the others are told, too."""
    try:
        return check(cluster, programs)
    except (TimeoutError, AssertionError) as wrong:
        return [f"{type(wrong).__name__}: {wrong}"]


def prepare(cluster):
    for file in sorted((ROOT / "charts/windrose-crds/definitions").glob("*.yaml")):
        must(cluster, yaml.safe_load(file.read_text()))
    for namespace in ["other", "trusted", "team", "team-a"]:
        must(cluster, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    for plural in ["ingressroutes.traefik.io", "traefikservices.traefik.containo.us"]:
        name, group = plural.split(".", 1)
        until(f"{plural} is served", lambda: cluster.ask("GET", f"/apis/{group}/v1alpha1/{name}")[0] == 200)
    for object in objects(CASES / "base.yaml"):
        must(cluster, object)


def must(cluster, object):
    # A definition is served a moment after it was made.
    refused = None
    for _ in range(20):
        refused = cluster.apply(json.loads(json.dumps(object)))
        if refused is None:
            return
    raise AssertionError(f"{object['kind']} {object['metadata']['name']}: {refused}")


def objects(file):
    return [object for object in yaml.safe_load_all(file.read_text()) if object]


def compare(cluster, programs, file):
    first = file.read_text().splitlines()[0]
    kind, written = re.match(r"# (\w+): (.*)", first).groups()
    option, provider = NAMES[kind]
    flags = [(key, flag(value)) for key, value in yaml.safe_load(written).items()]
    gateways = [Gateway(name, program, cluster, {option: flags}, POINTS) for name, program in programs.items()]
    applied, refused = [], []
    try:
        for object in objects(file):
            if object["metadata"].pop("creationTimestamp", None):
                # Ages are told apart by the second.
                until("a second is over", Second())
            # What the schema refuses nobody sees; the golden test has it.
            if cluster.apply(json.loads(json.dumps(object))) is None:
                applied.append(object)
            else:
                refused.append(object)
        seen = {}
        # Objects come one by one, and both agree as long as neither has seen any.
        until("ours has all that the golden case has", lambda: golden(file, refused, provider) <= names(gateways[0].raw() or {}))

        def settled():
            for gateway in gateways:
                raw = gateway.raw()
                seen[gateway.name] = flat(normal(raw, provider)) if raw else None
            return None not in seen.values() and not unmeant(file.stem, seen)[0]

        try:
            until("both agree", settled, 15)
        except TimeoutError:
            pass
        wrong, unused = unmeant(file.stem, seen)
        lines = [f"{path}: ours {ours!r}, traefik {theirs!r}" for path, ours, theirs in wrong]
        lines += [f"differences.py: {entry} excuses nothing" for entry in unused]
        label = f"{file.stem} ({len(applied)} objects, {len(refused)} refused by the schema, {len(seen.get('traefik') or {})} facts)"
        return told(label, lines)
    finally:
        for gateway in gateways:
            gateway.stop()
        for object in applied:
            cluster.delete(object)


def golden(file, refused, provider):
    """The names of routers and services of a golden case, without those of objects that the schema refuses."""
    config = json.loads(file.with_suffix(".json").read_text())["config"]
    found = [name for protocol in ["http", "tcp", "udp"] for kind in ["routers", "services"] for name in config.get(protocol, {}).get(kind, {})]
    away = [object["metadata"]["name"] for object in refused]
    return {f"{name}@{provider}" for name in found if not any(word in name for word in away)}


def names(raw):
    """The names of all routers and services."""
    return {name for kind in ["routers", "services", "tcpRouters", "tcpServices", "udpRouters", "udpServices"] for name in raw.get(kind) or {}}


def alone(cluster, programs, file):
    """Ours makes of real objects what the golden case says, and every middleware that it makes can be built."""
    kind, written = KIND.match(file.read_text()).groups()
    option, provider = ALONE[kind]
    flags = [(key, flag(value)) for key, value in yaml.safe_load(written).items()]
    gateway = Gateway("windrose", programs["windrose"], cluster, {option: flags}, POINTS)
    applied, refused = [], []
    try:
        for object in objects(file):
            into = applied if cluster.apply(json.loads(json.dumps(object))) is None else refused
            into.append(object)
        wanted = golden(file, refused, provider)
        try:
            until("ours has all that the golden case has", lambda: wanted <= names(gateway.raw() or {}))
        except TimeoutError:
            return told(file.stem, [f"missing: {sorted(wanted - names(gateway.raw() or {}))}"])
        broken = [f"{one['name']}: {one['error']}" for one in gateway.shown("http/middlewares?per_page=1000") if one.get("error")]
        return told(f"{file.stem} ({len(applied)} objects, {len(refused)} refused by the schema, {len(wanted)} names)", broken)
    finally:
        gateway.stop()
        for object in applied:
            cluster.delete(object)


class Second:
    def __init__(self):
        import time
        self.clock, self.begun = time.time, int(time.time())

    def __call__(self):
        return int(self.clock()) > self.begun


def told(name, lines):
    print(f"{'FAIL' if lines else 'ok  '} {name}", flush=True)
    return [f"\n{name}:"] + lines if lines else []


def flag(value):
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else value


def unmeant(case, seen):
    """The facts that differ without a reason, and reasons that excuse nothing."""
    ours, theirs = seen.get("windrose") or {}, seen.get("traefik") or {}
    meant = MEANT.get(case, {})
    used, wrong = set(), []
    for path in sorted(set(ours) | set(theirs)):
        if ours.get(path) == theirs.get(path):
            continue
        excuse = next((entry for entry in meant if re.search(entry, path)), None)
        if excuse:
            used.add(excuse)
        else:
            wrong.append((path, ours.get(path), theirs.get(path)))
    return wrong, [entry for entry in meant if entry not in used]


def normal(raw, provider):
    """What both say of the objects of a provider, in one form."""
    result = {}
    full = lambda name: name if "@" in name else f"{name}@{provider}"
    for section in ["routers", "services", "middlewares", "tcpRouters", "tcpServices", "tcpMiddlewares", "udpRouters", "udpServices"]:
        for name, one in raw.get(section, {}).items():
            if not name.endswith(f"@{provider}"):
                continue
            kept = {key: value for key, value in one.items() if value not in (None, [], {}) and key not in DROPPED}
            kept["usedBy"] = sorted(one.get("usedBy") or [])
            for key in ["middlewares", "parentRefs"]:
                if key in kept:
                    kept[key] = [full(other) for other in kept[key]]
            if isinstance(kept.get("service"), str):
                kept["service"] = full(kept["service"])
            if kept.get("tls", {}).get("options") == "default":
                del kept["tls"]["options"]
            if kept.get("status") == "disabled":
                kept.pop("priority", None)
            balancer = kept.get("loadBalancer")
            if balancer:
                if "serversTransport" in balancer:
                    balancer["serversTransport"] = full(balancer["serversTransport"])
                balancer["servers"] = staying(balancer.get("servers") or [])
                check = balancer.get("healthCheck") or {}
                without(check, mode="http", unhealthyInterval=check.get("interval"))
                without(balancer, responseForwarding={"flushInterval": "100ms"})
            without(kept.get("mirroring") or {}, mirrorBody=True, maxBodySize=-1)
            without(kept.get("failover") or {}, errors={})
            if "iddlewares" in section:
                # Options are compared by their kinds; each kind has suites of its own.
                kept = {"kinds": sorted(key.lower() for key in kept if key not in ("status", "usedBy")), "usedBy": kept["usedBy"]}
            result.setdefault(section, {})[name] = kept
    return result


def without(section, **defaults):
    """Drops what says nothing: one of both shows it."""
    for key, value in defaults.items():
        if key in section and section[key] == value:
            del section[key]


def staying(servers):
    """Without those that are about to end, unless there are no others: Traefik lists them as fenced."""
    plain = [{key: value for key, value in server.items() if key != "fenced"} for server in servers]
    kept = [one for one, server in zip(plain, servers) if not server.get("fenced")]
    return sorted(kept or plain, key=json.dumps)


def flat(value, path=""):
    if isinstance(value, dict) and value:
        return {key: leaf for name, inner in value.items() for key, leaf in flat(inner, f"{path}/{name}").items()}
    return {path: value}


def serving(cluster, programs, count=1):
    """A gateway of ours with routes that answer from inside."""
    gateway = Gateway("windrose", programs["windrose"], cluster, {"kubernetescrd": []}, {})
    routes = [{"apiVersion": "traefik.io/v1alpha1", "kind": "IngressRoute", "metadata": {"name": f"up-{number}"},
               "spec": {"entryPoints": ["web"], "routes": [{"match": f"Host(`up{number}`)", "services": [
                   {"name": "ping@internal", "kind": "TraefikService"}]}]}} for number in range(count)]
    for route in routes:
        must(cluster, route)
    return gateway, routes


def events(cluster, programs):
    """What is wrong with an object stands in an Event of it."""
    broken = {"apiVersion": "traefik.io/v1alpha1", "kind": "IngressRoute", "metadata": {"name": "told"},
              "spec": {"routes": [{"match": "Host(`told`)", "services": [{"name": "nobody", "port": 80}]}]}}
    gateway, routes = serving(cluster, programs)
    must(cluster, broken)
    try:
        def event():
            code, listed = cluster.ask("GET", "/api/v1/namespaces/default/events")
            items = listed["items"] if code == 200 else []
            return [one["message"] for one in items if one["involvedObject"]["name"] == "told"]

        messages = until("there is an Event", event)
        expected = "spec.routes[0].services[0]: there is no Service default/nobody"
        return [] if messages == [expected] else [f"events: {messages}"]
    finally:
        gateway.stop()
        for object in [broken, *routes]:
            cluster.delete(object)


def conditions(cluster, programs):
    """An object says itself whether it is served: what translation found, and what the engine found."""
    def custom(kind, name, spec, group="traefik.io"):
        return {"apiVersion": f"{group}/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}

    def route(name, **more):
        return {"entryPoints": ["web"], "routes": [{"match": f"Host(`{name}`)", "services": [{"name": "ping@internal", "kind": "TraefikService"}], **more}]}

    good, old = custom("IngressRoute", "good", route("good")), custom("IngressRoute", "old", route("old"), "traefik.containo.us")
    bad = custom("IngressRoute", "bad", route("bad", middlewares=[{"name": "nobody"}]))
    regexp = {"replacePathRegex": {"regex": "(", "replacement": "/"}}
    pattern, user = custom("Middleware", "pattern", regexp), custom("IngressRoute", "user", route("user", middlewares=[{"name": "pattern"}]))
    database = custom("IngressRouteTCP", "database", {"entryPoints": ["nowhere"], "routes": [
        {"match": "HostSNI(`*`)", "services": [{"name": "web", "port": 80}]}]})
    made = [good, old, bad, pattern, user, database]

    def accepted(object):
        code, answer = cluster.ask("GET", f"{cluster.path(object)}/{object['metadata']['name']}")
        found = [one for one in answer.get("status", {}).get("conditions", []) if one["type"] == "Accepted"] if code == 200 else []
        return found[0] if found and found[0]["observedGeneration"] == answer["metadata"]["generation"] else None

    def says(object, status, *words):
        one = accepted(object)
        return one if one and one["status"] == status and all(word in one["message"] for word in words) else None

    gateway, routes = serving(cluster, programs)
    lines = []

    def wait(object, *wanted):
        try:
            return until("", lambda: says(object, *wanted))
        except TimeoutError:
            lines.append(f"{object['metadata']['name']}: {wanted} is wanted, {accepted(object)} is said")

    try:
        for object in made:
            must(cluster, json.loads(json.dumps(object)))
        first = wait(good, "True")
        wait(old, "True")
        wait(bad, "False", "spec.routes[0].middlewares", "default/nobody")
        wait(pattern, "False", "spec: replacePathRegex: cannot read the expression")
        wait(user, "False", "pattern")
        wait(database, "False", "nowhere")
        mended = json.loads(json.dumps(pattern).replace('"("', '"^/a"'))
        must(cluster, mended)
        wait(pattern, "True")
        wait(user, "True")
        # Another one takes over, and has nothing to say that is not said.
        gateway.stop()
        gateway, more = serving(cluster, programs)
        worse = json.loads(json.dumps(good).replace("Host(", "Hoast("))
        must(cluster, worse)
        wait(good, "False", "spec.routes[0].match")
        must(cluster, json.loads(json.dumps(good)))
        wait(good, "True")
        for object in [old, user]:
            code, answer = cluster.ask("GET", f"{cluster.path(object)}/{object['metadata']['name']}")
            managers = [one["manager"] for one in answer["metadata"]["managedFields"] if one.get("subresource") == "status"]
            if managers != ["windrose-status"]:
                lines.append(f"{object['metadata']['name']}: the status is {managers}'s")
        if first and accepted(good)["lastTransitionTime"] < first["lastTransitionTime"]:
            lines.append("the time of a transition went back")
        return lines
    finally:
        gateway.stop()
        for object in [*made, *routes]:
            cluster.delete(object)


def outage(cluster, programs):
    """The API server is killed and comes back: no request fails, and news is seen again."""
    gateway, routes = serving(cluster, programs)
    failed, answered, is_over = [], [0], threading.Event()

    def ask():
        while not is_over.is_set():
            status = gateway.get("up0")
            answered[0] += 1
            if status != 200:
                failed.append(status)

    try:
        until("the route answers", lambda: gateway.get("up0") == 200)
        client = threading.Thread(target=ask)
        client.start()
        cluster.stop_server()
        until("the outage is told", lambda: b"cannot be reached" in gateway.log.read_bytes())
        until("it is away", lambda: gateway.state("kubernetescrd") == "failing")
        until("requests were answered meanwhile", lambda: answered[0] > 500)
        cluster.start()
        more = json.loads(json.dumps(routes[0]).replace("up0", "later").replace("up-0", "later"))
        must(cluster, more)
        routes.append(more)
        until("news is seen", lambda: gateway.get("later") == 200, 60)
        is_over.set()
        client.join()
        # Each watch comes back at a time of its own.
        until("the end of the outage is told", lambda: b"is reached again" in gateway.log.read_bytes())
        until("it is reached", lambda: gateway.state("kubernetescrd") == "reached")
        lines = [f"{len(failed)} of {answered[0]} requests failed: {failed[:5]}"] if failed else []
        log = gateway.log.read_text()
        for told_once in ["cannot be reached", "is reached again"]:
            if log.count(told_once) != 1:
                lines.append(f"{told_once!r} is told {log.count(told_once)} times")
        return lines
    finally:
        is_over.set()
        gateway.stop()
        for object in routes:
            cluster.delete(object)


DROPPED = {"observability", "ruleSyntax", "serverStatus", "error", "strategy"}

if __name__ == "__main__":
    main(*sys.argv[1:])

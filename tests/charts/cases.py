"""The checks of the charts; `run` beside this file starts them."""

import json
import os
import pathlib
import re
import subprocess
import sys
import time

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/cluster"))
from cluster import TOKEN, Cluster, port, until  # noqa: E402
from facts import FACTS, REFUSED, TOLD, UNKNOWN  # noqa: E402
from helm import Helm  # noqa: E402
from rights import CERTIFICATES, CLASSES, CLUSTER, CRD, CRD_LEASE, INGRESS, LEASE, MAKE_LEASE, STATUS, VERBS, allowed, rights, token_of  # noqa: E402
from server import Objects  # noqa: E402

EDGE, CRDS = ROOT / "charts/windrose", ROOT / "charts/windrose-crds"
VALUES = sorted((ROOT / "tests/charts/values").glob("*.yaml"))
# Those that take more than the level `restricted` of pod security gives, by their own word.
UNRESTRICTED = {"v21-acme", "v21-host-ports", "v21-more-tcp", "v21-udp"}


class Bench:
    """What the checks work with."""

    def __init__(self, work, program, bin, server, operator):
        self.work, self.program, self.operator = pathlib.Path(work), program, pathlib.Path(operator)
        self.cluster = Cluster(work, bin, server)
        try:
            self.prepare(bin)
        except BaseException:
            self.cluster.close()
            raise

    def prepare(self, bin):
        self.objects = Objects(self.cluster)
        self.helm = Helm(pathlib.Path(bin) / "helm", self.work, self.kubeconfig("admin", TOKEN, "default"))
        for namespace, level in [("edge", "privileged"), ("strict", "restricted"), ("team-a", "privileged"), ("team-b", "privileged")]:
            labels = {"pod-security.kubernetes.io/enforce": level}
            self.objects.make({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels}})
        for kind in ["servicemonitors", "prometheusrules"]:
            file = self.operator / f"example/prometheus-operator-crd/monitoring.coreos.com_{kind}.yaml"
            self.objects.make(yaml.safe_load(file.read_text()))
        self.helm.must("install", "kinds", CRDS)
        for version in ["traefik.io/v1alpha1", "traefik.containo.us/v1alpha1", "monitoring.coreos.com/v1"]:
            kind = "servicemonitors" if "monitoring" in version else "middlewaretcps"
            until(f"{version} is served", lambda: self.cluster.ask("GET", f"/apis/{version}/{kind}")[0] == 200)

    def kubeconfig(self, name, token, namespace):
        file = self.work / f"{name}.kubeconfig"
        server = {"server": f"https://127.0.0.1:{self.cluster.port}", "certificate-authority": str(self.work / "ca.crt")}
        context = {"cluster": "one", "user": name, "namespace": namespace}
        file.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "one", "clusters": [{"name": "one", "cluster": server}],
            "contexts": [{"name": "one", "context": context}], "users": [{"name": name, "user": {"token": token}}]}))
        return file

    def flags_for_here(self, rendered):
        """The flags of a pod, with files that are here."""
        folder = self.work / "routes"
        folder.mkdir(exist_ok=True)
        for one in rendered.of("ConfigMap"):
            if one["metadata"]["name"].endswith("-file-provider"):
                (folder / "routes.yml").write_text(one["data"]["routes.yml"])
        return [flag.replace("/etc/traefik/dynamic", str(folder)) for flag in rendered.container()["args"]]


def monitoring_has_one_source(bench):
    """Alerts and dashboards of the chart are those of `monitoring`."""
    for file, source in [("alerts.yaml", "prometheus/alerts.yaml"), ("edge.json", "grafana/edge.json"), ("services.json", "grafana/services.json")]:
        if (EDGE / "files" / file).read_bytes() != (ROOT / "monitoring" / source).read_bytes():
            yield f"charts/windrose/files/{file} is another one than monitoring/{source}: copy it"


def schema_is_that_of_the_program(bench):
    known = subprocess.run([bench.program, "schema", "install"], capture_output=True, check=True).stdout
    made = subprocess.run([sys.executable, ROOT / "tests/charts/schema.py"], input=known, capture_output=True, check=True).stdout
    if made != (EDGE / "values.schema.json").read_bytes():
        yield "charts/windrose/values.schema.json: write it anew, windrose schema install | tests/charts/schema.py > FILE"


def page_names_every_value(bench):
    page = (ROOT / "docs/reference/helm.md").read_text()
    for name in json.loads((EDGE / "values.schema.json").read_text())["properties"]:
        if not re.search(rf"`{name}[`.:]", page):
            yield f"docs/reference/helm.md says nothing of `{name}`"


def lint(bench):
    for chart in [EDGE, CRDS]:
        for file in VALUES if chart == EDGE else [None]:
            code, out, error = bench.helm.run("lint", "--strict", chart, "--kube-version", "1.36.3", *(["-f", file] if file else []))
            if code:
                yield f"{chart.name} with {file}: {out}{error}"


def unknown_values_are_refused(bench):
    for path, value in UNKNOWN:
        code, _, error = bench.helm.run("template", "edge", EDGE, "--kube-version", "1.36.3", values=nested(path, value))
        if code == 0 or not re.search("not allowed|must be|got .* want|missing propert", error):
            yield f"{path}={value!r} is taken: {error}"


def values_without_an_equal_are_refused_with_the_reason(bench):
    for path, value, reason in REFUSED:
        code, _, error = bench.helm.run("template", "edge", EDGE, "--kube-version", "1.36.3", values=nested(path, value))
        if code == 0 or reason not in error:
            yield f"{path}={value!r}: {error or 'is taken'}"


def values_without_effect_are_told(bench):
    for path, value, words in TOLD:
        out = bench.helm.must("install", "edge", EDGE, "--namespace", "edge", "--dry-run=client", values=nested(path, value))
        if words not in out.partition("NOTES:")[2]:
            yield f"{path}={value!r} is not told"
    quiet = bench.helm.must("install", "edge", EDGE, "--namespace", "edge", "--dry-run=client").partition("NOTES:")[2]
    if "*" in quiet or "Windrose" not in quiet:
        yield f"the notes of an installation without values: {quiet}"


def the_program_understands_its_flags(bench):
    for file in VALUES:
        rendered = bench.helm.render(EDGE, "-f", file)
        flags = bench.flags_for_here(rendered)
        done = subprocess.run([bench.program, "check", "--format", "json", *flags], capture_output=True, text=True)
        found = json.loads(done.stdout)
        odd = [one["message"] for one in found["problems"] if not re.search("|".join(EXPECTED), one["message"])]
        if done.returncode or odd:
            yield f"{file.stem}: {odd or done.stdout} {done.stderr}"


# The cluster is not there when flags are checked; the rest is what values of old versions deserve.
EXPECTED = ["nothing says where the API server is", "experimental.(p|localP)lugins is accepted", "tracing.jaeger is of version 2",
            "core.defaultRuleSyntax is deprecated"]


def objects_are_as_meant(bench):
    for name, facts in FACTS.items():
        rendered = bench.helm.render(EDGE, "-f", ROOT / f"tests/charts/values/{name}.yaml")
        for fact in facts:
            try:
                fact(rendered)
            except (AssertionError, KeyError, IndexError, TypeError) as wrong:
                yield f"{name}: {fact.__doc__ or fact.__name__}: {type(wrong).__name__} {wrong}"


def the_api_server_takes_every_object(bench):
    count = 0
    for file in VALUES:
        rendered = bench.helm.render(EDGE, "-f", file)
        refusals = [bench.objects.refusal(one) for one in rendered]
        count += len(refusals)
        if file.stem not in UNRESTRICTED:
            refusals.append(bench.objects.pod_refusal(rendered.workload()["spec"]["template"], "strict"))
        yield from (f"{file.stem}: {one}" for one in refusals if one)
    print(f"     {count} objects of {len(VALUES)} files of values")


def one_release_goes_through_all_values(bench):
    """From any values to any others, without what an upgrade may not change; nothing but claims stays behind."""
    for file in [*VALUES, *reversed(VALUES)]:
        out = bench.helm.must("upgrade", "--install", "edge", EDGE, "--namespace", "edge", "-f", file)
        if "NOTES:" not in out:
            yield f"{file.stem}: no notes"
    bench.helm.must("uninstall", "edge", "--namespace", "edge")
    for version, kind in [("apps/v1", "Deployment"), ("apps/v1", "DaemonSet"), ("v1", "Service"), ("rbac.authorization.k8s.io/v1", "ClusterRole"),
                          ("traefik.io/v1alpha1", "IngressRoute"), ("traefik.io/v1alpha1", "TLSOption"), ("v1", "ConfigMap")]:
        left = [one["metadata"]["name"] for one in bench.objects.listed(version, kind) if is_ours(one)]
        if left:
            yield f"{kind} stays behind: {left}"
    if not bench.objects.listed("v1", "PersistentVolumeClaim"):
        yield "the claim with the certificates is gone"


def is_ours(object):
    return (object["metadata"].get("labels") or {}).get("app.kubernetes.io/name") == "windrose"


def definitions_are_upgraded_and_stay(bench):
    """A field that an older release did not have is there after an upgrade, and uninstalling keeps what people wrote."""
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/middlewaretcps.traefik.io"
    spec = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/ipAllowList"
    code, answer = bench.cluster.ask("PATCH", path, [{"op": "remove", "path": spec}], kind="application/json-patch+json")
    assert code == 200, answer
    bench.helm.must("upgrade", "kinds", CRDS, "--force")
    fields = bench.cluster.ask("GET", path)[1]["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
    if "ipAllowList" not in fields:
        yield "an upgrade leaves the definitions as they were"
    only = bench.helm.render(CRDS, "--set", r"groups.traefik\.containo\.us=false")
    if {one["spec"]["group"] for one in only} != {"traefik.io"}:
        yield "the older group cannot be left out"
    bench.helm.must("uninstall", "kinds")
    if bench.cluster.ask("GET", path)[0] != 200:
        yield "uninstalling took the definitions away"
    bench.helm.must("install", "kinds", CRDS)


def a_backup_brings_everything_back(bench):
    """Objects, the Secrets they name and their definitions are gone and come back; so does what kubectl wrote."""
    objects = list(yaml.safe_load_all(KEPT))
    served = lambda: {one["kind"] for one in bench.cluster.ask("GET", "/apis/traefik.io/v1alpha1")[1]["resources"]}
    until("the kinds are served", lambda: {"Middleware", "IngressRoute"} <= served())
    bench.objects.known.clear()
    for one in objects:
        bench.objects.make(one)
    kubeconfig = f"--kubeConfig={bench.work / 'admin.kubeconfig'}"
    run = lambda *words: subprocess.run([bench.program, *map(str, words), kubeconfig], capture_output=True, text=True)
    saved = run("backup", bench.work / "backups")
    assert saved.returncode == 0, saved.stderr
    folder, = (bench.work / "backups").iterdir()
    listed = json.loads((folder / "manifest.json").read_text())
    if listed["backup_id"] != folder.name or listed["components"].get("middlewares") != "middlewares.traefik.io.yaml":
        yield f"the list says {listed}"
    for file in set(listed["components"].values()) - {"*.yaml"}:
        if not (folder / file).stat().st_size:
            yield f"{file} is empty"
    spec = lambda one: bench.cluster.ask("GET", f"{bench.objects.path(one)}/{one['metadata']['name']}")[1]
    wanted = [{key: spec(one).get(key) for key in ("spec", "data", "type")} for one in objects]
    # As kubectl writes it, with all that the server added.
    dump = bench.work / "dump"
    dump.mkdir(exist_ok=True)
    whole = [{**spec(one), "apiVersion": one["apiVersion"], "kind": one["kind"]} for one in objects]
    (dump / "all.yaml").write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": whole}))
    (dump / "again.yaml").write_text(yaml.safe_dump_all(whole[:1]))
    for source in [folder, dump]:
        for one in objects:
            bench.cluster.ask("DELETE", f"{bench.objects.path(one)}/{one['metadata']['name']}")
        if source == folder:
            for name in ["middlewares.traefik.io", "ingressroutes.traefik.io"]:
                path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}"
                bench.cluster.ask("DELETE", path)
                until(f"{name} is gone", lambda: bench.cluster.ask("GET", path)[0] == 404)
        back = run("restore", source)
        if back.returncode:
            yield f"{source.name}: {back.stderr}"
        found = [{key: spec(one).get(key) for key in ("spec", "data", "type")} for one in objects]
        if found != wanted:
            yield f"{source.name}: {found} is back, and was {wanted}"
    for one in objects:
        bench.cluster.ask("DELETE", f"{bench.objects.path(one)}/{one['metadata']['name']}")
    if run("restore", bench.work / "nowhere").returncode != 1:
        yield "a folder that is not there is restored"


KEPT = """
apiVersion: v1
kind: Secret
metadata: {name: kept-tls, namespace: team-a}
type: kubernetes.io/tls
data: {tls.crt: YQ==, tls.key: Yg==}
---
apiVersion: v1
kind: Secret
metadata: {name: kept-users, namespace: team-a}
data: {users: YQ==}
---
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata: {name: kept, namespace: team-a}
spec: {basicAuth: {secret: kept-users}}
---
apiVersion: traefik.io/v1alpha1
kind: IngressRoute
metadata: {name: kept, namespace: team-a}
spec:
  routes: [{kind: Rule, match: "Host(`kept.test`) && PathRegexp(`^/[0-9]+'#: `)", services: [{name: app, port: 80}], middlewares: [{name: kept}]}]
  tls: {secretName: kept-tls}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: kept, namespace: team-a}
spec: {rules: [{host: kept.test, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: app, port: {number: 80}}}}]}}]}
"""


def a_diagnosis_says_how_it_stands(bench):
    """Every section is there; what is not well is told, and told by the exit code."""
    done = subprocess.run([bench.program, "diagnose", f"--kubeConfig={bench.work / 'admin.kubeconfig'}"], capture_output=True, text=True)
    for section in ["Cluster", "Pods", "Logs", "Configuration", "Connectivity", "Performance"]:
        if f"=== {section}" not in done.stdout:
            yield f"no section {section}: {done.stdout}{done.stderr}"
    if done.returncode != 1 or "Kubernetes v1.36" not in done.stdout or "there is no pod of a gateway" not in done.stdout:
        yield f"exit code {done.returncode}: {done.stdout}"


def rights_are_those_that_are_needed(bench):
    """By what the server says of the ServiceAccount's own token."""
    cases = [
        ({}, {"edge": CRD | INGRESS | STATUS | CLUSTER | CLASSES | LEASE, "team-a": CRD | INGRESS | STATUS | CLUSTER | CLASSES}),
        ({"providers": {"kubernetesIngress": {"enabled": False}}}, {"edge": CRD | CLUSTER | CRD_LEASE, "team-a": CRD | CLUSTER}),
        ({"providers": {"kubernetesCRD": {"enabled": False}, "kubernetesIngress": {"publishedService": {"enabled": False}}}},
         {"edge": INGRESS | CLASSES | CLUSTER, "team-a": INGRESS | CLASSES | CLUSTER}),
        ({"providers": {"kubernetesCRD": {"enabled": False}, "kubernetesIngress": {"enabled": False}}}, {"edge": set(), "team-a": set()}),
        ({"additionalArguments": ["--providers.kubernetesIngress.ingressEndpoint.ip=192.0.2.1"], "service": {"enabled": False}},
         {"edge": CRD | INGRESS | STATUS | CLUSTER | CLASSES | LEASE}),
        ({"rbac": {"namespaced": True}}, {"edge": CRD | INGRESS | STATUS | LEASE, "team-a": set()}),
        ({"rbac": {"namespaced": True}, "providers": {"kubernetesIngress": {"disableClusterScopeResources": False}}},
         {"edge": CRD | INGRESS | STATUS | CLASSES | LEASE, "team-a": CLASSES}),
        ({"rbac": {"namespaced": True}, "providers": {"kubernetesCRD": {"namespaces": ["team-a", "team-b"]},
          "kubernetesIngress": {"namespaces": ["team-a"], "publishedService": {"enabled": False}}}},
         {"edge": CRD | INGRESS | CRD_LEASE, "team-a": CRD | INGRESS, "team-b": CRD, "default": set()}),
        ({"providers": {"kubernetesCRD": {"ingressClass": "inner"}, "kubernetesIngress": {"enabled": False}}},
         {"edge": CRD | CLUSTER | MAKE_LEASE | {("coordination.k8s.io", "leases/windrose-status-inner", verb) for verb in ["get", "update"]}}),
        ({"certificatesResolvers": {"le": {"acme": {"storage": "kubernetes://acme", "tlsChallenge": {}}},
                                    "two": {"acme": {"storage": "kubernetes://team-a/acme", "tlsChallenge": {}}}},
          "providers": {"kubernetesIngress": {"enabled": False}}},
         {"edge": CRD | CLUSTER | CRD_LEASE | CERTIFICATES, "team-a": CRD | CLUSTER | CERTIFICATES, "default": CRD | CLUSTER}),
        ({"rbac": {"enabled": False}}, {"edge": set()}),
    ]
    for values, expected in cases:
        bench.helm.must("upgrade", "--install", "edge", EDGE, "--namespace", "edge", values=values)
        token = token_of(bench.cluster, "edge", "edge-windrose")
        for namespace, wanted in expected.items():
            found = seen(lambda: rights(bench.cluster, token, namespace), wanted)
            if found != wanted:
                yield f"{values}, in {namespace}: missing {sorted(wanted - found)}, too much {sorted(found - wanted)}"
    bench.helm.must("uninstall", "edge", "--namespace", "edge")


def seen(look, wanted):
    """What is there in the end: the server hears of new rights a moment after they were made."""
    deadline = time.monotonic() + 5
    while (found := look()) != wanted and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def requests_are_decided_alike(bench):
    """The same, request by request, for every kind that the server has."""
    bench.helm.must("upgrade", "--install", "edge", EDGE, "--namespace", "edge")
    wanted = CRD | INGRESS | STATUS | CLUSTER | CLASSES
    seen(lambda: rights(bench.cluster, token_of(bench.cluster, "edge", "edge-windrose"), "team-a"), wanted)
    count = 0
    for group, resource in resources(bench.cluster):
        for verb in VERBS:
            count += 1
            is_allowed = allowed(bench.cluster, "edge/edge-windrose", group, resource, verb, namespace="team-a")
            # What everybody may.
            if resource.startswith("selfsubject"):
                continue
            if is_allowed != ((group, resource, verb) in wanted):
                yield f"{verb} {resource}.{group} is {'allowed' if is_allowed else 'forbidden'}"
    for verb, name in [("get", "windrose-ingress-status"), ("update", "windrose-ingress-status"), ("get", "other"), ("update", "other"), ("delete", "windrose-ingress-status")]:
        is_allowed = allowed(bench.cluster, "edge/edge-windrose", "coordination.k8s.io", "leases", verb, "edge", name)
        if is_allowed != (verb in ("get", "update") and name != "other"):
            yield f"{verb} of the Lease {name} is {'allowed' if is_allowed else 'forbidden'}"
    print(f"     {count} requests")
    bench.helm.must("uninstall", "edge", "--namespace", "edge")


def resources(cluster):
    groups = [("", "/api/v1")]
    for group in cluster.ask("GET", "/apis")[1]["groups"]:
        groups.append((group["name"], f"/apis/{group['preferredVersion']['groupVersion']}"))
    for group, path in groups:
        for one in cluster.ask("GET", path)[1]["resources"]:
            yield group, one["name"]


def the_program_lives_with_its_rights(bench):
    """Started with the flags and the token of a pod: it watches all, serves, writes the status and Events, and complains of nothing."""
    values = {"providers": {"kubernetesIngress": {"publishedService": {"enabled": False}, "ingressEndpoint": {"ip": "192.0.2.1"}}}}
    ingress = "/apis/networking.k8s.io/v1/namespaces/team-a/ingresses/app"

    def served(ports):
        until("the Ingress is served", lambda: get(ports["web"], "/", "ingress.example.org") == 403)
        until("the status is written", lambda: bench.cluster.ask("GET", ingress)[1].get("status", {}).get("loadBalancer", {}).get("ingress") == [{"ip": "192.0.2.1"}])

    yield from lived(bench, values, served)


def the_program_lives_with_rights_in_a_namespace(bench):
    """The same with Roles alone, where it looks at nothing of the cluster."""
    provider = {"namespaces": ["team-a"]}
    values = {"rbac": {"namespaced": True}, "providers": {"kubernetesCRD": provider, "kubernetesIngress": provider}}
    yield from lived(bench, values, lambda ports: None)


def lived(bench, values, more):
    """Complaints of the program about its rights."""
    bench.helm.must("upgrade", "--install", "edge", EDGE, "--namespace", "edge", values=values)
    rendered = bench.helm.render(EDGE, values=values)
    kubeconfig = bench.kubeconfig("pod", token_of(bench.cluster, "edge", "edge-windrose"), "edge")
    for object in yaml.safe_load_all(LIVE):
        bench.objects.make(object)
    ports = {}

    def here(found):
        ports[found[1]] = port()
        return f"--entryPoints.{found[1]}.address=127.0.0.1:{ports[found[1]]}/tcp"

    flags = [re.sub(r"--entryPoints\.(\w+)\.address=.*", here, flag) for flag in rendered.container()["args"]]
    # Of an earlier start.
    for event in bench.objects.listed("v1", "Event", "team-a"):
        bench.cluster.ask("DELETE", f"/api/v1/namespaces/team-a/events/{event['metadata']['name']}")
    log = bench.work / "pod.log"
    environment = {**os.environ, "KUBECONFIG": str(kubeconfig), "POD_NAME": "pod"}
    with log.open("wb") as out:
        process = subprocess.Popen([bench.program, *flags], stdout=out, stderr=out, env=environment)
    try:
        until("/ping answers", lambda: get(ports["traefik"], "/ping", "any") == 200)
        until("the IngressRoute is served", lambda: get(ports["web"], "/", "route.example.org") == 403)
        more(ports)
        until("an Event is written", lambda: [one for one in bench.objects.listed("v1", "Event", "team-a") if one["involvedObject"]["name"] == "broken"])
        until("metrics are served", lambda: get(ports["metrics"], "/metrics", "any") == 200)
        complaints = [line for line in log.read_text().splitlines() if re.search("may not|cannot be|forbidden", line) and "broken" not in line]
        yield from complaints
    finally:
        process.terminate()
        process.wait()
    bench.helm.must("uninstall", "edge", "--namespace", "edge")


def get(port, path, host):
    import urllib.error
    import urllib.request
    try:
        with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": host}), timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


LIVE = """
apiVersion: v1
kind: Service
metadata: {name: app, namespace: team-a}
spec: {ports: [{port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: app-1, namespace: team-a, labels: {kubernetes.io/service-name: app}}
addressType: IPv4
ports: [{port: 1, name: ""}]
endpoints: [{addresses: [192.0.2.200], conditions: {ready: true}}]
---
apiVersion: traefik.io/v1alpha1
kind: IngressRoute
metadata: {name: app, namespace: team-a}
spec: {routes: [{match: Host(`route.example.org`), kind: Rule, middlewares: [{name: closed}], services: [{name: app, port: 80}]}]}
---
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata: {name: closed, namespace: team-a}
spec: {ipAllowList: {sourceRange: [192.0.2.1/32]}}
---
apiVersion: traefik.containo.us/v1alpha1
kind: IngressRoute
metadata: {name: broken, namespace: team-a}
spec: {routes: [{match: Host(`broken.example.org`), kind: Rule, services: [{name: nobody, port: 80}]}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: app, namespace: team-a, annotations: {traefik.ingress.kubernetes.io/router.middlewares: team-a-closed@kubernetescrd}}
spec: {ingressClassName: traefik, rules: [{host: ingress.example.org, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: app, port: {number: 80}}}}]}}]}
"""


def nested(path, value):
    for key in reversed(path.split("/") if path else []):
        value = {key: value}
    return value


CHECKS = [monitoring_has_one_source, schema_is_that_of_the_program, page_names_every_value, lint, unknown_values_are_refused,
          values_without_an_equal_are_refused_with_the_reason, values_without_effect_are_told, the_program_understands_its_flags,
          objects_are_as_meant, the_api_server_takes_every_object, one_release_goes_through_all_values,
          definitions_are_upgraded_and_stay, a_backup_brings_everything_back, a_diagnosis_says_how_it_stands, rights_are_those_that_are_needed, requests_are_decided_alike,
          the_program_lives_with_its_rights, the_program_lives_with_rights_in_a_namespace]


def main():
    work, program, bin, server, operator, *words = sys.argv[1:]
    failures, bench = [], None
    try:
        bench = Bench(work, program, bin, server, operator)
        for check in CHECKS:
            if not words or any(word in check.__name__ for word in words):
                failures += told(check, bench)
    finally:
        if bench:
            bench.cluster.close()
    if failures:
        print("\n".join(failures))
        sys.exit(1)


def told(check, bench):
    started = time.monotonic()
    try:
        lines = list(check(bench) or [])
    except (AssertionError, TimeoutError, KeyError) as wrong:
        lines = [f"{type(wrong).__name__}: {wrong}"]
    name = check.__name__.replace("_", " ")
    print(f"{'FAIL' if lines else 'ok  '} {name}, {time.monotonic() - started:.1f} s", flush=True)
    return [f"\n{name}:", *lines] if lines else []


if __name__ == "__main__":
    main()

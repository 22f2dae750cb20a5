#!/usr/bin/env python3
"""Writes charts/windrose/values.schema.json out of what the program knows and what the chart adds.

    windrose schema install | tests/charts/schema.py > charts/windrose/values.schema.json

Sections that are options of the program under another name (`ports.web.transport`, `logs.general`, `tracing`) have the
names that the program has; the rest is written here. Nothing that is not named is allowed, save in what the chart passes
on to Kubernetes, whose API server knows it better.
"""

import json
import sys

WORD = {"type": ["string", "number", "boolean", "null"]}
TEXT = {"type": ["string", "null"]}
FLAG = {"type": ["boolean", "null"]}
NUMBER = {"type": ["integer", "null"]}
COUNT = {"type": ["integer", "string", "null"]}
WORDS = {"type": ["array", "string", "null"], "items": {"type": ["string", "number"]}}
OBJECT = {"type": ["object", "null"]}
OBJECTS = {"type": ["array", "null"], "items": {"type": "object"}}
TEXTS = {"type": ["object", "null"], "additionalProperties": WORD}
PORT = {"type": ["integer", "null"], "minimum": 1, "maximum": 65535}


def table(fields, **more):
    """A table with these fields and no others."""
    return {"type": ["object", "null"], "properties": fields, "additionalProperties": False, **more}


def tables(of):
    """Tables by name."""
    return {"type": ["object", "null"], "additionalProperties": of}


def one_of(*words):
    return {"enum": [*words, None]}


def either(*kinds):
    return {"anyOf": list(kinds)}


def switched(shape):
    """A section that the chart has on or off by `enabled`, with those below it that are sections, too."""
    if "properties" not in shape:
        return shape
    fields = {name: switched(field) for name, field in shape["properties"].items()}
    return table({"enabled": FLAG, **fields})


def any_case(shape):
    """Names in small letters as well, which Traefik's chart has in some places."""
    if "properties" not in shape:
        return shape
    fields = {}
    for name, field in shape["properties"].items():
        fields[name] = fields[name.lower()] = any_case(field)
    return table(fields)


def without(shape, *names):
    return table({name: field for name, field in shape["properties"].items() if name not in names})


def with_more(shape, **fields):
    return table({**shape["properties"], **fields})


def ports(entry):
    """A port: what the entry point is, and where it is reached."""
    own = entry["properties"]
    http = own["http"]["properties"]
    redirect = http["redirections"]
    tls = switched(http["tls"])
    passed = {name: own[name] for name in ("asDefault", "reusePort", "allowACMEByPass", "forwardedHeaders", "proxyProtocol",
                                           "http2", "udp", "observability", "transport")}
    target = table({"port": TEXT, "priority": NUMBER, "permanent": FLAG})
    return table({
        **passed,
        "http": with_more(own["http"], tls=tls),
        "http3": either(FLAG, table({"enabled": FLAG, "advertisedPort": PORT})),
        "middlewares": http["middlewares"],
        "redirections": redirect,
        "redirectTo": either(TEXT, target),
        "tls": tls,
        "port": PORT,
        "containerPort": PORT,
        "hostPort": PORT,
        "hostIP": TEXT,
        "exposedPort": PORT,
        "targetPort": COUNT,
        "nodePort": PORT,
        "appProtocol": TEXT,
        "protocol": one_of("TCP", "UDP", "tcp", "udp"),
        "expose": either(FLAG, tables(FLAG)),
        "exposeInternal": FLAG,
    })


def service(**more):
    return table({
        "type": TEXT, "annotations": TEXTS, "annotationsTCP": TEXTS, "annotationsUDP": TEXTS, "labels": TEXTS, "spec": OBJECT,
        "loadBalancerIP": TEXT, "loadBalancerClass": TEXT, "loadBalancerSourceRanges": WORDS, "externalIPs": WORDS,
        "externalTrafficPolicy": TEXT, "ipFamilyPolicy": TEXT, "ipFamilies": WORDS, **more})


def route():
    return table({"enabled": FLAG, "annotations": TEXTS, "labels": TEXTS, "matchRule": TEXT, "services": OBJECTS,
                  "entryPoints": WORDS, "middlewares": OBJECTS, "tls": OBJECT})


def providers(known):
    shared = {"enabled": FLAG, "endpoint": TEXT, "token": TEXT, "certAuthFilePath": TEXT, "namespaces": WORDS, "labelSelector": TEXT,
              "throttleDuration": WORD, "ingressClass": TEXT, "allowExternalNameServices": FLAG, "allowEmptyServices": FLAG,
              "nativeLBByDefault": FLAG, "disableClusterScopeResources": FLAG, "crossProviderNamespaces": WORDS}
    crd = {**shared, "allowCrossNamespace": FLAG, "defaultTLSResourcesNamespace": TEXT, "recordingNamespace": TEXT, "safeNaming": FLAG}
    ingress = {**shared, "disableIngressClassLookup": FLAG, "strictPrefixMatching": FLAG,
               "ingressEndpoint": table({"ip": TEXT, "hostname": TEXT, "publishedService": TEXT}),
               "publishedService": table({"enabled": FLAG, "pathOverride": TEXT})}
    file = {"enabled": FLAG, "watch": FLAG, "debugLogGeneratedTemplate": FLAG, "content": {"type": ["string", "object", "null"]}}
    return table({
        "kubernetesCRD": table(crd), "kubernetesIngress": table(ingress), "file": table(file),
        "kubernetesGateway": OBJECT, "kubernetesIngressNginx": OBJECT, "kubernetesIngressNGINX": OBJECT, "knative": OBJECT,
        "providersThrottleDuration": known["providersThrottleDuration"], "precedence": known["precedence"]})


def metrics(known):
    prometheus = with_more(
        known["prometheus"],
        disableAPICheck=FLAG,
        service=table({"enabled": FLAG, "labels": TEXTS, "annotations": TEXTS}),
        serviceMonitor=table({
            "enabled": FLAG, "apiVersion": TEXT, "namespace": TEXT, "additionalLabels": TEXTS, "jobLabel": TEXT, "namespaceSelector": OBJECT,
            "interval": TEXT, "scrapeTimeout": TEXT, "honorLabels": FLAG, "honorTimestamps": FLAG, "enableHttp2": FLAG,
            "followRedirects": FLAG, "relabelings": OBJECTS, "metricRelabelings": OBJECTS}),
        prometheusRule=table({"enabled": FLAG, "apiVersion": TEXT, "namespace": TEXT, "additionalLabels": TEXTS, "rules": OBJECTS}))
    return table({"addInternals": FLAG, "prometheus": prometheus,
                  **{name: switched(known[name]) for name in ("otlp", "statsD", "datadog", "influxDB2")},
                  **{name.lower(): switched(known[name]) for name in ("statsD", "influxDB2")}})


def access(known):
    own = any_case(without(known, "otlp", "fields"))
    fields = known["properties"]["fields"]["properties"]
    modes = any_case(table({"defaultMode": WORD, "names": TEXTS}))
    fields = table({**any_case(table(fields))["properties"], "general": modes, "headers": any_case(fields["headers"])})
    return with_more(own, enabled=FLAG, timezone=TEXT, fields=fields, otlp=switched(known["properties"]["otlp"]))


def experimental():
    plugin = table({"moduleName": TEXT, "version": TEXT, "settings": OBJECT, "hash": TEXT, "mountPath": TEXT, "hostPath": TEXT,
                    "type": TEXT, "configMapName": TEXT, "volumeName": TEXT})
    switch = table({"enabled": FLAG})
    gateway = table({"enabled": FLAG, "gateway": OBJECT, "appLabelSelector": TEXT, "certificates": OBJECTS, "namespacePolicy": TEXT})
    return table({"otlpLogs": FLAG, "abortOnPluginFailure": FLAG, "knative": FLAG, "kubernetesIngressNginx": FLAG, "v3": switch, "kubernetesGateway": gateway,
                  "fastProxy": table({"enabled": FLAG, "debug": FLAG}),
                  "plugins": tables(either(FLAG, plugin)), "localPlugins": tables(plugin)})


def values(known):
    section = lambda name: known[name]
    tracing = with_more(
        without(section("tracing"), "otlp"), otlp=switched(section("tracing")["properties"]["otlp"]),
        # Refused by name, with the reason.
        zipkin=OBJECT, datadog=OBJECT, instana=OBJECT, haystack=OBJECT, elastic=OBJECT)
    resolvers = tables(section("certificatesResolvers")["additionalProperties"])
    probe = {"type": ["object", "null"]}
    deployment = table({
        "enabled": FLAG, "kind": one_of("Deployment", "DaemonSet"), "replicas": NUMBER, "revisionHistoryLimit": NUMBER,
        "terminationGracePeriodSeconds": NUMBER, "minReadySeconds": NUMBER, "annotations": TEXTS, "labels": TEXTS,
        "podAnnotations": TEXTS, "podLabels": TEXTS, "additionalContainers": OBJECTS, "additionalVolumes": OBJECTS,
        "initContainers": OBJECTS, "imagePullSecrets": OBJECTS, "lifecycle": OBJECT, "shareProcessNamespace": FLAG,
        "dnsPolicy": TEXT, "dnsConfig": OBJECT, "hostAliases": OBJECTS, "runtimeClassName": TEXT, "healthchecksHost": TEXT,
        "healthchecksPort": PORT, "healthchecksScheme": one_of("HTTP", "HTTPS"), "readinessPath": TEXT, "livenessPath": TEXT,
        "goMemLimitPercentage": {"type": ["number", "null"]}})
    return table({
        # Helm shares it with the charts around this one, so it is not ours alone.
        "global": {"type": ["object", "null"], "properties": section("global")["properties"]},
        "image": table({"registry": TEXT, "repository": TEXT, "name": TEXT, "tag": WORD, "pullPolicy": one_of("Always", "IfNotPresent", "Never")}),
        "deployment": deployment,
        "updateStrategy": OBJECT,
        "readinessProbe": probe, "livenessProbe": probe, "startupProbe": probe,
        "podSecurityContext": OBJECT, "securityContext": OBJECT, "hostNetwork": FLAG, "resources": OBJECT, "affinity": OBJECT,
        "nodeSelector": TEXTS, "tolerations": OBJECTS, "topologySpreadConstraints": OBJECTS, "priorityClassName": TEXT,
        "zones": tables({"type": "array", "items": {"type": "string"}, "minItems": 1}),
        "env": OBJECTS, "envFrom": OBJECTS, "additionalArguments": WORDS, "globalArguments": WORDS,
        "volumes": {"type": ["array", "null"], "items": table({"name": TEXT, "mountPath": TEXT, "subPath": TEXT, "type": one_of("secret", "configMap")}, required=["name", "mountPath", "type"])},
        "additionalVolumeMounts": OBJECTS,
        "autoscaling": table({"enabled": FLAG, "minReplicas": NUMBER, "maxReplicas": NUMBER, "metrics": OBJECTS, "behavior": OBJECT, "scaleTargetRef": OBJECT}),
        "podDisruptionBudget": table({"enabled": FLAG, "minAvailable": COUNT, "maxUnavailable": COUNT, "unhealthyPodEvictionPolicy": TEXT}),
        "ports": tables(ports(section("entryPoints")["additionalProperties"])),
        "service": service(enabled=FLAG, single=FLAG, internal=service(), additionalServices=tables(service())),
        "providers": providers(section("providers")["properties"]),
        "ingressClass": table({"enabled": FLAG, "isDefaultClass": FLAG, "name": TEXT, "fallbackApiVersion": TEXT}),
        "ingressRoute": table({"dashboard": route(), "healthcheck": route()}),
        "tlsOptions": tables(OBJECT), "tlsStore": tables(OBJECT),
        "certificatesResolvers": resolvers, "certResolvers": resolvers,
        "persistence": table({"enabled": FLAG, "name": TEXT, "existingClaim": TEXT, "accessMode": TEXT, "size": TEXT, "storageClass": TEXT,
                              "volumeName": TEXT, "path": TEXT, "subPath": TEXT, "annotations": TEXTS}),
        "api": section("api"),
        "logs": table({"general": with_more(without(section("log"), "otlp"), otlp=switched(section("log")["properties"]["otlp"])),
                       "access": access(section("accessLog"))}),
        "metrics": metrics(section("metrics")["properties"]),
        "tracing": tracing,
        "core": section("core"), "ocsp": switched(section("ocsp")),
        "dashboards": table({"enabled": FLAG, "namespace": TEXT, "labels": TEXTS, "annotations": TEXTS}),
        "rbac": table({"enabled": FLAG, "namespaced": FLAG, "secretResourceNames": WORDS, "aggregateTo": WORDS}),
        "serviceAccount": table({"name": TEXT}), "serviceAccountAnnotations": TEXTS,
        "networkPolicy": table({"enabled": FLAG, "from": OBJECTS, "internalFrom": OBJECTS, "egress": OBJECTS}),
        "experimental": experimental(),
        "nameOverride": TEXT, "fullnameOverride": TEXT, "namespaceOverride": TEXT, "instanceLabelOverride": TEXT, "commonLabels": TEXTS,
        "extraObjects": {"type": ["array", "null"], "items": {"type": ["object", "string"]}},
        # Told or refused by name: templates/_refused.tpl.
        "pilot": table({"enabled": FLAG, "token": TEXT, "dashboard": FLAG}),
        "hub": OBJECT, "gateway": OBJECT, "gatewayClass": OBJECT, "podSecurityPolicy": table({"enabled": FLAG}),
        "versionOverride": TEXT, "oci_meta": OBJECT})


def shared(shape, pool):
    """What is there more than once is written once."""
    counts = {}

    def count(one):
        if isinstance(one, dict):
            text = json.dumps(one, sort_keys=True)
            counts[text] = counts.get(text, 0) + 1
            if counts[text] == 1:
                for field in one.values():
                    count(field)
        elif isinstance(one, list):
            for field in one:
                count(field)

    def replace(one, top=False):
        if isinstance(one, list):
            return [replace(field) for field in one]
        if not isinstance(one, dict):
            return one
        text = json.dumps(one, sort_keys=True)
        is_shape = "type" in one or "anyOf" in one or "enum" in one
        if not top and is_shape and counts[text] > 1 and len(text) > 40:
            if text not in pool:
                pool[text] = None
                pool[text] = replace(one, top=True)
            return {"$ref": f"#/definitions/{list(pool).index(text)}"}
        return {name: replace(field) for name, field in one.items()}

    count(shape)
    return replace(shape, top=True)


def written(one, indent=0):
    """JSON with what fits on a line on one."""
    text = json.dumps(one)
    if len(text) + indent <= 120 or not isinstance(one, (dict, list)):
        return text
    inner = " " * (indent + 1)
    if isinstance(one, list):
        return "[\n" + ",\n".join(inner + written(field, indent + 1) for field in one) + "\n" + " " * indent + "]"
    fields = ",\n".join(f"{inner}{json.dumps(name)}: {written(field, indent + 1)}" for name, field in one.items())
    return "{\n" + fields + "\n" + " " * indent + "}"


def main():
    pool = {}
    found = shared(values(json.load(sys.stdin)["properties"]), pool)
    definitions = {str(number): shape for number, shape in enumerate(pool.values())}
    print(written({"$schema": "http://json-schema.org/draft-07/schema#", **found, "definitions": definitions}))


if __name__ == "__main__":
    main()

"""What is expected of the edge's chart: of objects by their files of values, and of values that are refused or told."""

import yaml


def ports_of_the_pod(rendered):
    return {one["name"]: (one["containerPort"], one.get("hostPort"), one["protocol"]) for one in rendered.container()["ports"]}


def ports_of(service):
    return {one["name"]: (one["port"], one["targetPort"], one["protocol"]) for one in service["spec"]["ports"]}


def same(found, wanted):
    assert found == wanted, f"{found!r} is not {wanted!r}"


def has_flags(**flags):
    """Flags by name; `_` is a dot."""
    def flags_are_there(rendered):
        found = rendered.flags()
        wrong = {name: (found.get(name.replace("_", ".")), value) for name, value in flags.items() if found.get(name.replace("_", ".")) != value}
        assert not wrong, f"(is, wanted): {wrong}"
    return flags_are_there


def has_no_flag(*names):
    def flags_are_not_there(rendered):
        assert not set(names) & set(rendered.flags()), names
    return flags_are_not_there


def by_default(rendered):
    """One Deployment, restricted, asked for /ping; a Service with web and websecure; the class `traefik`"""
    same(ports_of(rendered.one("Service")), {"web": (80, "web", "TCP"), "websecure": (443, "websecure", "TCP")})
    same(rendered.one("IngressClass")["metadata"]["name"], "traefik")
    same(rendered.one("IngressClass")["spec"]["controller"], "traefik.io/ingress-controller")
    pod, container = rendered.pod(), rendered.container()
    same((pod["securityContext"]["runAsNonRoot"], pod["securityContext"]["seccompProfile"]), (True, {"type": "RuntimeDefault"}))
    same(container["securityContext"], {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True})
    for probe in ["readinessProbe", "livenessProbe", "startupProbe"]:
        same(container[probe]["httpGet"], {"path": "/ping", "port": 8080, "scheme": "HTTP"})
    same({one["name"]: one.get("emptyDir") for one in pod["volumes"]}, {"data": {}, "tmp": {}})
    same(sorted({one["kind"] for one in rendered}), ["ClusterRole", "ClusterRoleBinding", "Deployment", "IngressClass", "Role", "RoleBinding", "Service", "ServiceAccount"])
    same(rendered.one("ServiceAccount")["automountServiceAccountToken"], False)
    assert rendered.container()["image"].startswith("windrose:0."), container["image"]


def ports_of_the_node(rendered):
    """Ports of the node, no Service, and the old pod goes before the new one comes"""
    same(ports_of_the_pod(rendered), {"metrics": (9100, 9101, "TCP"), "traefik": (8080, None, "TCP"), "web": (8000, 80, "TCP"), "websecure": (8443, 443, "TCP")})
    same(rendered.of("Service"), [])
    same(rendered.workload()["spec"]["strategy"]["rollingUpdate"], {"maxUnavailable": 1, "maxSurge": 0})
    same(rendered.pod()["nodeSelector"], {"kubernetes.io/hostname": "edge-1"})
    same(rendered.container()["resources"]["limits"], {"cpu": "100m", "memory": "100Mi"})
    assert "providers.kubernetesingress.ingressendpoint.publishedservice" not in rendered.flags()


def udp_port(rendered):
    """An entry point of UDP, at the node and not in the Service"""
    same(ports_of_the_pod(rendered)["udpep"], (18080, 18080, "UDP"))
    assert "udpep" not in ports_of(rendered.one("Service"))


def certificates_on_a_volume(rendered):
    """A claim, credentials from a Secret, root as it is written"""
    claim = rendered.one("PersistentVolumeClaim")
    same(claim["spec"], {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "128Mi"}}})
    same(rendered.pod()["volumes"][0], {"name": "data", "persistentVolumeClaim": {"claimName": claim["metadata"]["name"]}})
    same(rendered.container()["envFrom"], [{"secretRef": {"name": "alidns"}}])
    same(rendered.container()["securityContext"]["runAsUser"], 0)
    same(rendered.container()["securityContext"]["capabilities"], {"drop": ["ALL"]})


def claim_for_a_volume(rendered):
    """A claim without a class for one volume, and no second pod beside the one that has it"""
    spec = rendered.one("PersistentVolumeClaim", "kept")["spec"]
    same((spec["storageClassName"], spec["volumeName"], spec["accessModes"]), ("", "traefik", ["ReadWriteOncePod"]))
    same(rendered.container()["volumeMounts"][0], {"name": "data", "mountPath": "/data", "subPath": "certificates"})
    same(rendered.workload()["spec"]["strategy"]["rollingUpdate"], {"maxUnavailable": 1, "maxSurge": 0})
    same(rendered.one("PersistentVolumeClaim")["metadata"]["annotations"]["helm.sh/resource-policy"], "keep")


def zones(rendered):
    """A Deployment for each zone, found apart from each other and together by the Service"""
    first, second = rendered.one("Deployment", "edge-windrose-zone-a"), rendered.one("Deployment", "edge-windrose-zone-b")
    for one, zone, nodes in [(first, "zone-a", "us-west-2a"), (second, "zone-b", "us-west-2b")]:
        template = one["spec"]["template"]
        same((one["spec"]["selector"]["matchLabels"]["zone"], template["metadata"]["labels"]["zone"], one["spec"]["replicas"]), (zone, zone, 2))
        term = template["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
        same(term, [{"matchExpressions": [{"key": "topology.kubernetes.io/zone", "operator": "In", "values": [nodes]}]}])
        assert template["spec"]["affinity"]["podAntiAffinity"]
        same([env for env in template["spec"]["containers"][0]["env"] if env["name"] == "POD_NAME"], [{"name": "POD_NAME", "value": "of-mine"}])
    assert "zone" not in rendered.one("Service")["spec"]["selector"]


def long_name(rendered):
    """The entry point has its name, and its port one that Kubernetes takes"""
    same(rendered.flags()["entrypoints.a_rather_long_name_of_mine.address"], ":9443/tcp")
    same({name: port for name, port in ports_of_the_pod(rendered).items() if name.startswith("a-")},
         {"a-rather-long-n": (9443, None, "TCP"), "a-rather-http3": (9443, None, "UDP")})
    same(ports_of(rendered.one("Service"))["a-rather-http3"], (9443, "a-rather-http3", "UDP"))


def two_services(rendered):
    """TCP and UDP in a Service each, HTTP/3 beside UDP, with the annotations of each"""
    tcp, udp = rendered.one("Service", "edge-windrose"), rendered.one("Service", "edge-windrose-udp")
    same(ports_of(tcp), {"web": (80, "web", "TCP"), "websecure": (443, "websecure", "TCP")})
    same(ports_of(udp), {"dns": (53, "dns", "UDP"), "websecure-http3": (443, "websecure-http3", "UDP")})
    same(tcp["metadata"]["annotations"], {"both": "yes", "tcp": "yes"})
    same(udp["metadata"]["annotations"], {"both": "yes", "udp": "yes"})
    for service in [tcp, udp]:
        spec = service["spec"]
        same((spec["type"], spec["loadBalancerIP"], spec["externalTrafficPolicy"]), ("LoadBalancer", "192.0.2.10", "Local"))
        same((spec["loadBalancerSourceRanges"], spec["externalIPs"]), (["198.51.100.0/24"], ["192.0.2.20"]))


def daemon_set(rendered):
    """A DaemonSet with all that a pod may have"""
    workload, pod = rendered.one("DaemonSet"), rendered.pod()
    same(workload["spec"]["updateStrategy"]["rollingUpdate"], {"maxUnavailable": 2, "maxSurge": 0})
    same(workload["spec"]["template"]["metadata"]["annotations"]["checked"], "by edge")
    same([one["name"] for one in pod["containers"]], ["edge-windrose", "log-reader"])
    same([one["name"] for one in pod["initContainers"]], ["prepare"])
    same({one["name"]: sorted(set(one) - {"name"}) for one in pod["volumes"]},
         {"data": ["persistentVolumeClaim"], "tmp": ["emptyDir"], "public-cert": ["secret"], "settings-of-edge": ["configMap"], "logs": ["emptyDir"]})
    same(pod["volumes"][3]["configMap"]["name"], "settings.of.edge")
    same({one["name"]: one["mountPath"] for one in rendered.container()["volumeMounts"]},
         {"data": "/data", "tmp": "/tmp", "public-cert": "/certs", "settings-of-edge": "/config", "logs": "/var/log/traefik"})
    same(pod["terminationGracePeriodSeconds"], 90)
    same(rendered.container()["readinessProbe"]["httpGet"]["port"], 9000)
    same(rendered.container()["readinessProbe"]["initialDelaySeconds"], 2)
    same(rendered.one("TLSOption", "modern")["spec"], {"minVersion": "VersionTLS13", "sniStrict": True})
    same(rendered.one("TLSStore", "default")["spec"], {"defaultCertificate": {"secretName": "default-cert"}})
    same(pod["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"][0]["labelSelector"]["matchLabels"], {"app.kubernetes.io/name": "windrose"})
    assert rendered.one("PodDisruptionBudget")["spec"]["maxUnavailable"] == "33%"
    for field in ["tolerations", "nodeSelector", "topologySpreadConstraints", "priorityClassName"]:
        assert pod[field], field


def counted_once(rendered):
    """An option that is written by hand is there once"""
    written = [flag for flag in rendered.container()["args"] if flag.startswith("--log.level=")]
    same(written, ["--log.level=DEBUG"])


def services_of_new(rendered):
    """A Service of the newer layout, and one more for the inside"""
    outside, inside = rendered.one("Service", "edge-windrose"), rendered.one("Service", "edge-windrose-internal")
    same(ports_of(outside), {"web": (80, "web", "TCP"), "websecure": (443, "websecure", "TCP"), "websecure-http3": (443, "websecure-http3", "UDP")})
    same(ports_of(inside), {"traefik": (8080, "traefik", "TCP"), "websecure": (443, "websecure", "TCP"), "websecure-http3": (443, "websecure-http3", "UDP")})
    same((outside["spec"]["type"], inside["spec"]["type"]), ("NodePort", "ClusterIP"))
    secure = outside["spec"]["ports"][1]
    same((secure["nodePort"], secure["appProtocol"]), (30443, "https"))


def scaled(rendered):
    """Scaled by the HPA, so that nothing is said of replicas"""
    assert "replicas" not in rendered.workload()["spec"]
    spec = rendered.one("HorizontalPodAutoscaler")["spec"]
    same((spec["minReplicas"], spec["maxReplicas"], spec["scaleTargetRef"]["name"]), (2, 10, "edge-windrose"))


def watched(rendered):
    """Scraped by the job that the alerts know, with alerts of ours and theirs, and dashboards"""
    service, monitor = rendered.one("Service", "edge-windrose-metrics"), rendered.one("ServiceMonitor")
    wanted = monitor["spec"]["selector"]["matchLabels"]
    same({name: service["metadata"]["labels"][name] for name in wanted}, wanted)
    same(service["metadata"]["labels"][monitor["spec"]["jobLabel"]], "windrose")
    same((monitor["spec"]["endpoints"][0]["interval"], monitor["metadata"]["labels"]["release"]), ("30s", "prometheus"))
    groups = rendered.one("PrometheusRule")["spec"]["groups"]
    same([one["alert"] for one in groups[1]["rules"]], ["EdgeIsBusy"])
    down = next(one for one in groups[0]["rules"] if one["alert"] == "WindroseDown")
    same(down["expr"], 'up{job="windrose"} == 0')
    same(len(groups[0]["rules"]), ALERTS)
    dashboards = [name for one in rendered.of("ConfigMap") if (one["metadata"].get("labels") or {}).get("grafana_dashboard") for name in one["data"]]
    same(sorted(dashboards), ["windrose-edge.json", "windrose-services.json"])
    assert "prometheus.io/scrape" not in (rendered.workload()["spec"]["template"]["metadata"].get("annotations") or {})


def policy(rendered):
    """Strangers reach web and websecure, the monitoring the rest"""
    rules = rendered.one("NetworkPolicy")["spec"]["ingress"]
    same([(one["port"], one["protocol"]) for one in rules[0]["ports"]], [(8000, "TCP"), (8443, "TCP"), (8443, "UDP")])
    same(rules[0]["from"], [{"ipBlock": {"cidr": "192.0.2.0/24"}}])
    same([(one["port"]) for one in rules[1]["ports"]], [9100, 8080])


def dashboard_of_new(rendered):
    """The dashboard behind a middleware, and objects besides"""
    spec = rendered.one("IngressRoute", "edge-windrose-dashboard")["spec"]
    same((spec["entryPoints"], spec["tls"]), (["websecure"], {"secretName": "gate"}))
    same(spec["routes"][0]["match"], "Host(`edge.example.org`)")
    same(spec["routes"][0]["middlewares"], [{"name": "password"}])
    same(rendered.one("ConfigMap", "extra-of-table")["data"], {"release": "edge"})
    assert rendered.one("ConfigMap", "extra-of-text")["data"]["image"].startswith("registry.example.org/windrose:")
    routes = rendered.one("ConfigMap", "edge-windrose-file-provider")["data"]["routes.yml"]
    assert yaml.safe_load(routes)["http"]["services"]["outside"]
    assert {"name": "TZ", "value": "Europe/Berlin"} in rendered.container()["env"]


def roles_in_namespaces(rendered):
    """Roles where the providers look, and nothing of the cluster"""
    same(rendered.of("ClusterRole") + rendered.of("ClusterRoleBinding"), [])
    # In the release's own there is one more, for the Lease.
    same(sorted(one["metadata"]["namespace"] for one in rendered.of("Role")), ["edge", "edge", "team-a", "team-b"])
    same({one["subjects"][0]["namespace"] for one in rendered.of("RoleBinding")}, {"edge"})


def nothing_is_on(rendered):
    """Words that say nothing switch nothing on"""
    found = set(rendered.flags())
    sections = {".".join(name.split(".")[:3]) for name in found}
    same({name for name in found if name.startswith(("tracing", "accesslog", "log.otlp", "metrics.otlp", "ocsp", "experimental", "core"))}, set())
    same({name for name in sections if name.endswith(("proxyprotocol", "http3"))}, set())
    same(rendered.one("HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]["name"], "edge-windrose")
    same(rendered.one("PodDisruptionBudget")["spec"]["maxUnavailable"], 1)
    same(rendered.one("ServiceMonitor")["spec"]["endpoints"], [{"port": "metrics", "path": "/metrics"}])
    same(rendered.one("IngressRoute")["metadata"]["annotations"], {"kubernetes.io/ingress.class": "inner"})


def policy_without_ports(rendered):
    """Where no port is for strangers, no rule is, as one without ports would be for all of them"""
    rules = rendered.one("NetworkPolicy")["spec"].get("ingress") or []
    same([[one["port"] for one in rule["ports"]] for rule in rules], [[8080]])
    same(ports_of(rendered.one("Service", "edge-windrose-metrics")), {"metrics": (8080, "traefik", "TCP")})


def low_ports(rendered):
    """Ports below 1024 are opened by nobody in particular"""
    same(rendered.pod()["securityContext"]["sysctls"], [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}])
    assert not [name for name in rendered.flags() if name.startswith("metrics.")]
    assert "metrics" not in ports_of_the_pod(rendered)


ALERTS = 14

FACTS = {
    "default": [by_default, has_flags(entrypoints_web_address=":8000/tcp", entrypoints_websecure_http_tls="true", ping="true", providers_kubernetescrd="true"),
                has_no_flag("api.insecure", "entrypoints.web.http.tls")],
    "v21-host-ports": [ports_of_the_node, has_flags(providers_kubernetescrd_allowcrossnamespace="true", providers_kubernetescrd_allowexternalnameservices="true",
                                                    providers_kubernetesingress_allowexternalnameservices="true", log_level="DEBUG", accesslog="true")],
    "v21-more-tcp": [has_flags(entrypoints_mongo_address=":27017/tcp"), lambda rendered: same(ports_of_the_pod(rendered)["mongo"], (27017, 27017, "TCP"))],
    "v21-udp": [udp_port, has_flags(entrypoints_udpep_address=":18080/udp")],
    "v21-acme": [certificates_on_a_volume, has_flags(certificatesresolvers_ali_acme_dnschallenge_provider="alidns")],
    "v21-full": [two_services, daemon_set, counted_once, has_flags(
        entrypoints_web_http_redirections_entrypoint_to=":443", entrypoints_websecure_http3_advertisedport="443",
        serverstransport_maxidleconnsperhost="1000000", accesslog_fields_defaultmode="keep", metrics_prometheus_addserviceslabels="false",
        entrypoints_web_transport_lifecycle_requestacceptgracetimeout="5s", providers_kubernetescrd_ingressclass="traefik-in",
        providers_kubernetesingress_ingressendpoint_publishedservice="kube-system/balancer")],
    "v37-full": [services_of_new, scaled, watched, policy, dashboard_of_new, has_flags(
        entrypoints_web_transport_keepalivemaxrequests="1000000", entrypoints_web_http_redirections_entrypoint_permanent="false",
        entrypoints_web_transport_lifecycle_requestacceptgracetimeout="15", certificatesresolvers_le_acme_tlschallenge="true",
        tracing_otlp_grpc_insecure="true", metrics_otlp="true", ocsp="true", entrypoints_websecure_http3_advertisedport="4443"),
        has_no_flag("log.otlp", "tracing.otlp.http", "metrics.otlp.grpc", "metrics.otlp.grpc.insecure", "hub.token")],
    "namespaced": [roles_in_namespaces, has_flags(providers_kubernetescrd_namespaces="edge,team-a,team-b", providers_kubernetesingress_namespaces="edge,team-a",
                                                  providers_kubernetescrd_disableclusterscoperesources="true")],
    "v37-written-out": [nothing_is_on],
    "nothing-outside": [policy_without_ports],
    "zones": [zones, long_name],
    "volume": [claim_for_a_volume],
    "low-ports": [low_ports, has_flags(entrypoints_web_http_redirections_entrypoint_to=":443")],
    "v21-plugin": [has_flags(experimental_plugins_plugindemo_version="v0.2.1")],
}

# Values that nobody knows: a path and what is written there.
UNKNOWN = [
    ("porst", {}), ("ports/web/prot", 8000), ("ports/web/transport/lifeCyle", {}), ("ports/web/expose/default", "yes"),
    ("ports/web/port", "many"), ("ports/websecure/http3/enable", True), ("deployment/kind", "StatefulSet"), ("deployment/replica", 2),
    ("providers/kubernetesCRD/allowCrossNamespaces", True), ("providers/kubernetesIngres", {}), ("logs/acces", {}),
    ("logs/general/levle", "INFO"), ("metrics/prometheus/serviceMonitor/intervall", "1m"), ("persistence/sizes", "1Gi"),
    ("service/annotation", {}), ("image/tags", "v1"), ("rbac/namespace", True), ("ingressRoute/dashboard/enable", True),
    ("certificatesResolvers/le/acme/emial", "a@example.org"), ("tracing/otlp/gprc", {}), ("networkPolicy/form", []),
    ("autoscaling/maxReplica", 2), ("experimental/pluginz", {}), ("volumes", [{"name": "a"}]),
]

# Values without an equal, and words of the reason.
REFUSED = [
    ("hub/token", "abc", "there is no Traefik Hub"),
    ("hub/enabled", True, "there is no Traefik Hub"),
    ("hub/aigateway/enabled", True, "there is no Traefik Hub"),
    ("experimental/kubernetesIngressNginx", True, "annotations of ingress-nginx"),
    ("providers/kubernetesGateway/enabled", True, "Gateway API is not served yet"),
    ("experimental/kubernetesGateway/enabled", True, "Gateway API is not served yet"),
    ("providers/kubernetesIngressNginx/enabled", True, "annotations of ingress-nginx"),
    ("providers/knative/enabled", True, "Knative is not served"),
    ("experimental/abortOnPluginFailure", True, "plugins do not work yet"),
    ("", {"zones": {"a": ["b"]}, "persistence": {"enabled": True}}, "a release for each zone"),
    ("rbac/secretResourceNames", ["a"], "may not be limited to names"),
    ("tracing/zipkin", {"httpEndpoint": "http://zipkin:9411"}, "write tracing.otlp"),
    ("certificatesResolvers/ts", {"tailscale": {}}, "only acme is there"),
    ("ports/web/redirectTo", "nowhere", "which is no port"),
    ("metrics/prometheus/entryPoint", "nowhere", "which is no port"),
    ("ports/traefik", None, "probes have nothing to ask"),
    ("autoscaling/enabled", True, "write maxReplicas"),
    ("", {"autoscaling": {"enabled": True, "maxReplicas": 2}, "deployment": {"kind": "DaemonSet"}}, "is not scaled"),
]

# Values without effect, and words of what is told.
TOLD = [
    ("pilot", {"enabled": True, "token": "abc"}, "pilot has no effect"),
    ("experimental/plugins/demo", {"moduleName": "example.org/demo", "version": "v1"}, "plugins do not work yet"),
    ("experimental/localPlugins/demo", {"moduleName": "example.org/demo"}, "plugins do not work yet"),
    ("additionalArguments", ["--experimental.localPlugins.demo.moduleName=example.org/demo"], "plugins do not work yet"),
    ("experimental/fastProxy/enabled", True, "one engine"),
    ("experimental/v3/enabled", True, "experimental.v3"),
    ("tracing/serviceName", "edge", "tracing has no effect without"),
    ("gateway/enabled", True, "gateway and gatewayClass have no effect"),
    ("podSecurityPolicy/enabled", True, "podSecurityPolicy has no effect"),
    ("rbac/aggregateTo", ["admin"], "aggregateTo has no effect"),
    ("global/azure/enabled", True, "global.azure has no effect"),
    ("deployment/goMemLimitPercentage", 0.9, "no garbage collector"),
    ("metrics/prometheus/disableAPICheck", True, "disableAPICheck has no effect"),
    ("ingressClass/fallbackApiVersion", "v1", "fallbackApiVersion has no effect"),
    ("image/repository", "traefik", "an image of Traefik"),
    ("certificatesResolvers/le/acme/email", "a@example.org", "write persistence.enabled"),
    ("rbac/namespaced", True, "kept to namespaces"),
    ("versionOverride", "v3.5.0", "versionOverride has no effect"),
]

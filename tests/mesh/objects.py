"""What sets of objects are made of: a whole service in one line, and each kind alone."""

ANNOTATION, LEGACY = "mesh.traefik.io", "maesh.containo.us"
# Ports of a Service as (port, targetPort, name, protocol); what is left out has its usual value.
HTTP = [(80, 8080)]


class Set:
    """Objects of one case, in the order in which they are made."""

    def __init__(self, name, variants=(), leaves=0):
        """With `leaves` the original keeps something of it for good: the larger, the later it comes."""
        assert len(name) <= 31, name
        self.name, self.variants, self.steps, self.leaves = name, tuple(variants), [], leaves
        self.other = f"{name}-b"
        self.objects = []
        self.pods = 0
        self.services = 0
        for namespace in [self.name, self.other]:
            self.namespace(namespace)

    # Whole things.

    def app(self, name="web", ports=HTTP, notes=None, pods=2, account=None, **more):
        """A Service with pods that are ready."""
        namespace, containers = more.get("namespace"), more.pop("containers", None)
        if containers is None:
            containers = [(target, protocol, port_name) for _, target, port_name, protocol in map(full, ports) if isinstance(target, int)]
        service = self.service(name, ports, notes, **more)
        self.account(account or name, namespace)
        made = [self.pod(f"{name}-{number}", account or name, containers, namespace=namespace) for number in range(pods)]
        self.endpoints(name, made, resolved(ports), namespace=namespace)
        return service

    def client(self, name="client", pods=1, namespace=None):
        """Pods that call others."""
        self.account(name, namespace)
        return [self.pod(f"{name}-{number}", name, [], namespace=namespace) for number in range(pods)]

    def then(self, apply=(), delete=()):
        """What happens after the objects were seen."""
        self.steps.append((list(apply), list(delete)))

    # Kinds.

    def namespace(self, name):
        self.objects.append({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})

    def account(self, name, namespace=None):
        return self.add("v1", "ServiceAccount", name, namespace)

    def service(self, name, ports=HTTP, notes=None, namespace=None, labels=None, annotations=None, **spec):
        self.services += 1
        written = {"selector": {"app": name}, "clusterIP": f"198.19.0.{9 + self.services}", "ports": list(map(port, ports))} | spec
        if written.get("type") == "ExternalName":
            del written["clusterIP"]
        notes = {f"{ANNOTATION}/{key}": value for key, value in (notes or {}).items()} | (annotations or {})
        return self.add("v1", "Service", name, namespace, labels, notes, spec={key: value for key, value in written.items() if value is not None})

    def pod(self, name, account, containers=(), namespace=None, labels=None, ip="", owner=None, **spec):
        """Containers are ports of one container, or a list of such lists for several."""
        self.pods += 1
        containers = list(containers)
        several = containers if containers and isinstance(containers[0], list) else [containers]
        address = ip if ip != "" else f"198.18.0.{self.pods}"
        body = {"serviceAccountName": account, "terminationGracePeriodSeconds": 0, "containers": [
            {"name": f"c{number}", "image": "none", "ports": list(map(container_port, ports))} for number, ports in enumerate(several)]} | spec
        made = self.add("v1", "Pod", name, namespace, labels, spec=body)
        if owner:
            made["metadata"]["ownerReferences"] = [owner]
        if address:
            made["status"] = {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}],
                              "conditions": [{"type": "Ready", "status": "True"}]}
        return name, address

    def endpoints(self, service, ready, ports, unready=(), namespace=None, references=True, labels=None):
        """As Endpoints and as an EndpointSlice."""
        where = namespace or self.name

        def address(pod):
            name, ip = pod
            return {"ip": ip, "targetRef": {"kind": "Pod", "name": name, "namespace": where}} if references else {"ip": ip}

        listed = [{"port": number, "protocol": protocol} | ({"name": name} if name else {}) for number, name, protocol in ports]
        subset = {"addresses": list(map(address, ready)), "notReadyAddresses": list(map(address, unready)), "ports": listed}
        subset = {key: value for key, value in subset.items() if value}
        self.add("v1", "Endpoints", service, namespace, labels, subsets=[subset] if ready or unready else [])
        entries = []
        for pod, is_ready in [*((one, True) for one in ready), *((one, False) for one in unready)]:
            name, ip = pod
            entry = {"addresses": [ip], "conditions": {"ready": is_ready, "serving": is_ready, "terminating": False}}
            entries.append(entry | ({"targetRef": address(pod)["targetRef"]} if references else {}))
        kind = "IPv6" if any(":" in ip for _, ip in [*ready, *unready]) else "IPv4"
        slice_labels = {"kubernetes.io/service-name": service, "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"}
        self.add("discovery.k8s.io/v1", "EndpointSlice", f"{service}-slice", namespace, slice_labels | (labels or {}), addressType=kind,
                 endpoints=entries, ports=[{"port": number, "protocol": protocol, "name": name or ""} for number, name, protocol in ports])

    def group(self, name, *matches, **more):
        """Matches as (name, path, methods, headers)."""
        def match(one):
            name, path, methods, headers = (*one, None, None, None)[:4]
            return {key: value for key, value in {"name": name, "pathRegex": path, "methods": methods, "headers": headers}.items() if value is not None}

        return self.add("specs.smi-spec.io/v1alpha3", "HTTPRouteGroup", name, spec={"matches": list(map(match, matches))}, **more)

    def tcp_route(self, name, **more):
        return self.add("specs.smi-spec.io/v1alpha3", "TCPRoute", name, spec={}, **more)

    def split(self, name, root, backends, matches=(), **more):
        """Backends as {service: weight} or pairs."""
        pairs = backends.items() if isinstance(backends, dict) else backends
        spec = {"service": root, "backends": [{"service": service, "weight": weight} for service, weight in pairs]}
        if matches:
            spec["matches"] = [{"kind": "HTTPRouteGroup", "name": name} for name in matches]
        return self.add("split.smi-spec.io/v1alpha3", "TrafficSplit", name, spec=spec, **more)

    def target(self, name, destination, sources=("client",), rules=None, port=None, to=None, **more):
        """Sources as names or (name, namespace); rules as (kind, name, matches); no namespace where it is None."""
        end = {"kind": "ServiceAccount", "name": destination}
        if to is not False:
            end["namespace"] = to or self.name
        if port is not None:
            end["port"] = port
        spec = {"destination": end}
        if sources is not None:
            spec["sources"] = [self.source(one) for one in sources]
        if rules is not None:
            spec["rules"] = [{"kind": kind, "name": name} | ({"matches": list(*matches)} if matches else {}) for kind, name, *matches in rules]
        return self.add("access.smi-spec.io/v1alpha2", "TrafficTarget", name, spec=spec, **more)

    def source(self, one):
        name, namespace = one if isinstance(one, tuple) else (one, self.name)
        return {"kind": "ServiceAccount", "name": name} | ({"namespace": namespace} if namespace is not None else {})

    def add(self, version, kind, name, namespace=None, labels=None, annotations=None, **body):
        meta = {"name": name, "namespace": namespace or self.name} | ({"labels": labels} if labels else {}) \
            | ({"annotations": annotations} if annotations else {})
        made = {"apiVersion": version, "kind": kind, "metadata": meta} | body
        self.objects.append(made)
        return made

    def take(self, *made):
        """Leaves objects out that were made for a later step."""
        self.objects = [one for one in self.objects if not any(one is other for other in made)]
        return list(made)


def full(written):
    number, target, name, protocol = (*written, None, None, None)[:4] if isinstance(written, tuple) else (written, None, None, None)
    return number, target if target is not None else number, name, protocol or "TCP"


def port(written):
    number, target, name, protocol = full(written)
    return {"port": number, "targetPort": target, "protocol": protocol} | ({"name": name} if name else {})


def container_port(written):
    number, protocol, name = (*written, None, None)[:3] if isinstance(written, tuple) else (written, None, None)
    return {"containerPort": number, "protocol": protocol or "TCP"} | ({"name": name} if name else {})


def resolved(ports):
    """What Endpoints say of a Service's ports; a name that is a target port is 8080 there."""
    return [(target if isinstance(target, int) else 8080, name, protocol) for _, target, name, protocol in map(full, ports)]

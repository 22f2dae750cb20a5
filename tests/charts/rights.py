"""What the ServiceAccount of the chart may do: all that the program watches and writes, and nothing besides."""

OURS = ["ingressroutes", "ingressroutetcps", "ingressrouteudps", "middlewares", "middlewaretcps", "serverstransports",
        "serverstransporttcps", "tlsoptions", "tlsstores", "traefikservices",
        "proxyconfigurations", "metrics", "tracings"]
SEE = ("list", "watch")
VERBS = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"]
# What everybody may who has signed in.
EVERYBODY = {("authorization.k8s.io", "selfsubjectaccessreviews", "create"), ("authorization.k8s.io", "selfsubjectrulesreviews", "create"),
             ("authentication.k8s.io", "selfsubjectreviews", "create")}

SHARED = {("", name, verb) for name in ["services", "secrets"] for verb in SEE} \
    | {("discovery.k8s.io", "endpointslices", verb) for verb in SEE} | {("", "events", "create")}
CRD = SHARED | {("", "configmaps", verb) for verb in SEE} \
    | {(group, name, verb) for group in ["traefik.io", "traefik.containo.us"] for name in OURS for verb in SEE} \
    | {(group, f"{name}/status", "patch") for group in ["traefik.io", "traefik.containo.us"] for name in OURS}
INGRESS = SHARED | {("networking.k8s.io", "ingresses", verb) for verb in SEE}
STATUS = {("networking.k8s.io", "ingresses/status", "patch")}
CLUSTER = {("", "nodes", verb) for verb in SEE}
CLASSES = {("networking.k8s.io", "ingressclasses", verb) for verb in SEE}
MAKE_LEASE = {("coordination.k8s.io", "leases", "create")}
CRD_LEASE = MAKE_LEASE | {("coordination.k8s.io", "leases/windrose-status", verb) for verb in ["get", "update"]}
INGRESS_LEASE = MAKE_LEASE | {("coordination.k8s.io", "leases/windrose-ingress-status", verb) for verb in ["get", "update"]}
LEASE = CRD_LEASE | INGRESS_LEASE
CERTIFICATES = {(group, name, verb) for group, name in [("", "secrets"), ("coordination.k8s.io", "leases")]
                for verb in ["get", "list", "watch", "create", "update", "patch", "delete"]}


def token_of(cluster, namespace, name):
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
    code, answer = cluster.ask("POST", path, {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}})
    assert code == 201, answer
    return answer["status"]["token"]


def rights(cluster, token, namespace):
    """All that a token may do in a namespace and in the cluster, as (group, resource, verb)."""
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview", "spec": {"namespace": namespace}}
    code, answer = cluster.ask("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", body, token=token)
    assert code == 201, answer
    found = set()
    for rule in answer["status"]["resourceRules"]:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                names = [f"{resource}/{name}" for name in rule.get("resourceNames") or []] or [resource]
                found |= {(group, name, verb) for name in names for verb in rule["verbs"]}
    return found - EVERYBODY


def allowed(cluster, account, group, resource, verb, namespace=None, name=None):
    """What the server's own decision on a single request is."""
    space, _, owner = account.partition("/")
    base, _, part = resource.partition("/")
    attributes = {"group": group, "resource": base, "subresource": part, "verb": verb}
    attributes |= {"namespace": namespace} if namespace else {}
    attributes |= {"name": name} if name else {}
    spec = {"user": f"system:serviceaccount:{space}:{owner}", "resourceAttributes": attributes,
            "groups": ["system:serviceaccounts", f"system:serviceaccounts:{space}", "system:authenticated"]}
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
    code, answer = cluster.ask("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", body)
    assert code == 201, answer
    return answer["status"]["allowed"]

"""The mesh as its chart installs it: real cluster DNS, the proxy of the node, ServiceAccounts on both nodes."""

import json

from client import Client
from cluster import until
from gateway import CHARTS, whoami
from load import LoadOf

NAMESPACE, SHOP = "traefik-mesh", "shop"
IMAGE = {"name": "windrose.test/windrose", "tag": "1"}


def corefile(whole):
    return whole.got("v1", "ConfigMap", "coredns", "kube-system")["data"]["Corefile"]


def upgrade(whole, **more):
    whole.helm.must("upgrade", "--install", "mesh", CHARTS / "windrose-mesh", "--namespace", NAMESPACE, "--create-namespace",
                    values={"image": IMAGE, **more})
    for kind, name in [("Deployment", "traefik-mesh-controller"), ("DaemonSet", "traefik-mesh-proxy")]:
        whole.settled(NAMESPACE, name, kind)


def answered(client, url, **more):
    told = client.http(url, **more)
    return told["status"] if told else 0


def who(client, url):
    """The pod that answers, if one does."""
    told = client.http(url)
    return told["body"].split()[1] if told and told["status"] == 200 else None


def names_of_the_mesh_resolve_in_pods(whole):
    """A chart, real CoreDNS, and a client on each node: no name is known but to the mesh."""
    whole.before = corefile(whole)
    whole.make({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SHOP}})
    for account in ["friend", "stranger", "server"]:
        whole.make({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": account, "namespace": SHOP}})
    for object in whoami("whoami", namespace=SHOP, serviceAccountName="server"):
        whole.make(object)
    whole.clients = {(account, node.name): Client(whole, SHOP, f"{account}-{node.name}", account, node.name)
                     for account in ["friend", "stranger"] for node in whole.nodes}
    upgrade(whole)
    whole.settled(SHOP, "whoami")
    for client in whole.clients.values():
        client.ready()
    names = {one["metadata"]["name"] for one in whole.pods_of(SHOP, app="whoami")}
    proxies = {one["spec"]["nodeName"]: one for one in whole.pods_of(NAMESPACE, component="maesh-mesh")}
    until("CoreDNS has been told", lambda: "traefik.mesh" in corefile(whole), 30)
    # The controller has it start anew for that.
    whole.settled("kube-system", "coredns")
    for node in whole.nodes:
        client = whole.clients["friend", node.name]
        for zone in ["traefik.mesh", "maesh"]:
            until(f"{zone} answers on {node.name}", lambda: answered(client, f"http://whoami.{SHOP}.{zone}") == 200, 60)
        # Both servers are known to the proxy of this node.
        until("both have their turns", lambda: {who(client, f"http://whoami.{SHOP}.traefik.mesh") for _ in names} == names, 60)
        seen = set()
        for _ in range(20):
            told = client.http(f"http://whoami.{SHOP}.traefik.mesh")
            assert told["status"] == 200, told
            body = told["body"]
            seen.add(body.split()[1])
            assert f"X-Forwarded-For: {client.address}\n" in body.replace("\r", ""), body
            # Asked of the proxy of the client's own node.
            assert f"RemoteAddr: {proxies[node.name]['status']['podIP']}:" in body, (node.name, body)
        assert seen == names, seen
        plain = client.http(f"http://whoami.{SHOP}.svc.cluster.local")
        assert plain["status"] == 200 and "X-Forwarded" not in plain["body"], plain
        assert answered(client, f"http://whoami.{SHOP}") == 200


def pods_are_replaced_behind_the_mesh(whole):
    client = whole.clients["friend", "two"]
    with LoadOf(client, f"http://whoami.{SHOP}.traefik.mesh/") as load:
        for turn in range(4):
            template = {"metadata": {"annotations": {"turn": str(turn)}}}
            whole.changed("apps/v1", "Deployment", "whoami", {"spec": {"replicas": 4 - turn % 2, "template": template}}, SHOP)
            whole.settled(SHOP, "whoami")
    assert len(load.result["by"]) > 8, load.result


def the_mesh_is_updated_under_load(whole):
    """Proxies and controllers are replaced while pods ask through them."""
    client = whole.clients["friend", "one"]
    with LoadOf(client, f"http://whoami.{SHOP}.traefik.mesh/"):
        upgrade(whole, proxy={"podAnnotations": {"version": "2"}}, controller={"replicas": 1})
        # Those that were there before end while this goes on.
        until("the old proxies are gone", lambda: len(whole.objects.listed("v1", "Pod", NAMESPACE)) == 3, 60)


def dns_servers_of_the_mesh_are_replaced(whole):
    """With the zone of its own, names go by CoreDNS to the mesh's DNS server, which nobody misses while it is replaced."""
    upgrade(whole, windroseZone=True)
    client = whole.clients["stranger", "two"]
    url = f"http://whoami.{SHOP}.windrose.mesh/"
    until("the zone answers", lambda: answered(client, url) == 200, 90)
    for namespace, name in [(NAMESPACE, "traefik-mesh-dns"), ("kube-system", "coredns")]:
        whole.settled(namespace, name)
    before = {one["metadata"]["name"] for one in whole.pods_of(NAMESPACE, component="dns")}
    with LoadOf(client, url):
        whole.changed("apps/v1", "Deployment", "traefik-mesh-dns", {"spec": {"template": {"metadata": {"annotations": {"turn": "1"}}}}}, NAMESPACE)
        whole.settled(NAMESPACE, "traefik-mesh-dns")
        until("the old ones are gone", lambda: not before & {
            one["metadata"]["name"] for one in whole.objects.listed("v1", "Pod", NAMESPACE)}, 60)
        for _ in range(10):
            # Not remembered by CoreDNS.
            assert "no such host" in client.asked("/lookup", name=f"gone-{whole.count()}.{SHOP}.windrose.mesh")["error"]


def access_goes_by_service_account(whole):
    """With ACL nobody is let in but whom a target names, on either node; what a client says of itself counts for nothing."""
    upgrade(whole, acl=True, windroseZone=True)
    url = f"http://whoami.{SHOP}.traefik.mesh/api"
    for client in whole.clients.values():
        until("nobody is allowed", lambda: answered(client, url) == 403, 30)
    whole.make({"apiVersion": "specs.smi-spec.io/v1alpha4", "kind": "HTTPRouteGroup", "metadata": {"name": "read", "namespace": SHOP},
                "spec": {"matches": [{"name": "api", "pathRegex": "/api", "methods": ["GET"]}]}})
    target = {"apiVersion": "access.smi-spec.io/v1alpha3", "kind": "TrafficTarget", "metadata": {"name": "friends", "namespace": SHOP},
              "spec": {"destination": {"kind": "ServiceAccount", "name": "server", "namespace": SHOP},
                       "rules": [{"kind": "HTTPRouteGroup", "name": "read"}],
                       "sources": [{"kind": "ServiceAccount", "name": "friend", "namespace": SHOP}]}}
    whole.make(target)
    proxies = whole.pods_of(NAMESPACE, component="maesh-mesh")
    for (account, node), client in whole.clients.items():
        wanted = 200 if account == "friend" else 403
        until(f"{account} on {node} is told {wanted}", lambda: answered(client, url) == wanted, 30)
        assert answered(client, f"http://whoami.{SHOP}.traefik.mesh/other") == 403
        # The other node's proxy says the same as one's own, and believes no header.
        friend = whole.clients["friend", node].address
        for proxy in proxies:
            direct = f"http://{proxy['status']['podIP']}:5000/api"
            host = f"whoami.{SHOP}.traefik.mesh"
            assert answered(client, direct, host=host) == wanted, (account, node, proxy["spec"]["nodeName"])
            for name, value in [("X-Forwarded-For", friend), ("X-Real-Ip", friend), ("Forwarded", f"for={friend}")]:
                assert answered(client, direct, host=host, name=name, value=value) == wanted, (account, name)
    whole.remove("access.smi-spec.io/v1alpha3", "TrafficTarget", "friends", SHOP)
    for client in whole.clients.values():
        until("nobody is allowed any more", lambda: answered(client, url) == 403, 30)


def uninstalling_leaves_dns_as_it_was(whole):
    whole.helm.must("uninstall", "mesh", "--namespace", NAMESPACE)
    assert corefile(whole) == whole.before, json.dumps(corefile(whole))
    left = [one["metadata"]["name"] for one in whole.objects.listed("v1", "Service", NAMESPACE)]
    assert left == [], left
    client = whole.clients["friend", "one"]
    until("the names are gone", lambda: client.asked("/lookup", name=f"whoami.{SHOP}.traefik.mesh")["error"], 60)
    assert answered(client, f"http://whoami.{SHOP}") == 200


CASES = [names_of_the_mesh_resolve_in_pods, pods_are_replaced_behind_the_mesh, the_mesh_is_updated_under_load,
         dns_servers_of_the_mesh_are_replaced,
         access_goes_by_service_account, uninstalling_leaves_dns_as_it_was]

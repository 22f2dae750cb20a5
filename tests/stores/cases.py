"""Sets of keys below the root. `ours` says what is meant to differ from Traefik: the routers of ours, with their rules."""

SERVER = {"http/services/s/loadBalancer/servers/0/url": "http://127.0.0.1:9"}
ROUTER = {"http/routers/r/rule": "Host(`a.example.org`)", "http/routers/r/service": "s", **SERVER}


def with_router(more, **fields):
    return {"keys": {**ROUTER, **more}, **fields}


CASES = [
    {"name": "a router and a service", **with_router({"http/services/s/loadBalancer/servers/1/url": "http://127.0.0.2:9"})},
    {"name": "a list by positions", **with_router({"http/routers/r/entryPoints/0": "web", "http/routers/r/entryPoints/1": "other"})},
    {"name": "a list by commas", **with_router({"http/routers/r/entryPoints": "web, other"})},
    {"name": "names of options in any case", **with_router({"http/routers/r/ENTRYPOINTS/0": "web", "http/routers/r/Priority": "7"})},
    {"name": "TLS that is switched on", **with_router({"http/routers/r/tls": "true"})},
    {"name": "TLS with domains", **with_router({
        "http/routers/r/tls/domains/0/main": "a.example.org", "http/routers/r/tls/domains/0/sans/0": "b.example.org",
        "http/routers/r/tls/domains/0/sans/1": "c.example.org",
    })},
    {"name": "TLS options by name", **with_router({
        "http/routers/r/tls/options": "strict", "tls/options/strict/minVersion": "VersionTLS13", "tls/options/strict/sniStrict": "true",
    })},
    {"name": "middlewares in their order", **with_router({
        "http/routers/r/middlewares/0": "strip", "http/routers/r/middlewares/1": "fields",
        "http/middlewares/strip/stripPrefix/prefixes/0": "/a", "http/middlewares/strip/stripPrefix/prefixes/1": "/b",
        "http/middlewares/fields/headers/customRequestHeaders/X-Name": "value",
        "http/middlewares/fields/headers/customResponseHeaders/X-Gone": "",
    })},
    {"name": "ten and more middlewares are in the order of their keys", **with_router({
        **{f"http/routers/r/middlewares/{n}": f"m{n}" for n in range(12)},
        **{f"http/middlewares/m{n}/addPrefix/prefix": f"/{n}" for n in range(12)},
    })},
    {"name": "a middleware without options", **with_router({
        "http/routers/r/middlewares": "c", "http/middlewares/c/compress": "true",
    })},
    {"name": "users by commas", **with_router({
        "http/routers/r/middlewares/0": "u",
        "http/middlewares/u/basicAuth/users": "test:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/,test2:$apr1$d9hr9HBB$4HxwgUir3HP4EsggP/QNo0",
    })},
    {"name": "sessions and health", **with_router({
        "http/services/s/loadBalancer/sticky/cookie/name": "c", "http/services/s/loadBalancer/sticky/cookie/secure": "true",
        "http/services/s/loadBalancer/healthCheck/path": "/up", "http/services/s/loadBalancer/healthCheck/interval": "10s",
        "http/services/s/loadBalancer/passHostHeader": "false",
    })},
    {"name": "a weighted service", "keys": {
        "http/routers/r/rule": "Path(`/w`)", "http/routers/r/service": "w", **SERVER,
        "http/services/w/weighted/services/0/name": "s", "http/services/w/weighted/services/0/weight": "3",
        "http/services/w/weighted/services/1/name": "t", "http/services/t/loadBalancer/servers/0/url": "http://127.0.0.1:8",
    }},
    {"name": "a mirroring service", "keys": {
        "http/routers/r/rule": "Path(`/m`)", "http/routers/r/service": "m", **SERVER,
        "http/services/m/mirroring/service": "s", "http/services/m/mirroring/mirrors/0/name": "s",
        "http/services/m/mirroring/mirrors/0/percent": "10",
    }},
    {"name": "a service with failover", "keys": {
        "http/routers/r/rule": "Path(`/f`)", "http/routers/r/service": "f", **SERVER,
        "http/services/f/failover/service": "s", "http/services/f/failover/fallback": "s",
    }},
    {"name": "a transport", **with_router({
        "http/services/s/loadBalancer/serversTransport": "t", "http/serversTransports/t/insecureSkipVerify": "true",
        "http/serversTransports/t/maxIdleConnsPerHost": "7",
    })},
    {"name": "TCP", "keys": {
        "tcp/routers/t/rule": "HostSNI(`*`)", "tcp/routers/t/service": "t", "tcp/routers/t/entryPoints/0": "other",
        "tcp/services/t/loadBalancer/servers/0/address": "127.0.0.1:9", "tcp/services/t/loadBalancer/servers/1/address": "127.0.0.2:9",
    }},
    {"name": "UDP", "keys": {
        "udp/routers/u/service": "u", "udp/routers/u/entryPoints/0": "dns",
        "udp/services/u/loadBalancer/servers/0/address": "127.0.0.1:9",
    }},
    {"name": "keys of others below the root", **with_router({"acme/account/object": "x", "leader": "y"})},
    {"name": "a router whose service is missing", "keys": {"http/routers/r/rule": "Path(`/`)", "http/routers/r/service": "none"}},
    {"name": "a rule that is none", **with_router({"http/routers/r/rule": "Hosst(`a`)"})},
    # One key does not cost the whole store, as it does there.
    {"name": "a field that nobody knows", **with_router({"http/routers/x/rule": "Path(`/x`)", "http/routers/x/servise": "s"}),
     "ours": {"r": "Host(`a.example.org`)"}, "told": "http/routers/x/servise"},
    {"name": "a value of the wrong kind", **with_router({"http/routers/x/rule": "Path(`/x`)", "http/routers/x/priority": "high"}),
     "ours": {"r": "Host(`a.example.org`)"}, "told": "http/routers/x/priority"},
]


def instance(name, *tags, **more):
    return {"name": name, "id": more.pop("id", f"{name}-1"), "tags": list(tags), "address": "10.0.0.1", "port": 80,
            "node": "n1", "status": "passing", **more}


RULE = "traefik.http.routers.r.rule=Path(`/r`)"

# Options of the catalog, and instances of services. What they come to has to be equal, save where `ours` is written.
CATALOG = [
    {"name": "a service without tags", "instances": [instance("web")]},
    {"name": "a name that is made one", "instances": [instance("Web_App.v2")]},
    {"name": "two instances", "instances": [instance("web"), instance("web", id="web-2", address="10.0.0.2", port=81)]},
    {"name": "a router by tags", "instances": [instance("web", RULE, "traefik.http.routers.r.entrypoints=web")]},
    {"name": "a port by tags", "instances": [instance("web", RULE, "traefik.http.services.s.loadbalancer.server.port=99",
                                                     "traefik.http.services.s.loadbalancer.server.scheme=https")]},
    {"name": "the address of the node", "instances": [instance("web", address="")], "only": "consulcatalog"},
    {"name": "one that is switched off", "instances": [instance("web"), instance("off", "traefik.enable=false")]},
    {"name": "one that is switched on", "options": {"exposedbydefault": "false"},
     "instances": [instance("web", "traefik.enable=true"), instance("off")]},
    {"name": "constraints", "options": {"constraints": "Tag(`blue`) && !TagRegex(`^v0`)"},
     "instances": [instance("web", "blue"), instance("green", "green"), instance("old", "blue", "v01")]},
    {"name": "a prefix", "options": {"prefix": "edge"},
     "instances": [instance("web", "edge.http.routers.r.rule=Path(`/r`)", "traefik.http.routers.x.rule=Path(`/x`)")]},
    {"name": "a rule for all", "options": {"defaultrule": "Host(`{{ .Name }}.example.org`)"}, "instances": [instance("web")]},
    {"name": "a canary", "instances": [instance("web"), instance("web", "traefik.CATALOG.canary=true", "v=2", id="web-2", port=81)]},
    {"name": "middlewares", "instances": [instance("web", RULE, "traefik.http.routers.r.middlewares=m",
                                                   "traefik.http.middlewares.m.addprefix.prefix=/p")]},
    {"name": "TCP", "instances": [instance("db", "traefik.tcp.routers.t.rule=HostSNI(`*`)", "traefik.tcp.routers.t.entrypoints=other",
                                           "traefik.tcp.services.t.loadbalancer.server.port=5432")]},
    {"name": "UDP", "instances": [instance("dns", "traefik.udp.routers.u.entrypoints=dns", "traefik.udp.services.u.loadbalancer.server.port=53")]},
    {"name": "one that is ill", "instances": [instance("web"), instance("ill", status="critical"), instance("so", status="warning")],
     "only": "consulcatalog"},
    {"name": "only those that are well", "options": {"strictchecks": "passing"}, "only": "consulcatalog",
     "instances": [instance("web"), instance("so", status="warning")]},
    {"name": "one without a port", "instances": [instance("web"), instance("none", port=0)],
     "ours": {"web": "Host(`web`)"}},
]

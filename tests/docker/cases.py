"""Labels in, the same routing out of both.

A container is its name, its labels, and arguments of `docker run`; `created` is one that is not started, `checked` one
with a health check. `healthy` and `sick` name those that are to become it first. Where `ours` is written, Windrose differs on purpose,
`why` says so, and its routers must be exactly those.
"""

import labels


def rule(router, text):
    return f"traefik.http.routers.{router}.rule={text}"


def port(service, number):
    return f"traefik.http.services.{service}.loadbalancer.server.port={number}"


DEFAULTS = [
    {"name": "no labels at all", "containers": [("plain_1", [])]},
    {"name": "a rule", "containers": [("web", [rule("r", "Host(`a.example.org`)")])]},
    {"name": "names of compose", "containers": [
        ("shop-web-1", ["com.docker.compose.project=my_shop", "com.docker.compose.service=web.api"])]},
    {"name": "cases of names", "containers": [
        ("web", ["traefik.http.routers.R.Rule=Host(`x`)", "traefik.http.Routers.r.EntryPoints=web"])]},
    {"name": "the last of two spellings", "containers": [
        ("web", ["traefik.http.routers.r.Rule=Host(`x`)", "traefik.http.routers.r.rule=Host(`y`)"])]},
    {"name": "another root of routing", "containers": [("web", ["Traefik.http.routers.r.rule=Host(`x`)"])]},
    {"name": "another root of a switch", "containers": [("web", ["TRAEFIK.enable=true", rule("r", "Host(`x`)")])]},
    {"name": "labels of others", "containers": [("web", ["x.traefik.http.routers.r.rule=y", "traefikx.enable=false"])]},
    {"name": "switched off", "containers": [("web", ["traefik.enable=false", rule("r", "Host(`x`)")])]},
    {"name": "switched off in another case", "containers": [("web", ["traefik.Enable=false"])]},
    {"name": "a switch that is no boolean", "containers": [("web", ["traefik.enable=yes"])]},
    {"name": "several routers and services", "containers": [
        ("web", [rule("a", "Host(`a`)"), rule("b", "Host(`b`) && PathPrefix(`/b`)"), port("s", 80), port("t", 81),
                 "traefik.http.routers.a.service=s", "traefik.http.routers.b.service=t",
                 "traefik.http.routers.b.priority=7"])]},
    {"name": "one service for several routers", "containers": [
        ("web", [rule("a", "Host(`a`)"), rule("b", "Host(`b`)"), port("s", 8080)])]},
    {"name": "several services and no router", "containers": [("web", [port("s", 80), port("t", 81)])]},
    {"name": "a service alone", "containers": [("web", [port("s", 8080)])]},
    {"name": "a middleware alone", "containers": [("web", ["traefik.http.middlewares.m.stripprefix.prefixes=/a"])]},
    {"name": "a router without a rule", "containers": [("web", ["traefik.http.routers.r.entrypoints=web"])]},
    {"name": "scheme and options of a server", "containers": [
        ("web", [port("s", 8443), "traefik.http.services.s.loadbalancer.server.scheme=https",
                 "traefik.http.services.s.loadbalancer.server.weight=3",
                 "traefik.http.services.s.loadbalancer.server.preservepath=true",
                 "traefik.http.services.s.loadbalancer.passhostheader=false"])]},
    {"name": "a url in place of a server", "containers": [
        ("web", ["traefik.http.services.s.loadbalancer.server.url=http://192.0.2.1:81"])]},
    {"name": "lists with blanks", "containers": [
        ("web", [rule("r", "Host(`x`)"), "traefik.http.routers.r.entrypoints= web , traefik",
                 "traefik.http.routers.r.middlewares=one, two@docker",
                 "traefik.http.middlewares.one.stripprefix.prefixes=/a, /b",
                 "traefik.http.middlewares.two.addprefix.prefix=/c"])]},
    {"name": "middlewares of many kinds", "containers": [
        ("web", [rule("r", "Host(`x`)"), "traefik.http.routers.r.middlewares=head,scheme,regex,allow,again",
                 "traefik.http.middlewares.head.headers.customrequestheaders.X-Kept-Case=Value, with comma",
                 "traefik.http.middlewares.head.headers.customresponseheaders.Server=",
                 "traefik.http.middlewares.scheme.redirectscheme.scheme=https",
                 "traefik.http.middlewares.scheme.redirectscheme.permanent=true",
                 "traefik.http.middlewares.regex.redirectregex.regex=^http://x/(.*)",
                 "traefik.http.middlewares.regex.redirectregex.replacement=http://y/${1}",
                 "traefik.http.middlewares.allow.ipallowlist.sourcerange=127.0.0.1/32, 192.168.1.7",
                 "traefik.http.middlewares.again.retry.attempts=4"])]},
    {"name": "tls switched on", "containers": [("web", [rule("r", "Host(`x`)"), "traefik.http.routers.r.tls=true"])]},
    {"name": "tls with nothing behind it", "containers": [("web", [rule("r", "Host(`x`)"), "traefik.http.routers.r.tls="])]},
    {"name": "tls that is no boolean", "containers": [("web", [rule("r", "Host(`x`)"), "traefik.http.routers.r.tls=yes"])],
     "ours": {"r@docker": "Host(`x`)"}, "why": "no TLS in both; ours says so, and has status warning"},
    {"name": "the lowest port", "containers": [("web", [], "--expose", "8080", "--expose", "79/udp", "--expose", "443")]},
    {"name": "two containers, one service", "containers": [
        ("one", [rule("r", "Host(`x`)"), port("s", 80)]), ("two", [rule("r", "Host(`x`)"), port("s", 80)])]},
    {"name": "two containers, ports that differ", "containers": [
        ("one", [rule("r", "Host(`x`)"), port("s", 80)]), ("two", [rule("r", "Host(`x`)"), port("s", 81)])]},
    {"name": "a replica without labels of routing", "containers": [
        ("one", ["com.docker.compose.project=p", "com.docker.compose.service=web"]),
        ("two", ["com.docker.compose.project=p", "com.docker.compose.service=web"])]},
    {"name": "a network by label", "containers": [
        ("web", ["traefik.docker.network=front", rule("r", "Host(`x`)")], "--network", "front")]},
    {"name": "the network of another container", "containers": [
        ("owner", ["traefik.enable=false"], "--network", "back"),
        ("guest", [rule("r", "Host(`x`)"), port("s", 8080)], "--network", "container:owner")]},
    {"name": "the network of the host", "containers": [("web", [port("s", 8080)], "--network", "host")]},
    {"name": "starting and unhealthy ones are left out", "containers": [
        ("sick", [], "checked"), ("starting", [], "checked", "--health-interval", "1h")],
     "sick": ["sick"]},
    {"name": "one that is not started", "containers": [("idle", [rule("r", "Host(`x`)")], "created")]},
    {"name": "labels for containers that are stopped", "containers": [
        ("idle", ["traefik.docker.allownonrunning=true", rule("r", "Host(`x`)")], "created")]},
    {"name": "labels of Traefik 1", "containers": [("web", ["traefik.port=80", "traefik.frontend.rule=Host:x"])]},
    {"name": "an entry point with a comma behind it", "containers": [
        ("web", [rule("r", "Host(`x`)"), "traefik.http.routers.r.entrypoints=web,"])]},
    {"name": "a service of another provider", "containers": [
        ("web", [rule("r", "Host(`x`)"), "traefik.http.routers.r.service=api@internal"])]},
    {"name": "an unknown entry point", "containers": [
        ("web", [rule("r", "Host(`x`)"), "traefik.http.routers.r.entrypoints=none"])]},
    {"name": "an unknown middleware", "containers": [
        ("web", [rule("r", "Host(`x`)"), "traefik.http.routers.r.middlewares=none"])]},
    {"name": "a rule that is none", "containers": [("web", [rule("r", "Host(x)")])]},
    {"name": "transports and tls options are no labels", "containers": [
        ("web", [rule("r", "Host(`x`)"), "traefik.http.serverstransports.t.servername=x",
                 "traefik.tls.options.o.snistrict=true", "other.traefik.http=x"])]},
    {"name": "a switch with a wrong name", "containers": [("web", ["traefik.enabled=true", rule("r", "Host(`x`)")])]},
    {"name": "a label of the provider with a wrong name", "containers": [
        ("web", ["traefik.docker.netwrok=front", rule("r", "Host(`x`)")])]},
    {"name": "a section with a wrong name", "containers": [("web", ["traefik.http.router.r.rule=Host(`x`)"])]},
    {"name": "two containers, rules that differ", "containers": [
        ("old", [rule("r", "Host(`x`)"), port("s", 80)]), ("new", [rule("r", "Host(`y`)"), port("s", 80)])],
     "ours": {"r@docker": "Host(`x`)"}, "why": "the older one stays; Traefik drops both"},
    {"name": "a field with a wrong name", "containers": [
        ("web", [rule("bad", "Host(`x`)"), "traefik.http.routers.bad.entrypoint=web", rule("good", "Host(`y`)")])],
     "ours": {"bad@docker": None, "good@docker": "Host(`y`)"}, "why": "the rest of the container serves; Traefik drops all of it"},
    {"name": "tcp alone", "streams": True, "containers": [
        ("db", ["traefik.tcp.routers.r.rule=HostSNI(`db.example.org`)", "traefik.tcp.routers.r.tls.passthrough=true",
                "traefik.tcp.services.s.loadbalancer.server.port=5432"])]},
    {"name": "tcp with a service of its own, and http", "streams": True, "containers": [
        ("db", ["traefik.tcp.routers.r.rule=HostSNI(`*`)", rule("r", "Host(`x`)")])]},
    {"name": "udp alone", "streams": True, "containers": [
        ("dns", ["traefik.udp.services.s.loadbalancer.server.port=53"])]},
    {"name": "one port is written, one found", "containers": [
        ("web", [rule("a", "Host(`a`)"), "traefik.http.routers.a.service=s", port("s", 81), rule("b", "Host(`b`)"),
                 "traefik.http.routers.b.service=t", "traefik.http.services.t.loadbalancer.passhostheader=false"])]},
]

STRICT = [
    {"name": "only what is switched on", "containers": [("off", [rule("r", "Host(`x`)"), "env=test"]),
                                                        ("on", ["traefik.enable=true", "env=test"])]},
    {"name": "constraints", "containers": [
        ("good", ["traefik.enable=true", "env=test"]), ("team", ["traefik.enable=true", "env=prod", "team=a-7"]),
        ("bad", ["traefik.enable=true", "env=prod"])]},
    {"name": "the network of the provider", "containers": [
        ("web", ["traefik.enable=true", "env=test"], "--network", "front")]},
    {"name": "an empty label overrides the network", "containers": [
        ("web", ["traefik.enable=true", "env=test", "traefik.docker.network="], "--network", "front")]},
    {"name": "unhealthy ones keep their services", "containers": [
        ("sick", ["traefik.enable=true", "env=test"], "checked")], "sick": ["sick"]},
    {"name": "one that becomes healthy", "containers": [
        ("well", ["traefik.enable=true", "env=test"], "checked")], "healthy": ["well"]},
    {"name": "the default rule sees labels", "containers": [
        ("web", ["traefik.enable=true", "env=test", "com.docker.compose.service=api", "com.docker.compose.project=p"]),
        ("Other", ["traefik.enable=true", "env=test"])]},
]

BOUND = [
    {"name": "a published port", "containers": [
        ("web", [port("s", 80)], "--publish", "127.0.0.1:28080:80")]},
    {"name": "a port published everywhere", "containers": [("web", [port("s", 80)], "--publish", "28081:80")]},
    {"name": "a port that is not published", "containers": [
        ("web", [port("s", 8080)], "--publish", "127.0.0.1:28082:80")]},
    {"name": "the lowest port is published", "containers": [("web", [], "--publish", "127.0.0.1:28083:80")]},
]

GROUPS = [
    {"name": "defaults", "options": [], "cases": DEFAULTS},
    {"name": "strict", "cases": STRICT, "options": [
        "--providers.docker.exposedbydefault=false", "--providers.docker.network=front",
        "--providers.docker.allowemptyservices=true",
        "--providers.docker.constraints=Label(`env`,`test`) || (LabelRegex(`team`,`^a-[0-9]+$`) && !Label(`env`,`x`))",
        '--providers.docker.defaultrule=Host(`{{ .ContainerName | lower }}.{{ index .Labels "com.docker.compose.service" | default "none" }}.{{ normalize .Name }}`)',
    ]},
    {"name": "labels", "options": [], "points": {"other": "tcp", "tcp": "tcp", "udp": "udp"}, "cases": labels.CASES},
    {"name": "bound", "options": ["--providers.docker.usebindportip=true"], "cases": BOUND},
]

SWARM = {
    "plain": [port("plain", 80)],
    "vip": [port("vip", 80), "traefik.swarm.lbswarm=true", rule("vip", "Host(`vip`)")],
    "back": [port("back", 81), "traefik.swarm.network=sback"],
    "old": [port("old", 80), "traefik.docker.lbswarm=true"],
    "hidden": ["traefik.enable=false"],
}
SWARM_ROUTERS = 4

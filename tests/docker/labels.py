"""Every label there is, with a value that makes sense, and values that do not: one container for each set.

`told` are cases of which ours tells what Traefik is silent about: a warning of ours is none of Traefik's.
"""

M = "traefik.http.middlewares.m."
R = "traefik.http.routers.r."
S = "traefik.http.services.s.loadbalancer."
TR, TS, TM = "traefik.tcp.routers.r.", "traefik.tcp.services.s.loadbalancer.", "traefik.tcp.middlewares.m."
UR, US = "traefik.udp.routers.r.", "traefik.udp.services.s.loadbalancer."
HASH = "who:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/"


def middleware(kind, *options):
    """A middleware that a router uses."""
    return {"name": f"middleware {kind} {' '.join(options)}"[:90], "containers": [
        ("web", [R + "rule=Host(`x`)", R + "middlewares=m", *(M + kind + (f".{option}" if option[0] != "=" else option) for option in options)])]}


def differs(case, why, rule="Host(`x`)"):
    """A case whose router must be there with this rule, while the rest differs on purpose."""
    return {**case, "ours": {"r@docker": rule}, "why": why}


def told(case):
    return {**case, "told": True}


def router(*options, rule="Host(`x`)"):
    return {"name": f"router {rule} {' '.join(options)}"[:90], "containers": [
        ("web", [R + f"rule={rule}", *(R + option for option in options)])]}


def service(*options):
    return {"name": f"service {' '.join(options)}"[:90], "containers": [
        ("web", [R + "rule=Host(`x`)", S + "server.port=80", *(S + option for option in options)])]}


def tcp(*labels):
    return {"name": f"tcp {' '.join(label.split('.', 3)[3] for label in labels)}"[:90], "streams": True, "containers": [
        ("db", [TR + "rule=HostSNI(`db.example.org`)", TR + "tls=true", TS + "server.port=5432", *labels])]}


def udp(*labels):
    return {"name": f"udp {' '.join(label.split('.', 3)[3] for label in labels)}"[:90], "streams": True, "containers": [
        ("dns", [US + "server.port=53", *labels])]}


MIDDLEWARES = [
    middleware("addprefix", "prefix=/a"),
    middleware("basicauth", f"users={HASH}"),
    middleware("basicauth", f"users={HASH}, other:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/", "realm=home", "removeheader=true", "headerfield=X-User"),
    middleware("basicauth", "usersfile=/nowhere"),
    middleware("basicauth", "users="),
    middleware("buffering", "maxrequestbodybytes=1000", "memrequestbodybytes=100", "maxresponsebodybytes=1000", "memresponsebodybytes=100"),
    middleware("buffering", "retryexpression=IsNetworkError() && Attempts() < 2"),
    middleware("buffering", "retryexpression=Nonsense("),
    {"name": "middleware chain", "containers": [
        ("web", [R + "rule=Host(`x`)", R + "middlewares=m", M + "chain.middlewares=one, two",
                 "traefik.http.middlewares.one.addprefix.prefix=/1", "traefik.http.middlewares.two.addprefix.prefix=/2"])]},
    middleware("circuitbreaker", "expression=NetworkErrorRatio() > 0.5"),
    middleware("circuitbreaker", "expression=LatencyAtQuantileMS(50.0) > 100", "checkperiod=1s", "fallbackduration=2s", "recoveryduration=3s", "responsecode=503"),
    middleware("circuitbreaker", "expression=Latency > 1"),
    middleware("compress", "=true"),
    middleware("compress", "=false"),
    middleware("compress", "encodings=gzip, br", "minresponsebodybytes=10"),
    middleware("compress", "excludedcontenttypes=text/event-stream", "defaultencoding=gzip"),
    middleware("compress", "includedcontenttypes=text/html, text/plain"),
    middleware("contenttype", "=true"),
    middleware("contenttype", "autodetect=true"),
    middleware("digestauth", "users=test:traefik:a2688e031edb4be6a3797f3882655c05", "realm=traefik", "removeheader=true", "headerfield=X-User"),
    middleware("errors", "status=500-599, 404", "query=/{status}.html", "service=web"),
    middleware("errors", "status=418", "service=web", "statusrewrites.418=404"),
    middleware("forwardauth", "address=http://auth.test/verify"),
    middleware("forwardauth", "address=https://auth.test/verify", "trustforwardheader=true", "authresponseheaders=X-User, X-Group", "tls.insecureskipverify=true"),
    middleware("forwardauth", "address=http://auth.test/", "authrequestheaders=Cookie", "authresponseheadersregex=^X-", "addauthcookiestoresponse=session"),
    middleware("forwardauth", "address=http://auth.test/", "forwardbody=true", "maxbodysize=1000", "preservelocationheader=true", "preserverequestmethod=true", "headerfield=X-User"),
    middleware("grpcweb", "alloworigins=*"),
    middleware("headers", "framedeny=true", "contenttypenosniff=true", "browserxssfilter=true", "referrerpolicy=no-referrer"),
    middleware("headers", "stsseconds=31536000", "stsincludesubdomains=true", "stspreload=true", "forcestsheader=true"),
    middleware("headers", "accesscontrolallowmethods=GET,OPTIONS,PUT", "accesscontrolallowheaders=*", "accesscontrolalloworiginlist=https://a.test,https://b.test", "accesscontrolmaxage=100", "addvaryheader=true", "accesscontrolallowcredentials=true", "accesscontrolexposeheaders=X-A"),
    middleware("headers", "accesscontrolalloworiginlistregex=^https://.*$"),
    middleware("headers", "customrequestheaders.X-Script-Name=test", "customresponseheaders.X-Custom=a, b"),
    middleware("headers", "sslproxyheaders.X-Forwarded-Proto=https", "hostsproxyheaders=X-Forwarded-Host", "allowedhosts=x, y"),
    middleware("headers", "contentsecuritypolicy=default-src 'self'; frame-ancestors 'none'", "contentsecuritypolicyreportonly=default-src 'self'", "permissionspolicy=camera=()", "publickey=k"),
    middleware("headers", "customframeoptionsvalue=SAMEORIGIN", "custombrowserxssvalue=1", "isdevelopment=true"),
    middleware("ipallowlist", "sourcerange=127.0.0.1/32, 192.168.1.7"),
    middleware("ipallowlist", "sourcerange=::1", "ipstrategy.depth=2", "rejectstatuscode=404"),
    middleware("ipallowlist", "sourcerange=10.0.0.0/8", "ipstrategy.excludedips=10.0.0.1, 10.1.0.0/16"),
    middleware("ipallowlist", "sourcerange=nonsense"),
    middleware("ipwhitelist", "sourcerange=127.0.0.1/32"),
    middleware("inflightreq", "amount=10"),
    middleware("inflightreq", "amount=10", "sourcecriterion.requestheadername=X-User"),
    middleware("inflightreq", "amount=10", "sourcecriterion.requesthost=true"),
    middleware("inflightreq", "amount=10", "sourcecriterion.ipstrategy.depth=1", "sourcecriterion.ipstrategy.excludedips=10.0.0.1"),
    middleware("passtlsclientcert", "pem=true"),
    middleware("passtlsclientcert", "info.subject.commonname=true", "info.issuer.organization=true", "info.sans=true", "info.notafter=true", "info.notbefore=true", "info.serialnumber=true"),
    middleware("ratelimit", "average=100"),
    middleware("ratelimit", "average=100", "period=1m", "burst=50", "sourcecriterion.requesthost=true"),
    middleware("ratelimit", "average=6", "period=60", "sourcecriterion.ipstrategy.ipv6subnet=64"),
    middleware("redirectregex", "regex=^http://x/(.*)", "replacement=http://y/$${1}", "permanent=true"),
    middleware("redirectregex", "regex=^http://(", "replacement=http://y/"),
    middleware("redirectscheme", "scheme=https"),
    middleware("redirectscheme", "scheme=https", "port=8443", "permanent=true"),
    middleware("replacepath", "path=/foo"),
    middleware("replacepathregex", "regex=^/foo/(.*)", "replacement=/bar/$1"),
    middleware("retry", "attempts=4", "initialinterval=100ms"),
    middleware("retry", "attempts=2", "initialinterval=2"),
    middleware("stripprefix", "prefixes=/a,/b"),
    middleware("stripprefix", "prefixes=/a", "forceslash=false"),
    middleware("stripprefixregex", "regex=/foo/[a-z0-9]+/[0-9]+/"),
    differs(middleware("nosuchkind", "a=b"), "only this router is off; Traefik drops all of the container"),
]

ROUTERS = [
    router("entrypoints=web"),
    router("entrypoints=web,other"),
    router("priority=42"),
    router("priority=-3"),
    told(router("tls=true", "tls.certresolver=none")),
    router("tls.domains[0].main=x.test", "tls.domains[0].sans=a.x.test, b.x.test", "tls.domains[1].main=y.test"),
    router("tls.options=default"),
    router("tls=false"),
    router("observability.accesslogs=false", "observability.metrics=false", "observability.tracing=false"),
    router("service=none"),
    router("middlewares=m@file"),
    router("rulesyntax=v2", rule="Host(`x`, `y`) && PathPrefix(`/a`, `/b`)"),
    router(rule="Host(`a`) || Host(`b`) && PathPrefix(`/api`)"),
    router(rule="(Host(`a`) || Host(`b`)) && !PathPrefix(`/api`)"),
    router(rule="HostRegexp(`^[a-z]+\\.example\\.org$`)"),
    router(rule="Host(`a`) && Path(`/exact`) && Method(`GET`)"),
    router(rule="Host(`a`) && PathRegexp(`^/v[0-9]+/`)"),
    router(rule="Header(`X-A`, `b`) || HeaderRegexp(`X-C`, `^d`)"),
    router(rule="Query(`a`, `b`) && QueryRegexp(`c`, `^d`)"),
    router(rule="ClientIP(`10.0.0.0/8`) && Host(`a`)"),
    router(rule='Host("quoted")'),
    router(rule="Host(`ünïcode.test`)"),
    router(rule="Nonsense(`a`)"),
    router(rule="Host(`a`) &&"),
    router(rule="Host(`a.test`) && (PathPrefix(`/x`)"),
]

SERVICES = [
    service("sticky=true"),
    differs(service("sticky.cookie=true"), "the name that is made up is used by both and shown by Traefik"),
    service("sticky.cookie.name=c", "sticky.cookie.secure=true", "sticky.cookie.httponly=true", "sticky.cookie.samesite=strict", "sticky.cookie.maxage=3600", "sticky.cookie.path=/p", "sticky.cookie.domain=x.test"),
    service("healthcheck.path=/health", "healthcheck.interval=1h", "healthcheck.timeout=3s"),
    differs(service("healthcheck.path=/health", "healthcheck.port=8080", "healthcheck.scheme=https", "healthcheck.hostname=h", "healthcheck.method=HEAD", "healthcheck.status=204", "healthcheck.followredirects=false", "healthcheck.headers.X-A=b", "healthcheck.interval=1h"), "fields of a check may be secrets, so their values are hidden"),
    service("passivehealthcheck.failurewindow=3s", "passivehealthcheck.maxfailedattempts=3"),
    service("passhostheader=true"),
    service("strategy=p2c"),
    service("strategy=hrw"),
    service("strategy=leasttime"),
    service("strategy=wrr"),
    service("strategy=nonsense"),
    service("serverstransport=none@file"),
    service("server.scheme=h2c"),
    service("server.weight=0"),
    differs(service("server.scheme=nonsense"), "a scheme that nobody speaks is told"),
]

STREAMS = [
    tcp(TR + "priority=7"),
    tcp(TR + "entrypoints=tcp"),
    tcp(TR + "tls.passthrough=true"),
    tcp(TR + "tls.options=none"),
    tcp(TR + "service=none"),
    tcp(TR + "middlewares=m", TM + "ipallowlist.sourcerange=127.0.0.1/32"),
    tcp(TR + "middlewares=m", TM + "inflightconn.amount=4"),
    tcp(TR + "middlewares=none"),
    told(tcp(TS + "proxyprotocol.version=1")),
    told(tcp(TS + "proxyprotocol=true")),
    tcp(TS + "server.tls=true"),
    tcp(TR + "rule=HostSNIRegexp(`^[a-z]+\\.test$`)"),
    tcp(TR + "rule=HostSNI(`a`) || ClientIP(`10.0.0.1`)"),
    tcp(TR + "rule=ALPN(`h2`) && HostSNI(`a`)"),
    tcp(TR + "rule=Host(`a`)"),
    udp(),
    udp(UR + "entrypoints=udp"),
    udp(UR + "entrypoints=none"),
    udp(UR + "service=none"),
]

OTHERS = [
    differs({"name": "a port that is no number", "containers": [("web", [R + "rule=Host(`x`)", S + "server.port=http"])]},
            "the label is told, and its service is off; with Traefik its requests fail"),
    differs({"name": "a port and a url", "containers": [("web", [R + "rule=Host(`x`)", S + "server.port=80", S + "server.url=http://192.0.2.1"])]}, "only what it concerns is off; Traefik drops all of the container"),
    {"name": "two middlewares of one name", "containers": [
        ("one", [R + "rule=Host(`x`)", S + "server.port=80", M + "addprefix.prefix=/a"]),
        ("two", ["traefik.http.routers.q.rule=Host(`y`)", "traefik.http.services.t.loadbalancer.server.port=80", M + "addprefix.prefix=/a"])]},
    differs({"name": "one middleware of two kinds", "containers": [
        ("web", [R + "rule=Host(`x`)", R + "middlewares=m", M + "addprefix.prefix=/a", M + "stripprefix.prefixes=/b"])]}, "shown without its kinds, as none of them is meant"),
    differs({"name": "a boolean that is none", "containers": [("web", [R + "rule=Host(`x`)", R + "middlewares=m", M + "stripprefix.forceslash=maybe", M + "stripprefix.prefixes=/b"])]}, "only what it concerns is off; Traefik drops all of the container"),
    differs({"name": "a number that is none", "containers": [("web", [R + "rule=Host(`x`)", R + "priority=high"])]}, "only what it concerns is off; Traefik drops all of the container", None),
    differs({"name": "a time that is none", "containers": [("web", [R + "rule=Host(`x`)", R + "middlewares=m", M + "retry.attempts=2", M + "retry.initialinterval=soon"])]}, "only what it concerns is off; Traefik drops all of the container"),
    {"name": "a middleware of another container", "containers": [
        ("one", ["traefik.http.middlewares.shared.addprefix.prefix=/a"]), ("two", [R + "rule=Host(`x`)", R + "middlewares=shared"])]},
    {"name": "names with marks", "containers": [("web", ["traefik.http.routers.my_app-1.rule=Host(`x`)", "traefik.http.routers.my_app-1.service=my_app-svc", "traefik.http.services.my_app-svc.loadbalancer.server.port=8080"])]},
    {"name": "http and tcp and udp of one container", "streams": True, "containers": [
        ("all", [R + "rule=Host(`x`)", S + "server.port=80", TR + "rule=HostSNI(`*`)", TS + "server.port=90", UR + "entrypoints=udp", US + "server.port=100"])]},
]

CASES = MIDDLEWARES + ROUTERS + SERVICES + STREAMS + OTHERS

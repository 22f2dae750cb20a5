"""Where Windrose and Traefik are meant to differ: case, facts as an expression, and why."""

SETTINGS = "two uses of a Service's port with different settings keep theirs; with Traefik the last one counts for both"
ORPHAN = "a route that is off leaves nothing behind; Traefik keeps the services that it made before"

RESOLVER = "a resolver that is not there is told"
SHARED = "one of several routers of an entry point of UDP counts; the others are told so"

MEANT = {
    "broken-routes": {
        r"default-dangling-e25e289c281809ef43f5@": "Traefik gives a router whose TLS options are for no host a name for each entry point",
    },
    "canary": {
        r"/services/default-canary": "canaries by field and cookie are ours, and so are the names of their services",
        r"/services/default-(web|api)-80": SETTINGS,
    },
    "ingress": {
        r"/services/default-noted-80@kubernetes/status": "a transport that is not there is told at the service",
        r"/routers/default-paths@": "a path that is empty means every path, as the API says; Traefik makes a router without a rule",
    },
    "kinds-middlewares": {
        r"/middlewares/default-two@": "a Middleware of two kinds is none; Traefik shows both and builds neither",
    },
    "kinds-routes": {
        r"/routers/default-tls-resolver-": RESOLVER,
        r"/services/default-flush-": "an option without effect is told",
        r"/services/default-sticky-plain-.*/cookie/name": "the name of a cookie that is made up is not written back",
        r"default-tls-options-elsewhere-": ORPHAN,
    },
    "kinds-services": {
        r"/services/default-fail-errors@kubernetescrd/failover/errors/maxRequestBodyBytes": "a limit that is not written is shown as what counts",
        r"/services/default-(web-80|weighted-full)": SETTINGS,
        r"/services/default-weighted-file@kubernetescrd/status": "a child that is not there is told also where nobody uses the service",
    },
    "kinds-tcp": {
        r"/tcpMiddlewares/.*/usedBy": "who uses a middleware of TCP is shown",
        r"/tcpRouters/default-resolver-": RESOLVER,
        r"/tcpServices/default-(delay|proxy)-.*/status": "options that a transport has now are told",
        r"/tcpServices/default-transport-nobody-.*/status": "a transport that is not there is told at the service",
        r"/udpRouters/default-named-0@kubernetescrd/status": SHARED,
    },
    "middlewares": {
        r"/middlewares/default-forward-path@": "a Secret that names a file in place of holding a certificate is refused",
        r"/tcpMiddlewares/default-old-list@": "the old group is served, too",
    },
    "older-syntax": {
        r"default-first-group-": "the old group is served, too, in the syntax that there was then",
    },
    "references": {
        r"default-options-d7e378b89eb3518bc5cc@": ORPHAN,
        r"team-a_app": "two objects whose names come to the same are both there; Traefik takes either",
    },
    "routes": {
        r"default-old-group": "the old group is served, too",
        r"default-(web|api)-80": SETTINGS,
        r"/services/default-plain-add617f9b95cff009054@kubernetescrd/status": "an option without effect is told",
        r"default-plain-(142a5c885e2a07c463f1|6c70d653ee48e049e243|a1198172ffa150d034f9)@": SETTINGS,
    },
    "safe-naming": {
        r"/udpRouters/default_udp.one_0@kubernetescrd/status": SHARED,
    },
    "tcp-udp": {
        r"/tcpServices/default-mongo.db-673acf455cb2dab0b43a@kubernetescrd/loadBalancer/terminationDelay":
            "a delay that is written counts beside a transport, too",
        r"/tcpServices/default-mongo.db-673acf455cb2dab0b43a@kubernetescrd/status":
            "a transport that is not there is told at the service",
        r"/udpRouters/default-dns-[01]@kubernetescrd/status": SHARED,
    },
    "tls": {
        r"default-default-options-add617f9b95cff009054@": "the default options can be named; with Traefik the name leads nowhere, and handshakes fail",
    },
}

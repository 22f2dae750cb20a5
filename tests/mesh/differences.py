"""Where our controller and Traefik Mesh's are meant to differ: set, variant and fact as expressions, and why.

One that excuses nothing in a whole run fails it. What is in CHANCE the original itself does not do twice alike.
"""

ACL = r"acl(-tcp)?"
ANY = r".*"

HOP = "backends of a split are the pods of the backend, not a second way through the mesh"
INDIRECT = "without a second hop there is nothing that comes from a proxy"
SOURCES = "sources of TCP count under ACL"
RULES = "a TrafficTarget without rules allows nothing"
POINT = "a route is at the entry point of its port, whatever other ports are allowed"
HALF = "half of a rate limit is told"
OPEN = "a match without conditions allows everything beside others, too; with Traefik Mesh it is forgotten"
NONE = "a headless Service has no address to match"

MEANT = [
    (r"^split-", ANY, r"^/configuration/(http|tcp|udp)/services/.*-traffic-split-backend/", HOP),
    (r"^split-", ACL, r"^/configuration/http/(routers|middlewares)/[^/]*-indirect/", INDIRECT),
    (r"^split-acl-ports$", ACL, r"^/configuration/http/routers/.*-90-traffic-target-direct/(rule|priority)", INDIRECT),
    (r"^(kinds-tcp|rule-tcp-matches|on-tcp|split-acl-tcp)", ACL, r"^/configuration/tcp/", SOURCES),
    (r"^rule-(none|empty)$", ACL, r"^/configuration/http/", RULES),
    (r"^on-second$", ACL, r"^/configuration/http/routers/on-second-web-t-90-.*/entryPoints", POINT),
    (r"^limit-(average|burst)", ANY, r"^/(configuration/http|topology/services/.*/errors)", HALF),
    (r"^route-open-", ANY, r"^/configuration/http/routers/.*/(rule|priority)", OPEN),
    (r"^(kind|to|split)-headless", ANY, r"^/configuration/http/routers/.*/(rule|priority)", NONE),
]

# The order of a map decides, so either may come.
CHANCE = [
    (r"^split-two", ANY, r"^/configuration/tcp/services/[^/]*-web-80/weighted/", "two splits of TCP for one root are one key: the last one counts"),
    (r"^kinds-tcp-two-targets$", ACL, r"^/configuration/tcp/services/", "two targets of TCP for one Service are one key: the last one counts"),
    (r"^more-name-clash$", ACL, r"^/configuration/http/", "targets with one name in two namespaces have one key: the last one counts"),
]

"""Where our controller and Traefik Mesh's are meant to differ: set, variant and fact as expressions, and why.

A fact is `PATH=VALUE` with the value of ours, None where we say nothing: so an entry can ask for the safe side.

One that excuses nothing in a whole run fails it. What is in CHANCE the original itself does not do twice alike. The
reasons for the whole of it are in the page of mesh/topology/src/configuration/mod.rs.
"""

ACL = r"acl(-tcp)?"
ANY = r".*"
SPLITS = r"^(split|route|list-objects-ignored|change-split|more-split)"

HOP = "a split's backends are the pods of the backends, not a second way through the mesh"
WHOLE = "a split under ACL lets in whom the backends' targets let in, and does so for TCP and UDP, too"
SOURCES = "only the sources of a target may use TCP under ACL, not everybody as soon as it has a route"
UDP = "UDP under ACL serves nobody, for its routers cannot tell clients apart"
INDIRECT = "without a second hop nothing comes from a proxy, so X-Forwarded-For is believed from nobody"
NOBODY = "a list of clients without clients has an address that nobody has, for proxies refuse an empty one"
RULES = "a TrafficTarget without rules allows nothing, as SMI says"
OTHERS = "where targets let in different clients, each one's rule has their addresses, so that none refuses another's"
POINT = "a target with a port is at the entry point of its own port, at every port with that target port"
NAMED = "the port of a target is also found where pods give it a name"
KIND = "a destination that is no ServiceAccount means nobody"
OVER = "the address of a pod that has ended may be another's, so it is not let in"
HOST = "the address of a pod on its node's network is that of every process there, so it is not let in"
ROUTES = "a UDPRoute is a kind of rule"
RETRY = "with less than one attempt proxies refuse the router, so nothing is tried again and the owner is told"
BREAKER = "with an empty expression proxies refuse the router, so there is no circuit breaker and the owner is told"
PROTOCOL = "a port of an HTTP service that is not TCP has no router, which might take another service's place"
HAND = "endpoints without pods are servers where no targets have to open them"
OWN = "a root that is its own backend answers itself"
LEFT = "where no backend of a split is left, the root answers itself and not 503"
FIRST = "of several splits of a root that take everything only the first by name has something to take"
MINUS = "a weight below zero weighs nothing"
ROOT = "the path / is every path, for proxies refuse an empty expression"
TICK = "a backtick in an expression is written by its number, for it would end the text that it stands in"
TWICE = "a header that is written twice has to be as both say"
LONG = "a shadow service whose name would be too long has a digest in it"
HIDDEN = "a Service that has come to be ignored has no shadow service any more"
FREED = "a port that found no entry point gets one as soon as another is given back"

MEANT = [
    (SPLITS, ANY, r"^/configuration/(http|tcp|udp)/services/[^/]*-traffic-split-backend/", HOP),
    (SPLITS, ACL, r"^/configuration/(tcp|udp)/(routers|services)/.*=None$", WHOLE),
    (r"^split-acl-tcp$", ACL, r"^/configuration/tcp/(middlewares/[^/]*-80-whitelist/|routers/[^/]*-80/middlewares=)", SOURCES),
    (r"^split-", ACL, r"^/configuration/http/(routers|middlewares)/[^/]*-indirect/.*=None$", INDIRECT),
    (r"^split-acl-ports$", ACL, r"^/configuration/http/routers/.*-90-traffic-target-direct/(rule|priority)", INDIRECT),
    (ANY, ACL, r"^/configuration/http/middlewares/[^/]*-whitelist-traffic-(split|target)-direct/ipWhiteList/sourceRange=\['255\.255\.255\.255'\]$", NOBODY),
    (r"^(kinds-tcp|rule-tcp-|rule-both-kinds|on-tcp)", ACL, r"^/configuration/tcp/", SOURCES),
    (r"^rule-(none|empty)$", ACL, r"^/configuration/http/.*=None$", RULES),
    (r"^rule-udp-route$", ACL, r"^/topology/serviceTrafficTargets/.*/errors", ROUTES),
    (r"^more-", ACL, r"^/configuration/http/routers/[^/]*-traffic-target-direct/rule=.* && ClientIP\(", OTHERS),
    (r"^on-second$", ACL, r"^/configuration/http/routers/on-second-web-t-90-.*/entryPoints", POINT),
    (r"^on-both-target$", ACL, r"^/(configuration/http/(routers|services)/[^/]*-81-|topology/.*/destination/ports)", POINT),
    (r"^on-named-target$", ACL, r"^/(configuration/http|topology/(services|pods|serviceTrafficTargets))/", NAMED),
    (r"^to-kind-group$", ACL, r"^/(configuration/http|topology/(services|pods|serviceTrafficTargets))/.*=None$", KIND),
    (r"^from-finished$", ACL, r"^/(topology/(pods/client-(done|failed)@|serviceTrafficTargets/.*/sources=)|configuration/http/middlewares/.*/sourceRange=)", OVER),
    (r"^from-host-network$", ACL, r"^/configuration/http/middlewares/.*/sourceRange=", HOST),
    (r"^retry-(none|minus)$", ANY, r"^/configuration/http/(routers/.*/middlewares|middlewares/[^/]*-retry/).*=None$", RETRY),
    (r"^breaker-empty$", ANY, r"^/configuration/http/routers/.*/middlewares=None$", BREAKER),
    (r"^(proto-(udp-only|sctp|mixed)|range-http-skipped$|split-port-protocol$)", ANY, r"^/configuration/http/(routers|services)/.*=None$", PROTOCOL),
    (r"^ends-no-reference$", ANY, r"^/configuration/(http|tcp)/services/.*/servers", HAND),
    (r"^split-self", ANY, r"^/(topology/(services|trafficSplits)/|configuration/(http|tcp)/)", OWN),
    (r"^split-(empty|no-backends|port-missing-all)$", ANY, r"^/configuration/(http/.*=None$|tcp/)", LEFT),
    (r"^split-two", ANY, r"^/configuration/http/(routers|services|middlewares)/", FIRST),
    (r"^split-minus$", ANY, r"/(weighted/services|backends)=", MINUS),
    (r"^route-path-root$", ANY, r"^/configuration/http/routers/.*/rule", ROOT),
    (r"^route-(path|header)-backtick$", ANY, r"^/configuration/http/routers/.*/rule", TICK),
    (r"^route-header-twice$", ANY, r"^/(configuration/http/routers/.*/(rule|priority)|topology/.*/rules)", TWICE),
    (r"^kind-long-name", ANY, r"^/(shadows/a{30}|configuration/tcp/routers/.*/entryPoints)", LONG),
    (ANY, ANY, r"^/shadows(/web-6d61657368-change-label/.*=None|={})$", HIDDEN),
    (r"^range-(tcp|udp)-", "small", r"^/(shadows/[bc]-|configuration/(tcp|udp)/|topology/services/[bc]@.*/errors)", FREED),
]

# Of cluster DNS: the case, nothing, and a difference as a run shows it; texts of more than one line by their lines.
COREFILE = r"^/.-(prepare|cleanup)/kube-system/(coredns|dns)/Corefile: "
DNS = [
    (r"^dns-", "", r"^/.-(prepare|cleanup)/restarted/.*: ours None, the original True$", "what has not changed is not restarted"),
    (r"^dns-", "", r"/Corefile: (from the original's to ours \[('@@ [^']*'|'-( |\\n)*'|, )+\]|ours '', the original '(\\n)+')$", "a block that goes leaves no blank lines behind"),
    (r"^dns-file-(no-newline|indented|twice|end-first)$", "", r"^/.-cleanup/.*/Corefile: .*\+[^+]*[^n]'\]$", "the end of a line before a block goes with the block, which brought it"),
    (r"^dns-(version|config|container|name|nothing|restored|kube)", "", r"^/.-cleanup/works: ours True", "what is left of a mesh is taken away whatever DNS is found, and nothing left is no failure"),
    (r"^dns-restored-by-old$", "", r"^/3-cleanup/(restarted/|kube-system/coredns/Corefile: )", "what is left of a mesh is taken away from any CoreDNS, be it too old for a mesh"),
    (r"^dns-version-(latest|none|port|digest|tag-digest)$", "", r"^/.-(prepare|cleanup)/(works: ours True|restarted/.*: ours True|kube-system/coredns/Corefile: .*'\+)", "an image that does not say its release is taken for the newest"),
    (r"^dns-(config|container|name)-other", "", r"^/.-(prepare|cleanup)/(works: ours True|restarted/.*: ours True|kube-system/(coredns|dns)/Corefile: .*'\+)", "CoreDNS is found by its labels, images and mounts where its names are others"),
    (r"^dns-kube-", "", r"^/.-(prepare|cleanup)/mesh/coredns/Corefile: ", "names are answered by the mesh's own DNS server and not by a CoreDNS in its namespace"),
    (r"^dns-kube-(config-not-mounted|no-own-config|no-own-deployment)$", "", r"^/.-(prepare|cleanup)/(works: ours True|restarted/.*: ours True|kube-system/kube-dns/stubDomains: ours)", "kube-dns needs no CoreDNS of the mesh, and can read its ConfigMap without a mount"),
    (r"^dns-no-(key|data)$", "", r"^/.-(prepare|cleanup)/(works: ours False|kube-system/coredns/Corefile: ours None)", "a ConfigMap without a Corefile is not given one that answers for nothing but the mesh"),
    (r"^dns-custom-taken$", "", r"^/.-(prepare|cleanup)/(works: ours False|kube-system/coredns-custom/)", "what somebody else wrote is neither changed nor removed"),
    (r"^dns-file-(no-end|no-begin|same-line)$", "", r"^/.-prepare/works: ours False", "a block with one of its ends missing is left to its owner, for nobody knows what belongs to it"),
    (r"^dns-file-(no-end|no-begin|same-line)$", "", COREFILE, "a block with one of its ends missing is left to its owner, for nobody knows what belongs to it"),
    (r"^dns-file-(block-first|only-mesh|after)$", "", r"^/.-prepare/kube-system/coredns/Corefile: ", "a block is written anew where it stands, and not at the end"),
    (r"^dns-file-end-first$", "", r"^/.-prepare/(works: ours True|restarted/.*: ours True|kube-system/coredns/Corefile: )", "an end without a beginning is nobody's, and the block after it is found"),
    (r"^dns-file-twice$", "", COREFILE, "a second block of one zone goes, for CoreDNS does not start with two"),
]

# The order of a map decides, so either may come.
CHANCE = [
    (r"^split-two", ANY, r"^/configuration/tcp/services/[^/]*-web-80/weighted/", "two splits of TCP for one root are one key: the last one counts"),
    (r"^kinds-tcp-two-targets$", ACL, r"^/configuration/tcp/services/", "two targets of TCP for one Service are one key: the last one counts"),
    (r"^more-name-clash$", ACL, r"^/configuration/http/", "targets with one name in two namespaces have one key: the last one counts"),
]

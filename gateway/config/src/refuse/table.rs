//! The two tables. `*` stands for any name; delete a line once the option works.

/// One option that is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Where it is written, keys separated by dots, `*` for any name or any element of a list.
    pub path: &'static str,
    /// What may be written all the same.
    pub allowed: Allowed,
    /// What to do until then.
    pub instead: &'static str,
    /// What happens where it is written.
    pub outcome: Outcome,
}

/// What happens where an option is written that is not implemented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Whoever wrote it would get something else than was asked for: an error.
    Refused,
    /// Nobody is served worse or reaches more without it: a warning. Only where that is certain.
    Told,
}

impl Refusal {
    const fn or(self, instead: &'static str) -> Self {
        Self { instead, ..self }
    }

    const fn told(self, instead: &'static str) -> Self {
        Self { instead, outcome: Outcome::Told, ..self }
    }
}

/// What may be written although the option is refused. `false` always may, since it switches a section off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// Nothing.
    Nothing,
    /// These values, which change nothing.
    Values(&'static [&'static str]),
    /// Where the path ends in `*`: these keys.
    AllBut(&'static [&'static str]),
}

const fn no(path: &'static str) -> Refusal {
    Refusal { path, allowed: Allowed::Nothing, instead: REMOVE, outcome: Outcome::Refused }
}

const fn only(path: &'static str, values: &'static [&'static str]) -> Refusal {
    Refusal { path, allowed: Allowed::Values(values), instead: REMOVE, outcome: Outcome::Refused }
}

const fn all_but(path: &'static str, keys: &'static [&'static str]) -> Refusal {
    Refusal { path, allowed: Allowed::AllBut(keys), instead: REMOVE, outcome: Outcome::Refused }
}

/// Options of the routing configuration that are not implemented yet. Each disables the object that uses it.
pub const DYNAMIC: &[Refusal] =
    &[no("http.serversTransports.*.spiffe"), no("tcp.serversTransports.*.tls.spiffe")];

/// Options of the install configuration that are not implemented yet. Each stops the start, or is told.
pub const STATIC: &[Refusal] = &[
    no("certificatesResolvers.*.tailscale").or(ACME),
    no("hostResolver"),
    no("spiffe"),
    no("serversTransport.spiffe"),
    no("tcpServersTransport.tls.spiffe"),
    no("experimental.plugins").told(CLOSED),
    no("experimental.localPlugins").told(CLOSED),
    no("experimental.abortOnPluginFailure"),
    no("experimental.fastProxy").told("remove it; there is one engine for all requests"),
    no("experimental.knative").told(GATE),
    no("experimental.kubernetesGateway").told(GATE),
    no("experimental.kubernetesIngressNGINX").told(GATE),
    all_but(
        "providers.*",
        &[
            "file",
            "docker",
            "swarm",
            "http",
            "rest",
            "redis",
            "consul",
            "consulCatalog",
            "etcd",
            "zooKeeper",
            "nomad",
            "ecs",
            "kubernetesCRD",
            "kubernetesIngress",
            "kubernetesIngressNGINX",
            "meshController",
            "meshNode",
            "providersThrottleDuration",
            "precedence",
        ],
    )
    .or(PROVIDE),
    only("entryPoints.*.http2.maxEncoderHeaderTableSize", &["4096"]),
];

const REMOVE: &str = "remove it";
const ACME: &str = "write acme in its place";
const PROVIDE: &str = "remove it, and write the routing into a file named under providers.file";
const CLOSED: &str = "routers with a middleware of kind plugin are disabled until then";
const GATE: &str = "remove it; nothing is behind this gate";

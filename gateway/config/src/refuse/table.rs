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
}

impl Refusal {
    const fn or(self, instead: &'static str) -> Self {
        Self { instead, ..self }
    }
}

/// What may be written although the option is refused. `false` always may, since it switches a section off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// Nothing.
    Nothing,
    /// A list with nothing in it.
    NoItems,
    /// These values, which change nothing.
    Values(&'static [&'static str]),
    /// Where the path ends in `*`: these keys.
    AllBut(&'static [&'static str]),
}

const fn no(path: &'static str) -> Refusal {
    Refusal { path, allowed: Allowed::Nothing, instead: REMOVE }
}

const fn items(path: &'static str) -> Refusal {
    Refusal { path, allowed: Allowed::NoItems, instead: REMOVE }
}

const fn only(path: &'static str, values: &'static [&'static str]) -> Refusal {
    Refusal { path, allowed: Allowed::Values(values), instead: REMOVE }
}

const fn all_but(path: &'static str, keys: &'static [&'static str]) -> Refusal {
    Refusal { path, allowed: Allowed::AllBut(keys), instead: REMOVE }
}

/// Options of the routing configuration that are not implemented yet. Each disables the object that uses it.
pub const DYNAMIC: &[Refusal] = &[
    items("http.routers.*.parentRefs"),
    no("http.routers.*.tls.certResolver").or(FILES),
    items("http.routers.*.tls.domains").or(FILES),
    only("http.routers.*.observability.accessLogs", &["true"]),
    only("http.routers.*.observability.metrics", &["true"]),
    only("http.routers.*.observability.tracing", &["true"]),
    only("http.routers.*.observability.traceVerbosity", &["minimal"]),
    items("http.services.*.middlewares").or(ROUTERS),
    no("http.services.*.mirroring"),
    no("http.services.*.failover"),
    no("http.services.*.highestRandomWeight"),
    no("http.services.*.weighted.sticky"),
    no("http.services.*.weighted.healthCheck"),
    no("http.services.*.loadBalancer.sticky"),
    no("http.services.*.loadBalancer.healthCheck"),
    no("http.services.*.loadBalancer.passiveHealthCheck"),
    only("http.services.*.loadBalancer.strategy", &["wrr"]),
    no("http.serversTransports.*.spiffe"),
    no("http.serversTransports.*.peerCertURI"),
    items("http.serversTransports.*.peerCertSANs"),
    no("tcp.routers.*.tls.certResolver").or(FILES),
    items("tcp.routers.*.tls.domains").or(FILES),
    no("tcp.serversTransports.*.tls.spiffe"),
    no("tls.stores.*.defaultGeneratedCert").or(FILES),
];

/// Options of the install configuration that are not implemented yet. Each stops the start.
pub const STATIC: &[Refusal] = &[
    no("metrics"),
    no("tracing"),
    no("accessLog").or(OBSERVE),
    no("certificatesResolvers.*").or(FILES),
    no("hostResolver"),
    no("ocsp"),
    no("spiffe"),
    no("serversTransport.spiffe"),
    no("tcpServersTransport.tls.spiffe"),
    no("experimental.*"),
    all_but("providers.*", &["file", "providersThrottleDuration", "precedence"]).or(PROVIDE),
    only("entryPoints.*.http2.maxEncoderHeaderTableSize", &["4096"]),
    no("entryPoints.*.http3").or(HTTP2),
    only("entryPoints.*.http.aliasHeadersStrategy", &["keep", ""]),
    no("entryPoints.*.http.tls.certResolver").or(FILES),
    items("entryPoints.*.http.tls.domains").or(FILES),
    no("core.strictTLSOptions"),
    no("api.dashboard").or(API),
    no("api.debug"),
    no("log.otlp"),
    only("log.maxSize", &["0"]).or(ROTATE),
    only("log.maxAge", &["0"]).or(ROTATE),
    only("log.maxBackups", &["0"]).or(ROTATE),
    no("log.compress").or(ROTATE),
];

const REMOVE: &str = "remove it";
const FILES: &str = "remove it, and name certificate files under tls.certificates of a routing file";
const OBSERVE: &str = "remove it; log.level DEBUG tells of requests until then";
const ROTATE: &str = "remove it, and let logrotate move the file and send SIGUSR1";
const PROVIDE: &str = "remove it, and write the routing into a file named under providers.file";
const API: &str = "remove it; /api/rawdata shows what is in force";
const HTTP2: &str = "remove it; clients use HTTP/2 until then";
const ROUTERS: &str = "name the middlewares at the routers of the service";

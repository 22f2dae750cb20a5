//! The two tables. `*` stands for any name; delete a line once the option works.

/// One option that is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Where it is written, keys separated by dots, `*` for any name or any element of a list.
    pub path: &'static str,
    /// What may be written all the same.
    pub allowed: Allowed,
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
    /// Text with any other end.
    NotEndingWith(&'static str),
}

const fn no(path: &'static str) -> Refusal {
    Refusal { path, allowed: Allowed::Nothing }
}

const fn only(path: &'static str, values: &'static [&'static str]) -> Refusal {
    Refusal { path, allowed: Allowed::Values(values) }
}

const fn all_but(path: &'static str, keys: &'static [&'static str]) -> Refusal {
    Refusal { path, allowed: Allowed::AllBut(keys) }
}

/// Options of the routing configuration that are not implemented yet. Each disables the object that uses it.
pub const DYNAMIC: &[Refusal] = &[
    no("http.routers.*.parentRefs"),
    no("http.routers.*.tls.certResolver"),
    no("http.routers.*.tls.domains"),
    only("http.routers.*.observability.accessLogs", &["true"]),
    only("http.routers.*.observability.metrics", &["true"]),
    only("http.routers.*.observability.tracing", &["true"]),
    only("http.routers.*.observability.traceVerbosity", &["minimal"]),
    no("http.services.*.middlewares"),
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
    no("http.serversTransports.*.peerCertSANs"),
    no("tcp.routers.*"),
    no("tcp.services.*"),
    no("tcp.middlewares.*"),
    no("tcp.serversTransports.*"),
    no("udp.routers.*"),
    no("udp.services.*"),
    no("tls.stores.*.defaultGeneratedCert"),
];

/// Options of the install configuration that are not implemented yet. Each stops the start.
pub const STATIC: &[Refusal] = &[
    no("metrics"),
    no("tracing"),
    no("accessLog"),
    no("certificatesResolvers.*"),
    no("hostResolver"),
    no("ocsp"),
    no("spiffe"),
    no("serversTransport.spiffe"),
    no("tcpServersTransport"),
    no("experimental.*"),
    all_but("providers.*", &["file", "providersThrottleDuration", "precedence"]),
    only("entryPoints.*.http2.maxEncoderHeaderTableSize", &["4096"]),
    no("entryPoints.*.http3"),
    no("entryPoints.*.proxyProtocol"),
    no("entryPoints.*.udp"),
    Refusal { path: "entryPoints.*.address", allowed: Allowed::NotEndingWith("/udp") },
    only("entryPoints.*.http.aliasHeadersStrategy", &["keep", ""]),
    no("entryPoints.*.http.tls.certResolver"),
    no("entryPoints.*.http.tls.domains"),
    no("core.strictTLSOptions"),
    no("api.dashboard"),
    no("api.debug"),
    no("log.otlp"),
    only("log.maxSize", &["0"]),
    only("log.maxAge", &["0"]),
    only("log.maxBackups", &["0"]),
    no("log.compress"),
];

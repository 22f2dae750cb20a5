//! What an Ingress asks for, read and not yet made: annotations over the ConfigMap over options.

/// All of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    pub(super) canary: Canary,
    pub(super) place: Place,
    pub(super) redirect: Redirect,
    pub(super) login: Login,
    pub(super) ask: Ask,
    pub(super) client: Client,
    pub(super) allow: Vec<String>,
    pub(super) deny: Vec<String>,
    pub(super) is_any_enough: bool,
    pub(super) limits: Limits,
    pub(super) cors: Cors,
    pub(super) session: Session,
    pub(super) balance: Balance,
    pub(super) bodies: Bodies,
    pub(super) transport: Transport,
    pub(super) retry: Retry,
    pub(super) fields: Fields,
    pub(super) pages: Pages,
    pub(super) mirror: Mirror,
    pub(super) compress: Compress,
    pub(super) tls: Tls,
    pub(super) access_log: Option<bool>,
    pub(super) tracing: Option<bool>,
}

/// Whether and which requests go to another service.
#[derive(Debug, Clone, Default)]
pub(super) struct Canary {
    pub(super) is_on: bool,
    pub(super) header: String,
    pub(super) value: String,
    pub(super) pattern: String,
    pub(super) cookie: String,
    pub(super) weight: i64,
    pub(super) total: i64,
}

/// Where requests are taken, and what becomes of their path.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    pub(super) is_regex: bool,
    pub(super) rewrite: String,
    pub(super) app_root: String,
    pub(super) aliases: Vec<String>,
    pub(super) with_www: bool,
    pub(super) is_passed_through: bool,
}

/// Where clients are sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Redirect {
    pub(super) is_tls_off: bool,
    pub(super) is_tls_forced: bool,
    /// Of the redirect to TLS; 0 means 308.
    pub(super) tls_code: u16,
    pub(super) no_tls: Vec<String>,
    pub(super) permanent: String,
    /// 0 means 301.
    pub(super) permanent_code: u16,
    pub(super) temporal: String,
    /// 0 means 302.
    pub(super) temporal_code: u16,
}

/// Names and passwords.
#[derive(Debug, Clone, Default)]
pub(super) struct Login {
    pub(super) kind: String,
    pub(super) secret: String,
    pub(super) is_map: bool,
    pub(super) realm: String,
}

/// Another server that is asked.
#[derive(Debug, Clone, Default)]
pub(super) struct Ask {
    pub(super) url: String,
    pub(super) sign_in: String,
    pub(super) response_fields: Vec<String>,
    pub(super) redirect: String,
    pub(super) global: String,
    pub(super) is_global_off: bool,
    pub(super) no_auth: Vec<String>,
}

/// Certificates of clients.
#[derive(Debug, Clone, Default)]
pub(super) struct Client {
    pub(super) secret: String,
    pub(super) verify: &'static str,
    pub(super) is_passed_on: bool,
}

/// Limits for each client.
#[derive(Debug, Clone, Default)]
pub(super) struct Limits {
    pub(super) per_second: i64,
    pub(super) per_minute: i64,
    pub(super) connections: i64,
    /// 0 means 5.
    pub(super) burst: i64,
    pub(super) exempt: Vec<String>,
}

/// Other origins.
#[derive(Debug, Clone, Default)]
pub(super) struct Cors {
    pub(super) is_on: bool,
    pub(super) origins: Vec<String>,
    pub(super) methods: Vec<String>,
    pub(super) headers: Vec<String>,
    pub(super) exposed: Vec<String>,
    pub(super) is_without_credentials: bool,
    pub(super) max_age: Option<i64>,
}

/// Keeping clients on one server.
#[derive(Debug, Clone, Default)]
pub(super) struct Session {
    pub(super) is_on: bool,
    pub(super) is_legacy_canary: bool,
    pub(super) name: String,
    pub(super) path: String,
    pub(super) domain: String,
    pub(super) same_site: String,
    pub(super) is_secure: bool,
    pub(super) max_age: i64,
    pub(super) expires: i64,
}

/// How servers share requests, and how they are spoken with.
#[derive(Debug, Clone, Default)]
pub(super) struct Balance {
    pub(super) strategy: &'static str,
    pub(super) by_client: bool,
    pub(super) through_service: bool,
    /// Empty means `http`.
    pub(super) scheme: &'static str,
}

/// How much of bodies, and where they wait.
#[derive(Debug, Clone, Default)]
pub(super) struct Bodies {
    /// The longest of a request; 0 is any.
    pub(super) most: i64,
    pub(super) requests_wait: bool,
    pub(super) request_memory: i64,
    pub(super) answers_wait: bool,
    pub(super) buffer: i64,
    pub(super) buffers: i64,
    /// The longest of an answer that waits; 0 is any.
    pub(super) file: i64,
}

/// How servers are reached.
#[derive(Debug, Clone, Default)]
pub(super) struct Transport {
    pub(super) connect: i64,
    pub(super) read: i64,
    pub(super) idle: i64,
    pub(super) secret: String,
    pub(super) is_verified: bool,
    pub(super) name: String,
    pub(super) protocols: Vec<String>,
    pub(super) ciphers: Vec<String>,
    pub(super) only_http1: bool,
}

/// Trying again.
#[derive(Debug, Clone, Default)]
pub(super) struct Retry {
    pub(super) is_off: bool,
    pub(super) statuses: Vec<u16>,
    pub(super) with_post: bool,
    pub(super) tries: i64,
    pub(super) timeout: i64,
}

/// Fields of requests and answers.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields {
    pub(super) host: String,
    pub(super) prefix: String,
    /// A ConfigMap of fields of answers.
    pub(super) custom: String,
    /// The same, for all Ingresses.
    pub(super) added: String,
    /// A ConfigMap of fields of requests, for all Ingresses.
    pub(super) sent: String,
    pub(super) hidden: Vec<String>,
    pub(super) allowed: Vec<String>,
    pub(super) hsts: Hsts,
}

/// `Strict-Transport-Security`.
#[derive(Debug, Clone, Default)]
pub(super) struct Hsts {
    pub(super) is_on: bool,
    pub(super) max_age: i64,
    pub(super) is_without_subdomains: bool,
    pub(super) with_preload: bool,
}

/// Pages in place of answers.
#[derive(Debug, Clone, Default)]
pub(super) struct Pages {
    pub(super) statuses: Vec<u16>,
    pub(super) global: Vec<u16>,
    pub(super) is_global_off: bool,
    /// A Service of the same namespace.
    pub(super) service: String,
}

/// Copies of requests.
#[derive(Debug, Clone, Default)]
pub(super) struct Mirror {
    pub(super) target: String,
    pub(super) host: String,
    pub(super) without_body: bool,
}

/// Packing answers.
#[derive(Debug, Clone, Default)]
pub(super) struct Compress {
    pub(super) gzip: bool,
    pub(super) brotli: bool,
    pub(super) types: Vec<String>,
    pub(super) least: i64,
}

/// Handshakes with clients.
#[derive(Debug, Clone, Default)]
pub(super) struct Tls {
    pub(super) ciphers: Vec<String>,
    pub(super) protocols: Vec<String>,
}

impl Draft {
    /// The statuses in whose place pages are shown.
    pub(super) fn paged(&self) -> &[u16] {
        match (self.pages.statuses.is_empty(), self.pages.is_global_off) {
            (false, _) => &self.pages.statuses,
            (true, false) => &self.pages.global,
            (true, true) => &[],
        }
    }
}

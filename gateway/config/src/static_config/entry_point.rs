//! Entry points: where clients connect.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::duration::GoDuration;
use crate::dynamic_config::{Name, TlsDomain};
use crate::is_default;
use crate::origin::Located;

/// An address that clients connect to, and how they are treated there.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EntryPoint {
    /// `[host]:port`, with `/tcp` or `/udp` behind it; TCP when neither is written.
    #[serde(skip_serializing_if = "is_default")]
    pub address: Name,
    /// Let routers answer ACME challenges themselves.
    #[serde(rename = "allowACMEByPass", skip_serializing_if = "is_default")]
    pub allow_acme_by_pass: bool,
    /// Let several processes listen.
    #[serde(skip_serializing_if = "is_default")]
    pub reuse_port: bool,
    /// Belongs to the default set of routers that name no entry point.
    #[serde(skip_serializing_if = "is_default")]
    pub as_default: bool,
    /// Time-outs and limits of connections.
    #[serde(skip_serializing_if = "is_default")]
    pub transport: Transport,
    /// Accept PROXY headers; absent means off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_protocol: Option<Box<ProxyProtocol>>,
    /// Whose X-Forwarded headers are believed.
    #[serde(skip_serializing_if = "is_default")]
    pub forwarded_headers: ForwardedHeaders,
    /// Defaults of the HTTP routers here.
    #[serde(skip_serializing_if = "is_default")]
    pub http: EntryPointHttp,
    /// HTTP/2.
    #[serde(skip_serializing_if = "is_default")]
    pub http2: EntryPointHttp2,
    /// HTTP/3; absent means off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http3: Option<EntryPointHttp3>,
    /// UDP sessions.
    #[serde(skip_serializing_if = "is_default")]
    pub udp: EntryPointUdp,
    /// What is recorded about requests here.
    #[serde(skip_serializing_if = "is_default")]
    pub observability: EntryPointObservability,
}

/// Time-outs and limits of connections.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Transport {
    /// What happens when the program stops.
    #[serde(skip_serializing_if = "is_default")]
    pub life_cycle: LifeCycle,
    /// Time-outs towards clients.
    #[serde(skip_serializing_if = "is_default")]
    pub responding_timeouts: RespondingTimeouts,
    /// The longest life of a connection; 0 means no limit.
    #[serde(skip_serializing_if = "is_default")]
    pub keep_alive_max_time: GoDuration,
    /// The most requests of a connection; 0 means no limit.
    #[serde(skip_serializing_if = "is_default")]
    pub keep_alive_max_requests: u64,
}

/// What happens when the program stops.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LifeCycle {
    /// How long connections are still accepted.
    #[serde(skip_serializing_if = "is_default")]
    pub request_accept_grace_timeout: GoDuration,
    /// How long active requests may take after that.
    pub grace_time_out: GoDuration,
}

impl Default for LifeCycle {
    fn default() -> Self {
        Self { request_accept_grace_timeout: GoDuration::ZERO, grace_time_out: GoDuration::from_secs(10) }
    }
}

/// Time-outs towards clients; 0 means no limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RespondingTimeouts {
    /// Reading a whole request, or the first bytes of a TCP connection.
    pub read_timeout: GoDuration,
    /// Writing an answer.
    #[serde(skip_serializing_if = "is_default")]
    pub write_timeout: GoDuration,
    /// Waiting for the next request.
    pub idle_timeout: GoDuration,
}

impl Default for RespondingTimeouts {
    fn default() -> Self {
        Self {
            read_timeout: GoDuration::from_secs(60),
            write_timeout: GoDuration::ZERO,
            idle_timeout: GoDuration::from_secs(180),
        }
    }
}

/// Whose PROXY headers are believed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProxyProtocol {
    /// Everybody's.
    #[serde(skip_serializing_if = "is_default")]
    pub insecure: bool,
    /// Those of these addresses and networks.
    #[serde(rename = "trustedIPs", skip_serializing_if = "is_default")]
    pub trusted_ips: Box<[Name]>,
}

/// Whose X-Forwarded headers are believed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ForwardedHeaders {
    /// Everybody's.
    #[serde(skip_serializing_if = "is_default")]
    pub insecure: bool,
    /// Those of these addresses and networks.
    #[serde(rename = "trustedIPs", skip_serializing_if = "is_default")]
    pub trusted_ips: Box<[Name]>,
    /// Headers named in `Connection` that are kept for middlewares.
    #[serde(skip_serializing_if = "is_default")]
    pub connection: Box<[Arc<str>]>,
    /// Do not add the peer's address to X-Forwarded-For.
    #[serde(rename = "notAppendXForwardedFor", skip_serializing_if = "is_default")]
    pub not_append_x_forwarded_for: bool,
    /// Send X-Forwarded-Scheme and X-Scheme too.
    #[serde(rename = "addXForwardedSchemeHeaders", skip_serializing_if = "is_default")]
    pub add_x_forwarded_scheme_headers: bool,
}

/// Defaults of the HTTP routers of an entry point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EntryPointHttp {
    /// Sending everybody elsewhere.
    #[serde(skip_serializing_if = "is_default")]
    pub redirections: Redirections,
    /// Middlewares put before those of each router.
    #[serde(skip_serializing_if = "is_default")]
    pub middlewares: Box<[Name]>,
    /// TLS of routers that say nothing about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<Box<EntryPointTls>>,
    /// Which encoded characters a path may hold.
    #[serde(skip_serializing_if = "is_default")]
    pub encoded_characters: EncodedCharacters,
    /// Encode `;` in queries.
    #[serde(skip_serializing_if = "is_default")]
    pub encode_query_semicolons: bool,
    /// Resolve `.` and `..` and collapse slashes in paths.
    pub sanitize_path: bool,
    /// The most bytes of request headers.
    pub max_header_bytes: u32,
    /// `keep`, `delete` or `reject` headers with underscores.
    pub underscore_headers_strategy: Located<Arc<str>>,
    /// `keep`, `delete` or `reject` headers whose names servers may take for another's.
    pub alias_headers_strategy: Located<Arc<str>>,
    /// A header of answers that names the router; empty is none.
    #[serde(skip_serializing_if = "is_default")]
    pub router_header: Located<Arc<str>>,
}

impl Default for EntryPointHttp {
    fn default() -> Self {
        Self {
            redirections: Redirections::default(),
            middlewares: Box::default(),
            tls: None,
            encoded_characters: EncodedCharacters::default(),
            encode_query_semicolons: false,
            sanitize_path: true,
            max_header_bytes: 1_048_576,
            underscore_headers_strategy: Located::from(Arc::from("keep")),
            alias_headers_strategy: Located::from(Arc::from("keep")),
            router_header: Located::from(Arc::from("")),
        }
    }
}

/// Sending everybody elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Redirections {
    /// To another entry point.
    #[serde(deserialize_with = "crate::tree::filled", skip_serializing_if = "Option::is_none")]
    pub entry_point: Option<Redirection>,
}

/// Sending everybody to another entry point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Redirection {
    /// The name of an entry point, or `:port`.
    #[serde(skip_serializing_if = "is_default")]
    pub to: Name,
    /// The scheme of the new address.
    pub scheme: Arc<str>,
    /// Answer 301 or 308 in place of 302 or 307.
    pub permanent: bool,
    /// The priority of the router made for it.
    pub priority: i64,
}

impl Default for Redirection {
    fn default() -> Self {
        Self { to: Name::default(), scheme: "https".into(), permanent: true, priority: i64::MAX - 1 }
    }
}

/// TLS of routers that say nothing about it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EntryPointTls {
    /// The name of a set of TLS options.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Name>,
    /// The name of a certificate resolver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cert_resolver: Option<Name>,
    /// Names to obtain certificates for.
    #[serde(skip_serializing_if = "is_default")]
    pub domains: Box<[TlsDomain]>,
}

/// Which percent-encoded characters a path may hold; a request with another is answered 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EncodedCharacters {
    /// `%2F`
    pub allow_encoded_slash: bool,
    /// `%5C`
    pub allow_encoded_back_slash: bool,
    /// `%00`
    pub allow_encoded_null_character: bool,
    /// `%3B`
    pub allow_encoded_semicolon: bool,
    /// `%25`
    pub allow_encoded_percent: bool,
    /// `%3F`
    pub allow_encoded_question_mark: bool,
    /// `%23`
    pub allow_encoded_hash: bool,
}

impl Default for EncodedCharacters {
    fn default() -> Self {
        Self {
            allow_encoded_slash: true,
            allow_encoded_back_slash: true,
            allow_encoded_null_character: true,
            allow_encoded_semicolon: true,
            allow_encoded_percent: true,
            allow_encoded_question_mark: true,
            allow_encoded_hash: true,
        }
    }
}

/// HTTP/2 of an entry point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EntryPointHttp2 {
    /// Streams a client may have open on one connection.
    pub max_concurrent_streams: u32,
    /// Bytes of the table for reading headers.
    pub max_decoder_header_table_size: u32,
    /// Bytes of the table for writing headers.
    pub max_encoder_header_table_size: u32,
}

impl Default for EntryPointHttp2 {
    fn default() -> Self {
        Self {
            max_concurrent_streams: 250,
            max_decoder_header_table_size: 4096,
            max_encoder_header_table_size: 4096,
        }
    }
}

/// HTTP/3 of an entry point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EntryPointHttp3 {
    /// The port announced to clients; 0 means the one listened on.
    #[serde(skip_serializing_if = "is_default")]
    pub advertised_port: u16,
}

/// UDP sessions of an entry point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EntryPointUdp {
    /// Silence after which a session ends.
    pub timeout: GoDuration,
}

impl Default for EntryPointUdp {
    fn default() -> Self {
        Self { timeout: GoDuration::from_secs(3) }
    }
}

/// What is recorded about the requests of routers that say nothing about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EntryPointObservability {
    /// Write them to the access log.
    pub access_logs: bool,
    /// Count them in metrics.
    pub metrics: bool,
    /// Trace them.
    pub tracing: bool,
    /// `minimal` or `detailed`.
    pub trace_verbosity: Located<Arc<str>>,
}

impl Default for EntryPointObservability {
    fn default() -> Self {
        Self {
            access_logs: true,
            metrics: true,
            tracing: true,
            trace_verbosity: Located::from(Arc::from("minimal")),
        }
    }
}

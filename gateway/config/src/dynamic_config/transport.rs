//! How HTTP servers are reached.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::TlsKeyPair;
use crate::duration::GoDuration;
use crate::is_default;
use crate::redact::FileOrContent;

/// How HTTP servers are reached: TLS, time-outs, idle connections.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServersTransport {
    /// The name sent and verified in the handshake; empty means that of the server's URL.
    #[serde(skip_serializing_if = "is_default")]
    pub server_name: Box<str>,
    /// Do not verify the server's certificate.
    #[serde(skip_serializing_if = "is_default")]
    pub insecure_skip_verify: bool,
    /// Authorities to trust in place of the system's.
    #[serde(rename = "rootCAs", skip_serializing_if = "is_default")]
    pub root_cas: Box<[FileOrContent]>,
    /// Certificates shown to the server.
    #[serde(skip_serializing_if = "is_default")]
    pub certificates: Box<[TlsKeyPair]>,
    /// Names of cipher suites; empty means the default list.
    #[serde(skip_serializing_if = "is_default")]
    pub cipher_suites: Box<[Box<str>]>,
    /// The lowest TLS version, for example `VersionTLS12`.
    #[serde(skip_serializing_if = "is_default")]
    pub min_version: Box<str>,
    /// The highest TLS version.
    #[serde(skip_serializing_if = "is_default")]
    pub max_version: Box<str>,
    /// Idle connections kept per server; 0 means 2, below 0 none.
    #[serde(skip_serializing_if = "is_default")]
    pub max_idle_conns_per_host: i64,
    /// Ours: idle HTTP/1 connections kept for all servers together, looked after every few seconds; 0 means no limit.
    #[serde(skip_serializing_if = "is_default")]
    pub max_idle_conns: u32,
    /// Time-outs; `None` means the defaults.
    #[serde(deserialize_with = "crate::tree::filled", skip_serializing_if = "Option::is_none")]
    pub forwarding_timeouts: Option<Box<ForwardingTimeouts>>,
    /// Speak HTTP/1.1 only.
    #[serde(rename = "disableHTTP2", skip_serializing_if = "is_default")]
    pub disable_http2: bool,
    /// The URI that the server's certificate must carry.
    #[serde(rename = "peerCertURI", skip_serializing_if = "is_default")]
    pub peer_cert_uri: Box<str>,
    /// Names of which the server's certificate must carry one.
    #[serde(rename = "peerCertSANs", skip_serializing_if = "is_default")]
    pub peer_cert_sans: Box<[PeerCertSan]>,
    /// Whom to trust by SPIFFE.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spiffe: Option<Box<SpiffePeer>>,
}

/// Time-outs towards servers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ForwardingTimeouts {
    /// The longest wait for a connection; 0 means no limit.
    pub dial_timeout: GoDuration,
    /// The longest wait for the head of an answer; 0 means no limit.
    #[serde(skip_serializing_if = "is_default")]
    pub response_header_timeout: GoDuration,
    /// How long an idle connection is kept; 0 means no limit.
    pub idle_conn_timeout: GoDuration,
    /// Silence after which an HTTP/2 connection is pinged; 0 means never.
    #[serde(skip_serializing_if = "is_default")]
    pub read_idle_timeout: GoDuration,
    /// The longest wait for the answer to such a ping.
    pub ping_timeout: GoDuration,
    /// Ours: how long a server has to say that it wants the body of a request with `Expect: 100-continue`, before it gets
    /// it; absent means a second, 0 that nobody waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect_continue_timeout: Option<GoDuration>,
}

impl Default for ForwardingTimeouts {
    fn default() -> Self {
        Self {
            dial_timeout: GoDuration::from_secs(30),
            response_header_timeout: GoDuration::ZERO,
            idle_conn_timeout: GoDuration::from_secs(90),
            read_idle_timeout: GoDuration::ZERO,
            ping_timeout: GoDuration::from_secs(15),
            expect_continue_timeout: None,
        }
    }
}

/// A name that a server's certificate must carry.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PeerCertSan {
    /// `DNSName` or `URI`.
    #[serde(rename = "type", skip_serializing_if = "is_default")]
    pub kind: Box<str>,
    /// The name.
    #[serde(skip_serializing_if = "is_default")]
    pub value: Arc<str>,
}

/// Whom to trust by SPIFFE.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SpiffePeer {
    /// Identities of which the server must have one.
    #[serde(skip_serializing_if = "is_default")]
    pub ids: Box<[Arc<str>]>,
    /// The domain that the server must belong to.
    #[serde(skip_serializing_if = "is_default")]
    pub trust_domain: Arc<str>,
}

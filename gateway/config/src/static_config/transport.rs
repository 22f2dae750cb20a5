//! How servers are reached by services that name no transport.

use serde::{Deserialize, Serialize};

use crate::duration::GoDuration;
use crate::dynamic_config::{ForwardingTimeouts, ServersTransport, SpiffePeer};
use crate::is_default;
use crate::redact::FileOrContent;

/// The default HTTP transport.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StaticServersTransport {
    /// Do not verify servers' certificates.
    #[serde(skip_serializing_if = "is_default")]
    pub insecure_skip_verify: bool,
    /// Authorities to trust in place of the system's.
    #[serde(rename = "rootCAs", skip_serializing_if = "is_default")]
    pub root_cas: Box<[FileOrContent]>,
    /// Idle connections kept per server; 0 means 2, below 0 none.
    pub max_idle_conns_per_host: i64,
    /// Time-outs.
    #[serde(skip_serializing_if = "is_default")]
    pub forwarding_timeouts: StaticForwardingTimeouts,
    /// Whom to trust by SPIFFE.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spiffe: Option<SpiffePeer>,
}

impl StaticServersTransport {
    /// The transport of services that name none.
    #[must_use]
    pub fn transport(&self) -> ServersTransport {
        let times = &self.forwarding_timeouts;
        ServersTransport {
            insecure_skip_verify: self.insecure_skip_verify,
            root_cas: self.root_cas.clone(),
            max_idle_conns_per_host: self.max_idle_conns_per_host,
            forwarding_timeouts: Some(Box::new(ForwardingTimeouts {
                dial_timeout: times.dial_timeout,
                response_header_timeout: times.response_header_timeout,
                idle_conn_timeout: times.idle_conn_timeout,
                ..ForwardingTimeouts::default()
            })),
            spiffe: self.spiffe.clone().map(Box::new),
            ..ServersTransport::default()
        }
    }
}

impl Default for StaticServersTransport {
    fn default() -> Self {
        Self {
            insecure_skip_verify: false,
            root_cas: Box::default(),
            max_idle_conns_per_host: 200,
            forwarding_timeouts: StaticForwardingTimeouts::default(),
            spiffe: None,
        }
    }
}

/// Time-outs towards servers; 0 means no limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StaticForwardingTimeouts {
    /// The longest wait for a connection.
    pub dial_timeout: GoDuration,
    /// The longest wait for the head of an answer.
    #[serde(skip_serializing_if = "is_default")]
    pub response_header_timeout: GoDuration,
    /// How long an idle connection is kept.
    pub idle_conn_timeout: GoDuration,
}

impl Default for StaticForwardingTimeouts {
    fn default() -> Self {
        Self {
            dial_timeout: GoDuration::from_secs(30),
            response_header_timeout: GoDuration::ZERO,
            idle_conn_timeout: GoDuration::from_secs(90),
        }
    }
}

/// The default TCP transport.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StaticTcpServersTransport {
    /// Time between keep-alive probes.
    pub dial_keep_alive: GoDuration,
    /// The longest wait for a connection.
    pub dial_timeout: GoDuration,
    /// How long the other half stays open once one half is closed; absent or below 0 means as long as it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub termination_delay: Option<GoDuration>,
    /// How TLS with servers is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<StaticTcpTls>,
}

impl Default for StaticTcpServersTransport {
    fn default() -> Self {
        Self {
            dial_keep_alive: GoDuration::from_secs(15),
            dial_timeout: GoDuration::from_secs(30),
            termination_delay: None,
            tls: None,
        }
    }
}

/// How TLS with TCP servers is made.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StaticTcpTls {
    /// Do not verify servers' certificates.
    #[serde(skip_serializing_if = "is_default")]
    pub insecure_skip_verify: bool,
    /// Authorities to trust in place of the system's.
    #[serde(rename = "rootCAs", skip_serializing_if = "is_default")]
    pub root_cas: Box<[FileOrContent]>,
    /// Whom to trust by SPIFFE.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spiffe: Option<SpiffePeer>,
}

//! Certificate resolvers.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::duration::GoDuration;
use crate::is_default;
use crate::origin::Located;
use crate::redact::{FileOrContent, Secret};

/// Where certificates are obtained: exactly one of the fields is set, which [`validate`](super::validate) checks.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CertificateResolver {
    /// From an ACME authority.
    #[serde(deserialize_with = "crate::tree::filled", skip_serializing_if = "Option::is_none")]
    pub acme: Option<Box<Acme>>,
    /// From the machine's Tailscale daemon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tailscale: Option<Tailscale>,
}

/// Certificates from the machine's Tailscale daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Tailscale {}

/// Certificates from an ACME authority.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Acme {
    /// The account's mail address.
    #[serde(skip_serializing_if = "is_default")]
    pub email: Arc<str>,
    /// The authority's directory.
    pub ca_server: Arc<str>,
    /// Authorities to trust when talking to it.
    #[serde(rename = "caCertificates", skip_serializing_if = "is_default")]
    pub ca_certificates: Box<[FileOrContent]>,
    /// Trust the system's authorities too.
    #[serde(skip_serializing_if = "is_default")]
    pub ca_system_cert_pool: bool,
    /// The name verified when talking to it.
    #[serde(skip_serializing_if = "is_default")]
    pub ca_server_name: Arc<str>,
    /// The file that keeps account and certificates.
    pub storage: Located<Arc<str>>,
    /// How long certificates live, in hours; decides when they are renewed.
    pub certificates_duration: u32,
    /// The longest wait for a certificate.
    pub certificate_timeout: GoDuration,
    /// The longest HTTP exchange.
    pub client_timeout: GoDuration,
    /// The longest wait for the head of an answer.
    pub client_response_header_timeout: GoDuration,
    /// The common name of the preferred chain's root.
    #[serde(skip_serializing_if = "is_default")]
    pub preferred_chain: Arc<str>,
    /// The authority's profile.
    #[serde(skip_serializing_if = "is_default")]
    pub profile: Arc<str>,
    /// Mail addresses put into requests.
    #[serde(skip_serializing_if = "is_default")]
    pub email_addresses: Box<[Arc<str>]>,
    /// `EC256`, `EC384`, `RSA2048`, `RSA4096` or `RSA8192`.
    pub key_type: Located<Arc<str>>,
    /// Leave the common name out of requests.
    #[serde(skip_serializing_if = "is_default")]
    pub disable_common_name: bool,
    /// Binding to an account that exists elsewhere.
    #[serde(deserialize_with = "crate::tree::filled", skip_serializing_if = "Option::is_none")]
    pub eab: Option<ExternalAccountBinding>,
    /// Prove by a DNS record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns_challenge: Option<Box<DnsChallenge>>,
    /// Prove by an HTTP answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_challenge: Option<HttpChallenge>,
    /// Prove by a TLS handshake.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_challenge: Option<TlsChallenge>,
}

impl Default for Acme {
    fn default() -> Self {
        Self {
            email: Arc::default(),
            ca_server: "https://acme-v02.api.letsencrypt.org/directory".into(),
            ca_certificates: Box::default(),
            ca_system_cert_pool: false,
            ca_server_name: Arc::default(),
            storage: Located::from(Arc::from("acme.json")),
            certificates_duration: 2160,
            certificate_timeout: GoDuration::from_secs(30),
            client_timeout: GoDuration::from_secs(120),
            client_response_header_timeout: GoDuration::from_secs(30),
            preferred_chain: Arc::default(),
            profile: Arc::default(),
            email_addresses: Box::default(),
            key_type: Located::from(Arc::from("RSA4096")),
            disable_common_name: false,
            eab: None,
            dns_challenge: None,
            http_challenge: None,
            tls_challenge: None,
        }
    }
}

/// Binding to an account that exists elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ExternalAccountBinding {
    /// The key's identifier.
    #[serde(skip_serializing_if = "is_default")]
    pub kid: Arc<str>,
    /// The key, in base64url.
    #[serde(skip_serializing_if = "is_default")]
    pub hmac_encoded: Secret,
}

/// Proof by a DNS record.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DnsChallenge {
    /// The code of the DNS provider.
    #[serde(skip_serializing_if = "is_default")]
    pub provider: Located<Arc<str>>,
    /// DNS servers to look at.
    #[serde(skip_serializing_if = "is_default")]
    pub resolvers: Box<[Arc<str>]>,
    /// How the record's arrival is checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub propagation: Option<DnsPropagation>,
    /// Deprecated: use `propagation.delayBeforeChecks`.
    #[serde(skip_serializing_if = "is_default")]
    pub delay_before_check: GoDuration,
    /// Deprecated: use `propagation.disableChecks`.
    #[serde(skip_serializing_if = "is_default")]
    pub disable_propagation_check: bool,
}

/// How the arrival of a DNS record is checked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DnsPropagation {
    /// Do not check.
    #[serde(skip_serializing_if = "is_default")]
    pub disable_checks: bool,
    /// Ask every recursive server.
    #[serde(rename = "requireAllRNS", skip_serializing_if = "is_default")]
    pub require_all_rns: bool,
    /// Do not ask the authoritative servers.
    #[serde(rename = "disableANSChecks", skip_serializing_if = "is_default")]
    pub disable_ans_checks: bool,
    /// Wait before the first check.
    #[serde(skip_serializing_if = "is_default")]
    pub delay_before_checks: GoDuration,
}

/// Proof by an HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HttpChallenge {
    /// The entry point that answers.
    #[serde(skip_serializing_if = "is_default")]
    pub entry_point: Located<Arc<str>>,
    /// Wait before asking for the check.
    #[serde(skip_serializing_if = "is_default")]
    pub delay: GoDuration,
}

/// Proof by a TLS handshake.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TlsChallenge {
    /// Wait before asking for the check.
    #[serde(skip_serializing_if = "is_default")]
    pub delay: GoDuration,
}

//! Certificates, handshake options and stores.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Name, TlsDomain};
use crate::is_default;
use crate::origin::Located;
use crate::redact::FileOrContent;

/// A certificate and its key.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TlsKeyPair {
    /// The chain, in PEM.
    #[serde(skip_serializing_if = "is_default")]
    pub cert_file: Located<FileOrContent>,
    /// The key, in PEM.
    #[serde(skip_serializing_if = "is_default")]
    pub key_file: Located<FileOrContent>,
}

/// A certificate to serve.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TlsCertificate {
    /// The chain, in PEM.
    #[serde(skip_serializing_if = "is_default")]
    pub cert_file: Located<FileOrContent>,
    /// The key, in PEM.
    #[serde(skip_serializing_if = "is_default")]
    pub key_file: Located<FileOrContent>,
    /// The stores it belongs to; empty means `default`.
    #[serde(skip_serializing_if = "is_default")]
    pub stores: Box<[Name]>,
}

/// How handshakes with clients are made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TlsOptions {
    /// The lowest TLS version, for example `VersionTLS12`, which is the default.
    #[serde(skip_serializing_if = "is_default")]
    pub min_version: Name,
    /// The highest TLS version.
    #[serde(skip_serializing_if = "is_default")]
    pub max_version: Name,
    /// Names of cipher suites; empty means the default list.
    #[serde(skip_serializing_if = "is_default")]
    pub cipher_suites: Box<[Name]>,
    /// Names of key exchange groups; empty means the default list.
    #[serde(skip_serializing_if = "is_default")]
    pub curve_preferences: Box<[Name]>,
    /// Whether clients must show a certificate.
    #[serde(skip_serializing_if = "is_default")]
    pub client_auth: ClientAuth,
    /// Refuse clients that name a host without a certificate.
    #[serde(skip_serializing_if = "is_default")]
    pub sni_strict: bool,
    /// Protocols offered, the preferred first.
    pub alpn_protocols: Box<[Arc<str>]>,
    /// Do not hand out session tickets.
    #[serde(skip_serializing_if = "is_default")]
    pub disable_session_tickets: bool,
    /// Accepted, without effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefer_server_cipher_suites: Option<bool>,
}

impl Default for TlsOptions {
    fn default() -> Self {
        Self {
            min_version: Name::default(),
            max_version: Name::default(),
            cipher_suites: Box::default(),
            curve_preferences: Box::default(),
            client_auth: ClientAuth::default(),
            sni_strict: false,
            alpn_protocols: Box::new(["h2".into(), "http/1.1".into(), "acme-tls/1".into()]),
            disable_session_tickets: false,
            prefer_server_cipher_suites: None,
        }
    }
}

/// Whether and how clients are asked for a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClientAuth {
    /// Authorities that may have signed it, in PEM.
    #[serde(skip_serializing_if = "is_default")]
    pub ca_files: Box<[Located<FileOrContent>]>,
    /// For example `RequireAndVerifyClientCert`.
    #[serde(skip_serializing_if = "is_default")]
    pub client_auth_type: Name,
}

/// A store of certificates.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TlsStore {
    /// Served when no certificate matches.
    #[serde(deserialize_with = "crate::tree::filled", skip_serializing_if = "Option::is_none")]
    pub default_certificate: Option<Box<TlsKeyPair>>,
    /// How to obtain the default certificate.
    #[serde(deserialize_with = "crate::tree::filled", skip_serializing_if = "Option::is_none")]
    pub default_generated_cert: Option<Box<DefaultGeneratedCert>>,
}

/// How to obtain the default certificate of a store.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DefaultGeneratedCert {
    /// The name of a certificate resolver.
    #[serde(skip_serializing_if = "is_default")]
    pub resolver: Name,
    /// The names it is to be for.
    #[serde(deserialize_with = "crate::tree::filled", skip_serializing_if = "Option::is_none")]
    pub domain: Option<TlsDomain>,
}

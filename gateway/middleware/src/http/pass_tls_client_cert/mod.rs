//! `passTLSClientCert`: tells servers which certificate a client has shown.
//!
//! ```yaml
//! passTLSClientCert:
//!   pem: true
//!   info:
//!     notAfter: true
//!     sans: true
//!     subject:
//!       commonName: true
//!       organization: true
//!     issuer:
//!       commonName: true
//! ```
//!
//! `pem` sends the client's certificates in `X-Forwarded-Tls-Client-Cert`: base64 without line ends, a comma between two.
//! `info` sends what is chosen of them in `X-Forwarded-Tls-Client-Cert-Info`, escaped as in a query. Without a certificate
//! nothing is sent; what clients send under these names is removed unless they are trusted.

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};

use windrose_http::{Exchange, Id};

use crate::is_default;
use crate::kind::{BuildContext, BuildError, Kind};
use crate::stage::{Filter, Flow, Stage};

mod info;
mod name;
#[cfg(test)]
mod tests;

/// Tells servers which certificate a client has shown.
#[derive(Debug)]
pub struct PassTlsClientCert {
    options: Options,
}

/// The options of `passTLSClientCert`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// Whether the certificates are sent.
    #[serde(skip_serializing_if = "is_default")]
    pub pem: bool,
    /// What is sent of them.
    #[serde(deserialize_with = "windrose_config::tree::filled", skip_serializing_if = "Option::is_none")]
    pub info: Option<Info>,
}

/// What is sent of each certificate.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option that operators write")]
pub struct Info {
    /// `NA`: when it ends, in seconds since 1970.
    #[serde(skip_serializing_if = "is_default")]
    pub not_after: bool,
    /// `NB`: when it begins.
    #[serde(skip_serializing_if = "is_default")]
    pub not_before: bool,
    /// `SAN`: its other names.
    #[serde(skip_serializing_if = "is_default")]
    pub sans: bool,
    /// `SerialNumber`: in decimal.
    #[serde(skip_serializing_if = "is_default")]
    pub serial_number: bool,
    /// `Subject`: parts of the name of its owner.
    #[serde(deserialize_with = "windrose_config::tree::filled", skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// `Issuer`: parts of the name of whoever signed it.
    #[serde(deserialize_with = "windrose_config::tree::filled", skip_serializing_if = "Option::is_none")]
    pub issuer: Option<Issuer>,
}

/// Parts of the name of an owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option that operators write")]
pub struct Subject {
    /// `C`
    #[serde(skip_serializing_if = "is_default")]
    pub country: bool,
    /// `ST`
    #[serde(skip_serializing_if = "is_default")]
    pub province: bool,
    /// `L`
    #[serde(skip_serializing_if = "is_default")]
    pub locality: bool,
    /// `O`
    #[serde(skip_serializing_if = "is_default")]
    pub organization: bool,
    /// `OU`
    #[serde(skip_serializing_if = "is_default")]
    pub organizational_unit: bool,
    /// `CN`
    #[serde(skip_serializing_if = "is_default")]
    pub common_name: bool,
    /// `SN`
    #[serde(skip_serializing_if = "is_default")]
    pub serial_number: bool,
    /// `DC`
    #[serde(skip_serializing_if = "is_default")]
    pub domain_component: bool,
}

/// Parts of the name of whoever signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option that operators write")]
pub struct Issuer {
    /// `C`
    #[serde(skip_serializing_if = "is_default")]
    pub country: bool,
    /// `ST`
    #[serde(skip_serializing_if = "is_default")]
    pub province: bool,
    /// `L`
    #[serde(skip_serializing_if = "is_default")]
    pub locality: bool,
    /// `O`
    #[serde(skip_serializing_if = "is_default")]
    pub organization: bool,
    /// `CN`
    #[serde(skip_serializing_if = "is_default")]
    pub common_name: bool,
    /// `SN`
    #[serde(skip_serializing_if = "is_default")]
    pub serial_number: bool,
    /// `DC`
    #[serde(skip_serializing_if = "is_default")]
    pub domain_component: bool,
}

impl Kind for PassTlsClientCert {
    const NAME: &'static str = "passTLSClientCert";
    const SPAN: Option<&'static str> = Some("PassClientTLSCert");
    type Options = Options;

    fn build(options: Options, cx: &BuildContext<'_>) -> Result<Stage, BuildError> {
        if options == Options::default() {
            cx.warn(BuildError::new("sends nothing, set pem or info, or remove the middleware"));
        }
        Ok(Stage::filter(Self { options }))
    }
}

impl Filter for PassTlsClientCert {
    fn request(&self, ex: &mut Exchange) -> Flow {
        let Some(tls) = &ex.conn.tls else { return Flow::Continue };
        let certificates = &tls.peer_certificates;
        if certificates.is_empty() {
            return Flow::Continue;
        }
        if self.options.pem {
            let encoded: Vec<String> = certificates.iter().map(|der| BASE64.encode(der)).collect();
            ex.headers.set(Id::X_FORWARDED_TLS_CLIENT_CERT, encoded.join(","));
        }
        if let Some(info) = &self.options.info {
            let told: Vec<String> = certificates.iter().map(|der| info.of(der)).collect();
            ex.headers.set(Id::X_FORWARDED_TLS_CLIENT_CERT_INFO, info::escaped(&told.join(",")));
        }
        Flow::Continue
    }
}

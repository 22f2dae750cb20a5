//! What can be written under `forwardAuth`.

use serde::{Deserialize, Serialize};

use windrose_config::Located;
use windrose_config::dynamic_config::{ServersTransport, TlsKeyPair};
use windrose_config::redact::FileOrContent;
use windrose_http::Name;

use crate::is_default;
use crate::kind::BuildError;

/// The options of `forwardAuth`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// The address to ask; required.
    #[serde(skip_serializing_if = "is_default")]
    pub address: Located<Box<str>>,
    /// How the server is reached by TLS.
    #[serde(deserialize_with = "windrose_config::tree::filled", skip_serializing_if = "Option::is_none")]
    pub tls: Option<ClientTls>,
    /// Whether X-Forwarded fields of the request are believed; unset is as Traefik was before there was a choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust_forward_header: Option<bool>,
    /// Fields of the answer that the request gets.
    #[serde(skip_serializing_if = "is_default")]
    pub auth_response_headers: Vec<Located<Box<str>>>,
    /// An expression for names of more such fields.
    #[serde(skip_serializing_if = "is_default")]
    pub auth_response_headers_regex: Located<Box<str>>,
    /// Fields of the request that the server gets; all when there are none.
    #[serde(skip_serializing_if = "is_default")]
    pub auth_request_headers: Vec<Located<Box<str>>>,
    /// Cookies that the answer gives to the client.
    #[serde(skip_serializing_if = "is_default")]
    pub add_auth_cookies_to_response: Vec<Box<str>>,
    /// The field of the answer that says who the user is, for logs.
    #[serde(skip_serializing_if = "is_default")]
    pub header_field: Located<Box<str>>,
    /// Whether the server gets the body of the request.
    #[serde(skip_serializing_if = "is_default")]
    pub forward_body: bool,
    /// The longest body that it gets; a longer one is refused. Below 0 is any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_body_size: Option<i64>,
    /// The longest body that it may answer; after a longer one nobody passes. Below 0 is any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_response_body_size: Option<i64>,
    /// Whether the place that an answer sends the client to stays as it is.
    #[serde(skip_serializing_if = "is_default")]
    pub preserve_location_header: bool,
    /// Whether it is asked by the method of the request and not by GET.
    #[serde(skip_serializing_if = "is_default")]
    pub preserve_request_method: bool,
    /// Where clients are sent that the server answers with 401.
    #[serde(rename = "authSigninURL", skip_serializing_if = "is_default")]
    pub auth_signin_url: Located<Box<str>>,
}

/// How a server is reached by TLS.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClientTls {
    /// An authority to trust in place of the system's.
    #[serde(skip_serializing_if = "is_default")]
    pub ca: FileOrContent,
    /// Deprecated, no effect.
    #[serde(skip_serializing_if = "is_default")]
    pub ca_optional: bool,
    /// The certificate to show.
    #[serde(skip_serializing_if = "is_default")]
    pub cert: Located<FileOrContent>,
    /// Its key.
    #[serde(skip_serializing_if = "is_default")]
    pub key: Located<FileOrContent>,
    /// Do not verify the server's certificate.
    #[serde(skip_serializing_if = "is_default")]
    pub insecure_skip_verify: bool,
}

pub(super) fn names(written: &[Located<Box<str>>]) -> Result<Box<[Name]>, BuildError> {
    let written = written.iter().filter(|name| !name.is_empty());
    let name = |name: &Located<Box<str>>| {
        Name::new(name).map_err(|error| BuildError::at(name, format!("{}: {error}", name.value)))
    };
    written.map(name).collect()
}

/// A limit where below 0 and nothing mean none.
pub(super) fn most(written: Option<i64>) -> Option<usize> {
    usize::try_from(written?).ok()
}

/// The way to reach a server by these options.
pub(crate) fn transport(tls: &ClientTls) -> Result<ServersTransport, BuildError> {
    if tls.cert.is_empty() != tls.key.is_empty() {
        return Err(BuildError::new("tls needs both cert and key, or neither"));
    }
    let pair = TlsKeyPair { cert_file: tls.cert.clone(), key_file: tls.key.clone() };
    Ok(ServersTransport {
        insecure_skip_verify: tls.insecure_skip_verify,
        root_cas: (!tls.ca.is_empty()).then(|| tls.ca.clone()).into_iter().collect(),
        certificates: (!tls.cert.is_empty()).then_some(pair).into_iter().collect(),
        ..ServersTransport::default()
    })
}

//! What can be written under `csrf`.

use serde::{Deserialize, Serialize};

use windrose_config::Located;
use windrose_config::redact::Secret;

use crate::is_default;

/// The options of `csrf`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// Sites that may have requests sent.
    #[serde(skip_serializing_if = "is_default")]
    pub trusted_origins: Vec<Located<Box<str>>>,
    /// Paths that anybody may have requests sent to.
    #[serde(skip_serializing_if = "is_default")]
    pub exempt_paths: Vec<Located<Box<str>>>,
    /// Whether requests pass that do not say where they come from.
    #[serde(skip_serializing_if = "is_default")]
    pub allow_missing_origin: bool,
    /// A token that requests must show besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenOptions>,
}

/// A token that is in a cookie, and must be in a field too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TokenOptions {
    /// Secrets that tokens are signed with: the first signs, all are believed.
    #[serde(skip_serializing_if = "is_default")]
    pub secrets: Vec<Located<Secret>>,
    /// The cookie that pages read the token from.
    pub cookie_name: Located<Box<str>>,
    /// The field that they send it in.
    pub header_name: Located<Box<str>>,
    /// The cookie of the session that a token belongs to.
    #[serde(skip_serializing_if = "is_default")]
    pub session_cookie: Located<Box<str>>,
    /// Whether the cookie is sent by TLS alone.
    pub secure: bool,
}

impl Default for TokenOptions {
    fn default() -> Self {
        Self {
            secrets: Vec::new(),
            cookie_name: Located::from(Box::from("__Host-csrf")),
            header_name: Located::from(Box::from("X-CSRF-Token")),
            session_cookie: Located::default(),
            secure: true,
        }
    }
}

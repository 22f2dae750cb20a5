//! What can be written under `oidc`.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use windrose_config::Located;
use windrose_config::redact::Secret;

use crate::is_default;
use crate::remote::ClientConfig;

/// The options of `oidc`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// The provider; required.
    #[serde(skip_serializing_if = "is_default")]
    pub issuer: Located<Box<str>>,
    /// What we are called there; required.
    #[serde(rename = "clientID", skip_serializing_if = "is_default")]
    pub client_id: Box<str>,
    /// How we show that we are.
    #[serde(skip_serializing_if = "is_default")]
    pub client_secret: Secret,
    /// Where the provider sends browsers back.
    pub redirect_url: Located<Box<str>>,
    /// The path that ends a session.
    #[serde(skip_serializing_if = "is_default")]
    pub logout_url: Located<Box<str>>,
    /// Where browsers are sent whose session has ended.
    #[serde(skip_serializing_if = "is_default")]
    pub post_logout_redirect_url: Located<Box<str>>,
    /// The path at which the provider tells of sessions that have ended.
    #[serde(skip_serializing_if = "is_default")]
    pub backchannel_logout_url: Located<Box<str>>,
    /// Whether nobody is sent to the provider.
    #[serde(skip_serializing_if = "is_default")]
    pub disable_login: bool,
    /// What is asked for.
    pub scopes: Vec<Box<str>>,
    /// Further parameters of the request for a login.
    #[serde(skip_serializing_if = "is_default")]
    pub auth_params: IndexMap<Box<str>, Box<str>>,
    /// What somebody must claim.
    #[serde(skip_serializing_if = "is_default")]
    pub claims: Located<Box<str>>,
    /// The only addresses of mail that may pass.
    #[serde(skip_serializing_if = "is_default")]
    pub allowed_emails: Vec<Box<str>>,
    /// The only domains of such addresses.
    #[serde(skip_serializing_if = "is_default")]
    pub allowed_domains: Vec<Box<str>>,
    /// Groups of which somebody must be in one.
    #[serde(skip_serializing_if = "is_default")]
    pub allowed_groups: Vec<Box<str>>,
    /// The claim that names groups.
    pub groups_claim: Box<str>,
    /// Fields of the request and the claims that fill them.
    #[serde(skip_serializing_if = "is_default")]
    pub forward_headers: IndexMap<Box<str>, Box<str>>,
    /// The claim that says who the user is, for logs.
    #[serde(skip_serializing_if = "is_default")]
    pub username_claim: Box<str>,
    /// The session.
    pub session: SessionOptions,
    /// How the provider is asked.
    pub client_config: ClientConfig,
}

/// A session and its cookie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionOptions {
    /// Secrets that cookies are sealed with: the first seals, all open.
    #[serde(skip_serializing_if = "is_default")]
    pub secrets: Vec<Located<Secret>>,
    /// A file with one on each line.
    #[serde(skip_serializing_if = "is_default")]
    pub secrets_file: Located<Arc<str>>,
    /// The name of the cookie.
    #[serde(skip_serializing_if = "is_default")]
    pub name: Located<Box<str>>,
    /// The hosts that get it besides its own.
    #[serde(skip_serializing_if = "is_default")]
    pub domain: Located<Box<str>>,
    /// How long a session lasts, in seconds.
    pub expiry: u64,
    /// How long it may be unused, in seconds; 0 is any time.
    pub idle: u64,
    /// Whether new tokens are had when the old ones expire.
    pub refresh: bool,
    /// From which sites browsers send it along.
    pub same_site: Located<SameSite>,
    /// Whether it is sent by TLS alone.
    pub secure: bool,
}

/// From which sites browsers send a cookie along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SameSite {
    /// From others when they lead here.
    #[default]
    Lax,
    /// From its own.
    Strict,
    /// From any.
    None,
}

impl SameSite {
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Lax => "Lax",
            Self::Strict => "Strict",
            Self::None => "None",
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            issuer: Located::default(),
            client_id: Box::default(),
            client_secret: Secret::default(),
            redirect_url: Located::from(Box::from("/oidc/callback")),
            logout_url: Located::default(),
            post_logout_redirect_url: Located::default(),
            backchannel_logout_url: Located::default(),
            disable_login: false,
            scopes: vec!["openid".into()],
            auth_params: IndexMap::new(),
            claims: Located::default(),
            allowed_emails: Vec::new(),
            allowed_domains: Vec::new(),
            allowed_groups: Vec::new(),
            groups_claim: "groups".into(),
            forward_headers: IndexMap::new(),
            username_claim: Box::default(),
            session: SessionOptions::default(),
            client_config: ClientConfig::default(),
        }
    }
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self {
            secrets: Vec::new(),
            secrets_file: Located::default(),
            name: Located::default(),
            domain: Located::default(),
            expiry: 86_400,
            idle: 0,
            refresh: true,
            same_site: Located::default(),
            secure: true,
        }
    }
}

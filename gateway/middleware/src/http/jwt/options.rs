//! What can be written under `jwt`.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use windrose_config::redact::{FileOrContent, Secret};
use windrose_config::{GoDuration, Located};

use crate::credential::{Place, Places, SourceOptions};
use crate::is_default;
use crate::jose::{Algorithm, Verifier};
use crate::kind::BuildError;
use crate::remote::ClientConfig;

/// The options of `jwt`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// The secret that tokens are signed with.
    #[serde(skip_serializing_if = "is_default")]
    pub signing_secret: Located<Secret>,
    /// A file with that secret.
    #[serde(skip_serializing_if = "is_default")]
    pub signing_secret_file: Located<Arc<str>>,
    /// Whether the secret is written in base64.
    #[serde(skip_serializing_if = "is_default")]
    pub signing_secret_base64_encoded: bool,
    /// The public key that signatures are verified with.
    #[serde(skip_serializing_if = "is_default")]
    pub public_key: Located<FileOrContent>,
    /// A set of keys.
    #[serde(skip_serializing_if = "is_default")]
    pub jwks_file: Located<FileOrContent>,
    /// Where a set of keys is fetched.
    #[serde(skip_serializing_if = "is_default")]
    pub jwks_url: Located<Box<str>>,
    /// How long keys that were fetched are taken for fresh.
    pub jwks_refresh: GoDuration,
    /// The only algorithms.
    #[serde(skip_serializing_if = "is_default")]
    pub algorithms: Vec<Located<Box<str>>>,
    /// Who must have made a token.
    #[serde(skip_serializing_if = "is_default")]
    pub issuer: Box<str>,
    /// Whom a token must be for: one of these.
    #[serde(skip_serializing_if = "is_default")]
    pub audience: Vec<Box<str>>,
    /// What a token must claim.
    #[serde(skip_serializing_if = "is_default")]
    pub claims: Located<Box<str>>,
    /// Whether a token must say when it expires.
    #[serde(skip_serializing_if = "is_default")]
    pub require_expiry: bool,
    /// How far clocks may be apart.
    pub leeway: Located<GoDuration>,
    /// Where a client shows its token; the usual place when nothing is written.
    #[serde(skip_serializing_if = "is_default")]
    pub token_source: SourceOptions,
    /// A parameter of the query that may hold the token.
    #[serde(skip_serializing_if = "is_default")]
    pub token_key: Box<str>,
    /// Whether the server sees the token.
    #[serde(skip_serializing_if = "is_default")]
    pub forward_authorization: bool,
    /// Fields of the request and the claims that fill them.
    #[serde(skip_serializing_if = "is_default")]
    pub forward_headers: IndexMap<Box<str>, Box<str>>,
    /// The claim that says who the user is, for logs.
    #[serde(skip_serializing_if = "is_default")]
    pub username_claim: Box<str>,
    /// How keys are fetched.
    pub client_config: ClientConfig,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            signing_secret: Located::default(),
            signing_secret_file: Located::default(),
            signing_secret_base64_encoded: false,
            public_key: Located::default(),
            jwks_file: Located::default(),
            jwks_url: Located::default(),
            jwks_refresh: GoDuration::from_secs(15 * 60),
            algorithms: Vec::new(),
            issuer: Box::default(),
            audience: Vec::new(),
            claims: Located::default(),
            require_expiry: false,
            leeway: Located::from(GoDuration::from_secs(5)),
            token_source: SourceOptions::default(),
            token_key: Box::default(),
            forward_authorization: false,
            forward_headers: IndexMap::new(),
            username_claim: Box::default(),
            client_config: ClientConfig::default(),
        }
    }
}

impl Options {
    pub(super) fn places(&self) -> Result<Places, BuildError> {
        let mut places = self.token_source.places("tokenSource")?;
        if places.is_empty() {
            places.push(Place::field(&Located::from(Box::from("Authorization")), "tokenSource", "Bearer")?);
        }
        if !self.token_key.is_empty() {
            places.push(Place::Query(self.token_key.clone()));
        }
        Ok(Places::new(places))
    }

    pub(super) fn verifier(&self) -> Result<Verifier, BuildError> {
        let algorithm = |name: &Located<Box<str>>| {
            Algorithm::from_name(name).ok_or_else(|| {
                let known: Vec<_> = Algorithm::names().collect();
                BuildError::at(name, format!("algorithms: expected some of {}", known.join(", ")))
            })
        };
        let leeway = self.leeway.value.to_std().filter(|leeway| leeway.as_secs() <= 600);
        Ok(Verifier {
            algorithms: self.algorithms.iter().map(algorithm).collect::<Result<_, _>>()?,
            issuer: self.issuer.clone(),
            audience: self.audience.clone().into(),
            leeway: leeway
                .ok_or_else(|| BuildError {
                    message: "leeway is a duration from 0 to 10 minutes".to_owned(),
                    mark: Some(self.leeway.mark),
                    length: 0,
                })?
                .as_secs_f64(),
            needs_expiry: self.require_expiry,
            kinds: &[],
        })
    }
}

//! A session, as browsers keep it for us.

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::jose::{Claims, parse_json};

/// A session. The identity token in it was verified when the session was sealed, and the seal is what is trusted since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Session {
    /// Its own name, made here.
    #[serde(rename = "j")]
    pub(super) id: String,
    /// The identity token.
    #[serde(rename = "t")]
    pub(super) id_token: String,
    /// What new tokens are had for.
    #[serde(rename = "r", skip_serializing_if = "Option::is_none", default)]
    pub(super) refresh_token: Option<String>,
    /// When it began, in seconds since 1970.
    #[serde(rename = "b")]
    pub(super) begun: u64,
    /// When it was used last, roughly.
    #[serde(rename = "u")]
    pub(super) used: u64,
    /// When new tokens are due.
    #[serde(rename = "e")]
    pub(super) due: u64,
}

/// A login that has begun.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
    /// The path to go on with.
    pub(super) path: String,
    pub(super) begun: u64,
}

impl Session {
    /// What its token claims.
    pub(super) fn claims(&self) -> Option<Claims> {
        let payload = self.id_token.split('.').nth(1)?;
        match parse_json(&BASE64URL_NOPAD.decode(payload.as_bytes()).ok()?) {
            Ok(Value::Object(claims)) => Some(Claims::new(claims)),
            _ => None,
        }
    }
}

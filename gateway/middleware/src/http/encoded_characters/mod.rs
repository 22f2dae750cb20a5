//! `encodedCharacters`: refuses paths with certain escapes.
//!
//! ```yaml
//! encodedCharacters:
//!   allowEncodedSlash: true
//!   allowEncodedPercent: true
//! ```
//!
//! A path with an escaped character that is not allowed is answered with status 400. Nothing is allowed that is not
//! written here; queries may hold anything.

use serde::{Deserialize, Serialize};

use windrose_http::path::holds_escape;
use windrose_http::{Exchange, Failure};

use crate::is_default;
use crate::kind::{BuildContext, BuildError, Kind};
use crate::stage::{Filter, Flow, Stage};

#[cfg(test)]
mod tests;

/// Refuses paths with certain escapes.
#[derive(Debug)]
pub struct EncodedCharacters {
    /// In upper case, as they are in a path.
    denied: Box<[&'static str]>,
}

/// The options of `encodedCharacters`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option that operators write")]
pub struct Options {
    /// `%2F`
    #[serde(skip_serializing_if = "is_default")]
    pub allow_encoded_slash: bool,
    /// `%5C`
    #[serde(skip_serializing_if = "is_default")]
    pub allow_encoded_back_slash: bool,
    /// `%00`
    #[serde(skip_serializing_if = "is_default")]
    pub allow_encoded_null_character: bool,
    /// `%3B`
    #[serde(skip_serializing_if = "is_default")]
    pub allow_encoded_semicolon: bool,
    /// `%25`
    #[serde(skip_serializing_if = "is_default")]
    pub allow_encoded_percent: bool,
    /// `%3F`
    #[serde(skip_serializing_if = "is_default")]
    pub allow_encoded_question_mark: bool,
    /// `%23`
    #[serde(skip_serializing_if = "is_default")]
    pub allow_encoded_hash: bool,
}

impl Kind for EncodedCharacters {
    const NAME: &'static str = "encodedCharacters";
    const SPAN: Option<&'static str> = Some("EncodedCharacters");
    type Options = Options;

    fn build(allow: Options, _: &BuildContext<'_>) -> Result<Stage, BuildError> {
        let escapes = [
            (allow.allow_encoded_slash, "%2F"),
            (allow.allow_encoded_back_slash, "%5C"),
            (allow.allow_encoded_null_character, "%00"),
            (allow.allow_encoded_semicolon, "%3B"),
            (allow.allow_encoded_percent, "%25"),
            (allow.allow_encoded_question_mark, "%3F"),
            (allow.allow_encoded_hash, "%23"),
        ];
        let denied = escapes.into_iter().filter(|(allowed, _)| !allowed).map(|(_, escape)| escape).collect();
        Ok(Stage::filter(Self { denied }))
    }
}

impl Filter for EncodedCharacters {
    fn request(&self, ex: &mut Exchange) -> Flow {
        if holds_escape(ex.target.path(), &self.denied) {
            return Flow::reply(Failure::BadRequest.reply());
        }
        Flow::Continue
    }
}

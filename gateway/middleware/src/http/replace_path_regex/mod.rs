//! `replacePathRegex`: replaces what an expression finds in the path.
//!
//! ```yaml
//! replacePathRegex:
//!   regex: ^/api/(.*)
//!   replacement: /v2/$1
//! ```
//!
//! The expression, in the syntax of Go, is searched for in the path with its escapes; every match is replaced, the query
//! stays, and the old path is added to the header `X-Replaced-Path`. Where nothing matches, nothing is done. An outcome
//! that is no clean path is answered with status 400, one with a broken escape with 500.

use serde::{Deserialize, Serialize};

use windrose_config::Located;
use windrose_http::path::Target;
use windrose_http::{Exchange, Id};
use windrose_rule::regex::Regex;

use super::replace_path::{complaint, invalid_escape};
use super::strip_prefix::unclean;
use crate::is_default;
use crate::kind::{BuildContext, BuildError, Kind};
use crate::stage::{Filter, Flow, Stage};

#[cfg(test)]
mod tests;

/// Replaces what an expression finds in the path.
#[derive(Debug)]
pub struct ReplacePathRegex {
    regex: Regex,
    replacement: Box<str>,
}

/// The options of `replacePathRegex`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// The expression; required.
    #[serde(skip_serializing_if = "is_default")]
    pub regex: Located<Box<str>>,
    /// What a match becomes: `$1`, `${1}` and `${name}` are groups.
    #[serde(skip_serializing_if = "is_default")]
    pub replacement: Box<str>,
}

impl Kind for ReplacePathRegex {
    const NAME: &'static str = "replacePathRegex";
    const SPAN: Option<&'static str> = Some("ReplacePathRegex");
    type Options = Options;

    fn build(options: Options, _: &BuildContext<'_>) -> Result<Stage, BuildError> {
        if options.regex.trim().is_empty() {
            return Err(BuildError::new("regex is missing, write the expression that paths must match"));
        }
        let regex = Regex::new(options.regex.trim()).map_err(|error| {
            BuildError::at(&options.regex, format!("cannot read the expression: {error}"))
        })?;
        Ok(Stage::filter(Self { regex, replacement: options.replacement.trim().into() }))
    }
}

impl Filter for ReplacePathRegex {
    fn request(&self, ex: &mut Exchange) -> Flow {
        let path = ex.target.path();
        // Most requests do not match, and finding that out needs no groups.
        if !self.regex.is_match(path) {
            return Flow::Continue;
        }
        let wanted = self.regex.replace_all(path, &self.replacement).into_owned();
        let wanted = if wanted.is_empty() { "/".to_owned() } else { wanted };
        ex.headers.append(Id::X_REPLACED_PATH, ex.target.path());
        let mut normal = Target::default();
        if wanted.starts_with('/') && normal.replace_path(&wanted).is_err() {
            return invalid_escape(complaint(&wanted).into());
        }
        match ex.target.set_path(normal.path()) {
            Ok(()) if wanted.starts_with('/') => Flow::Continue,
            _ => unclean(),
        }
    }
}

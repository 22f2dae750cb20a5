//! `redirectRegex`: sends the client to an address made from the one it asked for.
//!
//! ```yaml
//! redirectRegex:
//!   regex: ^https://old\.example\.com/(.*)
//!   replacement: https://new.example.com/${1}
//!   permanent: true
//! ```
//!
//! The expression, in the syntax of Go, is searched for in `scheme://host:port/path?query`, where the scheme is told by
//! TLS alone; every match is replaced. Where nothing matches or nothing changes, the request goes on; where the outcome is
//! no address for Go, the answer is 502. GET is answered with status 302, or 301 when permanent; any other method with 307
//! or 308.

use serde::{Deserialize, Serialize};

use windrose_config::Located;
use windrose_http::{Exchange, Reply};
use windrose_rule::regex::Regex;

use crate::is_default;
use crate::kind::{BuildContext, BuildError, Kind};
use crate::redirect::{self, Permanence};
use crate::stage::{Filter, Flow, Stage};

#[cfg(test)]
mod tests;

/// Sends the client to an address made from the one it asked for.
#[derive(Debug)]
pub struct RedirectRegex {
    regex: Regex,
    replacement: Box<str>,
    permanence: Permanence,
}

/// The options of `redirectRegex`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// The expression; required.
    #[serde(skip_serializing_if = "is_default")]
    pub regex: Located<Box<str>>,
    /// What a match becomes: `$1`, `${1}` and `${name}` are groups.
    #[serde(skip_serializing_if = "is_default")]
    pub replacement: Box<str>,
    /// Whether clients may remember it.
    #[serde(skip_serializing_if = "is_default")]
    pub permanent: bool,
}

impl Kind for RedirectRegex {
    const NAME: &'static str = "redirectRegex";
    const SPAN: Option<&'static str> = Some("Redirect");
    type Options = Options;

    fn build(options: Options, _: &BuildContext<'_>) -> Result<Stage, BuildError> {
        if options.regex.is_empty() {
            return Err(BuildError::new("regex is missing, write the expression that addresses must match"));
        }
        let regex = Regex::new(&options.regex).map_err(|error| {
            BuildError::at(&options.regex, format!("cannot read the expression: {error}"))
        })?;
        Ok(Stage::filter(Self {
            regex,
            replacement: options.replacement,
            permanence: Permanence::from_option(options.permanent),
        }))
    }
}

impl Filter for RedirectRegex {
    fn request(&self, ex: &mut Exchange) -> Flow {
        let asked = [ex.scheme(), "://", ex.host.as_str(), ex.target.as_str()].concat();
        // Most requests do not match, and finding that out needs no groups.
        if !self.regex.is_match(&asked) {
            return Flow::Continue;
        }
        let wanted = self.regex.replace_all(&asked, &self.replacement);
        if *wanted == *asked {
            return Flow::Continue;
        }
        match redirect::location(&wanted) {
            Some(location) => Flow::reply(redirect::reply(ex, &location, self.permanence)),
            // Traefik's answer when the replacement is no URL.
            None => Flow::reply(Reply::status_text(502)),
        }
    }
}

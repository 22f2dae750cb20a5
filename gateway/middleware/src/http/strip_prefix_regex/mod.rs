//! `stripPrefixRegex`: removes the beginning of the path that an expression finds.
//!
//! ```yaml
//! stripPrefixRegex:
//!   regex:
//!     - ^/api/v[0-9]+
//! ```
//!
//! Each expression, in the syntax of Go, is searched for in the decoded path. The first whose match is also the beginning
//! of the path counts: what it matched is removed and added to the header `X-Forwarded-Prefix`. What is left gets a
//! leading slash; where it would not be a clean path, the request is refused with status 400.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use windrose_config::Located;
use windrose_http::{Exchange, Id};
use windrose_rule::regex::Regex;

use super::strip_prefix::{beginning, unclean};
use crate::is_default;
use crate::kind::{BuildContext, BuildError, Kind};
use crate::stage::{Filter, Flow, Stage};

#[cfg(test)]
mod tests;

/// Removes the beginning of the path that an expression finds.
#[derive(Debug)]
pub struct StripPrefixRegex {
    expressions: Box<[Regex]>,
}

/// The options of `stripPrefixRegex`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// Expressions for beginnings to remove; the first that fits counts. A list without any changes nothing.
    #[serde(skip_serializing_if = "is_default")]
    pub regex: Option<Located<Vec<Located<Box<str>>>>>,
}

impl Kind for StripPrefixRegex {
    const NAME: &'static str = "stripPrefixRegex";
    const SPAN: Option<&'static str> = Some("StripPrefixRegex");
    type Options = Options;

    fn build(options: Options, cx: &BuildContext<'_>) -> Result<Stage, BuildError> {
        let Some(written) = options.regex else {
            return Err(BuildError::new(
                "regex is missing, write what to remove from the path, such as ^/v[0-9]+",
            ));
        };
        if written.is_empty() {
            let message = "removes nothing, write an expression such as ^/v[0-9]+ or remove the middleware";
            cx.warn(BuildError { message: message.to_owned(), mark: Some(written.mark), length: 0 });
        }
        let compile = |text: &Located<Box<str>>| {
            Regex::new(text.trim())
                .map_err(|error| BuildError::at(text, format!("cannot read the expression: {error}")))
        };
        let expressions = written.iter().map(compile).collect::<Result<_, _>>()?;
        Ok(Stage::filter(Self { expressions }))
    }
}

impl Filter for StripPrefixRegex {
    fn request(&self, ex: &mut Exchange) -> Flow {
        let decoded = ex.target.decoded();
        let Some(prefix) = self.expressions.iter().find_map(|regex| prefix(regex, &decoded)) else {
            return Flow::Continue;
        };
        let prefix = prefix.to_vec();
        let Some(length) = beginning(ex.target.path(), &prefix) else { return Flow::Continue };
        if ex.target.strip(length).is_err() {
            return unclean();
        }
        ex.headers.append(Id::X_FORWARDED_PREFIX, prefix);
        Flow::Continue
    }
}

/// What the expression matches first, if the path begins with it.
fn prefix<'p>(regex: &Regex, path: &'p [u8]) -> Option<&'p [u8]> {
    let found = match std::str::from_utf8(path) {
        Ok(text) => regex.find(text)?,
        Err(_) => find_bytes(regex, path)?,
    };
    let matched = path.get(found)?;
    (!matched.is_empty() && path.starts_with(matched)).then_some(matched)
}

/// The first match; a byte that is not part of UTF-8 counts as U+FFFD.
fn find_bytes(regex: &Regex, path: &[u8]) -> Option<Range<usize>> {
    let mut text = String::with_capacity(path.len());
    // Where each stand-in begins in the text; the byte it stands for is one long.
    let mut stand_ins = Vec::new();
    for chunk in path.utf8_chunks() {
        text.push_str(chunk.valid());
        for _ in chunk.invalid() {
            stand_ins.push(text.len());
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    let found = regex.find(&text)?;
    let surplus = char::REPLACEMENT_CHARACTER.len_utf8() - 1;
    let place = |at: usize| at - surplus * stand_ins.partition_point(|stand_in| *stand_in < at);
    Some(place(found.start)..place(found.end))
}

//! `addPrefix`: puts a prefix before the path.
//!
//! ```yaml
//! addPrefix:
//!   prefix: /foo
//! ```
//!
//! The prefix is plain text: a `%` in it is sent as `%25`. It gets a leading slash when it has none.

use serde::{Deserialize, Serialize};

use windrose_http::{Exchange, path};

use crate::is_default;
use crate::kind::{BuildContext, BuildError, Kind};
use crate::stage::{Filter, Flow, Stage};

#[cfg(test)]
mod tests;

/// Puts a prefix before the path.
#[derive(Debug)]
pub struct AddPrefix {
    prefix: Box<str>,
}

/// The options of `addPrefix`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// What goes before the path; required.
    #[serde(skip_serializing_if = "is_default")]
    pub prefix: Box<str>,
}

impl Kind for AddPrefix {
    const NAME: &'static str = "addPrefix";
    const SPAN: Option<&'static str> = Some("AddPrefix");
    type Options = Options;

    fn build(options: Options, _: &BuildContext<'_>) -> Result<Stage, BuildError> {
        if options.prefix.is_empty() {
            return Err(BuildError::new(
                "prefix is missing, write what to put before the path, such as /foo",
            ));
        }
        let slash = if options.prefix.starts_with('/') { "" } else { "/" };
        let prefix = path::escape(&format!("{slash}{}", options.prefix));
        Ok(Stage::filter(Self { prefix: prefix.into() }))
    }
}

impl Filter for AddPrefix {
    fn request(&self, ex: &mut Exchange) -> Flow {
        ex.target.prepend(&self.prefix);
        Flow::Continue
    }
}

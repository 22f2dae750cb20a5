//! `stripPrefix`: removes the beginning of the path.
//!
//! ```yaml
//! stripPrefix:
//!   prefixes:
//!     - /api
//!     - /admin
//! ```
//!
//! The first prefix that the decoded path begins with is removed and added to the header `X-Forwarded-Prefix`. Prefixes
//! need not end at a slash; what is left gets a leading one. Where it would not be a clean path, as with `/api../x`,
//! the request is refused with status 400.

use serde::{Deserialize, Serialize};

use windrose_config::Located;
use windrose_http::{Exchange, Failure, Id, Reply};

use crate::is_default;
use crate::kind::{BuildContext, BuildError, Kind};
use crate::stage::{Filter, Flow, Stage};

#[cfg(test)]
mod tests;

/// Removes the beginning of the path.
#[derive(Debug)]
pub struct StripPrefix {
    prefixes: Box<[Box<str>]>,
}

/// The options of `stripPrefix`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// Beginnings to remove; the first that fits counts. A list without any changes nothing.
    #[serde(skip_serializing_if = "is_default")]
    pub prefixes: Option<Located<Vec<Located<Box<str>>>>>,
    /// Deprecated: what is left always begins with a slash when it is sent, whatever stands here.
    #[serde(skip_serializing_if = "is_default")]
    pub force_slash: Option<Located<bool>>,
}

impl Kind for StripPrefix {
    const NAME: &'static str = "stripPrefix";
    const SPAN: Option<&'static str> = Some("StripPrefix");
    type Options = Options;

    fn build(options: Options, cx: &BuildContext<'_>) -> Result<Stage, BuildError> {
        if options == Options::default() {
            return Err(BuildError::new(
                "prefixes is missing, write what to remove from the path, such as /api",
            ));
        }
        let prefixes = match options.prefixes {
            Some(prefixes) if !prefixes.value.is_empty() => prefixes.value,
            written => {
                let message =
                    "removes nothing, write a prefix such as /api or remove the middleware".to_owned();
                cx.warn(BuildError { message, mark: written.map(|prefixes| prefixes.mark), length: 0 });
                Vec::new()
            }
        };
        for prefix in &prefixes {
            if prefix.is_empty() {
                cx.warn(BuildError::at(prefix, "fits every path and removes nothing, remove it"));
            } else if !prefix.starts_with('/') {
                cx.warn(BuildError::at(
                    prefix,
                    "never fits, as paths begin with a slash; write one before it",
                ));
            }
        }
        if let Some(flag) = options.force_slash {
            let message = "forceSlash changes nothing, the path always begins with a slash; remove it";
            cx.warn(BuildError { message: message.to_owned(), mark: Some(flag.mark), length: 0 });
        }
        Ok(Stage::filter(Self { prefixes: prefixes.into_iter().map(|prefix| prefix.value).collect() }))
    }
}

impl Filter for StripPrefix {
    fn request(&self, ex: &mut Exchange) -> Flow {
        for prefix in &self.prefixes {
            if let Some(length) = beginning(ex.target.path(), &**prefix) {
                if ex.target.strip(length).is_err() {
                    return unclean();
                }
                ex.headers.append(Id::X_FORWARDED_PREFIX, prefix.trim());
                return Flow::Continue;
            }
        }
        Flow::Continue
    }
}

/// How many bytes of an escaped path stand for `prefix`, when the decoded path begins with it.
pub(super) fn beginning(path: &str, prefix: &(impl AsRef<[u8]> + ?Sized)) -> Option<usize> {
    let mut rest = path.as_bytes();
    for wanted in prefix.as_ref().iter().copied() {
        let (byte, after) = match rest {
            [b'%', high, low, after @ ..] => (hex(*high)? << 4 | hex(*low)?, after),
            [byte, after @ ..] => (*byte, after),
            [] => return None,
        };
        if byte != wanted {
            return None;
        }
        rest = after;
    }
    Some(path.len() - rest.len())
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// What is left of the path could be read in two ways.
pub(super) fn unclean() -> Flow {
    let mut reply = Reply::error(400, "Bad Request\n");
    reply.failure = Some(Failure::BadRequest);
    Flow::reply(reply)
}

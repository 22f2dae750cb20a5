//! `replacePath`: replaces the path.
//!
//! ```yaml
//! replacePath:
//!   path: /foo
//! ```
//!
//! Escapes in the new path are kept, the query stays, and the old path is added to the header `X-Replaced-Path`.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use windrose_config::Located;
use windrose_http::path::Target;
use windrose_http::{Body, Exchange, Failure, Id, Reply};

use crate::is_default;
use crate::kind::{BuildContext, BuildError, Kind};
use crate::stage::{Filter, Flow, Stage};

#[cfg(test)]
mod tests;

/// Replaces the path.
#[derive(Debug)]
pub struct ReplacePath {
    path: Box<str>,
}

/// The options of `replacePath`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// The new path; required.
    #[serde(skip_serializing_if = "is_default")]
    pub path: Located<Box<str>>,
}

impl Kind for ReplacePath {
    const NAME: &'static str = "replacePath";
    const SPAN: Option<&'static str> = Some("ReplacePath");
    type Options = Options;

    fn build(options: Options, cx: &BuildContext<'_>) -> Result<Stage, BuildError> {
        if options.path.is_empty() {
            return Err(BuildError::new("path is missing, write the new path, such as /foo"));
        }
        let slash = if options.path.starts_with('/') { "" } else { "/" };
        let mut target = Target::default();
        if target.replace_path(&format!("{slash}{}", options.path.value)).is_err() {
            let message = "invalid escape in the path, every request gets status 500; write % as %25";
            cx.warn(BuildError::at(&options.path, message));
            return Ok(Stage::filter(BrokenPath::new(&options.path)));
        }
        Ok(Stage::filter(Self { path: target.path().into() }))
    }
}

impl Filter for ReplacePath {
    fn request(&self, ex: &mut Exchange) -> Flow {
        ex.headers.append(Id::X_REPLACED_PATH, ex.target.path());
        match ex.target.replace_path(&self.path) {
            Ok(()) => Flow::Continue,
            Err(failure) => Flow::reply(failure.reply()),
        }
    }
}

/// Answers every request, as Traefik does: it looks at the escapes only when a request comes.
struct BrokenPath {
    answer: Bytes,
}

impl BrokenPath {
    fn new(path: &str) -> Self {
        Self { answer: complaint(path).into() }
    }
}

impl Filter for BrokenPath {
    fn request(&self, _: &mut Exchange) -> Flow {
        invalid_escape(self.answer.clone())
    }
}

/// What is said of a path with an escape that is none.
pub(super) fn complaint(path: &str) -> String {
    let escapes = path.match_indices('%').map(|(at, _)| path.get(at..).unwrap_or_default());
    let broken = escapes.map(|rest| rest.chars().take(3).collect::<String>()).find(|escape| {
        let digits = escape.chars().skip(1);
        digits.filter(char::is_ascii_hexdigit).count() < 2
    });
    format!("invalid URL escape {:?}\n", broken.unwrap_or_default())
}

/// Answers with what [`complaint`] says.
pub(super) fn invalid_escape(complaint: Bytes) -> Flow {
    let mut reply = Reply::error(500, "");
    reply.body = Body::Full(complaint);
    reply.failure = Some(Failure::Internal);
    Flow::reply(reply)
}

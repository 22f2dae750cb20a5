//! What goes wrong with an authority, and whose fault it is.

use std::time::{Duration, SystemTime};

use serde::Deserialize;
use thiserror::Error;

use crate::keys::KeyError;
use windrose_courier::{Answer, HttpError};

/// Why an authority did not do what was asked.
#[derive(Debug, Error)]
pub(crate) enum AcmeError {
    /// It could not be asked.
    #[error("the authority cannot be asked")]
    Http(#[from] HttpError),
    /// It says no.
    #[error("the authority refuses: {0}")]
    Refused(Box<Problem>),
    /// It says something that the protocol does not know.
    #[error("{0} answers what RFC 8555 does not know: {1}")]
    Odd(String, String),
    /// Something of ours.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// It takes too long.
    #[error("the authority was not done in time: {0}")]
    Late(&'static str),
    /// What is written cannot be used with this authority.
    #[error("{0}")]
    Settings(String),
}

/// What an authority says of a failure (RFC 7807).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Problem {
    #[serde(rename = "type")]
    kind: String,
    detail: String,
    subproblems: Vec<Self>,
    identifier: Option<super::Identifier>,
    #[serde(skip)]
    status: u16,
    #[serde(skip)]
    retry_after: Option<Duration>,
}

/// Whose fault it is, which decides when to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blame {
    /// Nobody's for long: a network, an authority in trouble.
    Passing,
    /// The authority could not see the proof.
    Proof,
    /// We ask too much; after so long, if the authority says how long.
    Rate(Option<Duration>),
    /// What is asked for will not be given.
    Refusal,
}

impl AcmeError {
    /// What this answer, which is no success, says.
    pub(super) fn of(url: &str, answer: &Answer) -> Self {
        let retry_after = answer.field("retry-after").and_then(|value| pause(value, SystemTime::now()));
        match serde_json::from_slice::<Problem>(&answer.body) {
            Ok(problem) if !problem.kind.is_empty() || !problem.detail.is_empty() => {
                Self::refused(Problem { status: answer.status, retry_after, ..problem })
            }
            _ if answer.status >= 500 || answer.status == 429 => {
                let detail = format!("status {} {}", answer.status, answer.text());
                Self::refused(Problem { detail, status: answer.status, retry_after, ..Problem::default() })
            }
            _ => Self::Odd(url.to_owned(), format!("status {} {}", answer.status, answer.text())),
        }
    }

    pub(super) fn refused(problem: Problem) -> Self {
        Self::Refused(Box::new(problem))
    }

    pub(super) fn is_bad_nonce(&self) -> bool {
        self.is("badNonce")
    }

    /// Whether the authority knows no such account.
    pub(crate) fn is_unknown_account(&self) -> bool {
        self.is("accountDoesNotExist")
    }

    /// Whether the authority says that this certificate was replaced already.
    pub(crate) fn is_already_replaced(&self) -> bool {
        self.is("alreadyReplaced")
    }

    fn is(&self, kind: &str) -> bool {
        matches!(self, Self::Refused(problem) if problem.short() == kind)
    }

    pub(crate) fn blame(&self) -> Blame {
        match self {
            Self::Http(_) | Self::Late(_) | Self::Odd(..) | Self::Key(_) => Blame::Passing,
            Self::Settings(_) => Blame::Refusal,
            Self::Refused(problem) => problem.blame(),
        }
    }
}

impl Problem {
    fn short(&self) -> &str {
        self.kind.strip_prefix("urn:ietf:params:acme:error:").unwrap_or(&self.kind)
    }

    pub(super) fn blame(&self) -> Blame {
        match self.short() {
            "rateLimited" => Blame::Rate(self.retry_after),
            "connection" | "dns" | "tls" | "unauthorized" | "incorrectResponse" | "userActionRequired" => {
                Blame::Proof
            }
            "serverInternal" | "badNonce" | "orderNotReady" => Blame::Passing,
            _ if self.status >= 500 => Blame::Passing,
            _ if self.status == 429 => Blame::Rate(self.retry_after),
            _ => Blame::Refusal,
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.kind.is_empty() {
            write!(f, "{}: ", self.short())?;
        }
        f.write_str(&self.detail)?;
        for one in &self.subproblems {
            let name = one.identifier.as_ref().map_or("", |identifier| &identifier.value);
            write!(f, "; {name} {}: {}", one.short(), one.detail)?;
        }
        Ok(())
    }
}

/// `Retry-After`: seconds or a date.
pub(super) fn pause(value: &str, now: SystemTime) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    httpdate::parse_http_date(value.trim()).ok()?.duration_since(now).ok()
}

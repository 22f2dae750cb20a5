//! Proof by a DNS record (DNS-01, RFC 8555 §8.4): who puts records in place, and whether they can be seen.
//!
//! One file for each DNS provider in `providers`, named and configured as in lego, which Traefik uses. Must not know
//! orders. Invariant: a provider that cannot work for lack of a variable is refused when it is made, by the variable's
//! name.

mod ask;
pub(crate) mod env;
mod propagation;
mod providers;
#[cfg(test)]
mod tests;
mod update;
mod zone;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use thiserror::Error;

use crate::keys::sha256;
use windrose_courier::{Answer, HttpError};

pub(crate) use ask::Resolver;
pub(crate) use env::{Env, EnvError};
pub(crate) use propagation::{Checks, wait as wait_for_propagation};
pub(crate) use providers::{Tools, make};
pub(crate) use providers::{is_known, names};
pub(crate) use zone::challenge_name;

/// A future of a provider.
pub(crate) type Doing<'a, T> = Pin<Box<dyn Future<Output = Result<T, DnsError>> + Send + 'a>>;

/// Puts records in place.
pub(crate) trait Dns: Send + Sync {
    /// Puts the record in place, beside others of its name, and gives what is needed to remove it.
    fn present<'a>(&'a self, record: &'a Record) -> Doing<'a, Placed>;

    /// Removes it.
    fn clean_up<'a>(&'a self, record: &'a Record, placed: &'a Placed) -> Doing<'a, ()>;

    /// How long a record takes to be seen, and how often to look.
    fn timing(&self) -> Timing;

    /// Whether names are proved one after the other, with so long a pause: there is room for one record only.
    fn one_by_one(&self) -> Option<Duration> {
        None
    }
}

/// What a provider needs to find a record again: whatever it has put here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Placed(pub(crate) Vec<String>);

/// How long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timing {
    pub(crate) limit: Duration,
    pub(crate) interval: Duration,
}

/// A record that proves control of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// The name that is proved, without wildcard.
    pub(crate) domain: String,
    pub(crate) token: String,
    pub(crate) authorization: String,
    /// Where the record belongs, with its final dot.
    pub(crate) name: String,
    /// Its text.
    pub(crate) value: String,
}

impl Record {
    pub(crate) fn new(domain: &str, token: &str, authorization: &str, name: &str) -> Self {
        let value = BASE64URL_NOPAD.encode(&sha256(authorization.as_bytes()));
        let [domain, token, authorization, name] = [domain, token, authorization, name].map(str::to_owned);
        Self { domain, token, authorization, name, value }
    }

    /// Its name without the final dot.
    pub(crate) fn bare(&self) -> &str {
        bare(&self.name)
    }

    /// Its name below a zone, both with or without final dot; `@` is the zone itself.
    pub(crate) fn below(&self, zone: &str) -> String {
        let (name, zone) = (self.bare(), bare(zone));
        match name.strip_suffix(zone) {
            Some("") => "@".to_owned(),
            Some(below) => below.trim_end_matches('.').to_owned(),
            None => name.to_owned(),
        }
    }
}

/// A name without its final dot.
pub(crate) fn bare(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

/// Why a record is not in place.
#[derive(Debug, Error)]
pub(crate) enum DnsError {
    #[error("the DNS provider cannot be asked")]
    Http(#[from] HttpError),
    #[error("the DNS provider refuses to {0}: status {1} {2}")]
    Refused(&'static str, u16, String),
    #[error("the DNS provider answers {0} with what it should not: {1}")]
    Odd(&'static str, String),
    #[error("the DNS provider has no zone for {0}")]
    NoZone(String),
    #[error("no DNS server says which zone {0} is in; is the name delegated?")]
    Unknown(String),
    #[error("DNS servers cannot be asked: {0}")]
    Ask(String),
    #[error("{0}")]
    Other(String),
    #[error("the record {name} with the text {value} is not seen after {waited:?}: {last}")]
    NotSeen { name: String, value: String, waited: Duration, last: String },
    #[error(transparent)]
    Env(#[from] EnvError),
    #[error(transparent)]
    Aws(#[from] windrose_courier::aws::AwsError),
}

impl DnsError {
    /// Passes successes on.
    pub(crate) fn check(what: &'static str, answer: Answer) -> Result<Answer, Self> {
        if answer.is_success() { Ok(answer) } else { Err(Self::Refused(what, answer.status, answer.text())) }
    }

    /// The answer as JSON.
    pub(crate) fn json(what: &'static str, answer: &Answer) -> Result<serde_json::Value, Self> {
        answer.json().ok_or_else(|| Self::Odd(what, answer.text()))
    }
}

impl fmt::Debug for dyn Dns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dns")
    }
}

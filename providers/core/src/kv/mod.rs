//! Stores of keys and values: what all of them share.
//!
//! A store is a [`Source`](crate::source::Source) that lists its keys and says when one changes; here keys become routing,
//! and endpoints are read. What is written once in a store means what it means in a routing file.

mod budget;
#[cfg(test)]
mod tests;

use std::fmt;

use thiserror::Error;
use windrose_config::DynamicConfig;
use windrose_config::refuse::DYNAMIC;
use windrose_config::source::store::{self, Keys};

use crate::source::Found;

pub use budget::{Budget, TooMuch};

/// A key with its value.
pub type Pair = (String, Vec<u8>);

/// What the keys of a store below `root` declare.
#[must_use]
pub fn read(store: &str, root: &str, pairs: &[Pair]) -> Found {
    let pairs_of = pairs.iter().map(|(key, value)| (key.as_str(), value.as_slice()));
    let Keys { tree, source, problems } = store::parse(store, root, pairs_of);
    let mut config = DynamicConfig::decode(tree, &source, DYNAMIC);
    config.problems.splice(0..0, problems);
    Found { config, count: pairs.len() }
}

/// A host and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// A name or an address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// Why a text is no endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no address of a store, write HOST:PORT such as {1}")]
pub struct EndpointError(String, &'static str);

impl Endpoint {
    /// Reads `HOST:PORT`; where no port is written it is that of `example`.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &str, example: &'static str) -> Result<Self, EndpointError> {
        let wrong = || EndpointError(text.to_owned(), example);
        let trimmed = text.trim();
        let (host, port) = match trimmed.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, "")) => (host, None),
            Some((host, rest)) => (host, Some(rest.strip_prefix(':').ok_or_else(wrong)?)),
            None => match trimmed.rsplit_once(':') {
                Some((host, _)) if host.contains(':') => (trimmed, None),
                Some((host, port)) => (host, Some(port)),
                None => (trimmed, None),
            },
        };
        let port = port.or_else(|| example.rsplit_once(':').map(|(_, port)| port)).unwrap_or_default();
        let port: u16 = port.parse().map_err(|_| wrong())?;
        let is_host = !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || "/@?#[]".contains(c));
        if port == 0 || !is_host {
            return Err(wrong());
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, close) = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        write!(f, "{open}{}{close}:{}", self.host, self.port)
    }
}

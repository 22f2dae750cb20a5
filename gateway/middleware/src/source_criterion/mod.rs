//! Whom a request counts for: the option `sourceCriterion`, shared by kinds that count.

use serde::{Deserialize, Serialize};

use windrose_config::Located;
use windrose_http::{Exchange, Name};

use crate::client_ip::{ClientIp, IpStrategy};
use crate::is_default;
use crate::kind::BuildError;

#[cfg(test)]
mod tests;

/// Whom a request counts for; at most one may be written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SourceCriterion {
    /// The address of the client.
    #[serde(deserialize_with = "windrose_config::tree::filled", skip_serializing_if = "Option::is_none")]
    pub ip_strategy: Option<IpStrategy>,
    /// A field of the request; requests without it count for the same.
    #[serde(skip_serializing_if = "is_default")]
    pub request_header_name: Located<Box<str>>,
    /// The host asked for.
    #[serde(skip_serializing_if = "is_default")]
    pub request_host: bool,
}

/// A compiled [`SourceCriterion`].
#[derive(Debug)]
pub struct Sources(By);

#[derive(Debug)]
enum By {
    Ip(ClientIp),
    Field(Name),
    Host,
}

/// What a criterion is when nothing is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usual {
    /// The address of the peer.
    Ip,
    /// The host asked for.
    Host,
}

impl Sources {
    /// Compiles a criterion.
    ///
    /// # Errors
    /// Two are written, or one that makes no sense.
    pub fn new(written: Option<&SourceCriterion>, usual: Usual) -> Result<Self, BuildError> {
        let nothing = SourceCriterion::default();
        let written = written.unwrap_or(&nothing);
        let field = &written.request_header_name;
        let by = match (&written.ip_strategy, field.is_empty(), written.request_host) {
            (None, true, false) if usual == Usual::Ip => By::Ip(ClientIp::new(None)?),
            (None, true, _) => By::Host,
            (Some(strategy), true, false) => By::Ip(ClientIp::new(Some(strategy))?),
            (None, false, false) => By::Field(
                Name::new(field)
                    .map_err(|error| BuildError::at(field, format!("requestHeaderName: {error}")))?,
            ),
            _ => {
                let message = "sourceCriterion has two criteria, write one of ipStrategy, requestHeaderName, \
                               requestHost";
                return Err(BuildError::new(message));
            }
        };
        Ok(Self(by))
    }

    /// Gives the source of a request to `hash`, and what comes of that.
    pub fn of<T>(&self, ex: &Exchange, hash: impl FnOnce(&[u8]) -> T) -> T {
        match &self.0 {
            By::Ip(client) => match client.of(ex) {
                Some(std::net::IpAddr::V4(address)) => hash(&address.octets()),
                Some(std::net::IpAddr::V6(address)) => hash(&address.octets()),
                None => hash(b""),
            },
            By::Field(name) => hash(ex.headers.get(name).unwrap_or_default()),
            // Without case and port, which a client could vary to count for another.
            By::Host => hash(ex.host.name().as_bytes()),
        }
    }
}

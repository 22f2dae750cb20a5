//! What tells one source of requests from another: the option `sourceCriterion`.
//!
//! Owns [`SourceCriterion`] (written) and [`Source`] (compiled).

use serde::{Deserialize, Serialize};

use windrose_config::Located;
use windrose_http::{Exchange, Name};

use crate::client_ip::{ClientIp, IpStrategy};
use crate::is_default;
use crate::kind::BuildError;

#[cfg(test)]
mod tests;

/// What tells one source of requests from another; one of the three.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SourceCriterion {
    /// The client's address.
    #[serde(deserialize_with = "windrose_config::tree::filled", skip_serializing_if = "Option::is_none")]
    pub ip_strategy: Option<IpStrategy>,
    /// The first value of this field of the request; requests without it are one source.
    #[serde(skip_serializing_if = "is_default")]
    pub request_header_name: Located<Box<str>>,
    /// The host asked for.
    #[serde(skip_serializing_if = "is_default")]
    pub request_host: Located<bool>,
}

/// A compiled [`SourceCriterion`].
#[derive(Debug)]
pub enum Source {
    /// The client's address.
    Ip(ClientIp),
    /// The first value of a field.
    Field(Name),
    /// The host asked for.
    Host,
}

impl Source {
    /// Compiles a criterion; `None` when nothing is set.
    ///
    /// # Errors
    /// Two are set, or the one that is cannot be used.
    pub fn new(criterion: &SourceCriterion) -> Result<Option<Self>, BuildError> {
        let (name, host) = (&criterion.request_header_name, criterion.request_host);
        let is_two =
            "only one of ipStrategy, requestHeaderName and requestHost can be set, remove the others";
        if !name.is_empty() && (criterion.ip_strategy.is_some() || host.value) {
            return Err(BuildError::at(name, is_two));
        }
        if host.value && criterion.ip_strategy.is_some() {
            return Err(BuildError { message: is_two.to_owned(), mark: Some(host.mark), length: 0 });
        }
        if host.value {
            return Ok(Some(Self::Host));
        }
        if !name.is_empty() {
            let field = Name::new(name)
                .map_err(|error| BuildError::at(name, format!("`{}` is {error}", name.value)))?;
            return Ok(Some(Self::Field(field)));
        }
        let strategy = criterion.ip_strategy.as_ref();
        strategy.map(|strategy| ClientIp::new(Some(strategy)).map(Self::Ip)).transpose()
    }

    /// What tells the source of a request, as text; nothing when the request does not say.
    #[must_use]
    pub fn text(&self, ex: &Exchange) -> Vec<u8> {
        match self {
            Self::Ip(client) => {
                client.of(ex).map(|address| address.to_string().into_bytes()).unwrap_or_default()
            }
            Self::Field(_) | Self::Host => self.of(ex, <[u8]>::to_vec),
        }
    }

    /// Gives `use_it` what tells the source of a request; nothing when the request does not say.
    pub fn of<R>(&self, ex: &Exchange, use_it: impl FnOnce(&[u8]) -> R) -> R {
        match self {
            Self::Ip(client) => match client.of(ex) {
                Some(std::net::IpAddr::V4(address)) => use_it(&address.octets()),
                Some(std::net::IpAddr::V6(address)) => use_it(&address.octets()),
                None => use_it(&[]),
            },
            Self::Field(name) => use_it(ex.headers.get(name).unwrap_or_default()),
            // Without case and port, which a client could vary to be taken for another.
            Self::Host => use_it(ex.host.name().as_bytes()),
        }
    }
}

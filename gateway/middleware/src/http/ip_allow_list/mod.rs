//! `ipAllowList`: refuses clients that are not on a list.
//!
//! ```yaml
//! ipAllowList:
//!   sourceRange:
//!     - 10.0.0.0/8
//!     - 192.168.1.7
//!   ipStrategy:
//!     depth: 1
//!     ipv6Subnet: 64
//!   rejectStatusCode: 404
//! ```
//!
//! Without `ipStrategy` the client is whoever connected. `depth` takes the entry of `X-Forwarded-For` at that place from
//! the right, `excludedIPs` the rightmost entry that is none of them; a client that is not told is refused.

use serde::{Deserialize, Serialize};

use windrose_config::Located;
use windrose_http::{Exchange, Reply, reply};

use crate::client_ip::{ClientIp, IpRanges, IpStrategy};
use crate::is_default;
use crate::kind::{BuildContext, BuildError, Kind};
use crate::stage::{Filter, Flow, Stage};

#[cfg(test)]
mod tests;

/// Refuses clients that are not on a list.
#[derive(Debug)]
pub struct IpAllowList {
    allowed: IpRanges,
    client: ClientIp,
    refusal: u16,
}

/// The options of `ipAllowList`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// Addresses and ranges that are allowed; required.
    #[serde(skip_serializing_if = "is_default")]
    pub source_range: Vec<Located<Box<str>>>,
    /// Which address is the client's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_strategy: Option<IpStrategy>,
    /// The status of a refusal; 0 means 403.
    #[serde(skip_serializing_if = "is_default")]
    pub reject_status_code: Located<u16>,
}

impl Kind for IpAllowList {
    const NAME: &'static str = "ipAllowList";
    const SPAN: Option<&'static str> = Some("IPAllowLister");
    type Options = Options;

    fn build(options: Options, _: &BuildContext<'_>) -> Result<Stage, BuildError> {
        let refusal = refusal(options.reject_status_code)?;
        Self::new(&options.source_range, options.ip_strategy.as_ref(), refusal).map(Stage::filter)
    }
}

impl IpAllowList {
    /// Answers with `refusal` whoever is not within `allowed`.
    ///
    /// # Errors
    /// There are no addresses, or they and the strategy cannot be read.
    pub(super) fn new(
        allowed: &[Located<Box<str>>],
        strategy: Option<&IpStrategy>,
        refusal: u16,
    ) -> Result<Self, BuildError> {
        if allowed.is_empty() {
            return Err(BuildError::new("sourceRange is missing, write the addresses to allow"));
        }
        Ok(Self { allowed: IpRanges::new(allowed)?, client: ClientIp::new(strategy)?, refusal })
    }
}

impl Filter for IpAllowList {
    fn request(&self, ex: &mut Exchange) -> Flow {
        if self.client.of(ex).is_some_and(|client| self.allowed.contains(client)) {
            return Flow::Continue;
        }
        Flow::reply(Reply::status_text(self.refusal))
    }
}

/// The status to refuse with.
///
/// # Errors
/// It ends nothing (1xx) or has no name.
pub(super) fn refusal(written: Located<u16>) -> Result<u16, BuildError> {
    match written {
        Located { value: 0, .. } => Ok(FORBIDDEN),
        Located { value, .. } if value >= 200 && !reply::text(value).is_empty() => Ok(value),
        Located { value, mark } => {
            let message = format!("{value} is no status to answer with, write for example 403");
            Err(BuildError { message, mark: Some(mark), length: value.to_string().len() })
        }
    }
}

/// The usual status of a refusal.
pub(super) const FORBIDDEN: u16 = 403;

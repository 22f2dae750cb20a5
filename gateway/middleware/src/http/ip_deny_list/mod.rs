//! `ipDenyList`: refuses clients that are on a list.
//!
//! ```yaml
//! ipDenyList:
//!   sourceRange:
//!     - 203.0.113.0/24
//!   ipStrategy:
//!     depth: 1
//!   rejectStatusCode: 404
//! ```
//!
//! The opposite of [`ipAllowList`](super::ip_allow_list), with the same options. A client that the strategy does not tell
//! is refused here, too. Traefik has no such kind.

use windrose_http::{Exchange, Reply};

use super::ip_allow_list::{Options, refusal};
use crate::client_ip::{ClientIp, IpRanges};
use crate::kind::{BuildContext, BuildError, Kind};
use crate::stage::{Filter, Flow, Stage};

#[cfg(test)]
mod tests;

/// Refuses clients that are on a list.
#[derive(Debug)]
pub struct IpDenyList {
    denied: IpRanges,
    client: ClientIp,
    refusal: u16,
}

impl Kind for IpDenyList {
    const NAME: &'static str = "ipDenyList";
    const SPAN: Option<&'static str> = Some("IPDenyLister");
    type Options = Options;

    fn build(options: Options, _: &BuildContext<'_>) -> Result<Stage, BuildError> {
        if options.source_range.is_empty() {
            return Err(BuildError::new("sourceRange is missing, write the addresses to refuse"));
        }
        Ok(Stage::filter(Self {
            denied: IpRanges::new(&options.source_range)?,
            client: ClientIp::new(options.ip_strategy.as_ref())?,
            refusal: refusal(options.reject_status_code)?,
        }))
    }
}

impl Filter for IpDenyList {
    fn request(&self, ex: &mut Exchange) -> Flow {
        if self.client.of(ex).is_some_and(|client| !self.denied.contains(client)) {
            return Flow::Continue;
        }
        Flow::reply(Reply::status_text(self.refusal))
    }
}

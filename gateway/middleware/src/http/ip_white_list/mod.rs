//! `ipWhiteList`: the older name of [`ipAllowList`](super::ip_allow_list), which always refuses with status 403.
//!
//! ```yaml
//! ipWhiteList:
//!   sourceRange:
//!     - 10.0.0.0/8
//!   ipStrategy:
//!     depth: 1
//! ```

use serde::{Deserialize, Serialize};

use windrose_config::Located;

use super::ip_allow_list::{FORBIDDEN, IpAllowList};
use crate::client_ip::IpStrategy;
use crate::is_default;
use crate::kind::{BuildContext, BuildError, Kind};
use crate::stage::Stage;

#[cfg(test)]
mod tests;

/// Refuses clients that are not on a list, with status 403.
#[derive(Debug)]
pub struct IpWhiteList;

/// The options of `ipWhiteList`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// Addresses and ranges that are allowed; required.
    #[serde(skip_serializing_if = "is_default")]
    pub source_range: Vec<Located<Box<str>>>,
    /// Which address is the client's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_strategy: Option<IpStrategy>,
}

impl Kind for IpWhiteList {
    const NAME: &'static str = "ipWhiteList";
    const SPAN: Option<&'static str> = Some("IPWhiteLister");
    type Options = Options;

    fn build(options: Options, _: &BuildContext<'_>) -> Result<Stage, BuildError> {
        IpAllowList::new(&options.source_range, options.ip_strategy.as_ref(), FORBIDDEN).map(Stage::filter)
    }
}

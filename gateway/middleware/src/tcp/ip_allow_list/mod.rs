//! `ipAllowList`: lets in the clients on a list. `ipWhiteList` is its older name.
//!
//! ```yaml
//! ipAllowList:
//!   sourceRange:
//!     - 10.0.0.0/8
//!     - 192.168.1.7
//! ```
//!
//! The client is whoever connected, or whom a trusted PROXY header names.

use serde::{Deserialize, Serialize};
use windrose_config::Located;
use windrose_http::Conn;

use super::{Denied, Gate, Kind, Permit};
use crate::client_ip::IpRanges;
use crate::is_default;
use crate::kind::BuildError;

/// Lets in the clients on a list.
#[derive(Debug)]
pub struct IpAllowList(IpRanges);

/// The same by its older name.
#[derive(Debug)]
pub struct IpWhiteList(IpAllowList);

/// The options of `ipAllowList`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// Addresses and ranges that are allowed; required.
    #[serde(skip_serializing_if = "is_default")]
    pub source_range: Vec<Located<Box<str>>>,
}

impl Kind for IpAllowList {
    const NAME: &'static str = "ipAllowList";
    type Options = Options;

    fn build(options: Options) -> Result<Self, BuildError> {
        if options.source_range.is_empty() {
            return Err(BuildError::new("sourceRange is missing, write the addresses to allow"));
        }
        Ok(Self(IpRanges::new(&options.source_range)?))
    }
}

impl Gate for IpAllowList {
    fn admit(&self, conn: &Conn) -> Result<Permit, Denied> {
        if self.0.contains(conn.peer.ip()) { Ok(Permit::default()) } else { Err(Denied::NotAllowed) }
    }
}

impl Kind for IpWhiteList {
    const NAME: &'static str = "ipWhiteList";
    type Options = Options;

    fn build(options: Options) -> Result<Self, BuildError> {
        IpAllowList::build(options).map(Self)
    }
}

impl Gate for IpWhiteList {
    fn admit(&self, conn: &Conn) -> Result<Permit, Denied> {
        self.0.admit(conn)
    }
}

//! The address a client has, as operators want it told apart: the option `ipStrategy`.
//!
//! Owns [`IpStrategy`] (written), [`ClientIp`] (compiled) and [`IpRanges`]. An IPv4 address mapped into IPv6 is the
//! IPv4 address everywhere here.

use std::net::{IpAddr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use windrose_config::Located;
use windrose_http::{Exchange, Id};

use crate::is_default;
use crate::kind::BuildError;

mod ranges;
#[cfg(test)]
mod tests;

pub use ranges::IpRanges;

/// Which address is the client's. `depth` goes before `excludedIPs`; without both it is the peer's.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IpStrategy {
    /// The entry of X-Forwarded-For, counted from the right; 0 means none.
    #[serde(skip_serializing_if = "is_default")]
    pub depth: u32,
    /// The client is the rightmost entry of X-Forwarded-For that is not one of these.
    #[serde(rename = "excludedIPs", skip_serializing_if = "is_default")]
    pub excluded_ips: Vec<Located<Box<str>>>,
    /// Takes together the IPv6 addresses with this many equal leading bits; not with `excludedIPs`.
    #[serde(rename = "ipv6Subnet", skip_serializing_if = "Option::is_none")]
    pub ipv6_subnet: Option<Located<u32>>,
}

/// A compiled [`IpStrategy`].
#[derive(Debug)]
pub struct ClientIp {
    from: From,
    ipv6_mask: u128,
}

#[derive(Debug)]
enum From {
    Peer,
    Depth(usize),
    Excluding(IpRanges),
}

impl ClientIp {
    /// Compiles a strategy; `None` is the address of the peer.
    ///
    /// # Errors
    /// An excluded address is none, or the subnet is no number of bits.
    pub fn new(strategy: Option<&IpStrategy>) -> Result<Self, BuildError> {
        let Some(strategy) = strategy else { return Ok(Self { from: From::Peer, ipv6_mask: u128::MAX }) };
        let ipv6_mask = match strategy.ipv6_subnet {
            None => u128::MAX,
            Some(bits) => mask(bits)?,
        };
        let from = if strategy.depth > 0 {
            From::Depth(usize::try_from(strategy.depth).unwrap_or(usize::MAX))
        } else if strategy.excluded_ips.is_empty() {
            From::Peer
        } else {
            From::Excluding(IpRanges::new(&strategy.excluded_ips)?)
        };
        Ok(Self { from, ipv6_mask })
    }

    /// The client's address; `None` when X-Forwarded-For does not tell it.
    #[must_use]
    pub fn of(&self, ex: &Exchange) -> Option<IpAddr> {
        match &self.from {
            From::Peer => Some(self.mask(ex.conn.peer.ip().to_canonical())),
            From::Depth(depth) => {
                let entry = entries(ex).nth(depth.checked_sub(1)?)?;
                address(entry).map(|address| self.mask(address))
            }
            From::Excluding(excluded) => {
                let mut entries = entries(ex).filter(|entry| !entry.is_empty());
                let entry = entries
                    .find(|entry| !address(entry).is_some_and(|address| excluded.contains(address)))?;
                address(entry)
            }
        }
    }

    fn mask(&self, address: IpAddr) -> IpAddr {
        match address {
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & self.ipv6_mask).into(),
            address => address,
        }
    }
}

/// The entries of X-Forwarded-For, from the right.
fn entries(ex: &Exchange) -> impl Iterator<Item = &[u8]> {
    ex.headers
        .iter()
        .rev()
        .filter(|field| field.id == Id::X_FORWARDED_FOR)
        .flat_map(|field| field.value.rsplit(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
}

/// An address as proxies write it: perhaps in brackets, with a port or a zone.
fn address(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?;
    let text = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0,
        // A single colon goes before a port: no IPv6 address has only one.
        None => text.split_once(':').filter(|(_, port)| !port.contains(':')).map_or(text, |(host, _)| host),
    };
    let text = text.split_once('%').map_or(text, |(address, _)| address);
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

fn mask(bits: Located<u32>) -> Result<u128, BuildError> {
    match bits.value {
        0 => Ok(u128::MAX),
        bits @ 1..=128 => Ok(u128::MAX << (128 - bits)),
        other => {
            let message = format!("ipv6Subnet is {other}, write a number of bits from 1 to 128");
            Err(BuildError { message, mark: Some(bits.mark), length: other.to_string().len() })
        }
    }
}

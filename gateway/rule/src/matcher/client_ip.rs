//! `ClientIP`: the address of the other end of the connection, whatever headers say.

use std::net::IpAddr;

use ipnet::IpNet;

use super::nth;
use crate::error::RuleError;
use crate::parser::Arg;
use crate::tree::{Node, Test};

pub(crate) fn client_ip(args: &[Arg<'_>]) -> Result<Node, RuleError> {
    Ok(test(nth(args, 0))?.into())
}

/// The argument as an address or a range of addresses.
pub(crate) fn test(arg: &Arg<'_>) -> Result<Test, RuleError> {
    let net = match arg.text.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address.to_canonical()),
        Err(_) => {
            arg.text.parse::<IpNet>().map_err(|_| arg.error("not an address or range such as 10.0.0.0/8"))?
        }
    };
    Ok(Test::ClientIp(net.trunc()))
}

/// Whether `peer` is in `net`; an IPv4 address is one even in the clothes of IPv6.
pub(crate) fn is_in(net: IpNet, peer: IpAddr) -> bool {
    net.contains(&peer.to_canonical())
}

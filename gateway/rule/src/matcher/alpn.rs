//! `ALPN`: the protocols offered in the TLS handshake.

use super::nth;
use crate::error::RuleError;
use crate::parser::Arg;
use crate::tree::{Node, Test};

pub(crate) fn alpn(args: &[Arg<'_>]) -> Result<Node, RuleError> {
    Ok(test(nth(args, 0))?.into())
}

/// The argument as a protocol; that of the ACME challenge is answered elsewhere and cannot be routed.
pub(crate) fn test(arg: &Arg<'_>) -> Result<Test, RuleError> {
    if *arg.text == *ACME_TLS {
        return Err(arg.error("acme-tls/1 cannot be routed, it answers certificate challenges"));
    }
    Ok(Test::Alpn(arg.text.as_bytes().into()))
}

pub(crate) fn is_offered(protocol: &[u8], offered: &[&[u8]]) -> bool {
    offered.contains(&protocol)
}

/// RFC 8737 §6.2.
const ACME_TLS: &str = "acme-tls/1";

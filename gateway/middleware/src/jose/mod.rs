//! Signed tokens (RFC 7515, 7517, 7519): reading them, holding them against keys, and what they claim.
//!
//! Shared by every kind that trusts tokens. Must not know where a token came from or what it is good for. Invariants, each
//! with a test of the attack: the type of a key decides which algorithms it can be used with, never the token; a token is
//! believed only after its signature was; what two readers could read differently (members that stand twice, loose base64)
//! is refused; `kid` picks from the keys that are there and leads nowhere else; keys that a token brings along count nothing.

mod algorithm;
mod claims;
mod condition;
mod forward;
mod jwk;
mod key;
mod pem;
mod set;
mod strict;
#[cfg(test)]
mod tests;
mod token;
mod verifier;

pub(crate) use algorithm::Algorithm;
pub(crate) use claims::{Claims, Path, text};
pub(crate) use condition::Condition;
pub(crate) use forward::Forwarded;
pub(crate) use jwk::{Origin, parse as parse_jwks};
pub(crate) use key::Key;
pub(crate) use pem::parse as parse_pem;
pub(crate) use set::KeySet;
pub(crate) use strict::parse as parse_json;
pub(crate) use token::Fault;
pub(crate) use verifier::{Times, Verifier};

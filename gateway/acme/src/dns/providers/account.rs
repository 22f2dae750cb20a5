//! An account at a provider: where it is asked, with which secret, and how long things take there.

use crate::dns::{DnsError, Timing};

use super::Tools;

/// An account.
pub(super) struct Account {
    pub(super) tools: Tools,
    /// The API's address.
    pub(super) base: String,
    /// The token or the key.
    pub(super) secret: String,
    pub(super) ttl: u64,
    pub(super) timing: Timing,
}

/// What is not written, in seconds.
pub(super) struct Usual {
    pub(super) ttl: u64,
    /// No record may live shorter.
    pub(super) least_ttl: u64,
    pub(super) limit: u64,
    pub(super) interval: u64,
}

impl Account {
    /// The account of these variables: `PREFIX_…`, the secret's, and the address's with what it is usually.
    pub(super) fn new(
        tools: &Tools,
        prefix: &str,
        secret: &str,
        (variable, address): (&str, &str),
        usual: &Usual,
    ) -> Result<Self, DnsError> {
        Ok(Self {
            secret: tools.env.need(&[secret])?,
            base: tools.env.or(&[variable], address)?,
            ttl: tools.ttl(&[prefix], usual.ttl)?.max(usual.least_ttl),
            timing: tools.timing(&[prefix], usual.limit, usual.interval)?,
            tools: tools.clone(),
        })
    }
}

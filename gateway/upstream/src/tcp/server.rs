//! One server of a service of TCP.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Connector;
use crate::HostPort;

/// One server.
pub struct Server {
    /// Where it is.
    pub address: HostPort,
    /// Whether it speaks TLS.
    pub encryption: Encryption,
    /// How it is reached.
    pub connector: Arc<Connector>,
    /// Written by whoever checks it, read when its turn comes.
    is_well: AtomicBool,
}

/// Whether a server speaks TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// It does not, or whoever connects does so with it.
    Nothing,
    /// It does with us.
    Tls,
}

impl Server {
    /// A server that is well until it is known to be otherwise.
    #[must_use]
    pub const fn new(address: HostPort, encryption: Encryption, connector: Arc<Connector>) -> Self {
        Self { address, encryption, connector, is_well: AtomicBool::new(true) }
    }

    /// Whether it is well, as far as anybody knows.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.is_well.load(Ordering::Relaxed)
    }

    /// Takes note of how it is; says whether that is news.
    pub(super) fn note(&self, is_well: bool) -> bool {
        self.is_well.swap(is_well, Ordering::Relaxed) != is_well
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.address)
            .field("encryption", &self.encryption)
            .field("is_well", &self.is_well())
            .finish_non_exhaustive()
    }
}

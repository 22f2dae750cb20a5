//! The address of a listener as operators write it: `:80`, `127.0.0.1:80`, `[::1]:80`, `name:80`.
//!
//! An address without a host means every address of the machine, both families; which sockets that
//! takes is decided by `listen`, because it depends on what the kernel offers.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum BindAddress {
    /// Every address of the machine, IPv6 and IPv4.
    Any {
        /// The port; zero lets the kernel choose.
        port: u16,
    },
    /// One address, already known.
    Exact(SocketAddr),
    /// A host name, resolved when the socket is bound.
    Named {
        /// The name to resolve.
        host: String,
        /// The port; zero lets the kernel choose.
        port: u16,
    },
}

/// Why a text is not an address to listen on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// There is no `:port` at the end.
    #[error("listen address {0:?} has no port; write it as host:port or :port")]
    NoPort(String),
    /// The port is not a number that fits.
    #[error("listen address {0:?} has an invalid port; use a number from 0 to 65535")]
    BadPort(String),
    /// The brackets of an IPv6 address do not hold one, or are missing.
    #[error("listen address {0:?} has an invalid host; write an IPv6 address in brackets, as in [::1]:80")]
    BadHost(String),
}

impl BindAddress {
    /// The port asked for.
    #[must_use]
    pub fn port(&self) -> u16 {
        match self {
            Self::Any { port } | Self::Named { port, .. } => *port,
            Self::Exact(addr) => addr.port(),
        }
    }
}

impl FromStr for BindAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if let Ok(addr) = text.parse::<SocketAddr>() {
            return Ok(Self::Exact(addr));
        }
        let (host, port) = text.rsplit_once(':').ok_or_else(|| AddressError::NoPort(text.to_owned()))?;
        let port = port.parse::<u16>().map_err(|_| AddressError::BadPort(text.to_owned()))?;
        if host.is_empty() {
            return Ok(Self::Any { port });
        }
        if host.contains([':', '[', ']', '/', ' ']) {
            return Err(AddressError::BadHost(text.to_owned()));
        }
        Ok(Self::Named { host: host.to_owned(), port })
    }
}

impl From<SocketAddr> for BindAddress {
    fn from(addr: SocketAddr) -> Self {
        Self::Exact(addr)
    }
}

impl fmt::Display for BindAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any { port } => write!(f, ":{port}"),
            Self::Exact(addr) => write!(f, "{addr}"),
            Self::Named { host, port } => write!(f, "{host}:{port}"),
        }
    }
}

#[cfg(test)]
mod tests;

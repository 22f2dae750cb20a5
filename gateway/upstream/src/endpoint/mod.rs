//! One server of a service, and how it is reached.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use crate::connect::{Connector, Speaks};

/// One server of a service. Equal address, scheme and connector make it the same one after a reload.
pub struct Endpoint {
    id: u64,
    /// The URL as it was written.
    pub url: Arc<str>,
    /// What it speaks.
    pub scheme: Scheme,
    /// Where it is.
    pub address: Address,
    /// Host and port as the server would be called when the client's host is not passed on.
    pub authority: Box<str>,
    /// The name TLS asks for and verifies, unless the connector names another.
    pub tls_name: Box<str>,
    /// Put before every path, when the URL has a path that counts.
    pub prefix: Option<Box<str>>,
    /// How connections are made.
    pub connector: Arc<Connector>,
    /// What TLS last agreed on. Shared by all workers, looked at to make a connection only, and written when it changes.
    agreed: AtomicU8,
}

/// What a server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// HTTP/1.1
    Http,
    /// TLS, and what ALPN agrees on.
    Https,
    /// HTTP/2 without TLS.
    H2c,
}

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// At a socket address.
    Socket(SocketAddr),
    /// At whatever addresses its name has, and a port.
    Name(Box<str>, u16),
    /// At a Unix socket.
    Unix(PathBuf),
}

/// A server URL that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// No scheme, or one that servers do not speak.
    #[error("a server URL starts with http://, https://, h2c:// or unix:///")]
    Scheme,
    /// No host, or something that is none.
    #[error("a server URL needs a host, such as http://10.0.0.1:8080")]
    Host,
    /// The port is no number.
    #[error("the port of a server URL is a number from 1 to 65535")]
    Port,
}

impl Endpoint {
    /// Reads a server URL.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(url: &str, preserves_path: bool, connector: Arc<Connector>) -> Result<Self, UrlError> {
        let (scheme, rest) = url.split_once("://").ok_or(UrlError::Scheme)?;
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        if scheme == "unix" {
            let address = Address::Unix(PathBuf::from(rest));
            return Ok(Self {
                id,
                url: url.into(),
                scheme: Scheme::Http,
                address,
                authority: "localhost".into(),
                tls_name: "localhost".into(),
                prefix: None,
                connector,
                agreed: AtomicU8::new(UNKNOWN),
            });
        }
        let (scheme, default_port) = match scheme {
            "http" => (Scheme::Http, 80),
            "https" => (Scheme::Https, 443),
            "h2c" => (Scheme::H2c, 80),
            _ => return Err(UrlError::Scheme),
        };
        let cut = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(cut).ok_or(UrlError::Host)?;
        // Who the gateway is to a server is not said in its URL (traefik: the same).
        let authority = authority.rsplit_once('@').map_or(authority, |(_, authority)| authority);
        let (host, port) = split_authority(authority)?;
        let port = port.unwrap_or(default_port);
        let address = match host.parse() {
            Ok(ip) => Address::Socket(SocketAddr::new(ip, port)),
            Err(_) => Address::Name(host.into(), port),
        };
        let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        let prefix = (preserves_path && !path.is_empty()).then(|| path.into());
        Ok(Self {
            id,
            url: url.into(),
            scheme,
            address,
            authority: authority.into(),
            tls_name: host.into(),
            prefix,
            connector,
            agreed: AtomicU8::new(UNKNOWN),
        })
    }

    /// The number that pools know it by; never used twice in a process.
    #[must_use]
    pub const fn id(&self) -> u64 {
        self.id
    }

    /// The same server, reached in the same way, at another port or by another scheme; paths are not put before others.
    #[must_use]
    pub(crate) fn elsewhere(&self, scheme: Option<Scheme>, port: Option<u16>) -> Self {
        let is_unsaid =
            !self.authority.trim_start_matches(['[']).trim_start_matches(&*self.tls_name).contains(':');
        let usual = scheme.filter(|_| is_unsaid).map(|scheme| if scheme == Scheme::Https { 443 } else { 80 });
        let address = match (&self.address, port.or(usual)) {
            (Address::Socket(address), Some(port)) => Address::Socket(SocketAddr::new(address.ip(), port)),
            (Address::Name(name, _), Some(port)) => Address::Name(name.clone(), port),
            (address, _) => address.clone(),
        };
        let authority = match port {
            Some(port) if self.tls_name.contains(':') => format!("[{}]:{port}", self.tls_name).into(),
            Some(port) if !matches!(address, Address::Unix(_)) => format!("{}:{port}", self.tls_name).into(),
            _ => self.authority.clone(),
        };
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            url: Arc::clone(&self.url),
            scheme: scheme.unwrap_or(self.scheme),
            address,
            authority,
            tls_name: self.tls_name.clone(),
            prefix: None,
            connector: Arc::clone(&self.connector),
            agreed: AtomicU8::new(UNKNOWN),
        }
    }

    /// What a new connection will speak, as far as that is known.
    pub(crate) fn speaks(&self) -> Option<Speaks> {
        match self.scheme {
            Scheme::Http => Some(Speaks::Http1),
            Scheme::H2c => Some(Speaks::Http2),
            Scheme::Https if !self.connector.tls.alpn_protocols.iter().any(|name| name == b"h2") => {
                Some(Speaks::Http1)
            }
            Scheme::Https => match self.agreed.load(Ordering::Relaxed) {
                HTTP1 => Some(Speaks::Http1),
                HTTP2 => Some(Speaks::Http2),
                _ => None,
            },
        }
    }

    /// Remembers what TLS has agreed on.
    pub(crate) fn learn(&self, speaks: Speaks) {
        let agreed = if speaks == Speaks::Http1 { HTTP1 } else { HTTP2 };
        if self.agreed.load(Ordering::Relaxed) != agreed {
            self.agreed.store(agreed, Ordering::Relaxed);
        }
    }
}

fn split_authority(authority: &str) -> Result<(&str, Option<u16>), UrlError> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']').ok_or(UrlError::Host)?;
            (host, after.strip_prefix(':'))
        }
        None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
    };
    if host.is_empty() || host.contains(['@', ' ', '%']) {
        return Err(UrlError::Host);
    }
    let port = match port {
        None | Some("") => None,
        Some(port) => Some(port.parse().ok().filter(|port| *port != 0).ok_or(UrlError::Port)?),
    };
    Ok((host, port))
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("id", &self.id).field("url", &self.url).finish_non_exhaustive()
    }
}

static NEXT: AtomicU64 = AtomicU64::new(1);

const UNKNOWN: u8 = 0;
const HTTP1: u8 = 1;
const HTTP2: u8 = 2;

#[cfg(test)]
mod tests;

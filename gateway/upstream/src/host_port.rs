//! Where servers of TCP and UDP are: `host:port`.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum HostPort {
    /// At a socket address.
    Socket(SocketAddr),
    /// At whatever addresses its name has, and a port.
    Name(Box<str>, u16),
}

/// A server address that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// No port.
    #[error("a server address needs a port, such as 10.0.0.1:5432")]
    NoPort,
    /// The port is no number.
    #[error("the port of a server address is a number from 1 to 65535")]
    Port,
    /// No host, or something that is none.
    #[error("a server address is host:port, such as db.internal:5432 or [2001:db8::1]:5432")]
    Host,
}

impl HostPort {
    /// The host alone, as TLS asks for it.
    #[must_use]
    pub fn host(&self) -> String {
        match self {
            Self::Socket(address) => address.ip().to_string(),
            Self::Name(name, _) => name.to_string(),
        }
    }

    /// The same host at another port.
    #[must_use]
    pub fn at_port(&self, port: u16) -> Self {
        match self {
            Self::Socket(address) => Self::Socket(SocketAddr::new(address.ip(), port)),
            Self::Name(name, _) => Self::Name(name.clone(), port),
        }
    }
}

impl FromStr for HostPort {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (host, port) = text.rsplit_once(':').ok_or(AddressError::NoPort)?;
        if port.contains(']') {
            return Err(AddressError::NoPort);
        }
        let port = port.parse().ok().filter(|port| *port != 0).ok_or(AddressError::Port)?;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        if let Some(ip) = bare.and_then(|host| host.parse::<IpAddr>().ok()).filter(IpAddr::is_ipv6) {
            return Ok(Self::Socket(SocketAddr::new(ip, port)));
        }
        if let Some(ip) = host.parse::<IpAddr>().ok().filter(IpAddr::is_ipv4) {
            return Ok(Self::Socket(SocketAddr::new(ip, port)));
        }
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if host.is_empty() || !host.bytes().all(is_name) {
            return Err(AddressError::Host);
        }
        Ok(Self::Name(host.into(), port))
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(address) => address.fmt(f),
            Self::Name(name, port) => write!(f, "{name}:{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_hosts_with_ports() {
        for text in ["10.0.0.1:1", "[2001:db8::1]:5432", "db.internal:65535", "under_score:9"] {
            assert_eq!(text.parse::<HostPort>().unwrap().to_string(), text);
        }
        for (text, error) in [
            ("db", AddressError::NoPort),
            ("[::1]", AddressError::NoPort),
            ("", AddressError::NoPort),
            ("db:", AddressError::Port),
            ("db:0", AddressError::Port),
            ("db:70000", AddressError::Port),
            (":80", AddressError::Host),
            ("::1:80", AddressError::Host),
            ("tcp://db:80", AddressError::Host),
            ("a b:80", AddressError::Host),
        ] {
            assert_eq!(text.parse::<HostPort>(), Err(error), "{text}");
        }
        let at = "[::1]:1".parse::<HostPort>().unwrap().at_port(2);
        assert_eq!((at.to_string(), at.host()), ("[::1]:2".to_owned(), "::1".to_owned()));
    }
}

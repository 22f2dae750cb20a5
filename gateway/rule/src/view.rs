//! The facts a rule looks at, borrowed from wherever the request lives.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

/// The header fields of a request, as a rule needs them.
pub trait Fields {
    /// Calls `each` with the values of the fields called `name` (lower case) until it returns true.
    ///
    /// Returns whether one call did.
    fn values(&self, name: &str, each: &mut dyn FnMut(&[u8]) -> bool) -> bool;
}

/// A request without header fields, such as a TCP connection.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFields;

impl Fields for NoFields {
    fn values(&self, _name: &str, _each: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        false
    }
}

/// What is known of a request or connection when its router is chosen.
#[derive(Clone, Copy)]
pub struct RequestView<'a> {
    /// The method as received.
    pub method: &'a [u8],
    /// The host asked for: lower case, without port, trailing dot or brackets; empty when there is none.
    ///
    /// For a TCP connection this is the server name of the TLS handshake, normalised likewise.
    pub host: &'a str,
    /// The routing path: decoded except for reserved characters.
    pub path: &'a str,
    /// The query as received, without the question mark.
    pub query: &'a str,
    /// The address of the other end of the connection.
    pub peer: IpAddr,
    /// The protocols offered in the TLS handshake.
    pub alpn: &'a [&'a [u8]],
    /// The header fields.
    pub headers: &'a dyn Fields,
}

impl<'a> RequestView<'a> {
    /// The view of a TCP connection: `sni` is the normalised server name, empty when there is none.
    #[must_use]
    pub fn tcp(sni: &'a str, alpn: &'a [&'a [u8]], peer: IpAddr) -> Self {
        Self { host: sni, alpn, peer, ..Self::default() }
    }
}

impl Default for RequestView<'_> {
    /// A request for nothing, from nowhere; a base for struct update syntax.
    fn default() -> Self {
        Self {
            method: b"",
            host: "",
            path: "",
            query: "",
            peer: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            alpn: &[],
            headers: &NoFields,
        }
    }
}

impl fmt::Debug for RequestView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestView")
            .field("method", &self.method.escape_ascii().to_string())
            .field("host", &self.host)
            .field("path", &self.path)
            .field("query", &self.query)
            .field("peer", &self.peer)
            .finish_non_exhaustive()
    }
}

//! The PROXY protocol, versions 1 and 2: what a proxy says in front of a connection about the one it got itself.
//!
//! Invariant: a header ends where its own length says, so no byte of what follows is taken for it; whatever two readers
//! could read differently is [`Outcome::Invalid`]. Knows nothing of sockets, nor of whom to believe.

mod v1;
mod v2;

use std::net::SocketAddr;

/// What the bytes seen so far are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It may be a header; more bytes are needed to say.
    NeedMore,
    /// These are the connection's own bytes.
    Absent,
    /// A whole header.
    Header(Header),
    /// It starts as a header and is none.
    Invalid(Defect),
}

/// A header that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// How many bytes it is long.
    pub length: usize,
    /// Between whom the proxied connection is; `None` where the sender does not say, or speaks for itself.
    pub ends: Option<Ends>,
}

/// The two ends of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ends {
    /// Who connected.
    pub source: SocketAddr,
    /// Whom to.
    pub destination: SocketAddr,
}

/// How a header is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// A line of text.
    V1,
    /// Binary.
    V2,
}

/// Why a header was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// The line of version 1 does not end within [`MAX_LINE`] bytes.
    TooLong,
    /// The line of version 1 is not written as it must be.
    Line,
    /// A version or command of version 2 that nobody knows.
    Command,
    /// A family or transport of version 2 that nobody knows.
    Family,
    /// The addresses or additions of version 2 do not fit into the length that is told, or fill more than [`MAX_V2`].
    Length,
}

/// The longest line of version 1, its end included.
pub const MAX_LINE: usize = 107;
/// The longest header of version 2 that is taken: room for addresses and far more additions than anybody sends.
pub const MAX_V2: usize = 4096;

/// Looks at the first bytes of a connection.
pub fn parse(bytes: &[u8]) -> Outcome {
    if starts_alike(bytes, v2::SIGNATURE) {
        return v2::parse(bytes);
    }
    if starts_alike(bytes, v1::PREFIX) {
        return v1::parse(bytes);
    }
    if bytes.is_empty() { Outcome::NeedMore } else { Outcome::Absent }
}

/// Writes the header of a connection. A connection between addresses of two families is one of IPv6 in version 2, and
/// nothing is said of it in version 1.
pub fn encode(version: Version, ends: Ends, into: &mut Vec<u8>) {
    let ends = Ends { source: canonical(ends.source), destination: canonical(ends.destination) };
    match version {
        Version::V1 => v1::encode(ends, into),
        Version::V2 => v2::encode(ends, into),
    }
}

impl std::fmt::Display for Defect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::TooLong => "PROXY header without an end",
            Self::Line => "malformed line of PROXY protocol version 1",
            Self::Command => "unknown version or command of PROXY protocol",
            Self::Family => "unknown address family or transport of PROXY protocol",
            Self::Length => "PROXY header contradicts its length, or is too long",
        })
    }
}

/// Whether `bytes` may be, or may become, something that starts with `start`.
fn starts_alike(bytes: &[u8], start: &[u8]) -> bool {
    let length = bytes.len().min(start.len());
    length > 0 && bytes.get(..length) == start.get(..length)
}

fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

#[cfg(test)]
mod tests;

//! Questions of DNS from bytes, and answers to bytes (RFC 1035, RFC 6891).
//!
//! Owns the form of messages. Must not know names of the mesh, nor sockets. Invariants: no input makes it panic; what is
//! an answer is never answered, so that two servers cannot talk to each other for ever; an answer is never longer than
//! its limit.

mod read;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use read::{Query, Read, labels, read};
pub(crate) use write::{LARGEST_DATAGRAM, Reply, refuse, write};

/// What the fields of a message are called here, by their numbers.
pub(crate) mod number {
    pub(crate) const A: u16 = 1;
    pub(crate) const SOA: u16 = 6;
    pub(crate) const AAAA: u16 = 28;
    pub(crate) const OPT: u16 = 41;
    pub(crate) const IXFR: u16 = 251;
    pub(crate) const AXFR: u16 = 252;
    pub(crate) const ANY: u16 = 255;
    pub(crate) const INTERNET: u16 = 1;
}

/// What an answer says of the question as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// The name exists.
    NoError,
    /// The question is malformed.
    FormErr,
    /// There is no such name.
    NxDomain,
    /// This is no question.
    NotImp,
    /// Not our zone.
    Refused,
    /// A version of EDNS that does not exist.
    BadVers,
}

impl Code {
    /// All of it; what is above four bits goes into EDNS.
    const fn number(self) -> u16 {
        match self {
            Self::NoError => 0,
            Self::FormErr => 1,
            Self::NxDomain => 3,
            Self::NotImp => 4,
            Self::Refused => 5,
            Self::BadVers => 16,
        }
    }
}

/// The length of the fields before the question.
const HEAD: usize = 12;

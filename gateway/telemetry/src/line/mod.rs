//! One request as one line.
//!
//! Invariant: whatever a client or a server sends, it is one line, and in JSON one object whose keys are those that are
//! named here.

mod common;
mod escape;
mod field;
mod json;
mod record;
mod stamp;
mod told;

use std::time::Duration;

pub(crate) use escape::canonical;
pub(crate) use field::Field;
pub(crate) use json::cipher;
pub(crate) use record::Record;
pub(crate) use stamp::Stamps;
pub(crate) use stamp::Where;
pub(crate) use told::Told;

use crate::access::{Format, Kept, Mode};

/// Everything that is known of a request. Empty text stands for what is not known.
#[derive(Debug, Default)]
pub(crate) struct Facts<'a> {
    /// When it began, by the clock on the wall.
    pub(crate) began: Duration,
    pub(crate) took: Duration,
    /// How long the last server took; none without one.
    pub(crate) origin_took: Option<Duration>,
    pub(crate) origin_status: u16,
    pub(crate) origin_size: u64,
    pub(crate) status: u16,
    pub(crate) size: u64,
    pub(crate) received: u64,
    pub(crate) retries: u32,
    pub(crate) count: u64,
    pub(crate) peer: Option<std::net::SocketAddr>,
    pub(crate) peer_ip: &'a str,
    /// What X-Forwarded-For says.
    pub(crate) forwarded_for: &'a [u8],
    /// `None` where nobody said anything of a user.
    pub(crate) user: Option<&'a [u8]>,
    pub(crate) address: &'a [u8],
    pub(crate) host: &'a [u8],
    pub(crate) port: Option<u16>,
    pub(crate) method: &'a [u8],
    pub(crate) path: &'a [u8],
    pub(crate) protocol: &'static str,
    pub(crate) scheme: &'static str,
    pub(crate) tls: Option<Secured<'a>>,
    pub(crate) entry_point: &'a str,
    pub(crate) router: Option<&'a str>,
    /// Name and URL.
    pub(crate) service: Option<(&'a str, &'a str)>,
    /// In the order in which they are written.
    pub(crate) headers: &'a [Header<'a>],
    /// Trace and span, in hexadecimal.
    pub(crate) trace: Option<([u8; 32], [u8; 16])>,
}

/// What TLS agreed on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Secured<'a> {
    pub(crate) version: &'static str,
    pub(crate) cipher: &'static str,
    pub(crate) subject: Option<&'a str>,
}

/// A field of a request or an answer that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Header<'a> {
    pub(crate) of: Of,
    /// In its usual spelling.
    pub(crate) name: &'a [u8],
    pub(crate) value: &'a [u8],
}

/// Whose field it is, in the order in which they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Of {
    Downstream,
    Origin,
    Request,
}

impl Facts<'_> {
    /// Writes the line, with its end.
    pub(crate) fn write(&self, format: Format, kept: &Kept, stamps: &mut Stamps, out: &mut Vec<u8>) {
        match format {
            Format::Common => common::write(self, kept, stamps, common::Form::Traefik, out),
            Format::Generic => common::write(self, kept, stamps, common::Form::Generic, out),
            Format::Json => json::write(self, kept, stamps, out),
        }
        out.push(b'\n');
    }

    /// Who the client is said to be.
    fn client(&self) -> &[u8] {
        if self.forwarded_for.is_empty() { self.peer_ip.as_bytes() } else { self.forwarded_for }
    }

    /// The path, with the query where that is kept.
    fn path(&self, kept: &Kept) -> &[u8] {
        if kept.query == Mode::Keep {
            return self.path;
        }
        let end = self.path.iter().position(|byte| *byte == b'?').unwrap_or(self.path.len());
        self.path.get(..end).unwrap_or_default()
    }
}

/// Appends a number.
fn number(of: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(of).as_bytes());
}

#[cfg(test)]
mod tests;

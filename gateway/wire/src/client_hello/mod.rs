//! Find the server name and the offered protocols in the first bytes of a connection.
//!
//! The bytes are looked at, never consumed: whoever terminates TLS afterwards reads them again. A hello may be
//! cut into records of any size (down to one byte each), so the scan works on the joined handshake message.
//!
//! Knows nothing of sockets, routing or cryptography. Invariant: a name reported here is the name a TLS stack
//! reports for the same bytes, in lower case and without its trailing dot; whatever is malformed in a way that
//! could make two readers see two different names is [`Outcome::Invalid`].

mod body;

use std::borrow::Cow;

pub use body::{ClientHello, ServerName};

/// The longest handshake message that is looked at. A hello with post-quantum key shares needs about 2 KiB;
/// the rest is room for long session tickets.
pub const MAX_HELLO: usize = 32 * 1024;

/// The most bytes a peek buffer ever needs: the longest hello in records of one byte each.
pub const MAX_PEEK: usize = (MAX_HELLO + HANDSHAKE_HEADER) * (RECORD_HEADER + 1);

/// What the bytes seen so far are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It may be TLS; more bytes are needed to say.
    NeedMore,
    /// The first byte is not one a TLS client sends.
    NotTls,
    /// The whole hello.
    Hello(ClientHello),
    /// It starts as TLS, but no TLS server could accept it.
    Invalid(Defect),
}

/// Why a hello was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// The SSLv2 form of a hello.
    Sslv2,
    /// A record of another type or version, an empty one, or one longer than 16 KiB.
    Record,
    /// The first handshake message is not a hello.
    NotHello,
    /// The hello is longer than [`MAX_HELLO`].
    TooLong,
    /// A length inside the hello contradicts another.
    Structure,
    /// The server name extension is empty, repeated, or holds more than one name.
    ServerName,
    /// The protocol list is empty, repeated, or holds an empty name.
    Protocols,
}

impl Defect {
    /// The fatal alert that says so, as a plaintext TLS record.
    pub const fn alert(self) -> [u8; 7] {
        let description = match self {
            Self::Sslv2 => PROTOCOL_VERSION,
            Self::Record | Self::NotHello => UNEXPECTED_MESSAGE,
            Self::TooLong | Self::Structure | Self::ServerName | Self::Protocols => DECODE_ERROR,
        };
        [ALERT, 3, 3, 0, 2, FATAL, description]
    }
}

impl std::fmt::Display for Defect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sslv2 => "client hello in the SSLv2 form",
            Self::Record => "malformed TLS record before the end of the client hello",
            Self::NotHello => "first TLS message is not a client hello",
            Self::TooLong => "client hello is too long",
            Self::Structure => "client hello contradicts itself",
            Self::ServerName => "client hello carries an empty list of server names, or several",
            Self::Protocols => "client hello carries an unusable protocol list",
        })
    }
}

/// Looks at `buffer` once. For a buffer that grows, keep a [`Scan`].
pub fn parse(buffer: &[u8]) -> Outcome {
    Scan::default().advance(buffer)
}

/// Looks at a handshake message as QUIC carries it, without records; it is the beginning of what a client says.
pub fn parse_message(message: &[u8]) -> Outcome {
    let Some((header, _)) = message.split_first_chunk::<HANDSHAKE_HEADER>() else {
        return match message.first() {
            Some(&kind) if kind != CLIENT_HELLO => Outcome::Invalid(Defect::NotHello),
            _ => Outcome::NeedMore,
        };
    };
    let scan = Scan { collected: HANDSHAKE_HEADER, header: *header, ..Scan::default() };
    match scan.message_length() {
        Ok(Some(length)) => match message.get(..length) {
            Some(message) => body::parse(message).map_or_else(Outcome::Invalid, Outcome::Hello),
            None => Outcome::NeedMore,
        },
        Ok(None) => Outcome::NeedMore,
        Err(outcome) => outcome,
    }
}

/// A scan that remembers how far it came, so that a hello arriving byte by byte costs linear work.
#[derive(Debug, Clone, Default)]
pub struct Scan {
    /// Bytes of the buffer already looked at.
    position: usize,
    /// Payload bytes of the current record still to come.
    record_left: usize,
    /// Handshake bytes seen, its header included.
    collected: usize,
    /// The four bytes of the handshake header, as far as seen.
    header: [u8; HANDSHAKE_HEADER],
}

impl Scan {
    /// Looks at the bytes that are new since the last call. `buffer` starts at the first byte of the connection
    /// and only ever grows between calls.
    pub fn advance(&mut self, buffer: &[u8]) -> Outcome {
        match self.walk(buffer) {
            Ok(Some(length)) => match joined(buffer, length) {
                Some(message) => body::parse(&message).map_or_else(Outcome::Invalid, Outcome::Hello),
                None => Outcome::Invalid(Defect::Record),
            },
            Ok(None) => Outcome::NeedMore,
            Err(outcome) => outcome,
        }
    }

    /// Returns the length of the handshake message, header included, once all of it is there.
    fn walk(&mut self, buffer: &[u8]) -> Result<Option<usize>, Outcome> {
        loop {
            let rest = buffer.get(self.position..).unwrap_or_default();
            if self.record_left == 0 {
                let Some(length) = record_length(rest, self.position)? else { return Ok(None) };
                self.position += RECORD_HEADER;
                self.record_left = length;
                continue;
            }
            if rest.is_empty() {
                return Ok(None);
            }
            let take = rest.len().min(self.record_left);
            for (slot, byte) in self.header.iter_mut().skip(self.collected).zip(rest.iter().take(take)) {
                *slot = *byte;
            }
            self.position += take;
            self.record_left -= take;
            self.collected += take;
            if let Some(length) = self.message_length()?
                && self.collected >= length
            {
                return Ok(Some(length));
            }
        }
    }

    fn message_length(&self) -> Result<Option<usize>, Outcome> {
        let [kind, high, middle, low] = self.header;
        if self.collected > 0 && kind != CLIENT_HELLO {
            return Err(Outcome::Invalid(Defect::NotHello));
        }
        if self.collected < HANDSHAKE_HEADER {
            return Ok(None);
        }
        let length = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
        if length > MAX_HELLO {
            return Err(Outcome::Invalid(Defect::TooLong));
        }
        Ok(Some(length + HANDSHAKE_HEADER))
    }
}

/// Judges the record header at the start of `rest` as soon as each of its bytes is there.
fn record_length(rest: &[u8], position: usize) -> Result<Option<usize>, Outcome> {
    let invalid = Err(Outcome::Invalid(Defect::Record));
    match rest.first() {
        None => return Ok(None),
        Some(&HANDSHAKE) => {}
        Some(0x80) if position == 0 => return Err(Outcome::Invalid(Defect::Sslv2)),
        Some(_) if position == 0 => return Err(Outcome::NotTls),
        Some(_) => return invalid,
    }
    if rest.get(1).is_some_and(|&major| major != 3) {
        return invalid;
    }
    let Some(&[high, low]) = rest.get(3..RECORD_HEADER) else { return Ok(None) };
    match usize::from(u16::from_be_bytes([high, low])) {
        1..=MAX_RECORD => Ok(Some(usize::from(u16::from_be_bytes([high, low])))),
        _ => invalid,
    }
}

/// The handshake message of `length` bytes: borrowed when one record holds it, else copied together.
fn joined(buffer: &[u8], length: usize) -> Option<Cow<'_, [u8]>> {
    if let Some((payload, _)) = split_record(buffer)
        && let Some(message) = payload.get(..length)
    {
        return Some(Cow::Borrowed(message));
    }
    let mut message = Vec::with_capacity(length);
    let mut rest = buffer;
    while message.len() < length {
        let (payload, after) = split_record(rest)?;
        message.extend_from_slice(payload.get(..length - message.len()).unwrap_or(payload));
        rest = after;
    }
    Some(Cow::Owned(message))
}

/// The payload of the first record as far as it is there, and what follows the record.
fn split_record(buffer: &[u8]) -> Option<(&[u8], &[u8])> {
    let (header, rest) = buffer.split_at_checked(RECORD_HEADER)?;
    let length = usize::from(u16::from_be_bytes([*header.get(3)?, *header.get(4)?]));
    Some(rest.split_at_checked(length).unwrap_or((rest, &[])))
}

const RECORD_HEADER: usize = 5;
const HANDSHAKE_HEADER: usize = 4;
/// RFC 8446 §5.1: a plaintext record holds at most 2^14 bytes.
const MAX_RECORD: usize = 1 << 14;
const HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;
const ALERT: u8 = 21;
const FATAL: u8 = 2;
/// RFC 8446 §6.
const UNEXPECTED_MESSAGE: u8 = 10;
const DECODE_ERROR: u8 = 50;
const PROTOCOL_VERSION: u8 = 70;

#[cfg(test)]
mod tests;

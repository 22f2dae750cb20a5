//! Where a message ends (RFC 9112 §6), decided from its fields and from nothing else.
//!
//! Whatever two readers could understand differently is refused for requests. What is sent on is computed from
//! the body itself; the fields read here are never copied.

use windrose_wire::field::Id;
use windrose_wire::head::Version;

use crate::exchange::Method;
use crate::headers::Headers;

/// Where a message ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// With its head.
    None,
    /// After so many bytes.
    Length(u64),
    /// With its last chunk.
    Chunked,
    /// With its connection; answers only.
    UntilClose,
}

/// The fields contradict each other or make no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ambiguous;

/// Where a request ends.
///
/// # Errors
/// It could be read in two ways; the connection must be closed.
pub fn of_request(version: Version, headers: &Headers) -> Result<Framing, Ambiguous> {
    let length = content_length(headers)?;
    match transfer_coding(headers) {
        Coding::None => Ok(length.map_or(Framing::None, Framing::Length)),
        Coding::Chunked if length.is_none() && version == Version::Http11 => Ok(Framing::Chunked),
        _ => Err(Ambiguous),
    }
}

/// Where an answer ends, and whether its connection may be used again afterwards as far as framing goes.
///
/// # Errors
/// It could be read in two ways.
pub fn of_response(
    method: &Method,
    status: u16,
    version: Version,
    headers: &Headers,
) -> Result<Framing, Ambiguous> {
    if *method == Method::Head || status < 200 || status == 204 || status == 304 {
        return Ok(Framing::None);
    }
    match transfer_coding(headers) {
        Coding::None => Ok(content_length(headers)?.map_or(Framing::UntilClose, Framing::Length)),
        Coding::Chunked if version == Version::Http11 && !headers.contains(Id::CONTENT_LENGTH) => {
            Ok(Framing::Chunked)
        }
        _ => Err(Ambiguous),
    }
}

/// The length a head declares, when it declares exactly one.
///
/// # Errors
/// It is no number, or there are two.
pub fn content_length(headers: &Headers) -> Result<Option<u64>, Ambiguous> {
    let mut found = None;
    for value in headers.get_all(Id::CONTENT_LENGTH) {
        let length = number(value).ok_or(Ambiguous)?;
        if found.is_some_and(|other| other != length) {
            return Err(Ambiguous);
        }
        found = Some(length);
    }
    Ok(found)
}

enum Coding {
    None,
    Chunked,
    Other,
}

fn transfer_coding(headers: &Headers) -> Coding {
    let mut coding = Coding::None;
    for value in headers.get_all(Id::TRANSFER_ENCODING) {
        coding = match coding {
            Coding::None if value.eq_ignore_ascii_case(b"chunked") => Coding::Chunked,
            _ => Coding::Other,
        };
    }
    coding
}

fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 19 {
        return None;
    }
    text.iter().try_fold(0_u64, |number, byte| {
        byte.is_ascii_digit().then(|| number.checked_mul(10)?.checked_add(u64::from(byte - b'0')))?
    })
}

#[cfg(test)]
mod tests;

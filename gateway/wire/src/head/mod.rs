//! HTTP/1 message heads: bytes to spans.
//!
//! Strict by design (RFC 9112 and more): lines end in CRLF, names are tokens, values hold no control
//! characters, nothing is folded. A head is parsed once, when its end is there; until then only a bare line
//! feed is looked for, so that a lenient client learns of its mistake instead of waiting for a time-out.

use crate::field::Id;

/// Where one field stands in the head's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldSpan {
    /// Offset of the name.
    pub name: u32,
    /// Length of the name.
    pub name_len: u16,
    /// The name's number.
    pub id: Id,
    /// Offset of the value, blanks around it left out.
    pub value: u32,
    /// Length of the value.
    pub value_len: u32,
}

/// The minor version of HTTP/1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// HTTP/1.0
    Http10,
    /// HTTP/1.1, or a later minor version, which is read as 1.1.
    Http11,
}

/// A request's first line and the length of the whole head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestHead {
    /// Bytes of the head, with the empty line.
    pub len: usize,
    /// Length of the method, which starts at 0.
    pub method_len: usize,
    /// Offset of the target.
    pub target: usize,
    /// Length of the target.
    pub target_len: usize,
    /// The version spoken.
    pub version: Version,
}

/// A response's status line and the length of the whole head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponseHead {
    /// Bytes of the head, with the empty line.
    pub len: usize,
    /// The status code, 100 to 999.
    pub status: u16,
    /// The version spoken.
    pub version: Version,
}

/// Why a head is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// The first line is not one of HTTP/1.
    FirstLine,
    /// The version is not HTTP/1.x.
    Version,
    /// Three words, the last of which is no version of any protocol: whoever sent them does not speak HTTP/1.
    OtherProtocol,
    /// A line does not end in CRLF.
    LineEnding,
    /// A field name is empty, is no token or is followed by a blank.
    Name,
    /// A field value holds a control character.
    Value,
    /// There are more fields than [`MOST_FIELDS`].
    TooMany,
}

/// The fields that a head may have; what holds them elsewhere ends at 24,576.
pub const MOST_FIELDS: usize = 20_000;

/// Finds the end of a head; `from` is where the last search gave up.
///
/// # Errors
/// A bare line feed can be told before the head is complete.
pub fn find_end(bytes: &[u8], from: usize) -> Result<Option<usize>, Malformed> {
    let start = from.saturating_sub(3);
    for at in memchr::memchr_iter(b'\n', bytes.get(start..).unwrap_or_default()) {
        let at = start + at;
        if at == 0 || bytes.get(at - 1) != Some(&b'\r') {
            return Err(Malformed::LineEnding);
        }
        if at >= 3 && bytes.get(at - 3..at - 1) == Some(b"\r\n") {
            return Ok(Some(at + 1));
        }
    }
    Ok(None)
}

/// Parses a complete request head, as [`find_end`] delimits it; `fields` is overwritten.
///
/// # Errors
/// What is wrong with it.
pub fn parse_request(head: &[u8], fields: &mut Vec<FieldSpan>) -> Result<RequestHead, Malformed> {
    let line_len = line_length(head)?;
    let line = head.get(..line_len).ok_or(Malformed::FirstLine)?;
    let method_len = line.iter().position(|byte| !is_token(*byte)).ok_or(Malformed::FirstLine)?;
    if method_len == 0 || line.get(method_len) != Some(&b' ') {
        return Err(Malformed::FirstLine);
    }
    let target = method_len + 1;
    let rest = line.get(target..).ok_or(Malformed::FirstLine)?;
    let target_len = rest.iter().position(|byte| !is_target(*byte)).ok_or(Malformed::FirstLine)?;
    if target_len == 0 || rest.get(target_len) != Some(&b' ') {
        return Err(Malformed::FirstLine);
    }
    let last = rest.get(target_len + 1..).unwrap_or_default();
    if !last.is_empty() && !last.iter().any(|byte| matches!(byte, b'/' | b' ')) {
        return Err(Malformed::OtherProtocol);
    }
    let version = version(last)?;
    parse_fields(head, line_len + 2, fields)?;
    Ok(RequestHead { len: head.len(), method_len, target, target_len, version })
}

/// Parses a complete response head, as [`find_end`] delimits it; `fields` is overwritten.
///
/// # Errors
/// What is wrong with it.
pub fn parse_response(head: &[u8], fields: &mut Vec<FieldSpan>) -> Result<ResponseHead, Malformed> {
    let line_len = line_length(head)?;
    let line = head.get(..line_len).ok_or(Malformed::FirstLine)?;
    let (start, rest) = line.split_at_checked(8).ok_or(Malformed::FirstLine)?;
    let version = version(start)?;
    let [b' ', a, b, c, reason @ ..] = rest else { return Err(Malformed::FirstLine) };
    let is_code = matches!(a, b'1'..=b'9') && b.is_ascii_digit() && c.is_ascii_digit();
    let is_reason = reason.is_empty() || (reason.first() == Some(&b' ') && is_value(reason));
    if !is_code || !is_reason {
        return Err(Malformed::FirstLine);
    }
    let status = u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0');
    parse_fields(head, line_len + 2, fields)?;
    Ok(ResponseHead { len: head.len(), status, version })
}

/// Parses the fields from `at` to the empty line; also the trailer section of a chunked body.
///
/// # Errors
/// What is wrong with them.
pub fn parse_fields(head: &[u8], at: usize, fields: &mut Vec<FieldSpan>) -> Result<(), Malformed> {
    fields.clear();
    let mut at = at;
    loop {
        let rest = head.get(at..).ok_or(Malformed::LineEnding)?;
        if rest == b"\r\n" {
            return Ok(());
        }
        if fields.len() == MOST_FIELDS {
            return Err(Malformed::TooMany);
        }
        let line_len = line_length(rest)?;
        let line = rest.get(..line_len).ok_or(Malformed::LineEnding)?;
        let name_len = line.iter().position(|byte| *byte == b':').ok_or(Malformed::Name)?;
        let (name, value) = line.split_at_checked(name_len).ok_or(Malformed::Name)?;
        let id = Id::of(name);
        // A known name is a token.
        if id == Id::OTHER && (name.is_empty() || !name.iter().all(|byte| is_token(*byte))) {
            return Err(Malformed::Name);
        }
        let value = value.get(1..).unwrap_or_default();
        if !is_value(value) {
            return Err(Malformed::Value);
        }
        let before = value.iter().take_while(|byte| is_blank(**byte)).count();
        let value = value.get(before..).unwrap_or_default();
        let after = value.iter().rev().take_while(|byte| is_blank(**byte)).count();
        fields.push(FieldSpan {
            name: u32::try_from(at).map_err(|_| Malformed::Name)?,
            name_len: u16::try_from(name_len).map_err(|_| Malformed::Name)?,
            id,
            value: u32::try_from(at + name_len + 1 + before).map_err(|_| Malformed::Value)?,
            value_len: u32::try_from(value.len() - after).map_err(|_| Malformed::Value)?,
        });
        at += line_len + 2;
    }
}

/// A first line that may be written: whoever has one cannot write a request without a method or a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestLine<'a> {
    method: &'a [u8],
    prefix: &'a [u8],
    target: &'a [u8],
}

impl<'a> RequestLine<'a> {
    /// The line for `target` behind `prefix`; nothing when it is not one, and `prefix` alone is no target.
    #[must_use]
    pub fn new(method: &'a [u8], prefix: &'a [u8], target: &'a [u8]) -> Option<Self> {
        let is_method = !method.is_empty() && method.iter().all(|byte| is_token(*byte));
        let is_whole = !target.is_empty() && are_target(prefix) && are_target(target);
        (is_method && is_whole).then_some(Self { method, prefix, target })
    }

    /// Writes it as HTTP/1.1.
    pub fn write(self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.method);
        out.push(b' ');
        out.extend_from_slice(self.prefix);
        out.extend_from_slice(self.target);
        out.extend_from_slice(b" HTTP/1.1\r\n");
    }
}

/// Whether the byte may stand in a token (RFC 9110 §5.6.2).
#[must_use]
pub fn is_token(byte: u8) -> bool {
    TOKEN.get(usize::from(byte)).copied().unwrap_or(false)
}

/// Whether bytes may stand in a field value: no control character but the tab.
#[must_use]
pub fn is_value(bytes: &[u8]) -> bool {
    // One pass without an early exit: the compiler turns it into vector code.
    !bytes.iter().fold(false, |bad, byte| bad | ((*byte < 0x20) & (*byte != b'\t')) | (*byte == 0x7f))
}

fn is_target(byte: u8) -> bool {
    (0x21..0x7f).contains(&byte)
}

fn are_target(bytes: &[u8]) -> bool {
    // One pass without an early exit: the compiler turns it into vector code.
    bytes.iter().fold(true, |good, byte| good & is_target(*byte))
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

fn version(text: &[u8]) -> Result<Version, Malformed> {
    match text {
        b"HTTP/1.1" => Ok(Version::Http11),
        b"HTTP/1.0" => Ok(Version::Http10),
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', minor] if minor.is_ascii_digit() => Ok(Version::Http11),
        [b'H', b'T', b'T', b'P', b'/', ..] => Err(Malformed::Version),
        _ => Err(Malformed::FirstLine),
    }
}

/// The length of the first line, without its CRLF.
fn line_length(bytes: &[u8]) -> Result<usize, Malformed> {
    let end = memchr::memchr(b'\n', bytes).ok_or(Malformed::LineEnding)?;
    match end.checked_sub(1) {
        Some(at) if bytes.get(at) == Some(&b'\r') => Ok(at),
        _ => Err(Malformed::LineEnding),
    }
}

const fn tokens() -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let value = byte as u8;
        table[byte] = value.is_ascii_alphanumeric()
            || matches!(
                value,
                b'!' | b'#'
                    | b'$'
                    | b'%'
                    | b'&'
                    | b'\''
                    | b'*'
                    | b'+'
                    | b'-'
                    | b'.'
                    | b'^'
                    | b'_'
                    | b'`'
                    | b'|'
                    | b'~'
            );
        byte += 1;
    }
    table
}

static TOKEN: [bool; 256] = tokens();

#[cfg(test)]
mod tests;

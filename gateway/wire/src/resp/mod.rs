//! The protocol of Redis, version 2: commands out, values in.
//!
//! A command is a list of texts. A value is read when all of it is there; how long and how deep one may be is bounded.

mod scan;

use std::fmt;

pub use scan::Scan;

/// What a server answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Bytes.
    Text(Vec<u8>),
    /// The server refuses; the first word says why.
    Error(String),
    /// A number.
    Number(i64),
    /// There is nothing.
    Nothing,
    /// Several.
    List(Vec<Self>),
}

impl Value {
    /// Text as such; nothing for everything else.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
            _ => None,
        }
    }

    /// What a list holds; nothing for everything else.
    #[must_use]
    pub fn list(self) -> Option<Vec<Self>> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }
}

/// How large a value may be.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Bytes of a text.
    pub longest: usize,
    /// Values of a list.
    pub most: usize,
    /// Lists within lists.
    pub deepest: u8,
}

impl Bounds {
    /// For answers of a few words, which are awaited while a request waits.
    pub const SMALL: Self = Self { longest: 64 << 10, most: 1024, deepest: 4 };
    /// For everything that a store holds.
    pub const LARGE: Self = Self { longest: 64 << 20, most: 1 << 20, deepest: 8 };
}

/// It is no value, or larger than any that is awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the protocol of Redis")
    }
}

impl std::error::Error for Malformed {}

/// Writes a command.
pub fn write(command: &[&[u8]], out: &mut Vec<u8>) {
    count(b'*', command.len(), out);
    for part in command {
        count(b'$', part.len(), out);
        out.extend_from_slice(part);
        out.extend_from_slice(b"\r\n");
    }
}

/// The first value and how many bytes it takes; nothing while it is not there as a whole.
///
/// # Errors
/// It is none.
pub fn read(bytes: &[u8], bounds: Bounds) -> Result<Option<(Value, usize)>, Malformed> {
    let mut rest = bytes;
    let value = value(&mut rest, bounds)?;
    Ok(value.map(|value| (value, bytes.len() - rest.len())))
}

fn count(kind: u8, count: usize, out: &mut Vec<u8>) {
    out.push(kind);
    out.extend_from_slice(count.to_string().as_bytes());
    out.extend_from_slice(b"\r\n");
}

fn value(rest: &mut &[u8], bounds: Bounds) -> Result<Option<Value>, Malformed> {
    let Some(line) = line(rest)? else { return Ok(None) };
    let (kind, text) = line.split_first().ok_or(Malformed)?;
    match kind {
        b'+' => Ok(Some(Value::Text(text.to_vec()))),
        b'-' => Ok(Some(Value::Error(String::from_utf8_lossy(text).into_owned()))),
        b':' => Ok(Some(Value::Number(number(text)?))),
        b'$' => {
            let Some(length) = length(text, bounds.longest)? else { return Ok(Some(Value::Nothing)) };
            let Some(text) = rest.get(..length + 2) else { return Ok(None) };
            let text = text.strip_suffix(b"\r\n").ok_or(Malformed)?.to_vec();
            *rest = rest.get(length + 2..).unwrap_or_default();
            Ok(Some(Value::Text(text)))
        }
        b'*' => {
            let Some(count) = length(text, bounds.most)? else { return Ok(Some(Value::Nothing)) };
            let inside = Bounds { deepest: bounds.deepest.checked_sub(1).ok_or(Malformed)?, ..bounds };
            let mut values = Vec::new();
            for _ in 0..count {
                match value(rest, inside)? {
                    Some(value) => values.push(value),
                    None => return Ok(None),
                }
            }
            Ok(Some(Value::List(values)))
        }
        _ => Err(Malformed),
    }
}

/// A line without its end; nothing while the end is not there.
fn line<'b>(rest: &mut &'b [u8]) -> Result<Option<&'b [u8]>, Malformed> {
    let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
        return if rest.len() > LONGEST_LINE { Err(Malformed) } else { Ok(None) };
    };
    let line = rest.get(..end).unwrap_or_default();
    *rest = rest.get(end + 1..).unwrap_or_default();
    line.strip_suffix(b"\r").map(Some).ok_or(Malformed)
}

fn number(text: &[u8]) -> Result<i64, Malformed> {
    std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).ok_or(Malformed)
}

/// A length; nothing for -1.
fn length(text: &[u8], most: usize) -> Result<Option<usize>, Malformed> {
    match number(text)? {
        -1 => Ok(None),
        length => usize::try_from(length).ok().filter(|length| *length <= most).map(Some).ok_or(Malformed),
    }
}

const LONGEST_LINE: usize = 4 * 1024;

#[cfg(test)]
mod tests;

//! The protocol of Redis (RESP2): commands out, values in. Pure.

#[cfg(test)]
mod tests;

use thiserror::Error;

/// What a server says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// `+OK`, or text with its length before it.
    Text(Vec<u8>),
    /// A refusal.
    Error(String),
    Number(i64),
    List(Vec<Self>),
    Nothing,
}

/// Bytes that are nothing a server says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the answer is not in the protocol of Redis")]
pub(crate) struct Malformed;

impl Value {
    /// Text as such; nothing for everything else.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
            _ => None,
        }
    }

    pub(crate) fn list(self) -> Option<Vec<Self>> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }
}

/// A command as bytes.
pub(crate) fn command(words: &[&[u8]]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        bytes.extend_from_slice(word);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

/// The first value of these bytes and its length; nothing while it is not whole.
pub(crate) fn parse(bytes: &[u8]) -> Result<Option<(Value, usize)>, Malformed> {
    let mut reader = Reader { bytes, at: 0 };
    Ok(reader.value(0)?.map(|value| (value, reader.at)))
}

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Result<Option<Value>, Malformed> {
        let Some(line) = self.line()? else { return Ok(None) };
        let (kind, rest) = line.split_first().ok_or(Malformed)?;
        let rest = rest.to_vec();
        match kind {
            b'+' => Ok(Some(Value::Text(rest))),
            b'-' => Ok(Some(Value::Error(String::from_utf8_lossy(&rest).into_owned()))),
            b':' => Ok(Some(Value::Number(number(&rest)?))),
            b'$' => self.bulk(number(&rest)?),
            b'*' => self.list(number(&rest)?, depth),
            _ => Err(Malformed),
        }
    }

    fn line(&mut self) -> Result<Option<&[u8]>, Malformed> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let Some(end) = rest.windows(2).position(|two| two == b"\r\n") else {
            return if rest.len() > LONGEST_LINE { Err(Malformed) } else { Ok(None) };
        };
        self.at += end + 2;
        Ok(rest.get(..end))
    }

    fn bulk(&mut self, length: i64) -> Result<Option<Value>, Malformed> {
        if length < 0 {
            return Ok(Some(Value::Nothing));
        }
        let length = usize::try_from(length).ok().filter(|length| *length <= LARGEST).ok_or(Malformed)?;
        let Some(text) = self.bytes.get(self.at..self.at + length) else { return Ok(None) };
        let Some(end) = self.bytes.get(self.at + length..self.at + length + 2) else { return Ok(None) };
        if end != b"\r\n" {
            return Err(Malformed);
        }
        let text = text.to_vec();
        self.at += length + 2;
        Ok(Some(Value::Text(text)))
    }

    fn list(&mut self, length: i64, depth: usize) -> Result<Option<Value>, Malformed> {
        if length < 0 {
            return Ok(Some(Value::Nothing));
        }
        if depth >= DEEPEST || length > MOST_ITEMS {
            return Err(Malformed);
        }
        let mut items = Vec::new();
        for _ in 0..length {
            let Some(item) = self.value(depth + 1)? else { return Ok(None) };
            items.push(item);
        }
        Ok(Some(Value::List(items)))
    }
}

fn number(text: &[u8]) -> Result<i64, Malformed> {
    std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).ok_or(Malformed)
}

/// Bytes of one text.
const LARGEST: usize = 64 << 20;
const LONGEST_LINE: usize = 64 << 10;
const MOST_ITEMS: i64 = 1 << 20;
const DEEPEST: usize = 8;

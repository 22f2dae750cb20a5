//! From the text of a case file to bytes on a wire, and from bytes back to text that can be compared.
//!
//! Owns the placeholders (`<a>`, `<web.port>`, `<host>`, `<fill:1000>`). Invariant: [`Names::hide`] undoes what
//! [`Names::fill`] did, so that two runs on different ports give the same text.

/// The names that stand for addresses, with the address each has in this run.
#[derive(Debug, Clone, Default)]
pub struct Names {
    ports: Vec<(String, u16)>,
}

impl Names {
    /// Adds a name for `127.0.0.1:port`.
    pub fn add(&mut self, name: &str, port: u16) {
        self.ports.push((name.to_owned(), port));
    }

    /// The port that a name stands for.
    #[must_use]
    pub fn port(&self, name: &str) -> Option<u16> {
        self.ports.iter().find(|(known, _)| known == name).map(|(_, port)| *port)
    }

    /// Replaces `<name>` by an address, `<name.port>` by its port and `<host>` by the host name given.
    #[must_use]
    pub fn fill(&self, text: &str, host: &str) -> String {
        let mut text = text.replace("<host>", host);
        for (name, port) in &self.ports {
            text = text
                .replace(&format!("<{name}>"), &format!("127.0.0.1:{port}"))
                .replace(&format!("<{name}.port>"), &port.to_string());
        }
        expand_fill(&text)
    }

    /// Replaces this run's addresses and ports by their names.
    #[must_use]
    pub fn hide(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, port) in &self.ports {
            text = text.replace(&format!("127.0.0.1:{port}"), &format!("<{name}>"));
            text = replace_number(&text, &port.to_string(), &format!("<{name}.port>"));
        }
        text
    }
}

/// Bytes of a double-quoted text: characters up to U+00FF are one byte each, so `"\xff"` is the byte 255.
#[must_use]
pub fn exact(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        match u8::try_from(u32::from(character)) {
            Ok(byte) => bytes.push(byte),
            Err(_) => bytes.extend_from_slice(character.to_string().as_bytes()),
        }
    }
    bytes
}

/// Bytes of a message written as lines: line ends become CRLF, a head without its empty line gets one, and the line
/// end that a YAML block puts after a body is no part of the body.
#[must_use]
pub fn lines(text: &str) -> Vec<u8> {
    let head_only = !text.trim_end_matches('\n').contains("\n\n");
    let trimmed =
        if head_only { text.trim_end_matches('\n') } else { text.strip_suffix('\n').unwrap_or(text) };
    let mut bytes = exact(&trimmed.replace('\n', "\r\n"));
    if head_only {
        bytes.extend_from_slice(b"\r\n\r\n");
    }
    bytes
}

/// Readable text of any bytes: what is not printable ASCII is escaped.
#[must_use]
pub fn show(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        if matches!(byte, b'\\' | b'"' | b'\'') {
            text.push(char::from(byte));
        } else {
            text.extend(byte.escape_ascii().map(char::from));
        }
    }
    text
}

/// A long text as its length, a checksum and its start; a short one as it is.
#[must_use]
pub fn shorten(text: String) -> String {
    if text.len() <= LONGEST_SHOWN {
        return text;
    }
    let sum = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{} characters, sum {sum:016x}, starting {}", text.len(), text.get(..40).unwrap_or_default())
}

/// True if the glob `pattern` (only `*` is special) matches all of `text`.
#[must_use]
pub fn glob(pattern: &str, text: &str) -> bool {
    let Some((before, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(before) else { return false };
    (0..=text.len()).any(|cut| text.get(cut..).is_some_and(|tail| glob(rest, tail)))
}

/// Replaces a number where it is the whole of one, not where it is some digits of a longer one.
fn replace_number(text: &str, number: &str, by: &str) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut end = 0;
    for (at, _) in text.match_indices(number) {
        let (before, after) = (text.get(..at), text.get(at + number.len()..));
        let is_part = before.is_some_and(|before| before.ends_with(|c: char| c.is_ascii_digit()))
            || after.is_some_and(|after| after.starts_with(|c: char| c.is_ascii_digit()));
        if !is_part {
            replaced.push_str(text.get(end..at).unwrap_or_default());
            replaced.push_str(by);
            end = at + number.len();
        }
    }
    replaced.push_str(text.get(end..).unwrap_or_default());
    replaced
}

fn expand_fill(text: &str) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<fill:") {
        filled.push_str(before);
        let (count, tail) = after.split_once('>').unwrap_or((after, ""));
        filled.push_str(&"x".repeat(count.parse().unwrap_or(0)));
        rest = tail;
    }
    filled.push_str(rest);
    filled
}

const LONGEST_SHOWN: usize = 1000;

#[cfg(test)]
mod tests;

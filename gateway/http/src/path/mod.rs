//! The path of a request: one object, parsed once, the same bytes for routing, middlewares and the server.
//!
//! The path kept is in normal form: needless escapes decoded, the others in upper case, characters that may
//! not stand in a path escaped, dot segments resolved and slashes collapsed unless the entry point says
//! otherwise. Whatever changes it later goes through [`Target::set_path`], which refuses anything else.

use std::borrow::Cow;

use crate::failure::Failure;

/// What an entry point wants done to paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleaning {
    /// Resolve dot segments and collapse slashes.
    Sanitize,
    /// Leave segments as they are.
    Keep,
}

/// What an entry point wants done to semicolons in queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Semicolons {
    /// They separate parameters, and are sent on as `&`.
    Separate,
    /// They are data, and are sent on as `%3B`.
    Encode,
}

/// Path and query of a request.
#[derive(Clone, Debug, Default)]
pub struct Target {
    text: String,
    path_len: usize,
    routing: Option<String>,
}

impl Target {
    /// Takes over a target in origin form: a path that starts with a slash, and a query.
    ///
    /// # Errors
    /// It has a fragment, an invalid escape or no slash.
    pub fn parse(&mut self, raw: &[u8], cleaning: Cleaning, semicolons: Semicolons) -> Result<(), Failure> {
        let cut = memchr::memchr(b'?', raw).unwrap_or(raw.len());
        let (path, query) = raw.split_at_checked(cut).ok_or(Failure::BadRequest)?;
        if path.first() != Some(&b'/') || raw.contains(&b'#') {
            return Err(Failure::BadRequest);
        }
        self.text.clear();
        self.routing = None;
        match look(path) {
            Look::Plain => self.text.push_str(std::str::from_utf8(path).map_err(|_| Failure::BadRequest)?),
            Look::Segments if cleaning == Cleaning::Keep => {
                self.text.push_str(std::str::from_utf8(path).map_err(|_| Failure::BadRequest)?);
            }
            Look::Segments => {
                let path = std::str::from_utf8(path).map_err(|_| Failure::BadRequest)?;
                self.text.push_str(&clean(path));
            }
            Look::Escapes => {
                let escaped = normalize(path)?;
                match cleaning {
                    Cleaning::Sanitize => self.text.push_str(&clean(&escaped)),
                    Cleaning::Keep => self.text.push_str(&escaped),
                }
                self.routing = routing(&self.text);
            }
        }
        self.path_len = self.text.len();
        self.push_query(query, semicolons)
    }

    fn push_query(&mut self, query: &[u8], semicolons: Semicolons) -> Result<(), Failure> {
        let query = std::str::from_utf8(query).map_err(|_| Failure::BadRequest)?;
        if !query.bytes().all(|byte| (0x21..0x7f).contains(&byte)) {
            return Err(Failure::BadRequest);
        }
        if query.contains(';') {
            let with = if semicolons == Semicolons::Encode { "%3B" } else { "&" };
            self.text.push_str(&query.replace(';', with));
        } else {
            self.text.push_str(query);
        }
        Ok(())
    }

    /// Path and query, as they are sent on.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The path in normal form, escaped.
    #[must_use]
    pub fn path(&self) -> &str {
        self.text.get(..self.path_len).unwrap_or_default()
    }

    /// The query without its question mark; `None` when there is no question mark.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.text.get(self.path_len..)?.strip_prefix('?')
    }

    /// The path that rules are matched with: decoded, but for the reserved characters.
    #[must_use]
    pub fn routing(&self) -> &str {
        self.routing.as_deref().unwrap_or_else(|| self.path())
    }

    /// The path with all escapes decoded.
    #[must_use]
    pub fn decoded(&self) -> Cow<'_, [u8]> {
        decode(self.path())
    }

    /// Replaces the path by one that is already in normal form and clean; the query stays.
    ///
    /// # Errors
    /// It is not: a middleware must not make a path that the next reader would see differently.
    pub fn set_path(&mut self, path: &str) -> Result<(), Failure> {
        let path = if path.is_empty() { "/" } else { path };
        if !is_clean(path)? {
            return Err(Failure::BadRequest);
        }
        self.put(path);
        Ok(())
    }

    /// Removes the first `length` bytes of the path and gives what is left a leading slash; the query stays.
    ///
    /// # Errors
    /// What is left is not clean, as with [`Target::set_path`].
    pub fn strip(&mut self, length: usize) -> Result<(), Failure> {
        let rest = self.path().get(length..).ok_or(Failure::BadRequest)?;
        let slash = if rest.starts_with('/') { "" } else { "/" };
        self.text.replace_range(..length, slash);
        self.path_len = self.path_len - length + slash.len();
        self.routing = routing(self.path());
        if is_clean(self.path())? { Ok(()) } else { Err(Failure::BadRequest) }
    }

    /// Puts a prefix made by [`escape`] before the path; neither is cleaned, and the query stays.
    pub fn prepend(&mut self, prefix: &str) {
        self.text.insert_str(0, prefix);
        self.path_len += prefix.len();
        self.routing = routing(self.path());
    }

    /// Replaces the path by any text: it is escaped where it must be, but not cleaned; the query stays.
    ///
    /// # Errors
    /// It holds an invalid escape or no leading slash.
    pub fn replace_path(&mut self, path: &str) -> Result<(), Failure> {
        if !path.starts_with('/') {
            return Err(Failure::BadRequest);
        }
        match look(path.as_bytes()) {
            Look::Plain | Look::Segments => self.put(path),
            Look::Escapes => self.put(&normalize(path.as_bytes())?),
        }
        Ok(())
    }

    fn put(&mut self, path: &str) {
        self.text.replace_range(..self.path_len, path);
        self.path_len = path.len();
        self.routing = routing(path);
    }

    /// Keeps the parameters of the query whose decoded names `keep` wants; the others go, and so does a question mark
    /// that would stand alone.
    pub fn retain_parameters(&mut self, mut keep: impl FnMut(&[u8]) -> bool) {
        let Some(query) = self.query() else { return };
        let kept: Vec<&str> = query.split('&').filter(|part| keep(&parameter(part).0)).collect();
        if kept.iter().map(|part| part.len() + 1).sum::<usize>() == query.len() + 1 {
            return;
        }
        let kept = kept.join("&");
        self.text.truncate(self.path_len);
        if !kept.is_empty() {
            self.text.push('?');
            self.text.push_str(&kept);
        }
    }

    /// Forgets the target and keeps the room.
    pub fn clear(&mut self) {
        self.text.clear();
        self.path_len = 0;
        self.routing = None;
    }

    /// Gives back room that a large target took; call it when cleared.
    pub fn shrink(&mut self, limit: usize) {
        self.text.shrink_to(limit);
    }
}

/// Whether the path, with all escapes in upper case, holds one of `escapes` such as `%2F`.
#[must_use]
pub fn holds_escape(path: &str, escapes: &[&str]) -> bool {
    path.contains('%') && escapes.iter().any(|escape| path.contains(escape))
}

/// Decodes every escape of a path in normal form.
#[must_use]
pub fn decode(path: &str) -> Cow<'_, [u8]> {
    if !path.contains('%') {
        return Cow::Borrowed(path.as_bytes());
    }
    let mut out = Vec::with_capacity(path.len());
    let mut bytes = path.as_bytes();
    while let Some((byte, rest)) = bytes.split_first() {
        match escape_value(bytes) {
            Some(value) => {
                out.push(value);
                bytes = bytes.get(3..).unwrap_or_default();
            }
            None => {
                out.push(*byte);
                bytes = rest;
            }
        }
    }
    Cow::Owned(out)
}

/// Name and value of a parameter of a query, decoded as servers do: a plus is a space. The value is empty where there is
/// none.
#[must_use]
pub fn parameter(part: &str) -> (Cow<'_, [u8]>, Cow<'_, [u8]>) {
    let (name, value) = part.split_once('=').unwrap_or((part, ""));
    (decode_form(name), decode_form(value))
}

fn decode_form(text: &str) -> Cow<'_, [u8]> {
    if text.contains('+') { Cow::Owned(decode(&text.replace('+', " ")).into_owned()) } else { decode(text) }
}

/// Whether a path is absolute, in normal form and without dot segments and double slashes.
fn is_clean(path: &str) -> Result<bool, Failure> {
    if !path.starts_with('/') {
        return Ok(false);
    }
    Ok(match look(path.as_bytes()) {
        Look::Plain => true,
        Look::Segments => clean(path) == path,
        Look::Escapes => normalize(path.as_bytes())? == path && clean(path) == path,
    })
}

/// Brings a path given as plain text, in which `%` has no meaning, to normal form.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match class(byte) {
            Class::Plain | Class::Slash | Class::Dot => out.push(char::from(byte)),
            Class::Odd => push_escape(&mut out, byte),
        }
    }
    out
}

/// Resolves dot segments and collapses slashes; a trailing slash survives.
fn clean(path: &str) -> Cow<'_, str> {
    let is_clean = !path.contains("//") && !path.split('/').any(|segment| segment == "." || segment == "..");
    if is_clean {
        return Cow::Borrowed(path);
    }
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            segment => kept.push(segment),
        }
    }
    let mut out = String::with_capacity(path.len());
    for segment in &kept {
        out.push('/');
        out.push_str(segment);
    }
    if out.is_empty() || path.ends_with('/') {
        out.push('/');
    }
    Cow::Owned(out)
}

/// Decodes the escapes of unreserved characters, writes the others in upper case and escapes what may not
/// stand in a path.
fn normalize(path: &[u8]) -> Result<String, Failure> {
    let mut out = String::with_capacity(path.len());
    let mut bytes = path;
    while let Some((byte, rest)) = bytes.split_first() {
        if *byte != b'%' {
            match class(*byte) {
                Class::Plain | Class::Slash | Class::Dot => out.push(char::from(*byte)),
                Class::Odd => push_escape(&mut out, *byte),
            }
            bytes = rest;
            continue;
        }
        let value = escape_value(bytes).ok_or(Failure::BadRequest)?;
        if value.is_ascii_alphanumeric() || matches!(value, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(value));
        } else {
            push_escape(&mut out, value);
        }
        bytes = bytes.get(3..).unwrap_or_default();
    }
    Ok(out)
}

/// The routing form of a path in normal form, when it differs.
fn routing(path: &str) -> Option<String> {
    if !path.contains('%') {
        return None;
    }
    let mut out = Vec::with_capacity(path.len());
    let mut bytes = path.as_bytes();
    while let Some((byte, rest)) = bytes.split_first() {
        match escape_value(bytes) {
            Some(value) if !RESERVED.contains(&value) => {
                out.push(value);
                bytes = bytes.get(3..).unwrap_or_default();
            }
            _ => {
                out.push(*byte);
                bytes = rest;
            }
        }
    }
    Some(String::from_utf8_lossy(&out).into_owned())
}

fn escape_value(bytes: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = bytes else { return None };
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

fn push_escape(out: &mut String, value: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    for digit in [value >> 4, value & 0xf] {
        out.push(char::from(DIGITS.get(usize::from(digit)).copied().unwrap_or(b'0')));
    }
}

enum Look {
    /// Nothing to do.
    Plain,
    /// Perhaps dot segments or double slashes.
    Segments,
    /// Escapes, or characters that must be escaped.
    Escapes,
}

fn look(path: &[u8]) -> Look {
    let mut after_slash = false;
    let mut segments = false;
    for byte in path {
        match class(*byte) {
            Class::Plain => after_slash = false,
            Class::Slash => {
                segments |= after_slash;
                after_slash = true;
            }
            Class::Dot => {
                segments |= after_slash;
                after_slash = false;
            }
            Class::Odd => return Look::Escapes,
        }
    }
    if segments { Look::Segments } else { Look::Plain }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Plain,
    Slash,
    Dot,
    Odd,
}

fn class(byte: u8) -> Class {
    CLASSES.get(usize::from(byte)).copied().unwrap_or(Class::Odd)
}

const fn classes() -> [Class; 256] {
    let mut table = [Class::Odd; 256];
    let mut byte = 0;
    while byte < 256 {
        let value = byte as u8;
        table[byte] = match value {
            b'/' => Class::Slash,
            b'.' => Class::Dot,
            b'-' | b'_' | b'~' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';'
            | b'=' | b':' | b'@' | b'[' | b']' => Class::Plain,
            _ if value.is_ascii_alphanumeric() => Class::Plain,
            _ => Class::Odd,
        };
        byte += 1;
    }
    table
}

static CLASSES: [Class; 256] = classes();
const RESERVED: &[u8] = b":/?#[]@!$&'()*+,;=%";

#[cfg(test)]
mod tests;

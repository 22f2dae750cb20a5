//! Reads a pattern letter by letter, and the smallest things in it: counts and escapes.

use crate::regex::RegexError;

/// A place in a pattern.
pub(super) struct Cursor<'p> {
    pattern: &'p str,
    at: usize,
}

impl<'p> Cursor<'p> {
    pub(super) fn new(pattern: &'p str) -> Self {
        Self { pattern, at: 0 }
    }

    pub(super) fn rest(&self) -> &'p str {
        self.pattern.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += letter.len_utf8();
        Some(letter)
    }

    /// Steps over `letter` if it is next.
    pub(super) fn take(&mut self, letter: char) -> bool {
        let is_next = self.peek() == Some(letter);
        self.at += if is_next { letter.len_utf8() } else { 0 };
        is_next
    }

    /// Steps over `text` if it is next.
    pub(super) fn take_str(&mut self, text: &str) -> bool {
        let is_next = self.rest().starts_with(text);
        self.at += if is_next { text.len() } else { 0 };
        is_next
    }

    /// Steps over everything up to and with `end`, and returns what is before it.
    pub(super) fn take_through(&mut self, end: char) -> Option<&'p str> {
        let (before, after) = self.rest().split_once(end)?;
        self.at = self.pattern.len() - after.len();
        Some(before)
    }

    /// As [`Cursor::take_through`], but the end of the pattern is also an end.
    pub(super) fn take_until(&mut self, end: &str) -> &'p str {
        let rest = self.rest();
        let (before, after) = rest.split_once(end).unwrap_or((rest, ""));
        self.at = self.pattern.len() - after.len();
        before
    }

    /// An error about what was just read.
    pub(super) fn error(&self, message: impl Into<String>) -> RegexError {
        RegexError { message: format!("{} at byte {}", message.into(), self.at) }
    }

    /// The count whose opening brace was just read, as least and most. `None`, and nothing read, if it is none: then
    /// the brace stands for itself.
    pub(super) fn count(&mut self) -> Result<Option<(u32, Option<u32>)>, RegexError> {
        let start = self.at;
        let Some((min, max)) = self.bounds() else {
            self.at = start;
            return Ok(None);
        };
        let is_legal = |bound: u32| bound <= super::MAX_REPEAT;
        if !is_legal(min) || max.is_some_and(|max| !is_legal(max) || max < min) {
            return Err(self.error(format!("repeat count is not in order or above {}", super::MAX_REPEAT)));
        }
        Ok(Some((min, max)))
    }

    fn bounds(&mut self) -> Option<(u32, Option<u32>)> {
        let min = self.number()?;
        let max = if !self.take(',') {
            Some(min)
        } else if self.peek() == Some('}') {
            None
        } else {
            Some(self.number()?)
        };
        self.take('}').then_some((min, max))
    }

    /// A number without leading zeros; one that is too large is merely large.
    fn number(&mut self) -> Option<u32> {
        let rest = self.rest();
        let length = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        let digits = rest.get(..length).filter(|digits| !digits.is_empty())?;
        if digits.len() > 1 && digits.starts_with('0') {
            return None;
        }
        self.at += length;
        Some(digits.parse().unwrap_or(u32::MAX))
    }

    /// The character that an escape stands for, whose backslash was just read. `None` if it is half of a surrogate pair.
    pub(super) fn escaped_char(&mut self) -> Result<Option<char>, RegexError> {
        self.escaped_code().map(char::from_u32)
    }

    /// As [`Cursor::escaped_char`], but as a number.
    pub(super) fn escaped_code(&mut self) -> Result<u32, RegexError> {
        let Some(letter) = self.next() else {
            return Err(self.error("nothing after the backslash"));
        };
        let plain = match letter {
            '0' => return Ok(self.octal(0)),
            // A single digit would be a reference to a group, which does not exist here.
            '1'..='7' if matches!(self.peek(), Some('0'..='7')) => {
                return Ok(self.octal(letter.to_digit(8).unwrap_or_default()));
            }
            'x' => return self.hexadecimal(),
            'a' => '\u{7}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            punctuation if punctuation.is_ascii() && !punctuation.is_ascii_alphanumeric() => punctuation,
            other => return Err(self.error(format!("unknown escape \\{other}"))),
        };
        Ok(u32::from(plain))
    }

    /// Up to two more octal digits.
    fn octal(&mut self, first: u32) -> u32 {
        let mut value = first;
        for _ in 0..2 {
            let Some(digit) = self.peek().and_then(|letter| letter.to_digit(8)) else {
                break;
            };
            self.next();
            value = value * 8 + digit;
        }
        value
    }

    /// Two hexadecimal digits, or any number of them in braces.
    fn hexadecimal(&mut self) -> Result<u32, RegexError> {
        let digits = if self.take('{') {
            self.take_through('}')
        } else {
            let digits = self.rest().get(..2);
            self.at += digits.map_or(0, str::len);
            digits
        };
        digits
            .filter(|digits| digits.chars().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .filter(|value| *value <= u32::from(char::MAX))
            .ok_or_else(|| self.error("malformed hexadecimal escape"))
    }
}

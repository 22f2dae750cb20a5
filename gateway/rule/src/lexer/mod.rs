//! Text to tokens: names, Go string literals, operators.
//!
//! White space and Go comments separate tokens; unlike in Go a line may end anywhere between two tokens.

use std::borrow::Cow;

use crate::error::{RuleError, Span};

/// The smallest piece of a rule that means something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token<'t> {
    /// A matcher name.
    Name(&'t str),
    /// A string literal, unquoted.
    Text(Cow<'t, str>),
    /// `(`
    Open,
    /// `)`
    Close,
    /// `,`
    Comma,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `!`
    Not,
    /// Nothing is left.
    End,
}

impl Token<'_> {
    /// How the token is called in a message.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Name(name) => (*name).to_owned(),
            Self::Text(_) => "a string".to_owned(),
            Self::Open => "\"(\"".to_owned(),
            Self::Close => "\")\"".to_owned(),
            Self::Comma => "\",\"".to_owned(),
            Self::And => "\"&&\"".to_owned(),
            Self::Or => "\"||\"".to_owned(),
            Self::Not => "\"!\"".to_owned(),
            Self::End => "end of the rule".to_owned(),
        }
    }
}

/// Hands out the tokens of a text, one after the other.
pub(crate) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// The next token and its place; `End` for ever once nothing is left.
    pub(crate) fn next(&mut self) -> Result<(Token<'t>, Span), RuleError> {
        self.skip_blanks()?;
        let start = self.at;
        let rest = self.rest();
        let mut chars = rest.chars();
        let token = match (chars.next(), chars.next()) {
            (None, _) => Token::End,
            (Some('('), _) => self.take(1, Token::Open),
            (Some(')'), _) => self.take(1, Token::Close),
            (Some(','), _) => self.take(1, Token::Comma),
            (Some('!'), _) => self.take(1, Token::Not),
            (Some('&'), Some('&')) => self.take(2, Token::And),
            (Some('|'), Some('|')) => self.take(2, Token::Or),
            (Some('`'), _) => self.raw_string()?,
            (Some('"'), _) => self.quoted_string()?,
            (Some(first), _) if first.is_alphabetic() || first == '_' => {
                let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                self.at += length;
                Token::Name(rest.get(..length).unwrap_or_default())
            }
            (Some(other), _) => {
                let span = Span { start, end: start + other.len_utf8() };
                return Err(unexpected(span, other));
            }
        };
        Ok((token, Span { start, end: self.at }))
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn take(&mut self, bytes: usize, token: Token<'t>) -> Token<'t> {
        self.at += bytes;
        token
    }

    fn skip_blanks(&mut self) -> Result<(), RuleError> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches([' ', '\t', '\r', '\n']);
            self.at += rest.len() - trimmed.len();
            if trimmed.starts_with("//") {
                self.at += trimmed.find('\n').unwrap_or(trimmed.len());
            } else if trimmed.starts_with("/*") {
                let Some(end) = trimmed.find("*/") else {
                    let span = Span { start: self.at, end: self.text.len() };
                    return Err(RuleError::new(span, "comment is not closed").expecting(&["\"*/\""]));
                };
                self.at += end + 2;
            } else {
                return Ok(());
            }
        }
    }

    /// A back-quoted string: everything up to the next back quote, without carriage returns.
    fn raw_string(&mut self) -> Result<Token<'t>, RuleError> {
        let start = self.at;
        let body = self.rest().get(1..).unwrap_or_default();
        let Some(length) = body.find('`') else {
            return Err(self.unclosed(start, "back quote"));
        };
        self.at += length + 2;
        let body = body.get(..length).unwrap_or_default();
        let text = if body.contains('\r') { Cow::Owned(body.replace('\r', "")) } else { Cow::Borrowed(body) };
        Ok(Token::Text(text))
    }

    /// A double-quoted string with Go's escapes.
    fn quoted_string(&mut self) -> Result<Token<'t>, RuleError> {
        let start = self.at;
        self.at += 1;
        let body = self.rest();
        let plain = body.find(['"', '\\', '\n']).unwrap_or(body.len());
        if body.get(plain..).is_some_and(|rest| rest.starts_with('"')) {
            self.at += plain + 1;
            return Ok(Token::Text(Cow::Borrowed(body.get(..plain).unwrap_or_default())));
        }
        // Escapes may spell single bytes, so the text is gathered as bytes and checked at the end.
        let mut bytes = Vec::with_capacity(body.len().min(256));
        loop {
            let Some(next) = self.rest().chars().next() else {
                return Err(self.unclosed(start, "double quote"));
            };
            match next {
                '\n' => return Err(self.unclosed(start, "double quote")),
                '"' => break,
                '\\' => self.escape(&mut bytes)?,
                other => {
                    self.at += other.len_utf8();
                    bytes.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
        }
        self.at += 1;
        let span = Span { start, end: self.at };
        let text = String::from_utf8(bytes).map_err(|_| RuleError::new(span, "string is not valid UTF-8"))?;
        Ok(Token::Text(Cow::Owned(text)))
    }

    /// One escape, whose backslash is next.
    fn escape(&mut self, into: &mut Vec<u8>) -> Result<(), RuleError> {
        let start = self.at;
        let kind = self.rest().chars().nth(1);
        let plain = match kind {
            Some('a') => Some(0x07),
            Some('b') => Some(0x08),
            Some('f') => Some(0x0c),
            Some('n') => Some(b'\n'),
            Some('r') => Some(b'\r'),
            Some('t') => Some(b'\t'),
            Some('v') => Some(0x0b),
            Some('\\') => Some(b'\\'),
            Some('"') => Some(b'"'),
            _ => None,
        };
        if let Some(byte) = plain {
            self.at += 2;
            into.push(byte);
            return Ok(());
        }
        let (skip, digits, radix) = match kind {
            Some('0'..='7') => (1, 3, 8),
            Some('x') => (2, 2, 16),
            Some('u') => (2, 4, 16),
            Some('U') => (2, 8, 16),
            _ => {
                let end = start + 1 + kind.map_or(0, char::len_utf8);
                return Err(RuleError::new(Span { start, end }, "unknown escape in string, use back quotes"));
            }
        };
        self.at += skip + digits;
        let span = Span { start, end: self.at.min(self.text.len()) };
        let bad = || RuleError::new(span, "escape in string is malformed");
        let digits = self.text.get(start + skip..self.at).ok_or_else(bad)?;
        if !digits.chars().all(|digit| digit.is_digit(radix)) {
            return Err(bad());
        }
        let value = u32::from_str_radix(digits, radix).map_err(|_| bad())?;
        if matches!(kind, Some('u' | 'U')) {
            let letter = char::from_u32(value).ok_or_else(bad)?;
            into.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
        } else {
            into.push(u8::try_from(value).map_err(|_| bad())?);
        }
        Ok(())
    }

    fn unclosed(&self, start: usize, with: &str) -> RuleError {
        RuleError::new(Span { start, end: self.text.len() }, format!("string is not closed by a {with}"))
    }
}

fn unexpected(span: Span, found: char) -> RuleError {
    match found {
        '\'' => RuleError::new(span, "single quotes are not allowed, use back quotes"),
        '&' => RuleError::new(span, "unexpected \"&\"").expecting(&["\"&&\""]),
        '|' => RuleError::new(span, "unexpected \"|\"").expecting(&["\"||\""]),
        other => RuleError::new(span, format!("unexpected character {other:?}")),
    }
}

#[cfg(test)]
mod tests;

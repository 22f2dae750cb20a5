//! Words and signs, as Go writes them.

use std::fmt;

use super::{ConditionError, Literal, Negation, Relation};

/// A word or sign.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Name(Box<str>),
    Literal(Literal),
    Relation(Relation),
    And,
    Or,
    Not,
    Open,
    Close,
    Comma,
}

/// Reads one token after the other.
pub(super) struct Lexer<'a> {
    rest: &'a str,
    /// A token that was looked at.
    seen: Option<Token>,
    /// Whether a line end here would end the whole, as in Go.
    may_end: bool,
    negation: Negation,
}

impl<'a> Lexer<'a> {
    pub(super) const fn new(text: &'a str, negation: Negation) -> Self {
        Self { rest: text, seen: None, may_end: false, negation }
    }

    /// The next token; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Token>, ConditionError> {
        match self.seen.take() {
            Some(token) => Ok(Some(token)),
            None => self.read(),
        }
    }

    /// Takes the next token if it is this one.
    pub(super) fn takes(&mut self, wanted: &Token) -> Result<bool, ConditionError> {
        self.seen = self.next()?;
        let is_it = self.seen.as_ref() == Some(wanted);
        if is_it {
            self.seen = None;
        }
        Ok(is_it)
    }

    /// Takes the next token if it compares.
    pub(super) fn relation(&mut self) -> Result<Option<Relation>, ConditionError> {
        self.seen = self.next()?;
        let Some(Token::Relation(relation)) = self.seen else { return Ok(None) };
        self.seen = None;
        Ok(Some(relation))
    }

    fn read(&mut self) -> Result<Option<Token>, ConditionError> {
        let blank = |char: char| matches!(char, ' ' | '\t' | '\r' | '\n');
        let trimmed = self.rest.trim_start_matches(blank);
        let skipped = self.rest.len() - trimmed.len();
        let has_line_end = self.rest.get(..skipped).is_some_and(|blanks| blanks.contains('\n'));
        self.rest = trimmed;
        let Some(first) = trimmed.chars().next() else { return Ok(None) };
        if has_line_end && self.may_end {
            return Err(ConditionError::new("ends with a line, write the operator before the line end"));
        }
        let token = match first {
            '0'..='9' | '.' => self.number()?,
            '"' => self.quoted()?,
            '`' => self.raw()?,
            char if char.is_alphabetic() || char == '_' => self.name(),
            _ => self.sign()?,
        };
        self.may_end = matches!(token, Token::Name(_) | Token::Literal(_) | Token::Close);
        Ok(Some(token))
    }

    fn sign(&mut self) -> Result<Token, ConditionError> {
        for (text, token) in SIGNS {
            let is_known = token != Token::Not || self.negation == Negation::Allowed;
            if let Some(rest) = self.rest.strip_prefix(text).filter(|_| is_known) {
                self.rest = rest;
                return Ok(token);
            }
        }
        let found: String = self.rest.chars().take(1).collect();
        Err(ConditionError::new(format!("`{found}` has no meaning there")))
    }

    fn name(&mut self) -> Token {
        let is_part = |char: char| char.is_alphanumeric() || char == '_';
        let end = self.rest.find(|char| !is_part(char)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        Token::Name(name.into())
    }

    fn number(&mut self) -> Result<Token, ConditionError> {
        let mut end = 0;
        for (at, char) in self.rest.char_indices() {
            let follows_exponent = self.rest.get(..at).is_some_and(|before| before.ends_with(['e', 'E']));
            let is_part = char.is_ascii_alphanumeric()
                || matches!(char, '.' | '_')
                || (matches!(char, '+' | '-') && follows_exponent);
            if !is_part {
                break;
            }
            end = at + char.len_utf8();
        }
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        let literal = if text.bytes().all(|byte| byte.is_ascii_digit()) {
            text.parse().ok().map(Literal::Int)
        } else {
            text.parse().ok().filter(|number: &f64| number.is_finite()).map(Literal::Float)
        };
        literal.map(Token::Literal).ok_or_else(|| {
            ConditionError::new(format!("`{text}` is no number, write it in decimal, such as 503 or 0.5"))
        })
    }

    fn raw(&mut self) -> Result<Token, ConditionError> {
        let inside = self.rest.get(1..).unwrap_or_default();
        let (text, rest) = inside
            .split_once('`')
            .ok_or_else(|| ConditionError::new("a text has no end, close it with `"))?;
        self.rest = rest;
        Ok(Token::Literal(Literal::Text(text.replace('\r', "").into())))
    }

    fn quoted(&mut self) -> Result<Token, ConditionError> {
        let unclosed = || ConditionError::new("a text has no end, close it with \"");
        let mut text = Vec::new();
        let mut rest = self.rest.get(1..).unwrap_or_default();
        loop {
            let char = rest.chars().next().filter(|char| *char != '\n').ok_or_else(unclosed)?;
            rest = rest.get(char.len_utf8()..).unwrap_or_default();
            match char {
                '"' => break,
                '\\' => {
                    rest = escape(rest, &mut text)
                        .ok_or_else(|| ConditionError::new("a text has an escape that is none"))?
                }
                char => text.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        self.rest = rest;
        Ok(Token::Literal(Literal::Text(String::from_utf8_lossy(&text).into())))
    }
}

/// Reads what follows a backslash; gives what follows that.
fn escape<'t>(rest: &'t str, text: &mut Vec<u8>) -> Option<&'t str> {
    let char = rest.chars().next()?;
    let after = rest.get(char.len_utf8()..)?;
    let simple = match char {
        'a' => Some(7),
        'b' => Some(8),
        'f' => Some(12),
        'n' => Some(b'\n'),
        'r' => Some(b'\r'),
        't' => Some(b'\t'),
        'v' => Some(11),
        '\\' => Some(b'\\'),
        '"' => Some(b'"'),
        _ => None,
    };
    if let Some(byte) = simple {
        text.push(byte);
        return Some(after);
    }
    let (from, radix, length) = match char {
        'x' => (after, 16, 2),
        'u' => (after, 16, 4),
        'U' => (after, 16, 8),
        '0'..='7' => (rest, 8, 3),
        _ => return None,
    };
    let digits = from.get(..length).filter(|digits| digits.chars().all(|digit| digit.is_digit(radix)))?;
    let value = u32::from_str_radix(digits, radix).ok()?;
    if matches!(char, 'u' | 'U') {
        text.extend_from_slice(char::from_u32(value)?.encode_utf8(&mut [0; 4]).as_bytes());
    } else {
        text.push(u8::try_from(value).ok()?);
    }
    from.get(length..)
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "`{name}`"),
            Self::Literal(Literal::Int(number)) => write!(f, "`{number}`"),
            Self::Literal(Literal::Float(number)) => write!(f, "`{number:?}`"),
            Self::Literal(Literal::Text(text)) => write!(f, "{text:?}"),
            sign => {
                let text = SIGNS.iter().find(|(_, other)| other == sign).map(|(text, _)| *text);
                write!(f, "`{}`", text.unwrap_or_default())
            }
        }
    }
}

/// Longer ones first.
const SIGNS: [(&str, Token); 12] = [
    ("&&", Token::And),
    ("||", Token::Or),
    ("==", Token::Relation(Relation::Equal)),
    ("!=", Token::Relation(Relation::NotEqual)),
    ("<=", Token::Relation(Relation::AtMost)),
    (">=", Token::Relation(Relation::AtLeast)),
    ("<", Token::Relation(Relation::Less)),
    (">", Token::Relation(Relation::Greater)),
    ("(", Token::Open),
    (")", Token::Close),
    (",", Token::Comma),
    ("!", Token::Not),
];

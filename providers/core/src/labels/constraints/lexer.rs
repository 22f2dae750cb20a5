//! The words of an expression: names, Go's texts in quotes, operators.

use super::ConstraintError;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'t> {
    Name(&'t str),
    Text(String),
    Open,
    Close,
    Comma,
    And,
    Or,
    Not,
    End,
}

/// Hands out words, and shows the next one.
pub(super) struct Lexer<'t> {
    text: &'t str,
    /// Where the next word begins, and what follows it.
    at: usize,
    end: usize,
    next: Token<'t>,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Result<Self, ConstraintError> {
        let mut lexer = Self { text, at: 0, end: 0, next: Token::End };
        lexer.next()?;
        Ok(lexer)
    }

    pub(super) fn peek(&self) -> &Token<'t> {
        &self.next
    }

    /// Takes the word that was shown.
    pub(super) fn next(&mut self) -> Result<Token<'t>, ConstraintError> {
        let rest = self.text.get(self.end..).unwrap_or_default();
        let word = rest.trim_start();
        self.at = self.end + rest.len() - word.len();
        let (token, length) = self.word(word)?;
        self.end = self.at + length;
        Ok(std::mem::replace(&mut self.next, token))
    }

    pub(super) fn unexpected(&self, wanted: &'static str) -> ConstraintError {
        let found = match self.text.get(self.at..self.end) {
            Some("") | None => "the end".to_owned(),
            Some(word) => format!("`{word}`"),
        };
        ConstraintError::Unexpected { found, at: self.character(), wanted }
    }

    fn character(&self) -> usize {
        self.text.get(..self.at).map_or(0, |before| before.chars().count()) + 1
    }

    fn word(&self, word: &'t str) -> Result<(Token<'t>, usize), ConstraintError> {
        let mut chars = word.chars();
        Ok(match (chars.next(), chars.next()) {
            (None, _) => (Token::End, 0),
            (Some('('), _) => (Token::Open, 1),
            (Some(')'), _) => (Token::Close, 1),
            (Some(','), _) => (Token::Comma, 1),
            (Some('!'), _) => (Token::Not, 1),
            (Some('&'), Some('&')) => (Token::And, 2),
            (Some('|'), Some('|')) => (Token::Or, 2),
            (Some('`'), _) => {
                let inside = word.get(1..).unwrap_or_default();
                let length = inside.find('`').ok_or_else(|| self.open(word))?;
                let text = inside.get(..length).unwrap_or_default().replace('\r', "");
                (Token::Text(text), length + 2)
            }
            (Some('"'), _) => quoted(word).ok_or_else(|| self.open(word))?,
            (Some(first), _) if first.is_alphabetic() || first == '_' => {
                let length = word.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(word.len());
                (Token::Name(word.get(..length).unwrap_or_default()), length)
            }
            (Some(other), _) => {
                return Err(ConstraintError::Unexpected {
                    found: format!("`{other}`"),
                    at: self.character(),
                    wanted: "a function, a text in quotes or an operator",
                });
            }
        })
    }

    fn open(&self, word: &str) -> ConstraintError {
        let found = format!("`{}`", word.chars().take(20).collect::<String>());
        ConstraintError::Unexpected { found, at: self.character(), wanted: "a text with closing quotes" }
    }
}

/// A text with Go's escapes; `None` when it has no end or an escape that Go does not know.
fn quoted(word: &str) -> Option<(Token<'static>, usize)> {
    let mut text = String::new();
    let mut chars = word.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((Token::Text(text), at + 1)),
            '\n' => return None,
            '\\' => {
                let escaped = match chars.next()?.1 {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'a' => '\u{7}',
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'v' => '\u{b}',
                    known @ ('\\' | '"') => known,
                    kind @ ('x' | 'u' | 'U') => code(&mut chars, kind)?,
                    _ => return None,
                };
                text.push(escaped);
            }
            other => text.push(other),
        }
    }
    None
}

/// The character behind `\x`, `\u` or `\U`.
fn code(chars: &mut impl Iterator<Item = (usize, char)>, kind: char) -> Option<char> {
    let count = match kind {
        'x' => 2,
        'u' => 4,
        _ => 8,
    };
    let digits: String = chars.take(count).map(|(_, digit)| digit).collect();
    let is_code = digits.chars().count() == count && digits.chars().all(|digit| digit.is_ascii_hexdigit());
    is_code.then(|| u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32)).flatten()
}

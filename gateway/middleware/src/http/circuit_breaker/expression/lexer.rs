//! The words of an expression, as Go's scanner cuts them.

use std::fmt;

/// A word.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Open,
    Close,
    Comma,
    And,
    Or,
    Operator(Operator),
    Name(String),
    Integer(i64),
    Float(f64),
}

/// How two numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Operator {
    Equal,
    Different,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Operator {
    pub(super) fn compare<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Equal => left == right,
            Self::Different => left != right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::Different => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

/// Cuts a text into words; what is no word is an error in words.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        let (left, crosses) = skip(rest)?;
        // Go ends a statement with a line whose last word could end one.
        let is_ended = matches!(
            tokens.last(),
            Some(Token::Close | Token::Name(_) | Token::Integer(_) | Token::Float(_))
        );
        if left.is_empty() {
            return Ok(tokens);
        }
        if crosses && is_ended {
            return Err("it ends with its first line, write it in one or break behind an operator".to_owned());
        }
        let (token, length) = token(left)?;
        tokens.push(token);
        rest = left.get(length..).unwrap_or_default();
    }
}

/// What is left behind blanks and comments, and whether a line ended among them.
fn skip(text: &str) -> Result<(&str, bool), String> {
    let (mut rest, mut crosses) = (text, false);
    loop {
        let trimmed = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        crosses |= rest.get(..rest.len() - trimmed.len()).is_some_and(|blank| blank.contains('\n'));
        if let Some(comment) = trimmed.strip_prefix("//") {
            rest = comment.find('\n').and_then(|end| comment.get(end..)).unwrap_or_default();
        } else if let Some(comment) = trimmed.strip_prefix("/*") {
            let (comment, after) =
                comment.split_once("*/").ok_or_else(|| "a comment has no end".to_owned())?;
            crosses |= comment.contains('\n');
            rest = after;
        } else {
            return Ok((trimmed, crosses));
        }
    }
}

fn token(text: &str) -> Result<(Token, usize), String> {
    for (word, token) in &WORDS {
        if text.starts_with(word) {
            return Ok((token.clone(), word.len()));
        }
    }
    let first = text.chars().next().unwrap_or_default();
    if first.is_alphabetic() || first == '_' {
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        return Ok((Token::Name(text.get(..end).unwrap_or_default().to_owned()), end));
    }
    if first.is_ascii_digit()
        || first == '.' && text.chars().nth(1).is_some_and(|second| second.is_ascii_digit())
    {
        return number(text);
    }
    Err(format!("{first} cannot stand here"))
}

/// A number in decimal digits; other forms that Go knows are refused, most of which are none for Traefik's library either.
fn number(text: &str) -> Result<(Token, usize), String> {
    let digits = |text: &str| text.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'_').count();
    let after = |at: usize| text.get(at..).unwrap_or_default();
    let mut end = digits(text);
    let mut is_float = false;
    if after(end).starts_with('.') {
        is_float = true;
        end += 1 + digits(after(end + 1));
    }
    if after(end).starts_with(['e', 'E']) {
        let sign = usize::from(after(end + 1).starts_with(['+', '-']));
        let exponent = digits(after(end + 1 + sign));
        if exponent > 0 {
            is_float = true;
            end += 1 + sign + exponent;
        }
    }
    let word = text.get(..end).unwrap_or_default();
    let wrong = || format!("{word} is no number, write it in decimal digits");
    if after(end).starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.') {
        return Err(wrong());
    }
    // Marks may separate the digits of a float.
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let bytes = word.as_bytes();
    let is_separated = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'_').all(|(at, _)| {
        is_digit(at.checked_sub(1).and_then(|at| bytes.get(at))) && is_digit(bytes.get(at + 1))
    });
    let token = if is_float {
        let plain = if word.contains('_') && is_separated { word.replace('_', "") } else { word.to_owned() };
        Token::Float(plain.parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(wrong)?)
    } else {
        // A zero before digits makes Go read them as octal ones.
        let is_octal = word.len() > 1 && word.starts_with('0');
        if is_octal && word.contains(['8', '9']) {
            return Err(wrong());
        }
        Token::Integer(word.parse().map_err(|_| wrong())?)
    };
    Ok((token, end))
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("("),
            Self::Close => f.write_str(")"),
            Self::Comma => f.write_str("a comma"),
            Self::And => f.write_str("&&"),
            Self::Or => f.write_str("||"),
            Self::Operator(operator) => f.write_str(operator.text()),
            Self::Name(name) => f.write_str(name),
            Self::Integer(number) => number.fmt(f),
            Self::Float(number) => write!(f, "{number:?}"),
        }
    }
}

/// Longer ones first.
static WORDS: [(&str, Token); 11] = [
    ("&&", Token::And),
    ("||", Token::Or),
    ("==", Token::Operator(Operator::Equal)),
    ("!=", Token::Operator(Operator::Different)),
    ("<=", Token::Operator(Operator::LessOrEqual)),
    (">=", Token::Operator(Operator::GreaterOrEqual)),
    ("<", Token::Operator(Operator::Less)),
    (">", Token::Operator(Operator::Greater)),
    ("(", Token::Open),
    (")", Token::Close),
    (",", Token::Comma),
];

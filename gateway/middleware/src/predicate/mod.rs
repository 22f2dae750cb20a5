//! Conditions as Traefik writes them: `ResponseCode() == 503 && Attempts() < 3`.
//!
//! Owns the grammar, which is a part of Go's: comparisons of a function with a literal, functions alone, `&&` before `||`,
//! parentheses, and `!` where it is wanted. Must not know which functions there are: whoever has the condition says so.

mod lexer;
#[cfg(test)]
mod tests;

use lexer::{Lexer, Token};

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// Both hold.
    And(Box<Self>, Box<Self>),
    /// One of them holds.
    Or(Box<Self>, Box<Self>),
    /// It does not hold; read where [`Negation::Allowed`].
    Not(Box<Self>),
    /// The function says so.
    Call(Call),
    /// What the function gives compares so with a literal.
    Compare(Call, Relation, Literal),
}

/// Whether a condition may begin with `!`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Negation {
    /// It has no meaning.
    Unknown,
    /// It turns what follows around.
    Allowed,
}

/// A function and what it is given.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Its name.
    pub name: Box<str>,
    /// What stands between its parentheses.
    pub arguments: Vec<Literal>,
}

/// A value that was written.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// A whole number.
    Int(i64),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// A text.
    Text(Box<str>),
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

/// What is wrong with a condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConditionError {
    message: String,
}

impl ConditionError {
    /// Lower case, no full stop.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

impl Relation {
    /// Whether it holds between two values.
    pub fn holds<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::Greater => left > right,
            Self::AtLeast => left >= right,
        }
    }
}

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    /// It does not follow the grammar, is nested too deeply or too long.
    pub fn parse(text: &str) -> Result<Self, ConditionError> {
        Self::parse_with(text, Negation::Unknown)
    }

    /// The same, in which `!` may stand.
    ///
    /// # Errors
    /// As above.
    pub fn parse_with(text: &str, negation: Negation) -> Result<Self, ConditionError> {
        if text.len() > LONGEST {
            return Err(ConditionError::new(format!("is longer than {LONGEST} bytes")));
        }
        let mut parser = Parser { lexer: Lexer::new(text, negation), depth: 0 };
        let condition = parser.either()?;
        match parser.lexer.next()? {
            None => Ok(condition),
            Some(token) => Err(ConditionError::new(format!("did not expect {token} there"))),
        }
    }
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    depth: usize,
}

impl Parser<'_> {
    fn either(&mut self) -> Result<Condition, ConditionError> {
        let mut left = self.both()?;
        while self.lexer.takes(&Token::Or)? {
            left = Condition::Or(Box::new(left), Box::new(self.both()?));
        }
        Ok(left)
    }

    fn both(&mut self) -> Result<Condition, ConditionError> {
        let mut left = self.single()?;
        while self.lexer.takes(&Token::And)? {
            left = Condition::And(Box::new(left), Box::new(self.single()?));
        }
        Ok(left)
    }

    fn single(&mut self) -> Result<Condition, ConditionError> {
        if self.lexer.takes(&Token::Open)? {
            self.depth += 1;
            if self.depth > DEEPEST {
                return Err(ConditionError::new("has too many parentheses inside each other"));
            }
            let condition = self.either()?;
            self.expect(&Token::Close)?;
            self.depth -= 1;
            return Ok(condition);
        }
        if self.lexer.takes(&Token::Not)? {
            self.depth += 1;
            if self.depth > DEEPEST {
                return Err(ConditionError::new("has too many ! after each other"));
            }
            let condition = self.single()?;
            self.depth -= 1;
            return Ok(Condition::Not(Box::new(condition)));
        }
        let call = self.call()?;
        let Some(relation) = self.lexer.relation()? else { return Ok(Condition::Call(call)) };
        match self.lexer.next()? {
            Some(Token::Literal(literal)) => Ok(Condition::Compare(call, relation, literal)),
            other => Err(unexpected(other.as_ref(), "a number or a text")),
        }
    }

    fn call(&mut self) -> Result<Call, ConditionError> {
        let name = match self.lexer.next()? {
            Some(Token::Name(name)) => name,
            other => return Err(unexpected(other.as_ref(), "a function")),
        };
        self.expect(&Token::Open)?;
        let mut arguments = Vec::new();
        while !self.lexer.takes(&Token::Close)? {
            match self.lexer.next()? {
                Some(Token::Literal(literal)) => arguments.push(literal),
                other => return Err(unexpected(other.as_ref(), "a number or a text")),
            }
            if !self.lexer.takes(&Token::Comma)? {
                self.expect(&Token::Close)?;
                break;
            }
        }
        Ok(Call { name, arguments })
    }

    fn expect(&mut self, wanted: &Token) -> Result<(), ConditionError> {
        if self.lexer.takes(wanted)? {
            return Ok(());
        }
        let found = self.lexer.next()?;
        Err(unexpected(found.as_ref(), &wanted.to_string()))
    }
}

fn unexpected(found: Option<&Token>, wanted: &str) -> ConditionError {
    ConditionError::new(match found {
        Some(token) => format!("expected {wanted} where {token} stands"),
        None => format!("expected {wanted} at the end"),
    })
}

/// How many parentheses may stand inside each other.
const DEEPEST: usize = 64;

/// How long a condition may be: its parts stand inside each other, and are taken apart so.
const LONGEST: usize = 8192;

//! Which workloads are looked at: ``Label(`env`, `production`) && !LabelRegex(`team`, `^test`)``.
//!
//! Owns the expression and its evaluation. Regular expressions are Go's. Pure.

mod lexer;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use thiserror::Error;
use windrose_rule::regex::{Regex, RegexError};

use lexer::{Lexer, Token};

/// An expression; one that nobody has written holds for everything.
#[derive(Debug, Clone, Default)]
pub struct Constraints(Option<Node>);

/// What an expression asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// `Label(name, value)` and `LabelRegex(name, expression)`.
    Labels,
    /// `Tag(tag)` and `TagRegex(expression)`.
    Tags,
}

/// Why an expression cannot be used.
#[derive(Debug, Clone, Error)]
pub enum ConstraintError {
    /// Something stands where it makes no sense.
    #[error("{found} at character {at}, where {wanted} should stand")]
    Unexpected {
        /// What stands there.
        found: String,
        /// Where, counted from 1.
        at: usize,
        /// What should.
        wanted: &'static str,
    },
    /// A function that does not exist.
    #[error("there is no function {name}; write {known}, with these capitals")]
    Unknown {
        /// The function.
        name: String,
        /// Those there are.
        known: &'static str,
    },
    /// The wrong number of arguments.
    #[error("{name} takes {wanted} texts in quotes, not {given}")]
    Arguments {
        /// The function.
        name: String,
        /// How many it takes.
        wanted: usize,
        /// How many were written.
        given: usize,
    },
    /// A regular expression.
    #[error("the regular expression cannot be used")]
    Regex(#[from] RegexError),
    /// Too much within each other.
    #[error("there are more than {DEEPEST} levels of parentheses and `!`")]
    TooDeep,
    /// Too many functions.
    #[error("there are more than {MOST} functions; one `LabelRegex` or `TagRegex` holds for many values")]
    TooMany,
}

#[derive(Debug, Clone)]
enum Node {
    And(Box<[Self]>),
    Or(Box<[Self]>),
    Not(Box<Self>),
    Label(Box<str>, Box<str>),
    LabelRegex(Box<str>, Regex),
    Tag(Box<str>),
    TagRegex(Regex),
}

impl Constraints {
    /// Reads an expression; empty text is none.
    ///
    /// # Errors
    /// It is no expression over this subject.
    pub fn parse(text: &str, subject: Subject) -> Result<Self, ConstraintError> {
        if text.trim().is_empty() {
            return Ok(Self(None));
        }
        let mut parser = Parser { lexer: Lexer::new(text)?, subject, depth: 0, functions: 0 };
        let node = parser.or()?;
        match parser.lexer.peek() {
            Token::End => Ok(Self(Some(node))),
            _ => Err(parser.lexer.unexpected("`&&`, `||` or the end")),
        }
    }

    /// Whether it holds for these labels.
    #[must_use]
    pub fn match_labels(&self, labels: &BTreeMap<String, String>) -> bool {
        self.0.as_ref().is_none_or(|node| node.holds(labels, &[]))
    }

    /// Whether it asks for a label of this name.
    #[must_use]
    pub fn ask_for(&self, label: &str) -> bool {
        self.0.as_ref().is_some_and(|node| node.asks_for(label))
    }

    /// Whether it holds for these tags.
    #[must_use]
    pub fn match_tags(&self, tags: &[&str]) -> bool {
        self.0.as_ref().is_none_or(|node| node.holds(&BTreeMap::new(), tags))
    }
}

impl Node {
    fn asks_for(&self, label: &str) -> bool {
        match self {
            Self::And(all) | Self::Or(all) => all.iter().any(|node| node.asks_for(label)),
            Self::Not(node) => node.asks_for(label),
            Self::Label(name, _) | Self::LabelRegex(name, _) => **name == *label,
            Self::Tag(_) | Self::TagRegex(_) => false,
        }
    }

    fn holds(&self, labels: &BTreeMap<String, String>, tags: &[&str]) -> bool {
        match self {
            Self::And(all) => all.iter().all(|node| node.holds(labels, tags)),
            Self::Or(all) => all.iter().any(|node| node.holds(labels, tags)),
            Self::Not(node) => !node.holds(labels, tags),
            Self::Label(name, value) => labels.get(&**name).is_some_and(|label| **label == **value),
            Self::LabelRegex(name, regex) => labels.get(&**name).is_some_and(|label| regex.is_match(label)),
            Self::Tag(wanted) => tags.iter().any(|tag| **tag == **wanted),
            Self::TagRegex(regex) => tags.iter().any(|tag| regex.is_match(tag)),
        }
    }
}

struct Parser<'t> {
    lexer: Lexer<'t>,
    subject: Subject,
    depth: usize,
    functions: usize,
}

impl Parser<'_> {
    fn or(&mut self) -> Result<Node, ConstraintError> {
        let mut all = vec![self.and()?];
        while *self.lexer.peek() == Token::Or {
            self.lexer.next()?;
            all.push(self.and()?);
        }
        Ok(one_of_several(all, Node::Or))
    }

    fn and(&mut self) -> Result<Node, ConstraintError> {
        let mut all = vec![self.unary()?];
        while *self.lexer.peek() == Token::And {
            self.lexer.next()?;
            all.push(self.unary()?);
        }
        Ok(one_of_several(all, Node::And))
    }

    fn unary(&mut self) -> Result<Node, ConstraintError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(ConstraintError::TooDeep);
        }
        let node = match self.lexer.peek() {
            Token::Not => {
                self.lexer.next()?;
                Node::Not(Box::new(self.unary()?))
            }
            Token::Open => {
                self.lexer.next()?;
                let node = self.or()?;
                self.expect(&Token::Close, "`)`")?;
                node
            }
            Token::Name(_) => self.call()?,
            _ => return Err(self.lexer.unexpected("a function, `!` or `(`")),
        };
        self.depth -= 1;
        Ok(node)
    }

    fn call(&mut self) -> Result<Node, ConstraintError> {
        self.functions += 1;
        if self.functions > MOST {
            return Err(ConstraintError::TooMany);
        }
        let Token::Name(name) = self.lexer.next()? else {
            return Err(self.lexer.unexpected("a function"));
        };
        self.expect(&Token::Open, "`(`")?;
        let mut arguments = Vec::new();
        if *self.lexer.peek() != Token::Close {
            loop {
                match self.lexer.peek() {
                    Token::Text(_) => {}
                    _ => return Err(self.lexer.unexpected("a text in quotes")),
                }
                if let Token::Text(text) = self.lexer.next()? {
                    arguments.push(text);
                }
                if *self.lexer.peek() != Token::Comma {
                    break;
                }
                self.lexer.next()?;
            }
        }
        self.expect(&Token::Close, "`)`")?;
        self.function(name, arguments)
    }

    fn function(&self, name: &str, arguments: Vec<String>) -> Result<Node, ConstraintError> {
        let wrong = |wanted| {
            Err(ConstraintError::Arguments { name: name.to_owned(), wanted, given: arguments.len() })
        };
        match (self.subject, name, arguments.as_slice()) {
            (Subject::Labels, "Label", [label, value]) => {
                Ok(Node::Label(label.as_str().into(), value.as_str().into()))
            }
            (Subject::Labels, "LabelRegex", [label, regex]) => {
                Ok(Node::LabelRegex(label.as_str().into(), Regex::new(regex)?))
            }
            (Subject::Tags, "Tag", [tag]) => Ok(Node::Tag(tag.as_str().into())),
            (Subject::Tags, "TagRegex", [regex]) => Ok(Node::TagRegex(Regex::new(regex)?)),
            (Subject::Labels, "Label" | "LabelRegex", _) => wrong(2),
            (Subject::Tags, "Tag" | "TagRegex", _) => wrong(1),
            (subject, ..) => {
                let known = match subject {
                    Subject::Labels => "Label or LabelRegex",
                    Subject::Tags => "Tag or TagRegex",
                };
                Err(ConstraintError::Unknown { name: name.to_owned(), known })
            }
        }
    }

    fn expect(&mut self, token: &Token<'_>, wanted: &'static str) -> Result<(), ConstraintError> {
        if self.lexer.peek() != token {
            return Err(self.lexer.unexpected(wanted));
        }
        self.lexer.next().map(drop)
    }
}

/// The one there is, or all in a row: a chain is as flat as it is written, however long.
fn one_of_several(mut all: Vec<Node>, join: fn(Box<[Node]>) -> Node) -> Node {
    match all.pop() {
        Some(only) if all.is_empty() => only,
        last => join(all.into_iter().chain(last).collect()),
    }
}

/// As many as are asked of every workload.
const MOST: usize = 10_000;
/// Far more than anybody writes.
const DEEPEST: usize = 100;

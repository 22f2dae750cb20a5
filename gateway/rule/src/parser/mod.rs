//! Tokens to tree.
//!
//! Recursive descent: `||` joins what `&&` joins, `!` binds tightest. A negation is pushed down while parsing
//! (De Morgan), so that in the tree only single tests are negated. Depth is bounded, chains are loops, and every
//! byte is looked at once: deep or long input cannot exhaust the stack or the clock.

use std::borrow::Cow;

use crate::error::{RuleError, Span};
use crate::lexer::{Lexer, Token};
use crate::matcher::{self, Spec};
use crate::rule::{Protocol, Syntax};
use crate::tree::Node;
use crate::v2;

/// One argument of a matcher call.
#[derive(Debug)]
pub(crate) struct Arg<'t> {
    pub(crate) text: Cow<'t, str>,
    pub(crate) span: Span,
}

impl Arg<'_> {
    /// An error about this argument.
    pub(crate) fn error(&self, message: impl Into<String>) -> RuleError {
        RuleError::new(self.span, message)
    }
}

/// Whether the tests being parsed are under an odd number of `!`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sense {
    Plain,
    Negated,
}

struct Parser<'t> {
    lexer: Lexer<'t>,
    token: Token<'t>,
    span: Span,
    /// The matchers that exist.
    specs: &'static [Spec],
    /// Arguments of the call being parsed; kept to reuse its storage.
    args: Vec<Arg<'t>>,
}

/// Parses a whole rule.
pub(crate) fn parse(text: &str, syntax: Syntax, protocol: Protocol) -> Result<Node, RuleError> {
    let specs = match (syntax, protocol) {
        (Syntax::V3, Protocol::Http) => matcher::HTTP,
        (Syntax::V3, Protocol::Tcp) => matcher::TCP,
        (Syntax::V2, Protocol::Http) => v2::HTTP,
        (Syntax::V2, Protocol::Tcp) => v2::TCP,
    };
    let mut lexer = Lexer::new(text);
    let (token, span) = lexer.next()?;
    if token == Token::End {
        return Err(RuleError::new(span, "rule is empty").expecting(&["a matcher"]));
    }
    let mut parser = Parser { lexer, token, span, specs, args: Vec::new() };
    let root = parser.alternatives(Sense::Plain, 0)?;
    if parser.token != Token::End {
        return Err(parser.unexpected(&["\"&&\"", "\"||\"", "the end of the rule"]));
    }
    Ok(root)
}

impl<'t> Parser<'t> {
    /// Operands joined by `||`.
    fn alternatives(&mut self, sense: Sense, depth: usize) -> Result<Node, RuleError> {
        let first = self.conjunction(sense, depth)?;
        if self.token != Token::Or {
            return Ok(first);
        }
        let mut operands = vec![first];
        while self.token == Token::Or {
            self.advance()?;
            operands.push(self.conjunction(sense, depth)?);
        }
        Ok(if sense == Sense::Plain { Node::any(operands) } else { Node::all(operands) })
    }

    /// Operands joined by `&&`.
    fn conjunction(&mut self, sense: Sense, depth: usize) -> Result<Node, RuleError> {
        let first = self.operand(sense, depth)?;
        if self.token != Token::And {
            return Ok(first);
        }
        let mut operands = vec![first];
        while self.token == Token::And {
            self.advance()?;
            operands.push(self.operand(sense, depth)?);
        }
        Ok(if sense == Sense::Plain { Node::all(operands) } else { Node::any(operands) })
    }

    /// A call or a parenthesised expression, with any number of `!` before it.
    fn operand(&mut self, mut sense: Sense, depth: usize) -> Result<Node, RuleError> {
        while self.token == Token::Not {
            sense = if sense == Sense::Plain { Sense::Negated } else { Sense::Plain };
            self.advance()?;
        }
        match self.token {
            Token::Open if depth == MAX_DEPTH => {
                Err(RuleError::new(self.span, format!("more than {MAX_DEPTH} nested parentheses")))
            }
            Token::Open => {
                self.advance()?;
                let inner = self.alternatives(sense, depth + 1)?;
                if self.token != Token::Close {
                    return Err(self.unexpected(&["\"&&\"", "\"||\"", "\")\""]));
                }
                self.advance()?;
                Ok(inner)
            }
            Token::Name(name) => self.call(name, sense),
            _ => Err(self.unexpected(&["a matcher", "\"!\"", "\"(\""])),
        }
    }

    /// A matcher call, whose name is the current token.
    fn call(&mut self, name: &'t str, sense: Sense) -> Result<Node, RuleError> {
        let start = self.span.start;
        let Some(spec) = self.specs.iter().find(|spec| spec.is_spelt(name)) else {
            let mut error = RuleError::new(self.span, format!("unknown matcher {name}"));
            error.nearest = nearest(name, self.specs);
            return Err(error);
        };
        self.advance()?;
        if self.token != Token::Open {
            return Err(self.unexpected(&["\"(\""]));
        }
        self.advance()?;
        self.arguments()?;
        let span = Span { start, end: self.span.end };
        let node = spec.build(span, &self.args)?;
        self.advance()?;
        Ok(if sense == Sense::Plain { node } else { node.negate() })
    }

    /// String literals up to the closing parenthesis, which becomes the current token.
    fn arguments(&mut self) -> Result<(), RuleError> {
        self.args.clear();
        while self.token != Token::Close {
            let Token::Text(text) = &mut self.token else {
                return Err(self.unexpected(&["a string in back quotes or double quotes"]));
            };
            let text = std::mem::take(text);
            self.args.push(Arg { text, span: self.span });
            self.advance()?;
            match self.token {
                // Go allows a comma after the last argument.
                Token::Comma => self.advance()?,
                Token::Close => {}
                _ => return Err(self.unexpected(&["\",\"", "\")\""])),
            }
        }
        Ok(())
    }

    fn advance(&mut self) -> Result<(), RuleError> {
        (self.token, self.span) = self.lexer.next()?;
        Ok(())
    }

    fn unexpected(&self, expected: &[&'static str]) -> RuleError {
        RuleError::new(self.span, format!("unexpected {}", self.token.describe())).expecting(expected)
    }
}

/// The known name that `name` was probably meant to be.
fn nearest(name: &str, specs: &[Spec]) -> Option<String> {
    let wanted = name.to_lowercase();
    let allowed = (wanted.chars().count() / 3).max(1);
    // Names much longer than any matcher are not misspellings.
    if wanted.len() > 4 * LONGEST_NAME {
        return None;
    }
    specs
        .iter()
        .map(|spec| (distance(&wanted, &spec.name.to_lowercase()), spec.name))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name.to_owned())
}

/// How many letters must be inserted, removed, replaced or swapped with a neighbour to get from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    let mut last = None;
    for (i, a) in from.chars().enumerate() {
        let mut next = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let cell = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX / 2);
            let mut best =
                (cell(&row, j) + usize::from(a != *b)).min(cell(&row, j + 1) + 1).min(cell(&next, j) + 1);
            let swapped = j > 0 && last == Some(*b) && to.get(j - 1) == Some(&a);
            if swapped {
                best = best.min(cell(&before, j - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
        last = Some(a);
    }
    row.last().copied().unwrap_or_default()
}

/// Deeper nesting is refused, which bounds the stack of the parser and of everyone who walks the tree.
const MAX_DEPTH: usize = 100;

/// No matcher has a longer name.
const LONGEST_NAME: usize = 16;

#[cfg(test)]
mod tests;

//! The expression: comparisons of what was measured with numbers, joined by `&&` and `||`.
//!
//! The grammar is that part of Go's which Traefik's library understands: a function stands on the left and a number on
//! the right, integers beside latencies and numbers with a point or an exponent beside ratios.

mod lexer;

use super::metrics::{Latencies, Seen};
use lexer::{Operator, Token, tokens};

/// A compiled expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    All(Box<Self>, Box<Self>),
    Any(Box<Self>, Box<Self>),
    Latency { quantile: f64, operator: Operator, than: i64 },
    NetworkErrors { operator: Operator, than: f64 },
    Statuses { ranges: [i64; 4], operator: Operator, than: f64 },
}

/// Why a text is no expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expression: {0}")]
pub(super) struct Wrong(String);

/// A function with its arguments.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Measure {
    Latency(f64),
    NetworkErrors,
    Statuses([i64; 4]),
}

/// What has been read so far, which is a condition only when it is compared.
enum Read {
    Condition(Expression),
    Measure(Measure),
    Integer(i64),
    Float(f64),
}

impl Expression {
    /// Compiles a text.
    pub(super) fn parse(text: &str) -> Result<Self, Wrong> {
        let tokens = tokens(text).map_err(Wrong)?;
        let mut parser = Parser { tokens: tokens.into_iter().peekable(), depth: 0 };
        let read = parser.any()?;
        if let Some(token) = parser.tokens.next() {
            return Err(Wrong(format!("{token} is too much")));
        }
        condition(read)
    }

    /// Whether it is true of what was measured.
    pub(super) fn holds(&self, seen: &Seen) -> bool {
        match self {
            Self::All(left, right) => left.holds(seen) && right.holds(seen),
            Self::Any(left, right) => left.holds(seen) || right.holds(seen),
            Self::Latency { quantile, operator, than } => operator.compare(&seen.latency(*quantile), than),
            Self::NetworkErrors { operator, than } => operator.compare(&seen.network_errors(), than),
            Self::Statuses { ranges, operator, than } => operator.compare(&seen.statuses(*ranges), than),
        }
    }

    /// Whether it asks how long answers take.
    pub(super) fn asks_for_latency(&self) -> Latencies {
        match self {
            Self::All(left, right) | Self::Any(left, right) => match left.asks_for_latency() {
                Latencies::Ignored => right.asks_for_latency(),
                Latencies::Measured => Latencies::Measured,
            },
            Self::Latency { .. } => Latencies::Measured,
            Self::NetworkErrors { .. } | Self::Statuses { .. } => Latencies::Ignored,
        }
    }
}

struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    depth: u32,
}

impl Parser {
    fn any(&mut self) -> Result<Read, Wrong> {
        let mut read = self.all()?;
        while self.tokens.next_if_eq(&Token::Or).is_some() {
            let right = condition(self.all()?)?;
            read = Read::Condition(Expression::Any(Box::new(condition(read)?), Box::new(right)));
        }
        Ok(read)
    }

    fn all(&mut self) -> Result<Read, Wrong> {
        let mut read = self.comparison()?;
        while self.tokens.next_if_eq(&Token::And).is_some() {
            let right = condition(self.comparison()?)?;
            read = Read::Condition(Expression::All(Box::new(condition(read)?), Box::new(right)));
        }
        Ok(read)
    }

    fn comparison(&mut self) -> Result<Read, Wrong> {
        let mut read = self.operand()?;
        while let Some(Token::Operator(operator)) =
            self.tokens.next_if(|token| matches!(token, Token::Operator(_)))
        {
            let right = self.operand()?;
            read = Read::Condition(compare(read, operator, right)?);
        }
        Ok(read)
    }

    fn operand(&mut self) -> Result<Read, Wrong> {
        match self.tokens.next() {
            Some(Token::Open) => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err(Wrong("too many parentheses within each other".to_owned()));
                }
                let read = self.any()?;
                self.depth -= 1;
                self.expect(&Token::Close)?;
                Ok(read)
            }
            Some(Token::Integer(number)) => Ok(Read::Integer(number)),
            Some(Token::Float(number)) => Ok(Read::Float(number)),
            Some(Token::Name(name)) => self.call(&name).map(Read::Measure),
            Some(token) => Err(Wrong(format!("a function is expected, not {token}"))),
            None => Err(Wrong("it ends too early".to_owned())),
        }
    }

    fn call(&mut self, name: &str) -> Result<Measure, Wrong> {
        self.expect(&Token::Open)?;
        let mut arguments = Vec::new();
        while self.tokens.next_if_eq(&Token::Close).is_none() {
            if !arguments.is_empty() {
                self.expect(&Token::Comma)?;
                // A comma may stand behind the last one.
                if self.tokens.next_if_eq(&Token::Close).is_some() {
                    break;
                }
            }
            match self.tokens.next() {
                Some(number @ (Token::Integer(_) | Token::Float(_))) => arguments.push(number),
                other => {
                    let found = other.map_or_else(|| "the end".to_owned(), |token| token.to_string());
                    return Err(Wrong(format!("a number is expected, not {found}")));
                }
            }
        }
        match (name, &*arguments) {
            ("LatencyAtQuantileMS", [Token::Float(quantile)]) => Ok(Measure::Latency(*quantile)),
            ("NetworkErrorRatio", []) => Ok(Measure::NetworkErrors),
            (
                "ResponseCodeRatio",
                [Token::Integer(a), Token::Integer(b), Token::Integer(c), Token::Integer(d)],
            ) => Ok(Measure::Statuses([*a, *b, *c, *d])),
            ("LatencyAtQuantileMS", _) => {
                Err(Wrong("LatencyAtQuantileMS takes one number with a point, such as 50.0".to_owned()))
            }
            ("NetworkErrorRatio", _) => Err(Wrong("NetworkErrorRatio takes nothing".to_owned())),
            ("ResponseCodeRatio", _) => {
                Err(Wrong("ResponseCodeRatio takes four integers, such as 500, 600, 0, 600".to_owned()))
            }
            _ => Err(Wrong(format!(
                "there is no function {name}, expected one of LatencyAtQuantileMS, NetworkErrorRatio, \
                 ResponseCodeRatio"
            ))),
        }
    }

    fn expect(&mut self, wanted: &Token) -> Result<(), Wrong> {
        match self.tokens.next() {
            Some(token) if token == *wanted => Ok(()),
            Some(token) => Err(Wrong(format!("{wanted} is expected, not {token}"))),
            None => Err(Wrong(format!("{wanted} is missing at the end"))),
        }
    }
}

fn condition(read: Read) -> Result<Expression, Wrong> {
    match read {
        Read::Condition(expression) => Ok(expression),
        Read::Measure(_) | Read::Integer(_) | Read::Float(_) => {
            Err(Wrong("what is measured must be compared with a number".to_owned()))
        }
    }
}

fn compare(left: Read, operator: Operator, right: Read) -> Result<Expression, Wrong> {
    let Read::Measure(measure) = left else {
        return Err(Wrong("a function stands on the left of a comparison, a number on the right".to_owned()));
    };
    match (measure, right) {
        (Measure::Latency(quantile), Read::Integer(than)) => {
            Ok(Expression::Latency { quantile, operator, than })
        }
        (Measure::NetworkErrors, Read::Float(than)) => Ok(Expression::NetworkErrors { operator, than }),
        (Measure::Statuses(ranges), Read::Float(than)) => Ok(Expression::Statuses { ranges, operator, than }),
        (Measure::Latency(_), _) => {
            Err(Wrong("a latency is compared with an integer, such as 100".to_owned()))
        }
        (Measure::NetworkErrors | Measure::Statuses(_), _) => {
            Err(Wrong("a ratio is compared with a number that has a point, such as 0.3".to_owned()))
        }
    }
}

/// Parentheses within each other.
const DEEPEST: u32 = 64;

#[cfg(test)]
mod tests;

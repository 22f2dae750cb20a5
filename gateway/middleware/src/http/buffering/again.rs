//! When a request is repeated: the option `retryExpression`.

use windrose_config::Located;
use windrose_http::Method;

use crate::kind::BuildError;
use crate::predicate::{Call, Condition, ConditionError, Literal, Relation};

/// A compiled expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Again {
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    NetworkError,
    Number(Number, Relation, i64),
    Method(Relation, Box<str>),
}

/// A function that gives a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    Attempts,
    ResponseCode,
}

/// What came of a try.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome<'a> {
    pub(super) method: &'a Method,
    pub(super) status: u16,
    /// Which one it was; the first is 1.
    pub(super) attempt: u32,
}

impl Again {
    /// Compiles an expression; `None` when it is empty.
    pub(super) fn new(written: &Located<Box<str>>) -> Result<Option<Self>, BuildError> {
        if written.is_empty() {
            return Ok(None);
        }
        let compiled = Condition::parse(written).and_then(|condition| Self::compile(&condition));
        compiled
            .map(Some)
            .map_err(|error| BuildError::at(written, format!("cannot read the expression: {error}")))
    }

    fn compile(condition: &Condition) -> Result<Self, ConditionError> {
        Ok(match condition {
            Condition::And(left, right) => {
                Self::And(Box::new(Self::compile(left)?), Box::new(Self::compile(right)?))
            }
            Condition::Or(left, right) => {
                Self::Or(Box::new(Self::compile(left)?), Box::new(Self::compile(right)?))
            }
            Condition::Not(_) => return Err(ConditionError::new("! has no meaning there")),
            Condition::Call(call) => match known(call)? {
                "IsNetworkError" => Self::NetworkError,
                name => return Err(ConditionError::new(format!("compare {name}() with something"))),
            },
            Condition::Compare(call, relation, literal) => match (known(call)?, literal) {
                ("Attempts", Literal::Int(number)) => Self::Number(Number::Attempts, *relation, *number),
                ("ResponseCode", Literal::Int(number)) => {
                    Self::Number(Number::ResponseCode, *relation, *number)
                }
                ("RequestMethod", Literal::Text(text))
                    if matches!(relation, Relation::Equal | Relation::NotEqual) =>
                {
                    Self::Method(*relation, text.clone())
                }
                ("RequestMethod", _) => {
                    return Err(ConditionError::new("RequestMethod() is or is not a text such as \"GET\""));
                }
                ("IsNetworkError", _) => {
                    return Err(ConditionError::new("IsNetworkError() stands alone"));
                }
                (name, _) => return Err(ConditionError::new(format!("{name}() is a whole number"))),
            },
        })
    }

    /// Whether the request is to be repeated.
    pub(super) fn holds(&self, outcome: &Outcome<'_>) -> bool {
        match self {
            Self::And(left, right) => left.holds(outcome) && right.holds(outcome),
            Self::Or(left, right) => left.holds(outcome) || right.holds(outcome),
            Self::NetworkError => matches!(outcome.status, 502 | 504),
            Self::Number(number, relation, wanted) => {
                let number = match number {
                    Number::Attempts => i64::from(outcome.attempt),
                    Number::ResponseCode => i64::from(outcome.status),
                };
                relation.holds(&number, wanted)
            }
            Self::Method(relation, wanted) => relation.holds(&outcome.method.as_str(), &&**wanted),
        }
    }
}

/// The name of a function that there is; none takes anything.
fn known(call: &Call) -> Result<&str, ConditionError> {
    if !FUNCTIONS.contains(&&*call.name) {
        let message = format!("there is no function {}, write one of {}", call.name, FUNCTIONS.join(", "));
        return Err(ConditionError::new(message));
    }
    if !call.arguments.is_empty() {
        return Err(ConditionError::new(format!("{}() takes nothing between its parentheses", call.name)));
    }
    Ok(&call.name)
}

const FUNCTIONS: [&str; 4] = ["Attempts", "IsNetworkError", "RequestMethod", "ResponseCode"];

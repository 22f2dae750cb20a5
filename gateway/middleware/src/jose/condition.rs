//! What tokens must claim: the option `claims`.
//!
//! ``Equals(`grp`, `admin`) && !Contains(`areas`, `lab`)``: the functions of Traefik Hub, joined as everywhere.

use serde_json::Value;

use windrose_config::Located;

use super::claims::{Claims, Path, text};
use crate::kind::BuildError;
use crate::predicate::{self, Call, ConditionError, Literal, Negation};

/// A compiled condition.
#[derive(Debug)]
pub(crate) enum Condition {
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Not(Box<Self>),
    Equals(Path, Box<str>),
    Prefix(Path, Box<str>),
    Contains(Path, Box<str>),
    SplitContains(Path, Box<str>, Box<str>),
    OneOf(Path, Box<[Box<str>]>),
}

impl Condition {
    /// Compiles a condition; `None` when nothing is written.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn new(written: &Located<Box<str>>) -> Result<Option<Self>, BuildError> {
        if written.is_empty() {
            return Ok(None);
        }
        predicate::Condition::parse_with(written, Negation::Allowed)
            .and_then(Self::compile)
            .map(Some)
            .map_err(|error| BuildError::at(written, format!("claims: cannot read the condition: {error}")))
    }

    fn compile(condition: predicate::Condition) -> Result<Self, ConditionError> {
        let boxed = |condition: Box<predicate::Condition>| Self::compile(*condition).map(Box::new);
        Ok(match condition {
            predicate::Condition::And(left, right) => Self::And(boxed(left)?, boxed(right)?),
            predicate::Condition::Or(left, right) => Self::Or(boxed(left)?, boxed(right)?),
            predicate::Condition::Not(inner) => Self::Not(boxed(inner)?),
            predicate::Condition::Call(call) => Self::function(call)?,
            predicate::Condition::Compare(call, ..) => {
                return Err(ConditionError::new(format!("{}() is not compared with anything", call.name)));
            }
        })
    }

    fn function(call: Call) -> Result<Self, ConditionError> {
        let given = call.arguments.len();
        let mut words = call.arguments.into_iter().map(|argument| match argument {
            Literal::Text(text) => text,
            Literal::Int(number) => number.to_string().into(),
            Literal::Float(number) => number.to_string().into(),
        });
        let mut word = || words.next().unwrap_or_default();
        let wrong = |takes: &str| {
            Err(ConditionError::new(format!("{}() takes {takes}, given are {given} values", call.name)))
        };
        Ok(match (&*call.name, given) {
            ("Equals", 2) => Self::Equals(Path::new(&word()), word()),
            ("Prefix", 2) => Self::Prefix(Path::new(&word()), word()),
            ("Contains", 2) => Self::Contains(Path::new(&word()), word()),
            ("SplitContains", 3) => Self::SplitContains(Path::new(&word()), word(), word()),
            ("OneOf", 2..) => Self::OneOf(Path::new(&word()), words.collect()),
            ("Equals" | "Prefix" | "Contains", _) => return wrong("a claim and a value"),
            ("SplitContains", _) => return wrong("a claim, what is between its words, and a word"),
            ("OneOf", _) => return wrong("a claim and values"),
            (name, _) => {
                return Err(ConditionError::new(format!(
                    "there is no function {name}, write one of Contains, Equals, OneOf, Prefix, SplitContains"
                )));
            }
        })
    }

    /// Whether it holds. A claim that is not there is equal to nothing.
    pub(crate) fn holds(&self, claims: &Claims) -> bool {
        match self {
            Self::And(left, right) => left.holds(claims) && right.holds(claims),
            Self::Or(left, right) => left.holds(claims) || right.holds(claims),
            Self::Not(inner) => !inner.holds(claims),
            Self::Equals(path, wanted) => claims
                .get(path)
                .filter(|value| !value.is_array())
                .is_some_and(|value| *text(value) == **wanted),
            Self::Prefix(path, wanted) => {
                single(claims, path).is_some_and(|value| value.starts_with(&**wanted))
            }
            Self::Contains(path, wanted) => match claims.get(path) {
                Some(Value::String(value)) => value.contains(&**wanted),
                Some(Value::Array(items)) => items.iter().any(|item| is(item, wanted)),
                _ => false,
            },
            Self::SplitContains(path, between, wanted) => {
                let has = |value: &str| value.split(&**between).any(|part| *part == **wanted);
                !between.is_empty() && single(claims, path).is_some_and(has)
            }
            Self::OneOf(path, wanted) => match claims.get(path) {
                Some(Value::Array(items)) => items.iter().any(|item| wanted.iter().any(|one| is(item, one))),
                Some(value) => wanted.iter().any(|one| is(value, one)),
                None => false,
            },
        }
    }
}

fn single<'c>(claims: &'c Claims, path: &Path) -> Option<&'c str> {
    claims.get(path)?.as_str()
}

fn is(value: &Value, wanted: &str) -> bool {
    match value {
        Value::String(text) => **text == *wanted,
        Value::Array(_) | Value::Object(_) => false,
        other => *other.to_string() == *wanted,
    }
}

//! A condition for requests, over any field of their line.
//!
//! The grammar is that of other conditions ([`Condition`]); which fields there are, and what can be compared with what, is
//! decided here, once. Invariant: whether it holds depends on the request and its number alone.

use std::time::Duration;

use windrose_config::GoDuration;
use windrose_middleware::predicate::{Call, Condition, ConditionError, Literal, Relation};
use windrose_rule::regex::Regex;

use crate::line::{Facts, Field, Told, Where};

use super::Kept;

/// A condition for requests.
#[derive(Clone, Debug)]
pub struct Expression(Node);

#[derive(Clone, Debug)]
enum Node {
    Both(Box<(Self, Self)>),
    Either(Box<(Self, Self)>),
    Number(Field, Relation, f64),
    Text(Field, Relation, Box<str>),
    Matches(Field, Regex),
    MatchesNot(Field, Regex),
    /// Below this the mixed number of a request is one of the share.
    Share(u64),
}

impl Expression {
    /// Reads one.
    ///
    /// # Errors
    /// It does not follow the grammar, names a field that is none, or compares what cannot be compared.
    pub fn parse(text: &str) -> Result<Self, ConditionError> {
        Condition::parse(text).and_then(|condition| node(&condition)).map(Self)
    }

    /// Whether it holds of a request.
    pub(crate) fn holds(&self, facts: &Facts<'_>) -> bool {
        holds(&self.0, facts)
    }
}

fn node(condition: &Condition) -> Result<Node, ConditionError> {
    let wrong = |message: String| Err(ConditionError::new(message));
    match condition {
        Condition::And(one, other) => Ok(Node::Both(Box::new((node(one)?, node(other)?)))),
        Condition::Or(one, other) => Ok(Node::Either(Box::new((node(one)?, node(other)?)))),
        Condition::Not(_) => wrong("! has no meaning here, compare with what is meant".to_owned()),
        Condition::Call(Call { name, arguments }) => match (&**name, arguments.as_slice()) {
            ("Share", [share]) => share_of(share),
            ("Matches", [Literal::Text(of), Literal::Text(pattern)]) => {
                Ok(Node::Matches(field(of)?, regex(pattern)?))
            }
            ("MatchesNot", [Literal::Text(of), Literal::Text(pattern)]) => {
                Ok(Node::MatchesNot(field(of)?, regex(pattern)?))
            }
            ("Share", _) => wrong("Share takes a share from 0 to 1, as in Share(0.01)".to_owned()),
            ("Matches" | "MatchesNot", _) => wrong(format!(
                "{name} takes a field and an expression, as in {name}(\"RequestPath\", \"^/a\")"
            )),
            _ => wrong(format!("{name}() is no condition, compare it with something")),
        },
        Condition::Compare(Call { name, arguments }, relation, literal) => {
            let of = field(name)?;
            if !arguments.is_empty() {
                return wrong(format!("{name}() takes nothing between its parentheses"));
            }
            compared(of, *relation, literal)
        }
    }
}

fn share_of(share: &Literal) -> Result<Node, ConditionError> {
    #[allow(clippy::cast_precision_loss, reason = "only 0 and 1 are whole numbers that can be used")]
    let share = match share {
        Literal::Int(number) => *number as f64,
        Literal::Float(number) => *number,
        Literal::Text(_) => -1.0,
    };
    if !(0.0..=1.0).contains(&share) {
        return Err(ConditionError::new("Share takes a share from 0 to 1, as in Share(0.01)"));
    }
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "the share is from 0 to 1, and 1 is all there is"
    )]
    let below = (share * u64::MAX as f64) as u64;
    Ok(Node::Share(below))
}

fn compared(of: Field, relation: Relation, literal: &Literal) -> Result<Node, ConditionError> {
    let name = of.name();
    #[allow(clippy::cast_precision_loss, reason = "nobody compares more digits than there are")]
    let number = match literal {
        Literal::Int(number) => Some(*number as f64),
        Literal::Float(number) => Some(*number),
        Literal::Text(text) if of.is_duration() => {
            let duration: Option<GoDuration> = text.parse().ok();
            duration.and_then(GoDuration::to_std).map(|duration| duration.as_nanos() as f64)
        }
        Literal::Text(_) => None,
    };
    match (of.is_number(), number, literal) {
        (true, Some(number), _) => Ok(Node::Number(of, relation, number)),
        (true, None, _) if of.is_duration() => Err(ConditionError::new(format!(
            "{name}() is a duration, compare it with one such as \"1s\" or with nanoseconds"
        ))),
        (true, None, _) => {
            Err(ConditionError::new(format!("{name}() is a number, compare it with one, not with a text")))
        }
        (false, _, Literal::Text(text)) if matches!(relation, Relation::Equal | Relation::NotEqual) => {
            Ok(Node::Text(of, relation, text.clone()))
        }
        (false, ..) => {
            Err(ConditionError::new(format!("{name}() is a text, compare it by == or != with one")))
        }
    }
}

fn field(name: &str) -> Result<Field, ConditionError> {
    let of = Field::named(name).filter(|field| !field.is_moment());
    of.ok_or_else(|| ConditionError::new(format!("there is no field {name} that can be compared")))
}

fn regex(pattern: &str) -> Result<Regex, ConditionError> {
    Regex::new(pattern).map_err(|error| ConditionError::new(format!("{pattern:?}: {error}")))
}

fn holds(node: &Node, facts: &Facts<'_>) -> bool {
    match node {
        Node::Both(both) => holds(&both.0, facts) && holds(&both.1, facts),
        Node::Either(both) => holds(&both.0, facts) || holds(&both.1, facts),
        Node::Number(field, relation, bound) => {
            let mut said = Number(0.0);
            tell(facts, *field, &mut said);
            relation.holds(&said.0, bound)
        }
        Node::Text(field, relation, text) => {
            let mut said = Text(false, &|said| said == text.as_bytes());
            tell(facts, *field, &mut said);
            let is_equal = said.0 || (text.is_empty() && !is_there(facts, *field));
            is_equal == (*relation == Relation::Equal)
        }
        Node::Matches(field, regex) => matches(facts, *field, regex),
        Node::MatchesNot(field, regex) => !matches(facts, *field, regex),
        Node::Share(below) => mixed(facts.count) < *below || *below == u64::MAX,
    }
}

fn matches(facts: &Facts<'_>, field: Field, regex: &Regex) -> bool {
    let mut said = Text(false, &|text| regex.is_match_bytes(text));
    tell(facts, field, &mut said);
    said.0
}

fn is_there(facts: &Facts<'_>, field: Field) -> bool {
    let mut said = Text(false, &|_| true);
    tell(facts, field, &mut said);
    said.0
}

fn tell(facts: &Facts<'_>, field: Field, to: &mut impl Told) {
    facts.tell(field, &Kept::new(super::Mode::Keep), to);
}

/// A number that has nothing to do with the order of its origin (the finalizer of SplitMix64).
const fn mixed(count: u64) -> u64 {
    let mut number = count.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// The number that was told.
struct Number(f64);

impl Told for Number {
    fn text(&mut self, _: &'static str, _: &[u8]) {}

    #[allow(clippy::cast_precision_loss, reason = "nobody compares more digits than there are")]
    fn number(&mut self, _: &'static str, of: u64) {
        self.0 = of as f64;
    }

    fn ratio(&mut self, _: &'static str, of: f64) {
        self.0 = of;
    }

    fn moment(&mut self, _: &'static str, _: Duration, _: Where) {}
}

/// What somebody says of the text that was told.
struct Text<'a>(bool, &'a dyn Fn(&[u8]) -> bool);

impl Told for Text<'_> {
    fn text(&mut self, _: &'static str, text: &[u8]) {
        self.0 = (self.1)(text);
    }

    fn number(&mut self, _: &'static str, of: u64) {
        self.0 = (self.1)(itoa::Buffer::new().format(of).as_bytes());
    }

    fn ratio(&mut self, _: &'static str, _: f64) {}

    fn moment(&mut self, _: &'static str, _: Duration, _: Where) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts<'static> {
        Facts {
            status: 503,
            took: Duration::from_millis(1500),
            router: Some("a@file"),
            path: b"/api/x?y=z",
            method: b"GET",
            count: 7,
            ..Facts::default()
        }
    }

    #[test]
    fn conditions_hold_of_any_field() {
        for (text, expected) in [
            ("DownstreamStatus() >= 500", true),
            ("DownstreamStatus() >= 500 && RouterName() == \"b@file\"", false),
            ("Duration() > \"1s\" && Duration() < \"2s\"", true),
            ("duration() > 1500000000", false),
            ("RouterName() != \"b@file\"", true),
            ("ServiceName() == \"\"", true),
            ("Matches(\"RequestPath\", \"^/api/\")", true),
            ("MatchesNot(\"RequestPath\", \"^/api/\") || Share(0)", false),
            ("Share(1)", true),
            ("(DownstreamStatus() == 1 || RetryAttempts() == 0) && RequestMethod() == \"GET\"", true),
        ] {
            assert_eq!(Expression::parse(text).unwrap().holds(&facts()), expected, "{text}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        for (text, expected) in [
            ("Nonsense() == 1", "there is no field Nonsense that can be compared"),
            ("DownstreamStatus() == \"x\"", "is a number"),
            ("RouterName() > \"x\"", "compare it by == or !="),
            ("Duration() > \"soon\"", "is a duration"),
            ("Share(2)", "a share from 0 to 1"),
            ("Matches(\"RequestPath\", \"(\")", "\"(\""),
            ("DownstreamStatus()", "compare it with something"),
            ("StartUTC() == 1", "there is no field StartUTC"),
        ] {
            let error = Expression::parse(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn a_share_is_chosen_evenly() {
        let share = Expression::parse("Share(0.01)").unwrap();
        let kept =
            (0..100_000).filter(|count| share.holds(&Facts { count: *count, ..Facts::default() })).count();
        assert!((900..1100).contains(&kept), "{kept}");
    }
}

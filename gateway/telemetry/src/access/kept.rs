//! Which requests are kept, and what of them.

use std::time::Duration;

use super::Expression;
use crate::line::Field;

/// How a line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Traefik's own form of the common log format.
    Common,
    /// The common log format, without what Traefik adds.
    Generic,
    /// One JSON object.
    Json,
}

/// What becomes of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is written.
    Keep,
    /// It is not.
    Drop,
    /// That it was there is written.
    Redact,
}

impl Mode {
    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Drop => "drop",
            Self::Redact => "redact",
        }
    }
}

/// Which requests are kept: those that meet one of the conditions, and all where there is none.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Ranges of statuses, both ends included.
    pub codes: Box<[(u16, u16)]>,
    /// Those that were tried again.
    pub retried: bool,
    /// Those that took longer.
    pub longer_than: Option<Duration>,
    /// Those of which this holds; looked at last, since it needs all there is to know.
    pub expression: Option<Expression>,
}

impl Filter {
    /// Whether a request is kept, whatever the expression says.
    #[must_use]
    pub fn keeps(&self, status: u16, retries: u32, took: Duration) -> bool {
        let is_open = self.codes.is_empty() && !self.retried && self.longer_than.is_none();
        (is_open && self.expression.is_none())
            || self.codes.iter().any(|(from, to)| (*from..=*to).contains(&status))
            || (self.retried && retries > 0)
            || self.longer_than.is_some_and(|least| took > least)
    }
}

/// What of a request is kept.
#[derive(Clone, Debug)]
pub struct Kept {
    fields: u64,
    /// What is kept of fields of requests and answers.
    pub headers: Headers,
    /// What is kept of queries.
    pub query: Mode,
}

impl Kept {
    /// All fields are kept, or none.
    #[must_use]
    pub fn new(default: Mode) -> Self {
        let fields = if default == Mode::Keep { u64::MAX } else { 0 };
        Self { fields, headers: Headers { default: Mode::Drop, names: Box::default() }, query: Mode::Keep }
    }

    /// Says what becomes of one field.
    pub(crate) fn set(&mut self, field: Field, mode: Mode) {
        match mode {
            Mode::Keep => self.fields |= field.bit(),
            Mode::Drop | Mode::Redact => self.fields &= !field.bit(),
        }
    }

    /// Whether a field is written.
    pub(crate) const fn has(&self, field: Field) -> bool {
        self.fields & field.bit() != 0
    }
}

/// What is kept of fields of requests and answers.
#[derive(Clone, Debug)]
pub struct Headers {
    /// What becomes of those that are not named.
    pub default: Mode,
    /// In lower case.
    pub names: Box<[(Box<str>, Mode)]>,
}

impl Headers {
    /// Whether nothing is kept of any of them.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.default == Mode::Drop && self.names.iter().all(|(_, mode)| *mode == Mode::Drop)
    }

    /// What becomes of one.
    #[must_use]
    pub fn mode(&self, name: &[u8]) -> Mode {
        let found = self.names.iter().find(|(known, _)| known.as_bytes().eq_ignore_ascii_case(name));
        found.map_or(self.default, |(_, mode)| *mode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_kept_that_meets_one_condition_and_any_where_there_is_none() {
        let none = Filter::default();
        assert!(none.keeps(200, 0, Duration::ZERO));
        let all = Filter {
            codes: Box::new([(404, 404), (500, 599)]),
            retried: true,
            longer_than: Some(Duration::from_millis(10)),
            expression: None,
        };
        for (status, retries, ms, is_kept) in [
            (200, 0, 10, false),
            (200, 0, 11, true),
            (200, 1, 0, true),
            (404, 0, 0, true),
            (405, 0, 0, false),
            (599, 0, 0, true),
        ] {
            assert_eq!(
                all.keeps(status, retries, Duration::from_millis(ms)),
                is_kept,
                "{status} {retries} {ms}"
            );
        }
    }

    #[test]
    fn names_of_fields_have_no_case() {
        let mut kept = Kept::new(Mode::Drop);
        kept.set(Field::named("requestpath").unwrap(), Mode::Keep);
        assert!(kept.has(Field::RequestPath) && !kept.has(Field::RequestMethod));
        let headers = Headers { default: Mode::Drop, names: Box::new([("user-agent".into(), Mode::Redact)]) };
        assert_eq!((headers.mode(b"User-Agent"), headers.mode(b"Cookie")), (Mode::Redact, Mode::Drop));
        assert!(!headers.is_nothing());
    }
}

//! The error of the deserializer: one fault, and the value it is about.

use std::fmt;
use std::sync::Arc;

use serde::de::{Expected, Unexpected};

use super::nearest::{nearest, one_of};
use crate::origin::{Mark, Source};
use crate::problem::Problem;
use crate::tree::Tree;

/// Which value of a tree: its address, good for as long as the tree is borrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Identity(*const Tree);

impl Identity {
    pub(super) const fn of(tree: &Tree) -> Self {
        Self(std::ptr::from_ref(tree))
    }
}

/// What stopped one try.
#[derive(Debug)]
pub(crate) struct Fault(Box<Details>);

#[derive(Debug, Default)]
struct Details {
    message: String,
    expected: Option<String>,
    nearest: Option<String>,
    mark: Option<Mark>,
    length: usize,
    /// The nearest value that can be passed over to find further faults.
    identity: Option<Identity>,
    /// Not wrong: the section is switched off by `false`.
    off: bool,
    /// The section has nothing in it; its name is not known yet.
    empty: bool,
}

impl Fault {
    pub(super) fn new(message: String) -> Self {
        Self(Box::new(Details { message, ..Details::default() }))
    }

    /// The section is switched off.
    pub(super) fn off() -> Self {
        Self(Box::new(Details { off: true, ..Details::default() }))
    }

    /// The section has nothing in it, which means nothing.
    pub(super) fn empty() -> Self {
        let message = "a section is empty, write its options or remove it".to_owned();
        Self(Box::new(Details { message, empty: true, ..Details::default() }))
    }

    /// Fills in the name of a section that is empty.
    pub(super) fn named(mut self, name: &str) -> Self {
        if std::mem::take(&mut self.0.empty) {
            self.0.message = format!("`{name}` is empty, write its options or remove it");
        }
        self
    }

    /// Fills in the place, unless a deeper one is known.
    pub(super) fn at(mut self, mark: Mark, length: usize) -> Self {
        if self.0.mark.is_none() {
            self.0.mark = Some(mark);
            self.0.length = length;
        }
        self
    }

    /// Fills in the value to pass over, unless a deeper one is known.
    pub(super) fn within(mut self, identity: Identity) -> Self {
        self.0.identity.get_or_insert(identity);
        self
    }

    pub(super) fn identity(&self) -> Option<Identity> {
        self.0.identity
    }

    /// The problem (none for a section switched off), and whether it may follow from another.
    pub(super) fn into_problem(self, source: &Arc<Source>, root: Mark) -> (Option<Problem>, bool) {
        let Details { message, expected, nearest, mark, length, off, .. } = *self.0;
        if off {
            return (None, false);
        }
        let follows = mark.is_none();
        let problem = Problem::error(message).at(source, mark.unwrap_or(root)).spanning(length);
        (Some(Problem { expected, nearest, ..problem }), follows)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.message)
    }
}

impl std::error::Error for Fault {}

impl serde::de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let mut fault = Self::new(format!("cannot use {}", describe(unexpected)));
        fault.0.expected = Some(expected.to_string());
        fault
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(unexpected, expected)
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let mut fault = Self::new(format!("unknown value `{variant}`"));
        fault.0.expected = Some(one_of(expected));
        fault.0.nearest = nearest(variant, expected);
        fault
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("field `{field}` is missing"))
    }
}

/// What was written, in words of configuration and not of serde.
fn describe(unexpected: Unexpected<'_>) -> String {
    match unexpected {
        Unexpected::Str(text) => format!("`{text}`"),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a table".to_owned(),
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        Unexpected::Signed(number) => format!("`{number}`"),
        Unexpected::Unsigned(number) => format!("`{number}`"),
        other => other.to_string(),
    }
}

//! What a table with nothing in it means.
//!
//! A section that is switched on by being there may be empty (`tls: {}`); so may an object with a name and an element of
//! a list. Anything else that is there and empty is a mistake, which Traefik refuses, too. A section that may be absent
//! (an `Option`) may be empty, any other may not; where that is not Traefik's way, the field says so.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Visitor};

/// Whether a table may have nothing in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Empty {
    /// It may.
    Allowed,
    /// It may not, whatever the type of the field.
    Refused,
    /// The type of the field decides.
    Unsaid,
}

impl Empty {
    /// What holds for a field that may be absent.
    pub(super) fn or_allowed(self) -> Self {
        if self == Self::Unsaid { Self::Allowed } else { self }
    }
}

/// For a field that may be absent, but not there and empty: `#[serde(deserialize_with = "filled")]`.
///
/// # Errors
///
/// What decoding the value says, and that it is empty.
pub fn filled<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_newtype_struct(FILLED, Through(PhantomData))
}

/// For a field that is always there, and may be written with nothing in it.
///
/// # Errors
///
/// What decoding the value says.
pub(crate) fn may_be_empty<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_newtype_struct(MAY_BE_EMPTY, Through(PhantomData))
}

/// The value itself.
struct Through<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Through<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::deserialize(deserializer)
    }
}

/// The names by which our deserializer knows the two.
pub(super) const FILLED: &str = "$windrose::Filled";
pub(super) const MAY_BE_EMPTY: &str = "$windrose::MayBeEmpty";

//! What an options type asks for, found by deserializing it from nothing.
//!
//! Flags need to know whether `--a.b` takes the next argument; instead of a table kept by hand, the types are asked.
//! Owns [`Shape`]. Must not know any option.

#[cfg(test)]
mod tests;
mod tracer;

use serde::de::DeserializeOwned;

use tracer::Tracer;

/// What an options type asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Shape {
    /// Anything: nobody has said more.
    #[default]
    Open,
    /// A boolean.
    Boolean,
    /// Text, a number or a duration.
    Scalar,
    /// A list.
    List(Box<Self>),
    /// A table with any keys.
    Map(Box<Self>),
    /// A table with these fields.
    Section(Vec<(&'static str, Self)>),
}

impl Shape {
    /// The shape of a type. Its fields must accept nothing, zero and empty text while decoding, and it must not
    /// contain itself.
    #[must_use]
    pub fn of<T: DeserializeOwned>() -> Self {
        let mut shape = Self::Open;
        // An error can only come from a type that refuses empty values; what was asked until then is kept.
        let _ = T::deserialize(Tracer::new(&mut shape));
        shape
    }

    /// The shape of the value under a key.
    #[must_use]
    pub fn child(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Open => Some(self),
            Self::Boolean | Self::Scalar => None,
            Self::List(item) | Self::Map(item) => Some(item),
            Self::Section(fields) => {
                fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, shape)| shape)
            }
        }
    }

    /// The same section with one more field, or with another shape for a field it has.
    #[must_use]
    pub fn with(mut self, name: &'static str, shape: Self) -> Self {
        if let Self::Section(fields) = &mut self {
            fields.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            fields.push((name, shape));
        }
        self
    }
}

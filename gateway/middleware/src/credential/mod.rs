//! Where a client shows what it may: a field, a cookie or a parameter of the query.
//!
//! Owns [`Places`]. A credential that is there twice is none: two readers could take different ones. Must not know what a
//! credential is good for.

use std::borrow::Cow;

use windrose_config::Located;
use windrose_http::path::parameter;
use windrose_http::{Exchange, Id, Name};

use crate::cookies;
use crate::kind::BuildError;

mod options;
#[cfg(test)]
mod tests;

pub use options::SourceOptions;

/// The places to look at, in this order.
#[derive(Debug)]
pub(crate) struct Places(Box<[Place]>);

/// One place.
#[derive(Debug)]
pub(crate) enum Place {
    /// A field, and the scheme before its value; empty when the whole value counts.
    Field(Name, Box<str>),
    /// A cookie.
    Cookie(Box<str>),
    /// A parameter of the query.
    Query(Box<str>),
}

/// It is there more than once in the same place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ambiguous;

impl Places {
    pub(crate) fn new(places: impl IntoIterator<Item = Place>) -> Self {
        Self(places.into_iter().collect())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Place> {
        self.0.iter()
    }

    /// What the first place holds that has something.
    ///
    /// # Errors
    /// It has it twice.
    pub(crate) fn find<'e>(&'e self, ex: &'e Exchange) -> Result<Option<Cow<'e, [u8]>>, Ambiguous> {
        for place in &self.0 {
            if let Some(found) = place.find(ex)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Takes it out of every place, so that the server does not see it.
    pub(crate) fn clear(&self, ex: &mut Exchange) {
        for place in &self.0 {
            place.clear(ex);
        }
    }
}

impl Place {
    /// A field that a client may show something in.
    ///
    /// # Errors
    /// It is no field, or one that says something else.
    pub(crate) fn field(written: &Located<Box<str>>, option: &str, scheme: &str) -> Result<Self, BuildError> {
        field_name(written, option).map(|name| Self::Field(name, scheme.into()))
    }

    /// A cookie.
    ///
    /// # Errors
    /// No cookie can be called so.
    pub(crate) fn cookie(written: &Located<Box<str>>, option: &str) -> Result<Self, BuildError> {
        if cookies::is_name(written) {
            return Ok(Self::Cookie(written.value.clone()));
        }
        Err(BuildError::at(written, format!("{option}: not a valid cookie name")))
    }

    fn find<'e>(&'e self, ex: &'e Exchange) -> Result<Option<Cow<'e, [u8]>>, Ambiguous> {
        match self {
            Self::Field(name, scheme) => {
                let value = single(ex.headers.get_all(name))?;
                Ok(value.and_then(|value| behind(value, scheme)).map(Cow::Borrowed))
            }
            Self::Cookie(name) => Ok(single(cookies::values(&ex.headers, name))?.map(Cow::Borrowed)),
            Self::Query(name) => {
                let query = ex.target.query().unwrap_or_default();
                let meant = query.split('&').map(parameter).filter(|(found, _)| **found == *name.as_bytes());
                single(meant.map(|(_, value)| value))
            }
        }
        .map(|found| found.filter(|value| !value.is_empty()))
    }

    fn clear(&self, ex: &mut Exchange) {
        match self {
            // What is of another scheme is somebody else's.
            Self::Field(name, scheme) => {
                if ex.headers.get_all(name).any(|value| behind(value, scheme).is_some()) {
                    ex.headers.remove(name);
                }
            }
            Self::Cookie(name) => cookies::remove(&mut ex.headers, |found| found == name.as_bytes()),
            Self::Query(name) => {
                ex.target.retain_parameters(|parameter_name| *parameter_name != *name.as_bytes());
            }
        }
    }
}

/// A field that may be filled or read for somebody's sake.
///
/// # Errors
/// It is no field, or one that says something else.
pub(crate) fn field_name(written: &Located<Box<str>>, option: &str) -> Result<Name, BuildError> {
    let name = Name::new(written).map_err(|error| BuildError::at(written, format!("{option}: {error}")))?;
    let id = name.id();
    if id == Id::HOST || id == Id::COOKIE || id.is_framing() || id.is_hop_by_hop() {
        let message = format!("{option}: {} says something else, choose another field", written.value);
        return Err(BuildError::at(written, message));
    }
    Ok(name)
}

fn single<T>(mut found: impl Iterator<Item = T>) -> Result<Option<T>, Ambiguous> {
    let first = found.next();
    if found.next().is_some() { Err(Ambiguous) } else { Ok(first) }
}

/// What stands behind the scheme and its spaces (RFC 9110 §11.4).
fn behind<'v>(value: &'v [u8], scheme: &str) -> Option<&'v [u8]> {
    if scheme.is_empty() {
        return Some(value.trim_ascii());
    }
    let (found, rest) = value.split_at_checked(scheme.len())?;
    let is_it = found.eq_ignore_ascii_case(scheme.as_bytes()) && rest.first() == Some(&b' ');
    is_it.then(|| rest.trim_ascii())
}

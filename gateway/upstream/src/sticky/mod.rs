//! Sticky sessions: a cookie that brings a client back to where it was.
//!
//! Names and values are those of Traefik, so that sessions survive a change from one to the other. A server is known by
//! its URL as it was written, a service by its name as it was written where it is used.

use std::fmt::Write;

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use windrose_http::{Headers, Id};

mod cookie;

pub use cookie::{Cookie, CookieError, SameSite};

use crate::balance::fnv::fnv1;

/// The cookie of one service, and what its values mean.
#[derive(Debug)]
pub struct Sticky {
    name: Box<str>,
    /// The attributes, with the semicolon before them.
    attributes: Box<str>,
    places: HashMap<Box<[u8]>, Place, RandomState>,
    values: Box<[Box<str>]>,
}

/// Where a client is at home.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The number of the server or service.
    pub at: u32,
    /// Whether the client says so in the present form.
    pub form: Form,
}

/// How a client says where it is at home.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As we do.
    Present,
    /// As Traefik did before; it gets a new cookie.
    Past,
}

impl Sticky {
    /// The cookie of a service, for choices with these names; those without a name have no clients.
    #[must_use]
    pub fn new<'n>(cookie: &Cookie, service: &str, names: impl Iterator<Item = Option<&'n str>>) -> Self {
        let mut places = HashMap::default();
        let mut values = Vec::new();
        for (at, name) in (0..).zip(names) {
            let Some(name) = name else {
                values.push(Box::default());
                continue;
            };
            let value = value(name);
            let fnv = format!("{:x}", fnv1(name.as_bytes()));
            let twice = format!("{:x}", fnv1(fnv.as_bytes()));
            for past in [name, &fnv, &twice] {
                places.entry(past.as_bytes().into()).or_insert(Place { at, form: Form::Past });
            }
            places.insert(value.as_bytes().into(), Place { at, form: Form::Present });
            values.push(value.into());
        }
        Self {
            name: cookie.name_for(service).into(),
            attributes: cookie.attributes().into(),
            places,
            values: values.into(),
        }
    }

    /// Where the client says that it is at home.
    #[must_use]
    pub fn home(&self, headers: &Headers) -> Option<Place> {
        self.places.get(said(headers, self.name.as_bytes())?).copied()
    }

    /// Tells the client where it is at home from now on.
    pub fn tell(&self, at: usize, headers: &mut Headers) {
        let Some(value) = self.values.get(at) else { return };
        let mut field = String::with_capacity(self.name.len() + 1 + value.len() + self.attributes.len());
        // Writing to a text does not fail.
        let _ = write!(field, "{}={value}{}", self.name, self.attributes);
        headers.append(Id::SET_COOKIE, field);
    }

    /// The cookie's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// What stands for a name: the beginning of its SHA-256.
fn value(name: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, name.as_bytes());
    let mut value = data_encoding::HEXLOWER.encode(digest.as_ref());
    value.truncate(VALUE);
    value
}

/// The value of the first cookie of that name that has one.
pub(crate) fn said<'h>(headers: &'h Headers, name: &[u8]) -> Option<&'h [u8]> {
    headers.get_all(Id::COOKIE).flat_map(|line| line.split(|byte| *byte == b';')).find_map(|part| {
        let part = part.trim_ascii();
        let cut = part.iter().position(|byte| *byte == b'=').unwrap_or(part.len());
        let (key, rest) = part.split_at_checked(cut)?;
        (key.trim_ascii_end() == name).then(|| unquoted(rest.strip_prefix(b"=").unwrap_or(rest)))?
    })
}

/// A value without the quotes around it; `None` when it is none.
fn unquoted(value: &[u8]) -> Option<&[u8]> {
    let inner = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value);
    let is_fine = |byte: &u8| matches!(byte, 0x20..0x7f) && !matches!(byte, b'"' | b';' | b'\\');
    inner.iter().all(is_fine).then_some(inner)
}

/// Digits of a value.
const VALUE: usize = 16;

#[cfg(test)]
mod tests;

//! Claims that go to the server: the option `forwardHeaders`.

use indexmap::IndexMap;
use windrose_config::Located;
use windrose_http::{Headers, Name};

use super::claims::{Claims, Path, text};
use super::token::Fault;
use crate::credential::field_name;
use crate::kind::BuildError;

/// Fields that claims alone may fill.
#[derive(Debug)]
pub(crate) struct Forwarded(Box<[(Name, Path)]>);

/// What goes into the fields, one for each; `None` where there is no claim.
pub(crate) type Values = Box<[Option<Box<str>>]>;

impl Forwarded {
    /// From fields and the claims that fill them.
    ///
    /// # Errors
    /// One of them is no field, or one that says something else.
    pub(crate) fn new(written: &IndexMap<Box<str>, Box<str>>) -> Result<Self, BuildError> {
        let pairs = written.iter().map(|(name, claim)| {
            // A key of a map has no place of its own.
            let name = field_name(&Located::from(name.clone()), "forwardHeaders");
            name.map(|name| (name, Path::new(claim))).map_err(|error| BuildError::new(error.message))
        });
        pairs.collect::<Result<_, _>>().map(Self)
    }

    /// What claims put into the fields.
    ///
    /// # Errors
    /// A claim is nothing that a field can hold as it is.
    pub(crate) fn values(&self, claims: &Claims) -> Result<Values, Fault> {
        let value = |(_, path): &(Name, Path)| {
            let Some(value) = claims.get(path) else { return Ok(None) };
            let value = text(value);
            let is_whole = value.trim_matches([' ', '\t']).len() == value.len();
            let is_fine = is_whole && !value.chars().any(char::is_control);
            if is_fine { Ok(Some(value.into())) } else { Err(Fault::Field) }
        };
        self.0.iter().map(value).collect()
    }

    /// Fills the fields. What the client wrote there goes, whatever its spelling.
    pub(crate) fn fill(&self, headers: &mut Headers, values: &[Option<Box<str>>]) {
        for ((name, _), value) in self.0.iter().zip(values) {
            headers.remove(name);
            if let Some(value) = value {
                headers.append(name, value.as_bytes());
            }
        }
    }
}

//! What can be written of places.

use serde::{Deserialize, Serialize};

use windrose_config::Located;

use super::Place;
use crate::is_default;
use crate::kind::BuildError;

/// Where a client shows something: one of these, or several that are looked at in this order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SourceOptions {
    /// A field.
    #[serde(skip_serializing_if = "is_default")]
    pub header: Located<Box<str>>,
    /// The word before the value of that field.
    #[serde(skip_serializing_if = "is_default")]
    pub header_auth_scheme: Located<Box<str>>,
    /// A cookie.
    #[serde(skip_serializing_if = "is_default")]
    pub cookie: Located<Box<str>>,
    /// A parameter of the query.
    #[serde(skip_serializing_if = "is_default")]
    pub query: Box<str>,
}

impl SourceOptions {
    /// The places that are written below `option`.
    ///
    /// # Errors
    /// One of them is none.
    pub(crate) fn places(&self, option: &str) -> Result<Vec<Place>, BuildError> {
        let scheme = &self.header_auth_scheme;
        if !scheme.is_empty() && (self.header.is_empty() || windrose_http::Name::new(scheme).is_err()) {
            let message =
                format!("{option}.headerAuthScheme is one word, and needs a header that it stands in");
            return Err(BuildError::at(scheme, message));
        }
        let mut places = Vec::new();
        if !self.header.is_empty() {
            places.push(Place::field(&self.header, &format!("{option}.header"), scheme)?);
        }
        if !self.cookie.is_empty() {
            places.push(Place::cookie(&self.cookie, &format!("{option}.cookie"))?);
        }
        if !self.query.is_empty() {
            places.push(Place::Query(self.query.clone()));
        }
        Ok(places)
    }
}

//! What becomes of somebody who wants to pass: asked who it is, or let in.

use windrose_config::Located;
use windrose_http::{Headers, Id, Name, Reply};

use crate::kind::BuildError;

/// What becomes of the request of somebody who may pass.
pub(crate) struct Passing {
    field: Option<Name>,
    removes: bool,
}

impl Passing {
    /// From the options `headerField` and `removeHeader`.
    ///
    /// # Errors
    /// The field has no name that a field can have.
    pub(crate) fn new(field: &Located<Box<str>>, removes: bool) -> Result<Self, BuildError> {
        if field.is_empty() {
            return Ok(Self { field: None, removes });
        }
        let name =
            Name::new(field).map_err(|error| BuildError::at(field, format!("headerField: {error}")))?;
        let id = name.id();
        if id == Id::HOST || id.is_framing() || id.is_hop_by_hop() {
            let message = format!("headerField: {} says something else, choose another field", field.value);
            return Err(BuildError::at(field, message));
        }
        Ok(Self { field: Some(name), removes })
    }

    /// Takes the name into its field, whatever the client wrote there in whatever spelling, and the password out.
    pub(crate) fn edit(&self, headers: &mut Headers, user: &[u8]) {
        if let Some(field) = &self.field {
            headers.remove(field);
            headers.append(field, user);
        }
        if self.removes {
            headers.remove(Id::AUTHORIZATION);
        }
    }
}

/// Asks who it is.
pub(crate) fn unauthorized(challenge: &str) -> Reply {
    let mut reply = Reply::with_body(401, "401 Unauthorized\n");
    reply.headers.append(Id::CONTENT_TYPE, "text/plain");
    reply.headers.append("Www-Authenticate", challenge);
    reply
}

/// The realm that is written, or Traefik's.
///
/// # Errors
/// It cannot stand in a field.
pub(crate) fn realm(written: &Located<Box<str>>) -> Result<&str, BuildError> {
    if written.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(BuildError::at(written, "realm has control characters, which no field may have"));
    }
    Ok(if written.is_empty() { "traefik" } else { written })
}

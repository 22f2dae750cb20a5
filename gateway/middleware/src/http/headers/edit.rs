//! Fields to set and to remove.

use indexmap::IndexMap;

use windrose_http::exchange::Host;
use windrose_http::{Exchange, Headers, Id, Name};

use super::options::Text;
use crate::kind::{BuildContext, BuildError};

/// What is done to one field.
#[derive(Debug)]
pub(super) enum Edit {
    Set(Name, Box<str>),
    Remove(Name),
}

impl Edit {
    fn new(name: &str, value: &Text) -> Result<Self, BuildError> {
        let name = field_name(name, value)?;
        Ok(if value.is_empty() { Self::Remove(name) } else { Self::Set(name, field_value(value)?) })
    }

    fn name(&self) -> &Name {
        match self {
            Self::Set(name, _) | Self::Remove(name) => name,
        }
    }

    pub(super) fn apply(&self, headers: &mut Headers) {
        match self {
            Self::Set(name, value) => headers.set(name, value.as_bytes()),
            Self::Remove(name) => {
                headers.remove(name);
            }
        }
    }
}

/// What is done to a request.
#[derive(Debug, Default)]
pub(super) struct RequestEdits {
    fields: Vec<Edit>,
    host: Option<Box<str>>,
    hides_peer: bool,
}

impl RequestEdits {
    pub(super) fn new(written: &IndexMap<Box<str>, Text>, cx: &BuildContext<'_>) -> Result<Self, BuildError> {
        let mut edits = Self::default();
        for (name, value) in written {
            let edit = Edit::new(name, value)?;
            let id = edit.name().id();
            if id == Id::HOST {
                edits.set_host(value, cx)?;
            } else if is_effectless(id, value) {
                warn_of_connection_field(&edit, value, cx);
            } else {
                edits.hides_peer |= id == Id::X_FORWARDED_FOR && value.is_empty();
                edits.fields.push(edit);
            }
        }
        Ok(edits)
    }

    fn set_host(&mut self, value: &Text, cx: &BuildContext<'_>) -> Result<(), BuildError> {
        if value.is_empty() {
            cx.warn(BuildError::at(value, "Host cannot be removed, write the host to send"));
            return Ok(());
        }
        if Host::default().set(value.as_bytes()).is_err() {
            return Err(BuildError::at(value, "not a host, write a name with perhaps a port"));
        }
        self.host = Some(value.value.clone());
        Ok(())
    }

    pub(super) fn apply(&self, ex: &mut Exchange) {
        self.fields.iter().for_each(|edit| edit.apply(&mut ex.headers));
        if self.hides_peer {
            ex.appends_peer = false;
        }
        if let Some(host) = &self.host {
            ex.set_host(host.as_bytes()).expect("checked when it was built");
        }
    }
}

/// What is done to an answer.
pub(super) fn response_edits(
    written: &IndexMap<Box<str>, Text>,
    cx: &BuildContext<'_>,
) -> Result<Box<[Edit]>, BuildError> {
    let mut edits = Vec::with_capacity(written.len());
    for (name, value) in written {
        let edit = Edit::new(name, value)?;
        if is_effectless(edit.name().id(), value) {
            warn_of_connection_field(&edit, value, cx);
        } else {
            edits.push(edit);
        }
    }
    Ok(edits.into())
}

/// Whether the field is the business of one connection, which whoever writes a message settles alone.
fn is_effectless(id: Id, value: &Text) -> bool {
    let asks_for_trailers = id == Id::TE && value.eq_ignore_ascii_case("trailers");
    (id.is_hop_by_hop() || id.is_framing()) && !asks_for_trailers
}

fn warn_of_connection_field(edit: &Edit, value: &Text, cx: &BuildContext<'_>) {
    let message =
        format!("{} has no effect, it concerns one connection only; remove it", edit.name().as_str());
    cx.warn(BuildError::at(value, message));
}

/// Checks a name; it is reported at the place of `value`.
pub(in crate::http) fn field_name(name: &str, value: &Text) -> Result<Name, BuildError> {
    Name::new(name).map_err(|error| BuildError::at(value, format!("`{name}` is {error}")))
}

/// Checks a value. One that is written over several lines is one line, as traefik sends it.
pub(in crate::http) fn field_value(value: &Text) -> Result<Box<str>, BuildError> {
    let line = value.value.replace(['\r', '\n'], " ");
    let line = line.trim_matches([' ', '\t']);
    let mut probe = Headers::new();
    probe.append("x", line.as_bytes());
    if probe.is_empty() {
        return Err(BuildError::at(value, "not a valid header value, remove its control characters"));
    }
    Ok(line.into())
}

//! An answer that is written in the configuration.

use std::sync::Arc;

use bytes::Bytes;
use indexmap::IndexMap;

use windrose_config::Located;
use windrose_http::{Body, Id, Name, Reply};

use crate::http::headers::edit::{field_name, field_value};
use crate::kind::{BuildContext, BuildError};

/// A compiled answer.
#[derive(Debug)]
pub(in crate::http) struct Page {
    status: u16,
    headers: Box<[(Name, Box<str>)]>,
    body: Bytes,
}

/// What was written of an answer.
pub(in crate::http) struct Written<'a> {
    pub(in crate::http) status: Located<u16>,
    /// The status that 0 means.
    pub(in crate::http) usual: u16,
    pub(in crate::http) headers: &'a IndexMap<Box<str>, Located<Box<str>>>,
    pub(in crate::http) body: &'a Located<Box<str>>,
    pub(in crate::http) body_file: &'a Located<Arc<str>>,
    pub(in crate::http) content_type: &'a Located<Box<str>>,
}

impl Page {
    /// Compiles an answer; its file is part of what it is made of.
    ///
    /// # Errors
    /// A part of it makes no sense, or the file cannot be read.
    pub(in crate::http) fn new(cx: &BuildContext<'_>, written: &Written<'_>) -> Result<Self, BuildError> {
        let status = match written.status {
            Located { value: 0, .. } => written.usual,
            Located { value, .. } if (200..=599).contains(&value) => value,
            Located { value, mark } => {
                let message = format!("{value} is no status to answer with, write one from 200 to 599");
                return Err(BuildError { message, mark: Some(mark), length: value.to_string().len() });
            }
        };
        let mut headers = Vec::new();
        if !written.content_type.is_empty() {
            let name = field_name(Id::CONTENT_TYPE.text(), written.content_type)?;
            headers.push((name, field_value(written.content_type)?));
        }
        for (name, value) in written.headers {
            headers.push((own_name(name, value)?, field_value(value)?));
        }
        let body = body(cx, written)?;
        if matches!(status, 204 | 304) && !body.is_empty() {
            let message = format!("an answer with status {status} has no body, remove one of them");
            return Err(BuildError { message, mark: Some(written.status.mark), length: 0 });
        }
        Ok(Self { status, headers: headers.into(), body })
    }

    /// The answer once more.
    pub(in crate::http) fn reply(&self) -> Reply {
        let mut reply = Reply::with_body(self.status, Body::from(self.body.clone()));
        for (name, value) in &self.headers {
            reply.headers.set(name, value.as_bytes());
        }
        reply
    }
}

/// A name that an answer may have of its own accord.
fn own_name(name: &str, value: &Located<Box<str>>) -> Result<Name, BuildError> {
    let name = field_name(name, value)?;
    if name.id().is_hop_by_hop() || name.id().is_framing() {
        let message = format!("{} concerns one connection only, remove it", name.as_str());
        return Err(BuildError::at(value, message));
    }
    Ok(name)
}

fn body(cx: &BuildContext<'_>, written: &Written<'_>) -> Result<Bytes, BuildError> {
    let file = written.body_file;
    if file.is_empty() {
        return Ok(Bytes::copy_from_slice(written.body.as_bytes()));
    }
    if !written.body.is_empty() {
        return Err(BuildError::at(file, "body and bodyFile exclude each other, remove one"));
    }
    let content = cx.resolve.file(file)?;
    if content.len() > LARGEST {
        return Err(BuildError::at(file, format!("the file {} is larger than a megabyte", file.value)));
    }
    Ok(Bytes::from(content))
}

/// How large the file of a body may be.
const LARGEST: usize = 1 << 20;

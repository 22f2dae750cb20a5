//! Answers as clients of Traefik's API know them.

use serde::Serialize;
use serde_json::json;
use windrose_http::{Id, Reply};

/// An answer before it is sent: made away from the data workers, so it owns all it has.
#[derive(Debug)]
pub(crate) struct Answer {
    status: u16,
    kind: &'static str,
    paging: Option<Paging>,
    file_name: Option<&'static str>,
    body: Vec<u8>,
}

/// Where a page is in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paging {
    /// The number of the next page; 1 on the last.
    pub(crate) next: usize,
    /// How many objects the whole list has.
    pub(crate) all: usize,
}

impl Answer {
    /// A value, with the line end that tools expect.
    pub(crate) fn json(value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => Self::written(body),
            Err(error) => Self::error(500, &error.to_string()),
        }
    }

    /// A value that is written out already.
    pub(crate) fn written(mut body: Vec<u8>) -> Self {
        body.push(b'\n');
        Self { status: 200, kind: JSON, paging: None, file_name: None, body }
    }

    /// One page of a list.
    pub(crate) fn page(values: &impl Serialize, paging: Paging) -> Self {
        Self { paging: Some(paging), ..Self::json(values) }
    }

    /// The version, which names its encoding (traefik: the same).
    pub(crate) fn version(value: &impl Serialize) -> Self {
        Self { kind: "application/json; charset=UTF-8", ..Self::json(value) }
    }

    /// Numbers of the process, which name theirs otherwise (traefik: the same).
    pub(crate) fn debug(value: &impl Serialize) -> Self {
        Self { kind: "application/json; charset=utf-8", ..Self::json(value) }
    }

    /// A file to keep.
    pub(crate) fn download(name: &'static str, body: Vec<u8>) -> Self {
        Self { status: 200, kind: "application/gzip", paging: None, file_name: Some(name), body }
    }

    /// A profile to keep, whose name and kind are those of Go's.
    pub(crate) fn profile(name: &'static str, body: Vec<u8>) -> Self {
        Self { kind: "application/octet-stream", ..Self::download(name, body) }
    }

    /// Text for people.
    pub(crate) fn text(body: Vec<u8>) -> Self {
        Self { status: 200, kind: TEXT, paging: None, file_name: None, body }
    }

    /// What went wrong. It is JSON that says to be text (traefik: the same).
    pub(crate) fn error(status: u16, message: &str) -> Self {
        let mut body = json!({"message": message}).to_string().into_bytes();
        body.push(b'\n');
        Self { status, kind: TEXT, paging: None, file_name: None, body }
    }

    /// Nothing is here.
    pub(crate) fn nothing() -> Self {
        Self {
            status: 404,
            kind: TEXT,
            paging: None,
            file_name: None,
            body: b"404 page not found\n".to_vec(),
        }
    }

    /// Ready to be sent.
    pub(crate) fn into_reply(self) -> Reply {
        let mut reply = Reply::with_body(self.status, bytes::Bytes::from(self.body));
        reply.headers.append(Id::CONTENT_TYPE, self.kind);
        if self.kind == TEXT {
            reply.headers.append(Id::X_CONTENT_TYPE_OPTIONS, "nosniff");
        }
        if let Some(name) = self.file_name {
            reply.headers.append("Content-Disposition", format!("attachment; filename={name}"));
        }
        if let Some(Paging { next, all }) = self.paging {
            reply.headers.append("X-Next-Page", next.to_string());
            reply.headers.append("Windrose-Total", all.to_string());
        }
        reply
    }
}

const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

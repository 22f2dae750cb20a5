//! Labels whose values are few, whatever clients send.

use windrose_http::exchange::Upgrade;
use windrose_http::{Exchange, Id, Method};

/// The method of a request, as far as it is a known one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Verb(&'static str);

/// What a request is, besides HTTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Kind {
    #[default]
    Http,
    WebSocket,
    Events,
    Grpc,
    GrpcWeb,
}

impl Verb {
    pub(crate) fn of(method: &Method) -> Self {
        Self(match method {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
            Method::Connect => "CONNECT",
            Method::Options => "OPTIONS",
            Method::Trace => "TRACE",
            Method::Patch => "PATCH",
            Method::Other(name) if &**name == "PRI" => "PRI",
            Method::Other(_) => "EXTENSION_METHOD",
        })
    }

    pub(super) const fn text(self) -> &'static str {
        self.0
    }
}

impl Default for Verb {
    fn default() -> Self {
        Self("GET")
    }
}

impl Kind {
    /// That of a request which is fit to be routed.
    pub(crate) fn of(ex: &Exchange) -> Self {
        if ex.offer.protocols().contains(&Upgrade::WebSocket) {
            return Self::WebSocket;
        }
        let mut accepted = ex.headers.get_all(Id::ACCEPT).flat_map(|value| value.split(|byte| *byte == b','));
        if accepted.any(|one| one.trim_ascii().eq_ignore_ascii_case(b"text/event-stream")) {
            return Self::Events;
        }
        match ex.headers.get(Id::CONTENT_TYPE) {
            Some(kind) if kind.starts_with(b"application/grpc-web") => Self::GrpcWeb,
            Some(kind) if kind.starts_with(b"application/grpc") => Self::Grpc,
            _ => Self::Http,
        }
    }

    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::WebSocket => "websocket",
            Self::Events => "sse",
            Self::Grpc => "grpc",
            Self::GrpcWeb => "grpc-web",
        }
    }

    /// Whether the status that counts is in a field of the answer.
    pub(crate) const fn is_grpc(self) -> bool {
        matches!(self, Self::Grpc | Self::GrpcWeb)
    }
}

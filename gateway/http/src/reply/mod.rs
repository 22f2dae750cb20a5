//! The answer to one request, on its way back to the client.

use std::fmt;

use windrose_wire::field::Id;

use crate::body::Body;
use crate::duplex::Duplex;
use crate::failure::Failure;
use crate::headers::Headers;

mod failed;

/// The answer to one request.
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The fields, without those that frame the message.
    pub headers: Headers,
    /// The bytes.
    pub body: Body,
    /// The length that a bodiless answer speaks of: to HEAD, or with 304.
    pub declared_length: Declared,
    /// What went wrong, when the gateway made this answer because something did.
    pub failure: Option<Failure>,
    /// The server's side of a connection that changed its protocol (status 101).
    pub upgrade: Option<Box<dyn Duplex>>,
}

/// A length that may be unknown, in eight bytes: a reply is moved often, and from 129 bytes on by a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declared(u64);

impl Declared {
    /// Not known.
    pub const NONE: Self = Self(u64::MAX);

    /// The length, if it is known.
    #[must_use]
    pub const fn get(self) -> Option<u64> {
        if self.0 == Self::NONE.0 { None } else { Some(self.0) }
    }
}

impl From<Option<u64>> for Declared {
    fn from(length: Option<u64>) -> Self {
        length.map_or(Self::NONE, Self)
    }
}

// See [`Declared`].
const _: () = assert!(size_of::<Reply>() <= 128);

impl Reply {
    /// An answer without a body.
    #[must_use]
    pub const fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Headers::new(),
            body: Body::Empty,
            declared_length: Declared::NONE,
            failure: None,
            upgrade: None,
        }
    }

    /// An answer whose body is `body`, without a content type.
    #[must_use]
    pub fn with_body(status: u16, body: impl Into<Body>) -> Self {
        Self { body: body.into(), ..Self::empty(status) }
    }

    /// An answer whose body is the status text, as Traefik's middlewares answer.
    #[must_use]
    pub fn status_text(status: u16) -> Self {
        Self::with_body(status, text(status))
    }

    /// A plain text answer that browsers must not take for anything else.
    #[must_use]
    pub fn error(status: u16, body: &'static str) -> Self {
        let mut reply = Self::with_body(status, body);
        reply.headers.append(Id::CONTENT_TYPE, "text/plain; charset=utf-8");
        reply.headers.append(Id::X_CONTENT_TYPE_OPTIONS, "nosniff");
        reply
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("body", &self.body)
            .field("failure", &self.failure)
            .finish_non_exhaustive()
    }
}

/// The text that belongs to a status code; empty when none does.
#[must_use]
pub const fn text(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        101 => "Switching Protocols",
        102 => "Processing",
        103 => "Early Hints",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        203 => "Non-Authoritative Information",
        204 => "No Content",
        205 => "Reset Content",
        206 => "Partial Content",
        207 => "Multi-Status",
        208 => "Already Reported",
        226 => "IM Used",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        305 => "Use Proxy",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Request Entity Too Large",
        414 => "Request URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Requested Range Not Satisfiable",
        417 => "Expectation Failed",
        418 => "I'm a teapot",
        421 => "Misdirected Request",
        422 => "Unprocessable Entity",
        423 => "Locked",
        424 => "Failed Dependency",
        425 => "Too Early",
        426 => "Upgrade Required",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        451 => "Unavailable For Legal Reasons",
        499 => "Client Closed Request",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        506 => "Variant Also Negotiates",
        507 => "Insufficient Storage",
        508 => "Loop Detected",
        510 => "Not Extended",
        511 => "Network Authentication Required",
        _ => "",
    }
}

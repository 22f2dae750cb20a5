//! Bodies and fields on their way into and out of HTTP/2 streams, towards either side.
//!
//! What a client or server that does not read can make us hold is bounded here: [`Backlog`] for what is written,
//! [`Received`] for what has come.

mod backlog;
mod byte_stream;
mod frames;
mod received;
mod sending;

use http::{HeaderMap, HeaderName, HeaderValue};
use windrose_http::Headers;
use windrose_http::headers::Field;

pub use backlog::{Backlog, MOST_HELD, Piece, Share};
pub use byte_stream::ByteStream;
pub use frames::Frames;
pub use received::Received;
pub use sending::{Sending, Sent};

/// Fields for an HTTP/2 message; one buffer holds all their values.
pub fn to_map(headers: &Headers, keep: impl Fn(Field<'_>) -> bool) -> HeaderMap {
    let mut map = HeaderMap::with_capacity(headers.len() + 4);
    for (field, value) in headers.shared().filter(|(field, _)| keep(*field)) {
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(field.name), HeaderValue::from_maybe_shared(value))
        {
            map.append(name, value);
        }
    }
    map
}

//! What is known of an exchange in numbers.

use std::time::Instant;

use crate::failure::Failure;

/// What is known of an exchange in numbers. Filled on its way, whole when it has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The status that the client was told; 0 before it was.
    pub status: u16,
    /// The status that the server gave; 0 without one.
    pub origin_status: u16,
    /// How often the request was tried again.
    pub retries: u32,
    /// The bytes of the request's body that came from the client.
    pub received: u64,
    /// The bytes of the answer's body that went to the client.
    pub sent: u64,
    /// Who gave the answer.
    pub by: By,
    /// How the exchange ended.
    pub end: End,
}

/// Who gave an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// Nobody yet.
    #[default]
    Nobody,
    /// A server.
    Server,
    /// A service of the gateway's own.
    Own,
    /// The gateway, because something went wrong.
    Gateway(Failure),
    /// The middleware at this place of the route's chain.
    Middleware(u16),
}

/// How an exchange ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// The client did not wait for the end.
    #[default]
    Gone,
    /// The client has the whole answer.
    Whole,
    /// The answer broke off, or the time for it was over.
    Broken,
}

/// What is known of an exchange only if it is watched: when what happened to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// The last byte of the answer was written.
    pub last: Option<Instant>,
    /// The bytes of the server's body; `None` where they are those that were sent.
    pub origin_sent: Option<u64>,
}

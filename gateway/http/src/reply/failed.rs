//! What a client is told of a failure: the only table from failures to texts.

use super::Reply;
use crate::failure::Failure;

impl Failure {
    /// The answer the client gets; status and body are Traefik's.
    #[must_use]
    pub fn reply(self) -> Reply {
        let mut reply = match self {
            Self::NoRoute => Reply::error(404, "404 page not found\n"),
            Self::NoServer => Reply::error(503, "no available server\n"),
            Self::Misdirected => Reply::error(421, "Misdirected Request\n"),
            Self::BadHeaderName => Reply::error(400, "Bad Request\n"),
            Self::BadRequest | Self::ConnectMethod => Reply::empty(self.status()),
            _ => Reply::status_text(self.status()),
        };
        reply.failure = Some(self);
        reply
    }
}

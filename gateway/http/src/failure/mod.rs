//! What can go wrong with one request, who is to blame, and what the client is told.
//!
//! The table from failure to status stands here, that of texts beside [`Reply`](crate::Reply). `stripPrefix`,
//! `replacePath` and `forwardAuth` alone answer a failure in words of their own, which are those of Traefik's.

/// Whose fault it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The one who asked.
    Client,
    /// The gateway or its configuration.
    Us,
    /// The server asked.
    Upstream,
}

/// Whether trying again can do harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// It can, or it would fail the same way.
    Never,
    /// The server has seen nothing of the request.
    Unsent,
}

/// What went wrong with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No route matches.
    #[error("no route matches")]
    NoRoute,
    /// The service has no server that could answer.
    #[error("no available server")]
    NoServer,
    /// The server could not be reached.
    #[error("connecting to the server failed")]
    Connect,
    /// The server was not reached in time.
    #[error("connecting to the server timed out")]
    ConnectTimeout,
    /// The TLS handshake with the server failed.
    #[error("the server's certificate or TLS is not acceptable")]
    Handshake,
    /// The server closed the connection before it answered.
    #[error("the server closed the connection before it answered")]
    Closed,
    /// The server sent something that is not HTTP.
    #[error("the server's answer is not valid")]
    BadAnswer,
    /// The server changed to another protocol than it was asked for, or without being asked.
    #[error("the server changed to a protocol it was not asked for")]
    BadUpgrade,
    /// The server's answer did not begin in time.
    #[error("the server's answer timed out")]
    AnswerTimeout,
    /// The client's body broke while it was sent on.
    #[error("the client went away")]
    ClientGone,
    /// The client's body took too long.
    #[error("the client's body timed out")]
    ClientTimeout,
    /// The client's body is longer than whoever reads it allows.
    #[error("the request's body is too large")]
    BodyTooLarge,
    /// The request is malformed.
    #[error("the request is malformed")]
    BadRequest,
    /// A header name has an underscore, where that is refused.
    #[error("a header name has an underscore")]
    BadHeaderName,
    /// The request's head is too large.
    #[error("the request's head is too large")]
    HeadTooLarge,
    /// CONNECT to a server that speaks HTTP/1.
    #[error("CONNECT is not supported by this server")]
    ConnectMethod,
    /// The connection's TLS options are not those of the requested host.
    #[error("the host asks for TLS options that this connection does not have")]
    Misdirected,
    /// There is more to compute than hands for it.
    #[error("too much to compute")]
    Busy,
    /// Something of ours is wrong.
    #[error("internal error")]
    Internal,
}

impl Failure {
    /// Whose fault it was.
    #[must_use]
    pub const fn blame(self) -> Blame {
        match self {
            Self::NoRoute
            | Self::ClientGone
            | Self::ClientTimeout
            | Self::BodyTooLarge
            | Self::BadRequest
            | Self::BadHeaderName
            | Self::HeadTooLarge
            | Self::ConnectMethod
            | Self::Misdirected => Blame::Client,
            Self::Busy | Self::Internal => Blame::Us,
            Self::NoServer
            | Self::Connect
            | Self::ConnectTimeout
            | Self::Handshake
            | Self::Closed
            | Self::BadAnswer
            | Self::BadUpgrade
            | Self::AnswerTimeout => Blame::Upstream,
        }
    }

    /// Whether the request may be tried again, as far as the failure itself can tell.
    #[must_use]
    pub const fn retry(self) -> Retry {
        match self {
            Self::Connect | Self::ConnectTimeout | Self::Handshake => Retry::Unsent,
            _ => Retry::Never,
        }
    }

    /// The status the client is told.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::NoRoute => 404,
            Self::NoServer | Self::Busy => 503,
            Self::Connect | Self::Closed | Self::BadUpgrade => 502,
            Self::ConnectTimeout | Self::AnswerTimeout => 504,
            Self::ClientGone => 499,
            Self::ClientTimeout => 408,
            Self::BodyTooLarge => 413,
            Self::BadRequest | Self::BadHeaderName => 400,
            Self::HeadTooLarge => 431,
            Self::ConnectMethod => 501,
            Self::Misdirected => 421,
            Self::Handshake | Self::BadAnswer | Self::Internal => 500,
        }
    }
}

#[cfg(test)]
mod tests;

//! Answers that send a client elsewhere, as both redirecting kinds give them.

use windrose_http::{Exchange, Id, Method, Reply};

mod escapes;
mod location;
#[cfg(test)]
mod tests;

pub use location::location;

/// Whether clients may remember a redirect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permanence {
    /// They ask again each time.
    Temporary,
    /// They may go to the new place at once from now on.
    Permanent,
}

impl Permanence {
    /// From the option `permanent`.
    #[must_use]
    pub const fn from_option(permanent: bool) -> Self {
        if permanent { Self::Permanent } else { Self::Temporary }
    }

    /// Only GET may become another method at the new place; HEAD counts as any other method.
    const fn status(self, method: &Method) -> u16 {
        match (self, method) {
            (Self::Temporary, Method::Get) => 302,
            (Self::Temporary, _) => 307,
            (Self::Permanent, Method::Get) => 301,
            (Self::Permanent, _) => 308,
        }
    }
}

/// Sends the client to `location`, in which nothing needs an escape.
#[must_use]
pub fn reply(ex: &Exchange, location: &str, permanence: Permanence) -> Reply {
    let mut reply = Reply::status_text(permanence.status(&ex.method));
    reply.headers.append(Id::LOCATION, location);
    reply
}

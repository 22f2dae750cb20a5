//! Fields that come after a body, and which of them may go on.
//!
//! Owns the one policy for trailers of all protocols and both directions. A head was judged, changed by middlewares and
//! acted upon before they came, so nothing in them may undo that: what RFC 9110 §6.5.1 forbids, what the gateway owns,
//! and whatever it set, added or removed in the head, in any spelling. *Invariant*: received trailers cannot be read
//! but through this policy.

use windrose_wire::field::Id;

use crate::body::Body;
use crate::exchange::{Exchange, Underscores};
use crate::headers::{Claimed, Headers};

mod forbidden;
#[cfg(test)]
mod tests;

use forbidden::is_forbidden;

/// Fields that came after a body, not yet judged.
#[derive(Debug)]
pub struct Trailers(Headers);

/// What trailers of one message may not say.
#[derive(Clone, Debug)]
pub struct Rules {
    claimed: Claimed,
    underscores: Underscores,
}

/// The trailers hold a name for which the entry point refuses requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

impl Rules {
    /// The rules for a request that is ready to be sent, its body included: only one that streams can end in trailers,
    /// so for any other nothing is copied.
    #[must_use]
    pub fn of(ex: &Exchange) -> Self {
        let mut claimed = Claimed::new();
        if matches!(ex.body, Body::Stream(_)) {
            claimed.clone_from(ex.headers.claimed());
            ex.withheld.iter().for_each(|name| claimed.insert(Id::of(name), name));
        }
        Self { claimed, underscores: ex.underscores }
    }

    /// The rules for the answer with this head.
    #[must_use]
    pub fn of_answer(head: &Headers) -> Self {
        Self { claimed: head.claimed().clone(), underscores: Underscores::Keep }
    }
}

impl Trailers {
    /// Takes over what came; `None` when nothing did.
    #[must_use]
    pub fn new(fields: Headers) -> Option<Self> {
        (!fields.is_empty()).then_some(Self(fields))
    }

    /// What may be sent on, perhaps nothing.
    ///
    /// # Errors
    /// The message must not be completed.
    pub fn judged(mut self, rules: &Rules) -> Result<Headers, Refused> {
        let has_underscore = |name: &[u8]| name.contains(&b'_');
        match rules.underscores {
            Underscores::Keep => {}
            Underscores::Delete => self.0.retain(|field| !has_underscore(field.name)),
            Underscores::Reject if self.0.iter().any(|field| has_underscore(field.name)) => {
                return Err(Refused);
            }
            Underscores::Reject => {}
        }
        Ok(self.without(&rules.claimed))
    }

    /// What may be sent on to a client that has got `head`, perhaps nothing.
    #[must_use]
    pub fn for_client(self, head: &Headers) -> Headers {
        self.without(head.claimed())
    }

    fn without(self, claimed: &Claimed) -> Headers {
        let Self(mut fields) = self;
        fields.retain(|field| !is_forbidden(field.name) && !claimed.covers(field.name));
        fields
    }
}

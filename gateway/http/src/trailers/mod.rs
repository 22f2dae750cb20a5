//! Fields that come after a body, and which of them may go on.
//!
//! Owns the one policy for trailers of all protocols and both directions. A head was judged, changed by middlewares and
//! acted upon before they came, so nothing in them may undo that: what RFC 9110 §6.5.1 forbids, what the gateway owns,
//! and whatever it set, added or removed in the head, in any spelling. *Invariant*: received trailers cannot be read
//! but through this policy.

use crate::headers::{Claimed, Headers, OddNames, Treatment};

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
    odd_names: OddNames,
}

/// The trailers hold a name for which the entry point refuses requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

impl Rules {
    /// Nothing of what is claimed, and odd names as the entry point has them.
    pub(crate) const fn new(claimed: Claimed, odd_names: OddNames) -> Self {
        Self { claimed, odd_names }
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
    pub fn judged(mut self, rules: Option<&Rules>) -> Result<Headers, Refused> {
        let Some(rules) = rules else { return Ok(self.without(&Claimed::new())) };
        let mut strictest = Treatment::Keep;
        self.0.retain(|field| {
            let treatment = rules.odd_names.judge(field.name);
            strictest = strictest.max(treatment);
            treatment == Treatment::Keep
        });
        if strictest == Treatment::Reject {
            return Err(Refused);
        }
        Ok(self.without(&rules.claimed))
    }

    /// What may be sent on to a client that has got `head`, perhaps nothing.
    #[must_use]
    pub fn for_client(self, head: &Headers) -> Headers {
        self.without(&head.claimed())
    }

    fn without(self, claimed: &Claimed) -> Headers {
        let Self(mut fields) = self;
        fields.retain(|field| !is_forbidden(field.name) && !claimed.covers(field.name));
        fields
    }
}

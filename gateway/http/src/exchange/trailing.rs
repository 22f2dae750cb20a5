//! Which rules hold for the trailers of a request and of its answer.

use super::Exchange;
use crate::body::Body;
use crate::headers::{Headers, OddNames};
use crate::trailers::Rules;

impl Rules {
    /// The rules for a request that is ready to be sent, its body included; `None` when nothing was settled beyond what
    /// holds for all trailers, or none can come because the body does not stream.
    #[must_use]
    pub fn of(ex: &Exchange) -> Option<Box<Self>> {
        let odd_names = ex.conn.odd_names;
        if (odd_names == OddNames::KEPT && !ex.headers.has_claims()) || !matches!(ex.body, Body::Stream(_)) {
            return None;
        }
        Some(Box::new(Self::new(ex.headers.claimed(), odd_names)))
    }

    /// The same for the answer with this head.
    #[must_use]
    pub fn of_answer(head: &Headers, body: &Body) -> Option<Box<Self>> {
        let can_come = head.has_claims() && matches!(body, Body::Stream(_));
        can_come.then(|| Box::new(Self::new(head.claimed(), OddNames::KEPT)))
    }
}

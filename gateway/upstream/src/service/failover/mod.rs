//! A service, and another when it fails: when it has no server left, or when it answers with certain statuses.

use std::ops::RangeInclusive;
use std::rc::Rc;
use std::sync::Arc;

use windrose_http::body::Gathered;
use windrose_http::{Body, Exchange, Failure, Method, Reply};

use super::choice::{Candidate, Choice, Shares, Watching};
use super::fork::Fork;
use super::weighted::Follows;
use super::{Nobody, Unwatched, Upstream};
use crate::health::Vital;
use crate::pool::Local;

/// A service, and another when it fails.
pub struct Failover {
    main: Arc<Upstream>,
    fallback: Arc<Upstream>,
    /// Which of them are up. A main service with health to tell is watched, a fallback only where parents may know: it
    /// says itself that it is down.
    choice: Choice,
    follows: Follows,
    errors: Option<Box<Errors>>,
}

/// The answers that send a request to the fallback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errors {
    /// Their statuses.
    pub statuses: Box<[RangeInclusive<u16>]>,
    /// The longest body that is kept for the fallback; a longer one is refused with 413.
    pub most_body: usize,
}

impl Failover {
    /// `follows` is whether its own parents may know how the two are.
    ///
    /// # Errors
    /// The main service has no health to tell and no status sends anything to the fallback; or parents may know, and
    /// one of the two has none to tell.
    pub fn new(
        main: Arc<Upstream>,
        fallback: Arc<Upstream>,
        follows: Follows,
        errors: Option<Errors>,
    ) -> Result<Self, Unwatched> {
        let must_tell = follows == Follows::Children;
        let mut candidates = Vec::with_capacity(2);
        for (service, must_tell) in [(&main, must_tell || errors.is_none()), (&fallback, must_tell)] {
            let vitals = match service.vital() {
                Some(vital) if must_tell || Arc::ptr_eq(service, &main) => vec![Arc::clone(vital)],
                None if must_tell => return Err(Unwatched(Arc::clone(&service.name))),
                _ => Vec::new(),
            };
            candidates.push(Candidate { weight: 1, fenced: false, vitals, state: None });
        }
        let choice = Choice::new(Shares::Equal, Watching::Always, candidates);
        Ok(Self { main, fallback, choice, follows, errors: errors.map(Box::new) })
    }

    /// The service and its fallback.
    #[must_use]
    pub fn services(&self) -> [&Arc<Upstream>; 2] {
        [&self.main, &self.fallback]
    }

    /// Whether it does all that `other` does, with the same services.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.main, &other.main)
            && Arc::ptr_eq(&self.fallback, &other.fallback)
            && (self.follows, &self.errors) == (other.follows, &other.errors)
    }

    pub(super) fn vital(&self) -> Option<&Arc<Vital>> {
        self.choice.vital().filter(|_| self.follows == Follows::Children)
    }

    /// Whether the answer of the main service decides. What goes through a tunnel has no end that could be waited for.
    pub(super) fn asks_first(&self, ex: &Exchange) -> bool {
        self.errors.is_some() && self.choice.is_up(MAIN) && ex.method != Method::Connect
    }

    /// The one that is up.
    pub(super) fn pick(&self) -> Option<&Upstream> {
        match (self.choice.is_up(MAIN), self.choice.is_up(FALLBACK)) {
            (true, _) => Some(&self.main),
            (false, true) => Some(&self.fallback),
            (false, false) => None,
        }
    }

    /// Asks the main service, and the fallback when that answers with one of the statuses.
    pub(super) async fn answer(&self, ex: &mut Exchange, local: &Rc<Local>) -> Reply {
        let Some(errors) = &self.errors else { return Failure::Internal.reply() };
        let body = match ex.body.gather(errors.most_body).await {
            Ok(Gathered::Whole(body)) => body,
            Ok(Gathered::Longer) => return too_large(),
            Err(error) => return Failure::from(error).reply(),
        };
        // The client was told to go on when its body was asked for.
        ex.expects_continue = false;
        let fork = Fork::of(ex);
        ex.body = Body::from(body.clone());
        // Nothing of an answer that the client does not get (traefik: the same).
        let interim = ex.interim.take();
        let reply = self.main.answer_boxed(ex, local).await;
        ex.interim = interim;
        if !errors.statuses.iter().any(|range| range.contains(&reply.status)) {
            return reply;
        }
        ex.spare = reply.headers;
        drop((reply.body, reply.upgrade));
        fork.restore(ex, Body::from(body));
        if self.choice.is_up(FALLBACK) {
            self.fallback.answer_boxed(ex, local).await
        } else {
            Nobody::Fallback.reply()
        }
    }
}

fn too_large() -> Reply {
    let mut reply = Reply::error(413, "Request body too large\n");
    reply.failure = Some(Failure::BodyTooLarge);
    reply
}

const MAIN: usize = 0;
const FALLBACK: usize = 1;

#[cfg(test)]
mod tests;

//! Services that share the requests.

use std::sync::Arc;

use windrose_http::Exchange;

mod canary;

use canary::Said;
pub use canary::{Canary, Word};

use super::choice::{Candidate, Choice, Shares, Watching};
use super::trail::Trail;
use super::{Unwatched, Upstream};
use crate::balance::hrw;
use crate::health::Vital;
use crate::sticky::{Cookie, Form, Sticky};

/// Services that share the requests: those kinds named `weighted` and `highestRandomWeight`.
pub struct Weighted {
    /// The services, in the order in which they are written.
    pub services: Box<[Arc<Upstream>]>,
    choice: Choice,
    follows: Follows,
    /// What most have none of.
    more: Option<Box<More>>,
}

/// A service, for whoever makes one of several.
#[derive(Clone, Debug)]
pub struct Child {
    /// Its name as it is written here, with or without its provider: cookies and hashes are made of it.
    pub name: Box<str>,
    /// The service.
    pub service: Arc<Upstream>,
    /// Its share; 0 or less takes it out.
    pub weight: i64,
    /// How requests say that they are for it.
    pub canary: Canary,
}

/// How services share the requests. The default is that of an empty `weighted`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sharing {
    /// How one of them is chosen.
    pub by: By,
    /// The cookie of sticky sessions; has no effect where clients are hashed.
    pub sticky: Option<Cookie>,
    /// Whether those that cannot take requests are left out.
    pub follows: Follows,
}

/// How services are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// By turns.
    #[default]
    Turns,
    /// By the client's address.
    Client,
}

/// Whether a service goes by the health of those it is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Follows {
    /// It does, and tells its parents.
    Children,
    /// It takes all of them to be well.
    #[default]
    Nobody,
}

struct More {
    by: By,
    cookie: Option<Cookie>,
    sticky: Option<Sticky>,
    /// Names as they are written, and weights.
    names: Box<[(Box<str>, i64)]>,
    /// How requests say which they are for; nothing where none can.
    canaries: Option<Box<[Canary]>>,
}

impl Weighted {
    /// The services of the one with this qualified name.
    ///
    /// # Errors
    /// It follows their health, and one of them has none to tell.
    pub fn new(
        service: &str,
        children: Vec<Child>,
        of: Sharing,
        before: Option<&Self>,
    ) -> Result<Self, Unwatched> {
        let mut candidates = Vec::with_capacity(children.len());
        for child in &children {
            let vitals = match of.follows {
                Follows::Children => vec![child.service.followed()?],
                Follows::Nobody => Vec::new(),
            };
            candidates.push(Candidate { weight: child.weight, fenced: false, vitals, state: None });
        }
        let shares = if of.by == By::Turns { Shares::Weights } else { Shares::Equal };
        let watching = if of.follows == Follows::Children { Watching::Always } else { Watching::Never };
        let choice = Choice::new(shares, watching, candidates);
        if let Some(before) = before {
            choice.resume(&before.choice);
        }
        let services = children.iter().map(|child| Arc::clone(&child.service)).collect();
        let cookie = of.sticky.filter(|_| of.by == By::Turns);
        let canaries: Vec<Canary> = children.iter().map(|child| child.canary.clone()).collect();
        let canaries = canaries.iter().any(|canary| *canary != Canary::default()).then(|| canaries.into());
        let more = (of.by == By::Client || cookie.is_some() || canaries.is_some()).then(|| {
            let names = children.iter().map(|child| (child.weight > 0).then_some(&*child.name));
            let sticky = cookie.as_ref().map(|cookie| Sticky::new(cookie, service, names));
            let names = children.into_iter().map(|child| (child.name, child.weight)).collect();
            Box::new(More { by: of.by, cookie, sticky, names, canaries })
        });
        Ok(Self { services, choice, follows: of.follows, more })
    }

    /// Whether it does all that `other` does, with the same services.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self.services.len() == other.services.len()
            && self.services.iter().zip(&other.services).all(|(one, other)| Arc::ptr_eq(one, other))
            && self.choice.cycle() == other.choice.cycle()
            && self.follows == other.follows
            && match (&self.more, &other.more) {
                (None, None) => true,
                (Some(one), Some(other)) => one.is_like(other),
                _ => false,
            }
    }

    /// The turns of its services.
    #[must_use]
    pub const fn choice(&self) -> &Choice {
        &self.choice
    }

    pub(super) fn vital(&self) -> Option<&Arc<Vital>> {
        self.choice.vital()
    }

    #[inline]
    pub(super) fn pick<'a>(&'a self, ex: &Exchange, trail: &mut Trail<'a>) -> Option<&'a Upstream> {
        let index = match &self.more {
            None => self.choice.next()?,
            Some(more) => self.pick_by(more, ex, trail)?,
        };
        self.services.get(index).map(|service| &**service)
    }

    fn pick_by<'a>(&'a self, more: &'a More, ex: &Exchange, trail: &mut Trail<'a>) -> Option<usize> {
        if let Some(canaries) = &more.canaries {
            match self.told(canaries, ex) {
                Told::For(index) => return Some(index),
                Told::Not(never) => return self.turn_of_others(&never),
                Told::Nothing => {}
            }
        }
        if more.by == By::Client {
            let named =
                |index: usize| more.names.get(index).map_or(("", 0), |(name, weight)| (&**name, *weight));
            return self.choice.among(|among| hrw::choose(among, ex.conn.peer_ip.as_bytes(), named));
        }
        let Some(sticky) = &more.sticky else { return self.choice.next() };
        if let Some(home) = sticky.home(&ex.headers)
            && self.choice.is_up(home.at as usize)
        {
            if home.form == Form::Past {
                trail.note(sticky, home.at);
            }
            return Some(home.at as usize);
        }
        let index = self.choice.next()?;
        trail.note(sticky, u32::try_from(index).ok()?);
        Some(index)
    }
}

/// What a request says of the services.
enum Told {
    Nothing,
    For(usize),
    /// Not for these.
    Not(Vec<usize>),
}

impl Weighted {
    /// What a request says: the field counts before the cookie, and whoever says nothing has a turn.
    fn told(&self, canaries: &[Canary], ex: &Exchange) -> Told {
        let mut never = Vec::new();
        for by in [Canary::by_header, Canary::by_cookie] {
            for (index, canary) in canaries.iter().enumerate() {
                if never.contains(&index) {
                    continue;
                }
                match by(canary, ex) {
                    Some(Said::Always) if self.choice.is_up(index) => return Told::For(index),
                    Some(Said::Never) => never.push(index),
                    _ => {}
                }
            }
        }
        if never.is_empty() { Told::Nothing } else { Told::Not(never) }
    }

    /// The turn of a service that is none of these; of any where there is no other.
    fn turn_of_others(&self, never: &[usize]) -> Option<usize> {
        let turns = self.choice.among(|cycle| cycle.len());
        let mut taken = (0..turns.min(MOST_TURNS)).filter_map(|_| self.choice.next());
        let found = taken.find(|index| !never.contains(index));
        found.or_else(|| self.choice.among(|cycle| cycle.iter().find(|index| !never.contains(index))))
    }
}

impl More {
    fn is_like(&self, other: &Self) -> bool {
        self.by == other.by
            && self.names == other.names
            && self.canaries == other.canaries
            && self.cookie == other.cookie
            && self.sticky.as_ref().map(Sticky::name) == other.sticky.as_ref().map(Sticky::name)
    }
}

/// How many turns are let pass to find another service.
const MOST_TURNS: usize = 64;

#[cfg(test)]
mod tests;

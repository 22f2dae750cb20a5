//! Servers that all give the same answers.

use std::sync::{Arc, Weak};

use windrose_http::Exchange;

use super::choice::{Candidate, Choice, Shares, Watching};
use super::trail::Trail;
use super::upgrades::Upgrades;
use crate::balance::{Deadlines, Ring, hrw, least_request, least_time, lowest, p2c};
use crate::endpoint::Endpoint;
use crate::health::{Check, Checks, Vital};
use crate::pool::Local;
use crate::sticky::{Form, Sticky};

mod balancing;
mod key;
mod state;

pub use balancing::{Balancing, Member, PassHost, Strategy};
pub use key::{Consistent, Key};
pub use state::State;
use state::{Load, Recovers, Timing, WARM, Wanted};

/// Servers that all give the same answers.
pub struct LoadBalancer {
    /// The servers, in the order in which they are written.
    pub servers: Box<[Server]>,
    choice: Choice,
    pass_host: PassHost,
    /// What most services have none of.
    more: Option<Box<More>>,
}

/// One server of a service.
#[derive(Debug)]
pub struct Server {
    /// How it is reached.
    pub endpoint: Arc<Endpoint>,
    /// What this service knows of it, where it has to know something.
    pub state: Option<Arc<State>>,
}

/// What most services have none of.
struct More {
    of: Balancing,
    sticky: Option<Sticky>,
    /// What is written of each server beside its address.
    shares: Box<[Share]>,
    checks: Box<[Arc<Check>]>,
    deadlines: Option<Deadlines>,
    ring: Option<Ring>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Share {
    weight: i64,
    fenced: bool,
}

impl LoadBalancer {
    /// The servers of the service with this qualified name. Checks are those of `live`, so that they are made once for
    /// all services. What is known of the servers is what the balancer `before` knew, as far as they are the same; so is
    /// the place in the cycle, if it is the same.
    #[must_use]
    pub fn new(
        service: &str,
        members: Vec<Member>,
        of: Balancing,
        live: &Checks,
        before: Option<&Self>,
    ) -> Self {
        let wanted = Wanted {
            load: match of.strategy {
                Strategy::Wrr | Strategy::Hrw => Load::Ignored,
                _ => Load::Counted,
            },
            times: match of.strategy {
                Strategy::LeastTime => Timing::Mean,
                Strategy::PeakEwma => Timing::Peak,
                _ => Timing::None,
            },
            passive: of.passive,
            recovers: if of.probe.is_some() { Recovers::ByCheck } else { Recovers::Alone },
        };
        let has_states = wanted.load == Load::Counted || of.passive.is_some() || of.slow_start.is_some();
        let wanted = has_states.then_some(wanted);
        let mut servers = Vec::with_capacity(members.len());
        let mut checks = Vec::new();
        let mut candidates = Vec::with_capacity(members.len());
        for member in &members {
            let server = Server::new(&member.endpoint, wanted, before);
            let judged = server.state.as_ref().filter(|_| of.passive.is_some());
            let mut vitals: Vec<_> = judged.map(|state| Arc::clone(state.vital())).into_iter().collect();
            if let Some(probe) = &of.probe {
                let check = live.check(&member.endpoint, probe);
                vitals.push(Arc::clone(check.vital()));
                if let Some(state) = judged {
                    let state: Weak<State> = Arc::downgrade(state);
                    check.recovers(state);
                }
                checks.push(check);
            }
            let state = server.state.as_ref().filter(|_| of.slow_start.is_some()).cloned();
            candidates.push(Candidate { weight: member.weight, fenced: member.fenced, vitals, state });
            servers.push(server);
        }
        let shares = match of.strategy {
            // Those without a key have turns.
            Strategy::Wrr | Strategy::Consistent(_) => Shares::Weights,
            Strategy::P2c => Shares::Ignored,
            _ => Shares::Equal,
        };
        let is_watched = of.probe.is_some() || of.passive.is_some();
        let watching = if is_watched { Watching::Always } else { Watching::Never };
        let choice = Choice::new(shares, watching, candidates);
        if let Some(before) = before {
            choice.resume(&before.choice);
        }
        let pass_host = of.pass_host;
        let more = (!of.is_plain()).then(|| Box::new(More::new(service, members, of, checks)));
        Self { servers: servers.into(), choice, pass_host, more }
    }

    /// Whether it does all that `other` does, with the same servers.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        let is_same = |(one, other): (&Server, &Server)| Arc::ptr_eq(&one.endpoint, &other.endpoint);
        self.servers.len() == other.servers.len()
            && self.servers.iter().zip(&other.servers).all(is_same)
            && self.choice.cycle() == other.choice.cycle()
            && self.pass_host == other.pass_host
            && match (&self.more, &other.more) {
                (None, None) => true,
                (Some(one), Some(other)) => one.is_like(other),
                _ => false,
            }
    }

    /// The turns of its servers.
    #[must_use]
    pub const fn choice(&self) -> &Choice {
        &self.choice
    }

    /// The checks that it wants made.
    pub fn checks(&self) -> impl Iterator<Item = &Arc<Check>> {
        self.more.iter().flat_map(|more| &more.checks)
    }

    /// Whether the server with this number takes requests, as far as anybody knows.
    #[must_use]
    pub fn is_up(&self, server: usize) -> bool {
        self.choice.is_up(server)
    }

    pub(super) fn vital(&self) -> Option<&Arc<Vital>> {
        self.choice.vital()
    }

    /// Who answers this request.
    #[must_use]
    #[inline]
    pub fn pick<'a>(&'a self, ex: &Exchange, local: &Local, trail: &mut Trail<'a>) -> Option<&'a Server> {
        let index = match &self.more {
            None => self.untried(self.choice.next()?, ex, local),
            Some(more) => self.pick_by(more, ex, local, trail)?,
        };
        self.servers.get(index)
    }

    /// Another server than those that this request was sent to before, if there is one that may be chosen.
    #[inline]
    fn untried(&self, index: usize, ex: &Exchange, local: &Local) -> usize {
        if ex.tried.is_empty() { index } else { self.other(index, ex, local).unwrap_or(index) }
    }

    #[cold]
    fn other(&self, index: usize, ex: &Exchange, local: &Local) -> Option<usize> {
        let is_new = |index: &usize| {
            let server = self.servers.get(*index);
            server.is_some_and(|server| !ex.tried.holds(server.number()))
        };
        if is_new(&index) {
            return Some(index);
        }
        self.choice.among(|cycle| {
            let mut others: Vec<usize> = cycle.iter().filter(is_new).collect();
            others.sort_unstable();
            others.dedup();
            // Not all to the same one when a server fails.
            others.get(local.random().below(others.len())).copied()
        })
    }

    fn pick_by<'a>(
        &'a self,
        more: &'a More,
        ex: &Exchange,
        local: &Local,
        trail: &mut Trail<'a>,
    ) -> Option<usize> {
        let Some(sticky) = &more.sticky else { return self.choose_warm(more, ex, local) };
        if let Some(home) = sticky.home(&ex.headers)
            && self.choice.is_up(home.at as usize)
            && self.untried(home.at as usize, ex, local) == home.at as usize
        {
            if home.form == Form::Past {
                trail.note(sticky, home.at);
            }
            return Some(home.at as usize);
        }
        let index = self.choose_warm(more, ex, local)?;
        trail.note(sticky, u32::try_from(index).ok()?);
        Some(index)
    }

    /// Chooses, and once again when the first is still cold and chance is against it.
    fn choose_warm(&self, more: &More, ex: &Exchange, local: &Local) -> Option<usize> {
        let index = self.untried(self.choose(more, ex, local)?, ex, local);
        let Some(window) = more.of.slow_start else { return Some(index) };
        let state = self.servers.get(index).and_then(|server| server.state.as_ref());
        let warmth = state.map_or(WARM, |state| state.warmth(window));
        let is_refused = warmth < WARM && local.random().below(WARM) >= warmth;
        if is_refused { Some(self.untried(self.choose(more, ex, local)?, ex, local)) } else { Some(index) }
    }

    fn choose(&self, more: &More, ex: &Exchange, local: &Local) -> Option<usize> {
        let state = |index: usize| self.servers.get(index).and_then(|server| server.state.as_ref());
        let weight = |index: usize| more.shares.get(index).map_or(1, |share| share.weight);
        let load = |index: usize| state(index).map_or(0, |state| state.in_flight());
        match (&more.of.strategy, &more.deadlines, &more.ring) {
            (Strategy::P2c, ..) => {
                self.choice.among(|among| p2c::choose(among, |most| local.random().below(most), load))
            }
            (Strategy::PeakEwma, ..) => {
                let cost = |index| state(index).map_or(0.0, |state| state.cost(weight(index)));
                self.choice.among(|among| p2c::choose(among, |most| local.random().below(most), cost))
            }
            (Strategy::LeastTime, Some(deadlines), _) => {
                let mean = |index| state(index).map_or(0.0, |state| state.mean());
                let score = |index| least_time::score(mean(index), load(index), weight(index));
                self.choice.among(|among| lowest::choose(among, deadlines, score))
            }
            (Strategy::LeastRequest, Some(deadlines), _) => {
                let score = |index| least_request::score(load(index), weight(index));
                self.choice.among(|among| lowest::choose(among, deadlines, score))
            }
            (Strategy::Hrw, ..) => {
                let name = |index: usize| self.servers.get(index).map_or("", |server| &*server.endpoint.url);
                let client = ex.conn.peer_ip.as_bytes();
                self.choice.among(|among| hrw::choose(among, client, |index| (name(index), weight(index))))
            }
            (Strategy::Consistent(by), _, Some(ring)) => match by.key.of(ex) {
                Some(key) => {
                    let is_open = |index| self.choice.is_up(index) && !more.is_fenced(index);
                    ring.choose(key, by.bound, is_open, load)
                }
                None => self.choice.next(),
            },
            _ => self.choice.next(),
        }
    }

    /// Chooses what the servers are asked to change to.
    pub(super) fn offer(&self, ex: &mut Exchange) {
        ex.offer.choose(|upgrade| match &self.more {
            Some(more) => more.of.upgrades.allows(upgrade),
            None => Upgrades::always_allow(upgrade),
        });
    }

    pub(super) const fn pass_host(&self) -> PassHost {
        self.pass_host
    }
}

impl Server {
    /// A number that stands for it, whatever service it is chosen by.
    pub(super) fn number(&self) -> usize {
        Arc::as_ptr(&self.endpoint).addr()
    }

    fn new(endpoint: &Arc<Endpoint>, wanted: Option<Wanted>, before: Option<&LoadBalancer>) -> Self {
        let endpoint = Arc::clone(endpoint);
        let Some(wanted) = wanted else { return Self { endpoint, state: None } };
        let known = before.and_then(|before| {
            before.servers.iter().find(|server| Arc::ptr_eq(&server.endpoint, &endpoint))?.state.as_ref()
        });
        let state = match known.filter(|state| state.suits(wanted)) {
            Some(known) => Arc::clone(known),
            None => Arc::new(State::new(wanted)),
        };
        let is_there = |before: &LoadBalancer| {
            before.servers.iter().any(|server| Arc::ptr_eq(&server.endpoint, &endpoint))
        };
        // At the start all are equally cold.
        if before.is_some_and(|before| !before.servers.is_empty() && !is_there(before)) {
            state.come();
        }
        Self { endpoint, state: Some(state) }
    }
}

impl More {
    fn new(service: &str, members: Vec<Member>, of: Balancing, checks: Vec<Arc<Check>>) -> Self {
        let counts = |member: &Member| member.weight > 0 || of.strategy == Strategy::P2c;
        let names = members.iter().map(|member| counts(member).then_some(&*member.endpoint.url));
        // Who is hashed needs no cookie (traefik: the same).
        let cookie = of.sticky.as_ref().filter(|_| of.strategy != Strategy::Hrw);
        let sticky = cookie.map(|cookie| Sticky::new(cookie, service, names));
        let weights: Vec<i64> = members.iter().map(|member| member.weight).collect();
        let has_turns = matches!(of.strategy, Strategy::LeastTime | Strategy::LeastRequest);
        let deadlines = has_turns.then(|| Deadlines::new(&weights));
        let is_hashed = matches!(of.strategy, Strategy::Consistent(_));
        let servers = members.iter().map(|member| (&*member.endpoint.url, member.weight));
        let ring = is_hashed.then(|| Ring::new(servers));
        let share = |member: &Member| Share { weight: member.weight, fenced: member.fenced };
        let shares = members.iter().map(share).collect();
        Self { of, sticky, shares, checks: checks.into(), deadlines, ring }
    }

    fn is_fenced(&self, server: usize) -> bool {
        self.shares.get(server).is_some_and(|share| share.fenced)
    }

    fn is_like(&self, other: &Self) -> bool {
        // Checks are the same when the servers and the way of asking are.
        self.of == other.of
            && self.shares == other.shares
            && self.sticky.as_ref().map(Sticky::name) == other.sticky.as_ref().map(Sticky::name)
    }
}

#[cfg(test)]
mod tests;

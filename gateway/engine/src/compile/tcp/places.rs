//! The routes of each entry point, put together.

use std::sync::Arc;

use windrose_rule::{Entry, HostIndex, Protocol, parse};

use super::routers::{Draft, Sides};
use crate::compile::Round;
use crate::compile::routes::{Routes, syntax_of};
use crate::route::tcp::{Https, TcpRoute, TcpRoutes};
use crate::snapshot::Listener;

/// What was put together, by entry point.
#[derive(Default)]
pub(super) struct Places(Vec<Place>);

#[derive(Default)]
struct Place {
    plain: Vec<Arc<TcpRoute>>,
    secure: Vec<Arc<TcpRoute>>,
    https: Known,
    /// The routes of HTTP that this was read from.
    read: Arc<Routes>,
    made: Option<Arc<TcpRoutes>>,
}

/// What routers of HTTP with TLS there are.
#[derive(Default, PartialEq, Eq)]
struct Known {
    hosts: Vec<Arc<str>>,
    are_there: bool,
    is_open: bool,
}

impl Places {
    /// Gives each listener its routes; they are those from before where nothing has changed.
    pub(super) fn fill(&mut self, round: &Round<'_>, listeners: &mut [Listener], drafts: Vec<Draft>) {
        let mut before = std::mem::take(&mut self.0).into_iter();
        let mut by_place: Vec<Vec<&Draft>> = listeners.iter().map(|_| Vec::new()).collect();
        for draft in &drafts {
            for place in &draft.places {
                if let Some(of_place) = by_place.get_mut(*place) {
                    of_place.push(draft);
                }
            }
        }
        for (listener, drafts) in listeners.iter_mut().zip(by_place) {
            let place = before.next().unwrap_or_default().change(round, &listener.secure, &drafts);
            listener.tcp = place.made.clone();
            self.0.push(place);
        }
    }
}

impl Place {
    fn change(self, round: &Round<'_>, http: &Arc<Routes>, drafts: &[&Draft]) -> Self {
        if drafts.is_empty() {
            return Self::default();
        }
        let side = |side: Sides| {
            drafts.iter().copied().filter(move |draft| draft.sides == side || draft.sides == Sides::Both)
        };
        let routes = |of: Sides| side(of).map(|draft| Arc::clone(&draft.route)).collect::<Vec<_>>();
        let (plain, secure) = (routes(Sides::Plain), routes(Sides::Secure));
        let https = if self.made.is_some() && Arc::ptr_eq(&self.read, http) && !(self.secure.is_empty()) {
            self.https
        } else {
            Known::read(round, http, !secure.is_empty())
        };
        let same = |was: &[Arc<TcpRoute>], is: &[Arc<TcpRoute>]| {
            was.iter().map(Arc::as_ptr).eq(is.iter().map(Arc::as_ptr))
        };
        let made = self.made.filter(|made| {
            same(&self.plain, &plain) && same(&self.secure, &secure) && https.is_in(&made.https)
        });
        let table = |of: Sides| {
            let entry = |draft: &Draft| Entry {
                rule: draft.rule.clone(),
                priority: draft.priority,
                tie: u32::from(draft.precedence),
                value: Arc::clone(&draft.route),
            };
            side(of).map(entry).collect()
        };
        let made = made.unwrap_or_else(|| {
            Arc::new(TcpRoutes {
                plain: table(Sides::Plain),
                secure: table(Sides::Secure),
                https: https.index(),
            })
        });
        Self { plain, secure, https, read: Arc::clone(http), made: Some(made) }
    }
}

impl Known {
    /// Which hosts there are matters only where TLS may be for somebody else.
    fn read(round: &Round<'_>, http: &Routes, matters: bool) -> Self {
        let mut known = Self { are_there: !http.is_empty(), ..Self::default() };
        if !matters {
            return known;
        }
        for candidate in http.iter() {
            let router = &candidate.router;
            let Ok(rule) = parse(&router.rule, syntax_of(router, round.syntax), Protocol::Http) else {
                continue;
            };
            let hosts = rule.hosts();
            known.is_open |= hosts.is_empty();
            known.hosts.extend(hosts);
        }
        known.hosts.sort_unstable();
        known.hosts.dedup();
        known
    }

    fn is_in(&self, https: &Https) -> bool {
        self.are_there == https.are_there && self.is_open == https.is_open && self.hosts == https.names
    }

    fn index(&self) -> Https {
        let mut hosts = HostIndex::new();
        for host in &self.hosts {
            hosts.insert(host, ());
        }
        Https { hosts, names: self.hosts.clone(), are_there: self.are_there, is_open: self.is_open }
    }
}

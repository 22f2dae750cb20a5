//! Routers of TCP: where they are, how they rank, and what they lead to. Everything wrong with them is told.

use std::sync::Arc;

use windrose_config::dynamic_config::{Name, TcpRouter, TcpRouterTls};
use windrose_config::{Problem, Section, Written};
use windrose_rule::{MAX_USER_PRIORITY, Protocol, Rule, Syntax, parse};
use windrose_tls::{Acceptor, CertStore, HostOptions, TlsOptions};

use super::{Memory, full};
use crate::compile::problems::Object;
use crate::compile::routers::{rule_problem, variable_problem};
use crate::compile::{Compiler, Round, precedence};
use crate::entry::Kind;
use crate::merge::{At, DEFAULT};
use crate::route::tcp::{Open, TcpRoute, TlsUse, Way};
use crate::snapshot::Listener;

/// What was made of a router.
pub(super) struct Made {
    pub(super) route: Arc<TcpRoute>,
}

/// A router that has a place.
pub(super) struct Draft {
    pub(super) route: Arc<TcpRoute>,
    pub(super) rule: Rule,
    pub(super) priority: i64,
    /// Lower goes first among equal priorities, then the name decides.
    pub(super) precedence: u16,
    /// The entry points it is on.
    pub(super) places: Vec<usize>,
    /// For which connections it is there.
    pub(super) sides: Sides,
}

/// For which connections a router is there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sides {
    /// Those without TLS.
    Plain,
    /// Those with TLS.
    Secure,
    /// Nobody knows which are meant, so both.
    Both,
}

/// What the routers of a round are made with.
struct Tools<'t> {
    compiler: &'t Compiler,
    store: Option<&'t Arc<CertStore>>,
}

impl Memory {
    /// Makes all routers.
    pub(super) fn routers(
        &mut self,
        compiler: &Compiler,
        round: &mut Round<'_>,
        listeners: &[Listener],
    ) -> Vec<Draft> {
        let merged = round.merged;
        let tools = Tools { compiler, store: listeners.first().map(|listener| listener.acceptor.store()) };
        let mut drafts = Vec::new();
        for (part, of) in merged.numbered() {
            for (index, (name, written)) in of.config.tcp.routers.iter().enumerate() {
                let at = At { part, index };
                let of = Object { section: Section::TcpRouters, at, name, origin: &written.origin };
                drafts.extend(self.router(&tools, round, of, written));
            }
            for (index, (name, written)) in of.config.tcp.closed.iter().enumerate() {
                let at = At { part, index };
                let of = Object { section: Section::TcpRouters, at, name, origin: &written.origin };
                drafts.extend(self.unread(round, of, written));
            }
        }
        // Names are the last to decide.
        drafts.sort_by(|left, right| left.route.name.cmp(&right.route.name));
        drafts
    }

    fn router(
        &mut self,
        tools: &Tools<'_>,
        round: &mut Round<'_>,
        of: Object<'_>,
        written: &Arc<Written<TcpRouter>>,
    ) -> Option<Draft> {
        let name = full(round, of.name, of.at.part);
        let rule = rule(round, of, written);
        let is_ranked = is_ranked(round, of, written);
        let places = places(round, of, written);
        let lacks_tls = written.tls.is_none() && rule.as_ref().is_some_and(Rule::needs_server_name);
        if lacks_tls {
            let message =
                "the rule asks for a server name, which only TLS has; write tls: {} or HostSNI(`*`)";
            round.problems.error_at(of, &written.rule, message);
        }
        let service = self.service_of(round, of, written);
        let gates = self.gates.of(round, of, &name, &written.middlewares);
        let tls = self.tls_of(tools, round, of, written.tls.as_deref());
        let open = match (service, gates, tls) {
            (Some(service), Some(gates), Some(tls)) if is_ranked && !lacks_tls => {
                Some(Open { gates, tls, service })
            }
            _ => None,
        };
        let rule = rule?;
        let way = open.map_or(Way::Closed, Way::Open);
        let route = TcpRoute { name: Arc::clone(&name), is_catch_all: rule.is_catch_all(), way };
        let route = self.keep(of.at, name, written, route, |memory| &mut memory.routers);
        let sides = match (&written.tls, lacks_tls) {
            (_, true) => Sides::Both,
            (Some(_), false) => Sides::Secure,
            (None, false) => Sides::Plain,
        };
        Some(draft(round, of.at, written, is_ranked, Worked { route, rule, places, sides }))
    }

    /// The place of a router that could not be read; `None` when it is nowhere. What is wrong has been told.
    fn unread(
        &mut self,
        round: &Round<'_>,
        of: Object<'_>,
        written: &Arc<Written<TcpRouter>>,
    ) -> Option<Draft> {
        let rule = parse(&written.rule, syntax_of(written, round.syntax), Protocol::Tcp).ok()?;
        // Two may be of one name, where nobody knows whether it is for TLS.
        let name: Arc<str> = format!("{}@{}", of.name, round.merged.parts.get(of.at.part)?.provider).into();
        let route = TcpRoute { name: Arc::clone(&name), is_catch_all: rule.is_catch_all(), way: Way::Closed };
        let route = self.keep(of.at, name, written, route, |memory| &mut memory.closed);
        let sides = match (&written.tls, rule.needs_server_name()) {
            (Some(_), _) => Sides::Secure,
            (None, true) => Sides::Both,
            (None, false) => Sides::Plain,
        };
        let is_ranked = written.priority <= MAX_USER_PRIORITY;
        let (places, _) = on(round, written);
        Some(draft(round, of.at, written, is_ranked, Worked { route, rule, places, sides }))
    }

    /// The route from before, if it leads where this one does.
    fn keep(
        &mut self,
        at: At,
        name: Arc<str>,
        written: &Arc<Written<TcpRouter>>,
        route: TcpRoute,
        column: impl Fn(&mut Self) -> &mut super::Kept<TcpRouter, Made>,
    ) -> Arc<TcpRoute> {
        let column = column(self);
        column.enter(at);
        let before = column.unchanged(&name, written).filter(|before| is_same(&before.route, &route));
        let made = before.cloned().unwrap_or_else(|| Arc::new(Made { route: Arc::new(route) }));
        column.leave(at, name, written, Some(Arc::clone(&made)));
        Arc::clone(&made.route)
    }

    fn service_of(
        &mut self,
        round: &mut Round<'_>,
        of: Object<'_>,
        written: &TcpRouter,
    ) -> Option<Arc<windrose_upstream::tcp::Upstream>> {
        let Some(reference) = written.service.as_ref().filter(|name| !name.is_empty()) else {
            round.problems.error(of, "router has no service, write one");
            return None;
        };
        match self.find_service(round, reference, of.at.part) {
            Ok(service) => Some(service),
            Err(why) => {
                round.problems.dangling(of, Section::TcpServices, reference, why);
                None
            }
        }
    }

    /// What is done with TLS; `None` after saying why its options cannot be used.
    fn tls_of(
        &mut self,
        tools: &Tools<'_>,
        round: &mut Round<'_>,
        of: Object<'_>,
        written: Option<&TcpRouterTls>,
    ) -> Option<TlsUse> {
        let Some(tls) = written else { return Some(TlsUse::Nothing) };
        let reference = tls.options.as_ref().filter(|name| !name.is_empty());
        if tls.passthrough {
            if let Some(reference) = reference {
                let message = "TLS options have no effect with passthrough, the server has its own";
                round.problems.warning_at(of, reference, message);
            }
            return Some(TlsUse::Passthrough);
        }
        if let Some(named) = &tls.cert_resolver {
            round.problems.unknown_resolver(of, named);
        }
        let found = match reference {
            Some(reference) => tools.compiler.find_options(round, reference, of.at.part),
            None => tools.compiler.default_options(),
        };
        match found {
            Ok(options) => Some(TlsUse::Terminate(self.acceptor(tools.store?, options))),
            Err(why) => {
                let default = Name::from(Arc::from(DEFAULT));
                round.problems.dangling(of, Section::TlsOptions, reference.unwrap_or(&default), why);
                None
            }
        }
    }

    /// Of a route: unlike with HTTP, the route alone says which options it has.
    fn acceptor(&mut self, store: &Arc<CertStore>, options: Arc<TlsOptions>) -> Arc<Acceptor> {
        let is_it = |known: &&Arc<Acceptor>| {
            Arc::ptr_eq(known.store(), store) && known.options_id("") == options.id()
        };
        if let Some(known) = self.acceptors.iter().find(is_it) {
            return Arc::clone(known);
        }
        let made = Arc::new(Acceptor::new(Arc::clone(store), HostOptions::Use(options), []));
        self.acceptors.push(Arc::clone(&made));
        made
    }
}

/// What was worked out of a router.
struct Worked {
    route: Arc<TcpRoute>,
    rule: Rule,
    places: Vec<usize>,
    sides: Sides,
}

fn draft(round: &Round<'_>, at: At, written: &TcpRouter, is_ranked: bool, worked: Worked) -> Draft {
    let Worked { route, rule, places, sides } = worked;
    let priority = match written.priority {
        _ if !is_ranked => MAX_USER_PRIORITY,
        0 => rule.priority(),
        written => written,
    };
    let provider = round.merged.parts.get(at.part).map_or("", |part| &*part.provider);
    let precedence = precedence::rank(&round.merged.settings.providers, provider);
    Draft { route, rule, priority, precedence, places, sides }
}

fn rule(round: &mut Round<'_>, of: Object<'_>, written: &TcpRouter) -> Option<Rule> {
    let text = &written.rule;
    if text.trim().is_empty() {
        round.problems.error(of, "router has no rule, write one such as HostSNI(`*`)");
        return None;
    }
    match parse(text, syntax_of(written, round.syntax), Protocol::Tcp) {
        Ok(rule) => {
            if syntax_of(written, round.syntax) == Syntax::V3 {
                let found = variable_problem(of, text, Protocol::Tcp);
                found.into_iter().for_each(|problem| round.problems.add(of, problem));
            }
            Some(rule)
        }
        Err(error) => {
            let syntax = syntax_of(written, round.syntax);
            round.problems.add(of, rule_problem(of, text, error, syntax, Protocol::Tcp));
            None
        }
    }
}

fn is_ranked(round: &mut Round<'_>, of: Object<'_>, written: &TcpRouter) -> bool {
    let is_ranked = written.priority <= MAX_USER_PRIORITY;
    if !is_ranked {
        let message =
            format!("priority {} is above {MAX_USER_PRIORITY}, the highest there is", written.priority);
        round.problems.error(of, message);
    }
    is_ranked
}

/// The entry points that a router is on, and those it names in vain.
fn on<'r>(round: &Round<'_>, written: &'r TcpRouter) -> (Vec<usize>, Vec<&'r Name>) {
    let (mut on, mut unknown) = (Vec::new(), Vec::new());
    let known = round.merged.places.iter().enumerate();
    if written.entry_points.is_empty() {
        on.extend(known.filter(|(_, place)| place.default).map(|(index, _)| index));
        return (on, unknown);
    }
    for name in &written.entry_points {
        let is_it =
            |(_, place): &(usize, &crate::merge::Place)| place.kind == Kind::Tcp && place.name == name.value;
        match known.clone().find(is_it) {
            Some((index, _)) if on.contains(&index) => {}
            Some((index, _)) => on.push(index),
            None => unknown.push(name),
        }
    }
    (on, unknown)
}

fn places(round: &mut Round<'_>, of: Object<'_>, written: &TcpRouter) -> Vec<usize> {
    let (on, unknown) = on(round, written);
    for name in &unknown {
        let message = format!("entry point {} does not exist", name.value);
        let problem = if on.is_empty() { Problem::error(message) } else { Problem::warning(message) };
        round.problems.unknown_entry_point(of, name, problem);
    }
    if on.is_empty() && unknown.is_empty() {
        round.problems.error(of, "there is no entry point for this router, name one");
    }
    on
}

fn syntax_of(router: &TcpRouter, default: Syntax) -> Syntax {
    match router.rule_syntax.as_deref() {
        None => default,
        Some("v2") => Syntax::V2,
        Some(_) => Syntax::V3,
    }
}

/// Whether two routes of routers that are written alike lead to the same.
fn is_same(before: &TcpRoute, made: &TcpRoute) -> bool {
    match (&before.way, &made.way) {
        (Way::Closed, Way::Closed) => true,
        (Way::Open(was), Way::Open(is)) => {
            let is_same_tls = match (&was.tls, &is.tls) {
                (TlsUse::Nothing, TlsUse::Nothing) | (TlsUse::Passthrough, TlsUse::Passthrough) => true,
                (TlsUse::Terminate(was), TlsUse::Terminate(is)) => Arc::ptr_eq(was, is),
                _ => false,
            };
            is_same_tls
                && Arc::ptr_eq(&was.service, &is.service)
                && was.gates.len() == is.gates.len()
                && was.gates.iter().zip(&is.gates).all(|(was, is)| Arc::ptr_eq(was, is))
        }
        _ => false,
    }
}

//! The routers of an Ingress: each path on plain and on TLS entry points, with variants for canaries and for clients that
//! something does not concern.

use std::sync::Arc;

use serde_json::json;
use windrose_config::dynamic_config::{
    Name, Router, RouterObservability, RouterTls, ServiceKind, Weighted, WeightedChild,
};
use windrose_rule::{Protocol, Syntax};

use super::canary::{Canaries, Variant};
use super::draft::Draft;
use super::hosts::{Handshake, Hosts};
use super::services::{Asker, declare, sticky};
use super::steps::{Part, Step, Wrong, rewrite};
use super::{Context, Reading, field, rules};
use crate::objects::{Backing, IngressPath, IngressRule};
use crate::translate::Scribe;
use crate::translate::ingress::call;

/// What all routers of an Ingress have.
pub(super) struct Common<'a> {
    pub(super) reading: &'a Reading<'a>,
    pub(super) hosts: &'a Hosts,
    steps: Vec<Step>,
    transport: Arc<str>,
    is_closed: bool,
}

/// One place where requests are taken.
struct Spot<'a> {
    /// The first part of the names of its routers.
    name: String,
    host: &'a str,
    path: &'a str,
    rule: String,
    priority: i64,
    field: String,
    /// Whether its place stays closed.
    is_closed: bool,
}

/// Clients that something does not concern.
#[derive(Clone, Copy)]
struct Exempt<'a> {
    name: &'static str,
    clients: &'a [String],
    part: Part,
}

impl Context<'_> {
    /// Declares what an Ingress comes to.
    pub(super) fn routes(
        &self,
        scribe: &mut Scribe<'_>,
        reading: &Reading<'_>,
        hosts: &Hosts,
        canaries: &mut Canaries<'_>,
    ) {
        let common = self.common(scribe, reading, hosts);
        let mut first: Option<Arc<str>> = None;
        for (index, rule) in reading.body.rules.iter().enumerate() {
            let paths = rule.http.as_ref().map(|http| &*http.paths).unwrap_or_default();
            for (at, path) in paths.iter().enumerate() {
                let spot = self.spot(scribe, &common, rule, path, (index, at));
                let service = self.path(scribe, &common, &spot, path, canaries);
                first = first.or(service);
            }
            let is_whole = paths.iter().any(|path| matches!(&*path.path, "" | "/"));
            if let (Some(backing), false) = (&reading.body.default_backend, is_whole) {
                self.rest_of_host(scribe, &common, &rule.host, index, backing);
            }
            if reading.draft.place.is_passed_through
                && let Some(path) = paths.iter().find(|path| &*path.path == "/").or_else(|| paths.first())
            {
                self.passed_through(scribe, rule, path, index);
            }
            if let (true, Some(service)) = (reading.draft.place.with_www, &first) {
                self.other_name(scribe, &common, &rule.host, index, service);
            }
        }
        if let (true, Some(backing)) = (reading.body.rules.is_empty(), &reading.body.default_backend) {
            self.rest_of_host(scribe, &common, "", 0, backing);
        }
    }

    /// Declares middlewares and transport; where one cannot be had, all routes are off.
    fn common<'a>(&self, scribe: &mut Scribe<'_>, reading: &'a Reading<'a>, hosts: &'a Hosts) -> Common<'a> {
        let mut common = Common {
            reading,
            hosts,
            steps: Vec::new(),
            transport: Arc::default(),
            is_closed: reading.is_closed,
        };
        let mut tell = |scribe: &mut Scribe<'_>, (annotation, message): Wrong| {
            scribe.wrong(field(annotation), message);
            common.is_closed = true;
        };
        match self.transport(scribe, reading) {
            Ok(name) => common.transport = name,
            Err(wrong) => tell(scribe, wrong),
        }
        let mut steps = Vec::new();
        match self.steps(&reading.draft, &scribe.namespace(), only_host(reading)) {
            Ok(made) => steps = made,
            Err(wrong) => tell(scribe, wrong),
        }
        match self.pages(scribe, reading, &common.transport) {
            // They stand around all that may answer.
            Ok(pages) => drop(steps.splice(1.min(steps.len())..1.min(steps.len()), pages)),
            Err((annotation, message)) => scribe.wrong(field(annotation), message),
        }
        if self.options.ip_strategy.is_some() && !exempt(&reading.draft).is_empty() {
            let message = "clients are told apart by rules, which ipAllowListStrategy does not change";
            scribe.wrong("metadata.annotations", message);
            common.is_closed = true;
        }
        if !common.is_closed {
            for step in &steps {
                let name = format!("{}-{}", reading.stem, step.name);
                let options = json!({ step.kind: step.options });
                crate::translate::crd::declare(scribe, "http", "middlewares", &name, &options);
            }
        }
        Common { steps, ..common }
    }

    fn spot<'a>(
        &self,
        scribe: &mut Scribe<'_>,
        common: &Common<'_>,
        rule: &'a IngressRule,
        path: &'a IngressPath,
        (index, at): (usize, usize),
    ) -> Spot<'a> {
        let reading = common.reading;
        let place = format!("spec.rules[{index}].http.paths[{at}]");
        let is_plain = path.path.chars().all(|c| c.is_alphanumeric() || "/-_.~%@:!&=+,".contains(c));
        let is_closed =
            self.options.strict_paths && &*path.path_type != "ImplementationSpecific" && !is_plain;
        if is_closed {
            let message =
                "a path of type Exact or Prefix is no expression; make its type ImplementationSpecific";
            scribe.wrong(format!("{place}.path"), message);
        }
        let mut names = vec![&*rule.host];
        for alias in &reading.draft.place.aliases {
            if common.hosts.may_have(alias, &reading.stem) && !alias.starts_with('~') {
                names.push(alias);
            } else if at == 0 {
                let message = format!("{alias:?} is a host of another Ingress, or an expression");
                scribe.wrong(field("server-alias"), message);
            }
        }
        let is_regex = common.hosts.is_regex(&rule.host);
        let rule_text = rules::all(&[&rules::hosts(&names), &rules::path(path, is_regex)]);
        let is_exact = &*path.path_type == "Exact" && !is_regex;
        Spot {
            name: format!("{}-rule-{index}-path-{at}", reading.stem),
            host: &rule.host,
            path: &path.path,
            rule: rule_text,
            priority: rules::priority(&rule.host, &path.path, is_exact),
            field: place,
            is_closed,
        }
    }

    /// The routers of a path; the name of its service.
    fn path(
        &self,
        scribe: &mut Scribe<'_>,
        common: &Common<'_>,
        spot: &Spot<'_>,
        path: &IngressPath,
        canaries: &mut Canaries<'_>,
    ) -> Option<Arc<str>> {
        let reading = common.reading;
        let asker = Asker {
            stem: &reading.stem,
            draft: &reading.draft,
            balance: &reading.draft,
            transport: &common.transport,
        };
        let mut steps = common.steps.clone();
        let mut is_closed = common.is_closed || spot.is_closed;
        match rewrite(&reading.draft, spot.path) {
            Ok(None) => {}
            Ok(Some(step)) => {
                let at = steps.iter().position(|step| step.kind == "retry").unwrap_or(steps.len());
                if !is_closed {
                    let name = format!("{}-{}", spot.name, step.name);
                    let options = json!({ step.kind: step.options });
                    crate::translate::crd::declare(scribe, "http", "middlewares", &name, &options);
                }
                steps.insert(at, step);
            }
            Err((annotation, message)) => {
                scribe.wrong(field(annotation), message);
                is_closed = true;
            }
        }
        let service = self.service(scribe, asker, &path.backend, None);
        let service = service.and_then(|service| {
            self.mirrored(scribe, reading, service)
                .map_err(|(annotation, message)| format!("{}: {message}", field(annotation)))
        });
        let service = match service {
            Ok(service) => Some(service),
            Err(message) => {
                scribe.wrong(format!("{}.backend", spot.field), message);
                is_closed = true;
                None
            }
        };
        let Some(service) = service.filter(|_| !is_closed) else {
            self.put(scribe, common, spot, &steps, &Variant::main(Arc::default()), None);
            return None;
        };
        let variants = self.variants(scribe, asker, (spot.host, path), &service, canaries);
        for variant in &variants {
            self.put(scribe, common, spot, &steps, variant, Some(&variant.service));
        }
        Some(service)
    }

    /// Where the requests of a path go, by header, cookie and weight.
    fn variants(
        &self,
        scribe: &mut Scribe<'_>,
        asker: Asker<'_>,
        (host, path): (&str, &IngressPath),
        service: &Arc<str>,
        canaries: &mut Canaries<'_>,
    ) -> Vec<Variant> {
        let Some(canary) = canaries.take(&scribe.namespace(), host, path) else {
            return vec![Variant::main(Arc::clone(service))];
        };
        let own = Asker { balance: canary.draft, ..asker };
        let other = match self.service(scribe, own, canary.backing, Some(format!("{service}-canary"))) {
            Ok(other) => other,
            Err(message) => {
                canaries.tell(canary.at, message);
                return vec![Variant::main(Arc::clone(service))];
            }
        };
        let (weight, total) = canary.weight();
        let shared = match weight {
            0 => Arc::clone(service),
            _ if weight >= total => Arc::clone(&other),
            _ => {
                let child = |name: &Arc<str>, weight| WeightedChild {
                    name: Name::from(Arc::clone(name)),
                    weight,
                    ..WeightedChild::default()
                };
                let is_kept = !canary.draft.session.is_legacy_canary;
                let weighted = Weighted {
                    services: [child(service, total - weight), child(&other, weight)].into(),
                    sticky: sticky(&asker.draft.session, "_canary").filter(|_| is_kept),
                    health_check: None,
                };
                let kind = ServiceKind::Weighted(Box::new(weighted));
                declare(scribe, format!("{service}-wrr"), kind.into())
            }
        };
        canary.variants(service, &other, shared)
    }

    /// Declares the routers of a variant, or closes their place.
    fn put(
        &self,
        scribe: &mut Scribe<'_>,
        common: &Common<'_>,
        spot: &Spot<'_>,
        steps: &[Step],
        variant: &Variant,
        service: Option<&Arc<str>>,
    ) {
        let draft = &common.reading.draft;
        let handshake = common.hosts.handshake(spot.host);
        let service = service.filter(|_| handshake != Handshake::Closed);
        let exempt = exempt(draft);
        let count = 1_u32 << exempt.len();
        for set in 0..count {
            let chosen: Vec<&Exempt<'_>> = exempt
                .iter()
                .enumerate()
                .filter(|(bit, _)| set & (1 << bit) != 0)
                .map(|(_, one)| one)
                .collect();
            let clients: Vec<String> = chosen.iter().map(|one| clients(one.clients)).collect();
            let mut parts = vec![spot.rule.as_str(), &variant.rule];
            parts.extend(clients.iter().map(String::as_str));
            let dropped: Vec<Part> = chosen.iter().map(|one| one.part).collect();
            let suffix: String = chosen.iter().map(|one| one.name).collect();
            let name = format!("{}{}{suffix}", spot.name, variant.name);
            let rule = rules::all(&parts);
            if let Err(error) = windrose_rule::parse(&rule, Syntax::V3, Protocol::Http) {
                scribe.missing(spot.field.clone(), format!("its rule cannot be read: {error}"));
            }
            let router = Router {
                rule: Name::from(Arc::from(rule)),
                priority: spot.priority + variant.step + Variant::STEPS * i64::from(set),
                service: service.cloned().map(Name::from),
                observability: observability(draft),
                ..Router::default()
            };
            let names = |is_tls: bool| self.names(common, spot, steps, &dropped, is_tls);
            let plain = Router {
                entry_points: points(self.options.http_entry_point.as_ref()),
                middlewares: names(false),
                ..router.clone()
            };
            put_one(scribe, name.as_str().into(), plain, &spot.field);
            if draft.place.is_passed_through {
                continue;
            }
            let options = match &handshake {
                Handshake::With(name) => Some(Name::from(Arc::clone(name))),
                Handshake::Usual | Handshake::Closed => None,
            };
            let tls = Router {
                entry_points: points(self.options.https_entry_point.as_ref()),
                middlewares: names(true),
                tls: Some(Box::new(RouterTls { options, ..RouterTls::default() })),
                ..router
            };
            put_one(scribe, format!("{name}-tls").into(), tls, &spot.field);
        }
    }

    /// The middlewares that requests of a path meet.
    fn names(
        &self,
        common: &Common<'_>,
        spot: &Spot<'_>,
        steps: &[Step],
        dropped: &[Part],
        is_tls: bool,
    ) -> Box<[Name]> {
        let draft = &common.reading.draft;
        let begins = |places: &[String]| places.iter().any(|place| spot.path.starts_with(place.as_str()));
        let meets = |step: &&Step| match step.part {
            Part::Tls => {
                let is_asked = common.reading.has_certificate(spot.host) && !draft.redirect.is_tls_off;
                !is_tls && (is_asked || draft.redirect.is_tls_forced) && !begins(&draft.redirect.no_tls)
            }
            Part::Global => !begins(&draft.ask.no_auth) && !dropped.contains(&Part::Login),
            // Either is enough, and whoever is on the list has a router of its own.
            Part::Address => !is_any(draft),
            part => !dropped.contains(&part),
        };
        let steps = steps.iter().filter(meets);
        steps
            .map(|step| {
                let stem = if step.name == "rewrite-target" { &spot.name } else { &common.reading.stem };
                Name::from(Arc::from(format!("{stem}-{}", step.name)))
            })
            .collect()
    }

    /// What no path of a host takes goes to the default backend of the Ingress.
    fn rest_of_host(
        &self,
        scribe: &mut Scribe<'_>,
        common: &Common<'_>,
        host: &str,
        index: usize,
        backing: &Backing,
    ) {
        let stem = &common.reading.stem;
        let name = if common.reading.body.rules.is_empty() {
            format!("{stem}-default-backend")
        } else {
            format!("{stem}-rule-{index}-default-backend")
        };
        let path = call("PathPrefix", "/");
        let spot = Spot {
            name,
            host,
            path: "/",
            rule: rules::all(&[&rules::hosts(&[host]), &path]),
            priority: rules::last_of(host),
            field: "spec.defaultBackend".to_owned(),
            is_closed: false,
        };
        let draft = &common.reading.draft;
        let asker = Asker { stem, draft, balance: draft, transport: &common.transport };
        let service = match self.service(scribe, asker, backing, None) {
            Ok(service) => Some(service).filter(|_| !common.is_closed),
            Err(message) => {
                scribe.wrong("spec.defaultBackend", message);
                None
            }
        };
        let variant = Variant::main(Arc::default());
        self.put(scribe, common, &spot, &common.steps, &variant, service.as_ref());
    }
}

fn put_one(scribe: &mut Scribe<'_>, name: Arc<str>, router: Router, field: &str) {
    if router.service.is_some() {
        scribe.router(name, router, field);
    } else {
        scribe.close(name, router);
    }
}

/// The host that all of an Ingress is of, written in full.
fn only_host<'a>(reading: &Reading<'a>) -> Option<&'a str> {
    let mut hosts = reading.body.rules.iter().map(|rule| &*rule.host);
    let first = hosts.next().filter(|host| !host.is_empty() && !host.contains('*'))?;
    (hosts.all(|host| host == first) && reading.draft.place.aliases.is_empty()).then_some(first)
}

pub(super) fn points(written: Option<&Arc<str>>) -> Box<[Name]> {
    written.into_iter().cloned().map(Name::from).collect()
}

fn observability(draft: &Draft) -> Option<Box<RouterObservability>> {
    (draft.access_log.is_some() || draft.tracing.is_some()).then(|| {
        Box::new(RouterObservability {
            access_logs: draft.access_log,
            tracing: draft.tracing,
            ..RouterObservability::default()
        })
    })
}

/// Whether a client passes that is on the list, and so does one that logs in.
fn is_any(draft: &Draft) -> bool {
    let logs_in = !draft.login.kind.is_empty() || !draft.ask.url.is_empty();
    draft.is_any_enough && !draft.allow.is_empty() && logs_in
}

/// Whom limits and logins do not concern.
fn exempt(draft: &Draft) -> Vec<Exempt<'_>> {
    let limits = &draft.limits;
    let is_limited = limits.per_second > 0 || limits.per_minute > 0 || limits.connections > 0;
    let mut all = Vec::new();
    if is_limited && !limits.exempt.is_empty() {
        all.push(Exempt { name: "-unlimited", clients: &limits.exempt, part: Part::Limit });
    }
    if is_any(draft) {
        all.push(Exempt { name: "-known", clients: &draft.allow, part: Part::Login });
    }
    all
}

/// A rule that holds for these clients.
fn clients(ranges: &[String]) -> String {
    let all: Vec<String> = ranges.iter().map(|range| call("ClientIP", range)).collect();
    format!("({})", all.join(" || "))
}

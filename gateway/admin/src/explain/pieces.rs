//! The objects on the way, as they were written.

use std::sync::Arc;

use windrose_config::dynamic_config::{
    Name, Objects, Service as WrittenService, ServiceKind, TcpService, TcpServiceKind,
};
use windrose_config::redact::urls;
use windrose_config::{DynamicConfig, Origin, Section, Severity, Written};
use windrose_engine::explain::{Changes, Does, Routed, Step};
use windrose_engine::merge::{INTERNAL, Part, qualified};
use windrose_middleware::list;

use super::facts::{Middleware, Router, Server, Service, Unusable, provider};
use crate::view::{View, told};

/// Finds what was written.
pub(super) struct Pieces<'a>(pub(super) &'a View);

impl<'a> Pieces<'a> {
    /// The object of a qualified name, with its own name.
    pub(super) fn find<T>(
        &self,
        name: &str,
        section: impl FnOnce(&'a DynamicConfig) -> &'a Objects<T>,
    ) -> Option<(&'a str, &'a Arc<Written<T>>)> {
        let (own, provider) = name.rsplit_once('@')?;
        let (own, written) = section(&self.part(provider)?.config).get_key_value(own)?;
        Some((own, written))
    }

    fn part(&self, provider: &str) -> Option<&'a Part> {
        let merged = self.0.merged();
        merged.parts.get(merged.part(provider)?)
    }

    /// What is wrong with an object.
    pub(super) fn problems(&self, section: Section, name: &str) -> Vec<String> {
        let Some((own, provider)) = name.rsplit_once('@') else { return Vec::new() };
        self.0.report().of(section, own, provider).map(told).collect()
    }

    /// The router that was found. Where entry points treat it differently its route is called otherwise than itself.
    pub(super) fn router(&self, routed: &Routed) -> Router {
        let provider = provider(&routed.route.name);
        let own = self.part(provider).and_then(|part| {
            let http = &part.config.http;
            let mut all = http.routers.iter().chain(&http.closed);
            all.find(|(_, written)| Arc::ptr_eq(written, &routed.router)).map(|(name, _)| name)
        });
        let name = own.map_or_else(|| routed.route.name.to_string(), |own| format!("{own}@{provider}"));
        Router {
            problems: self.problems(Section::HttpRouters, &name),
            name,
            protocol: "http".to_owned(),
            rule: routed.router.rule.to_string(),
            priority: routed.priority.to_string(),
            place: place(&routed.router.origin),
            note: String::new(),
        }
    }

    /// The middlewares in front of the service. Of a router that cannot be used, those that it names.
    pub(super) fn middlewares(&self, routed: &Routed, router: &Router) -> Vec<Middleware> {
        if routed.route.is_open() {
            return routed.steps.iter().map(|step| self.middleware(step)).collect();
        }
        let named = routed.router.middlewares.iter();
        let names = named.map(|name| qualified(name, provider(&router.name)));
        names.map(|name| self.middleware(&Step { name, does: Does::Nothing })).collect()
    }

    fn middleware(&self, step: &Step) -> Middleware {
        let written = self.find(&step.name, |config| &config.http.middlewares).map(|(_, written)| written);
        let entry = written.and_then(|written| list::find(&written.kind));
        let about = entry.map_or("", |entry| about(entry.docs));
        let (word, does) = match &step.does {
            Does::Passes(changes) => ("passes", changed(changes, about)),
            Does::Answers { status, location: Some(to) } => {
                ("answers", format!("answers {status}, go to {}", urls(to)))
            }
            Does::Answers { status, location: None } => ("answers", format!("answers {status}")),
            Does::Depends => ("depends", about.to_owned()),
            Does::Nothing => ("unreached", "is not reached".to_owned()),
        };
        Middleware {
            name: step.name.to_string(),
            kind: entry.map_or_else(String::new, |entry| entry.name.to_owned()),
            word: word.to_owned(),
            does,
            place: written.map(|written| place(&written.origin)).unwrap_or_default(),
            problems: self.problems(Section::HttpMiddlewares, &step.name),
        }
    }

    /// The service of the router that was found.
    pub(super) fn service_of(&self, routed: &Routed, router: &Router) -> Option<Service> {
        let name = routed.router.service.as_ref()?;
        Some(self.service(name, provider(&router.name), String::new(), DEEPEST))
    }

    fn service(&self, reference: &str, author: &str, part: String, deepest: usize) -> Service {
        let name = qualified(reference, author);
        let mut out = Service { name: name.to_string(), part, ..Service::default() };
        out.problems = self.problems(Section::HttpServices, &name);
        if provider(&name) == INTERNAL {
            "the gateway's own".clone_into(&mut out.kind);
        }
        let Some((_, written)) = self.find(&name, |config| &config.http.services) else { return out };
        written.kind.name().clone_into(&mut out.kind);
        out.place = place(&written.origin);
        if let ServiceKind::LoadBalancer(balancer) = &written.kind {
            let known = self.0.servers(&name).unwrap_or_default();
            let status = |url: &str| {
                let known = known.iter().find(|server| *server.url == *url);
                known.map_or("", |server| if server.is_up { "UP" } else { "DOWN" }).to_owned()
            };
            let server = |url: &str| Server { url: urls(url).into_owned(), status: status(url) };
            out.servers = balancer.servers.iter().map(|one| server(&one.url)).collect();
        }
        if deepest > 0 {
            let children = children(written);
            let child =
                |(child, part): (&Name, String)| self.service(child, provider(&name), part, deepest - 1);
            out.services = children.into_iter().map(child).collect();
        }
        out
    }

    /// The service of a TCP router.
    pub(super) fn tcp_service(&self, reference: &str, author: &str) -> Service {
        self.tcp_part(reference, author, String::new(), DEEPEST)
    }

    fn tcp_part(&self, reference: &str, author: &str, part: String, deepest: usize) -> Service {
        let name = qualified(reference, author);
        let mut out = Service { name: name.to_string(), part, ..Service::default() };
        out.problems = self.problems(Section::TcpServices, &name);
        let found: Option<(_, &Arc<Written<TcpService>>)> = self.find(&name, |config| &config.tcp.services);
        let Some((_, written)) = found else { return out };
        out.place = place(&written.origin);
        match &written.kind {
            TcpServiceKind::LoadBalancer(balancer) => {
                "loadBalancer".clone_into(&mut out.kind);
                let servers = balancer.servers.iter();
                let server = |url: String| Server { url, status: String::new() };
                out.servers = servers.map(|one| server(one.address.to_string())).collect();
            }
            TcpServiceKind::Weighted(weighted) => {
                "weighted".clone_into(&mut out.kind);
                let author = provider(&name);
                if deepest > 0 {
                    let children = weighted.services.iter();
                    let child = |of: &windrose_config::dynamic_config::TcpWeightedChild| {
                        self.tcp_part(&of.name, author, format!("weight {}", of.weight), deepest - 1)
                    };
                    out.services = children.map(child).collect();
                }
            }
        }
        out
    }

    /// The rule of a router, be it one that cannot be read.
    fn rule(&self, name: &str) -> Option<&'a str> {
        let found = self.find(name, |config| &config.http.routers);
        let found = found.or_else(|| self.find(name, |config| &config.http.closed));
        found.map(|(_, written)| &**written.rule)
    }

    /// Routers that cannot be used; those that speak of the host first.
    pub(super) fn unusable(&self, host: &str) -> Vec<Unusable> {
        let problems = self.0.report().problems().iter();
        let broken = problems.filter(|problem| problem.severity == Severity::Error).filter_map(|problem| {
            let object = problem.object.as_deref().filter(|of| of.section == Section::HttpRouters)?;
            let name = format!("{}@{}", object.name, object.provider.as_deref()?);
            let rule = self.rule(&name).unwrap_or_default();
            let names_host = !host.is_empty() && rule.to_lowercase().contains(host);
            Some((!names_host, name, told(problem)))
        });
        let mut all: Vec<(bool, String, String)> = broken.collect();
        all.sort_by(|left, right| (left.0, &left.1).cmp(&(right.0, &right.1)));
        let mut out: Vec<Unusable> = Vec::new();
        for (_, name, problem) in all {
            if let Some(known) = out.iter_mut().find(|known| known.name == name) {
                known.problems.push(problem);
                continue;
            }
            if out.len() < MOST_UNUSABLE {
                out.push(Unusable { name, problems: vec![problem] });
            }
        }
        out
    }
}

/// Where something is written.
pub(super) fn place(origin: &Origin) -> String {
    origin.place().to_string()
}

/// The services that a service refers to, each with its part in it.
fn children(service: &WrittenService) -> Vec<(&Name, String)> {
    let weight = |weight: i64| format!("weight {weight}");
    match &service.kind {
        ServiceKind::LoadBalancer(_) => Vec::new(),
        ServiceKind::Weighted(of) => of.services.iter().map(|one| (&one.name, weight(one.weight))).collect(),
        ServiceKind::HighestRandomWeight(of) => {
            of.services.iter().map(|one| (&one.name, weight(one.weight))).collect()
        }
        ServiceKind::Mirroring(of) => {
            let mirrors = of.mirrors.iter();
            let mirrors = mirrors.map(|one| (&one.name, format!("gets copies of {} %", one.percent)));
            std::iter::once((&of.service, "answers".to_owned())).chain(mirrors).collect()
        }
        ServiceKind::Failover(of) => {
            vec![(&of.service, "first".to_owned()), (&of.fallback, "if that is down".to_owned())]
        }
    }
}

/// What a middleware changes, in words. Values may be secrets; names are not.
fn changed(changes: &Changes, about: &str) -> String {
    let mut parts = Vec::new();
    parts.extend(changes.target.as_ref().map(|target| format!("the path becomes {target}")));
    parts.extend(changes.host.as_ref().map(|host| format!("the host becomes {host}")));
    if !changes.set.is_empty() {
        parts.push(format!("sets {}", changes.set.join(", ")));
    }
    if !changes.removed.is_empty() {
        parts.push(format!("removes {}", changes.removed.join(", ")));
    }
    match parts.is_empty() {
        true if about.is_empty() => "lets it pass".to_owned(),
        true => format!("lets it pass ({about})"),
        false => parts.join("; "),
    }
}

/// What a kind does, by the first sentence of its documentation.
fn about(docs: &str) -> &str {
    let first = docs.lines().next().unwrap_or_default();
    first.split_once("`: ").map_or("", |(_, about)| about).trim_end_matches('.')
}

/// Services inside each other.
const DEEPEST: usize = 8;
const MOST_UNUSABLE: usize = 5;

//! IngressRoutes.

use std::sync::Arc;

use windrose_config::dynamic_config::{Name, Router, RouterTls, ServiceKind};
use windrose_config::refuse::DYNAMIC;
use windrose_rule::Protocol;

use super::Context;
use super::names::{Family, SAFE};
use super::services::{Children, Named, Place};
use crate::objects::{Both, IngressRoute, Meta, Object, Reference, Route, RouteTls, Weighted};
use crate::translate::kept::Kept;
use crate::translate::{Scribe, Translated};

impl Context<'_> {
    pub(super) fn routes(&self, objects: &Both<IngressRoute>, out: &mut Translated, kept: &mut Kept) {
        for object in objects.by_age() {
            let class = object.body.as_ref().ok().and_then(|body| body.ingress_class_name.as_ref());
            if self.is_ours(&object.meta, class) {
                kept.translate(out, "IngressRoute", object, self.world.needs(), |out| {
                    self.routes_of(object, out)
                });
            }
        }
    }

    fn routes_of(&self, object: &Object<IngressRoute>, out: &mut Translated) {
        let Some((mut scribe, body)) = out.begin("IngressRoute", object) else { return };
        if let Some(tls) = &body.tls {
            self.route_certificate(&mut scribe, &tls.secret_name);
        }
        self.tell_missing_options(&mut scribe, body.tls.as_ref());
        for (index, route) in body.routes.iter().enumerate() {
            self.route(&mut scribe, &object.meta, body, (index, route));
        }
    }

    fn route(
        &self,
        scribe: &mut Scribe<'_>,
        meta: &Meta,
        body: &IngressRoute,
        (index, route): (usize, &Route),
    ) {
        let field = format!("spec.routes[{index}]");
        if route.kind.as_deref().is_some_and(|kind| kind != "Rule" && !kind.is_empty()) {
            scribe.wrong(format!("{field}.kind"), "is unknown, write Rule");
        }
        if route.rule.is_empty() {
            scribe.wrong(format!("{field}.match"), "is empty, write a rule, for example PathPrefix(`/`)");
            return;
        }
        let name = self.route_name(scribe, meta, &route.rule, index);
        if body.routes.iter().take(index).any(|before| before.rule == route.rule) {
            scribe
                .odd(format!("{field}.match"), "is that of a route above, which this one takes the place of");
        }
        let place = format!("{field}.match");
        let syntax = self.syntax(scribe, &route.rule, route.syntax.as_deref(), Protocol::Http);
        let router = Router {
            entry_points: body.entry_points.iter().cloned().map(Name::from).collect(),
            rule: Name::from(Arc::clone(&route.rule)),
            rule_syntax: syntax.clone(),
            priority: route.priority,
            observability: route.observability.clone(),
            ..Router::default()
        };
        let mut children = Children::default();
        let mut wrong = Vec::new();
        let tls = body.tls.as_ref().map(|tls| self.route_tls(scribe, tls)).transpose();
        let tls = tls.unwrap_or_else(|message| {
            wrong.push(("spec.tls.options".to_owned(), message));
            // Only that it is for TLS is known; nobody may answer under laxer options.
            Some(RouterTls { options: Some(Name::from(Arc::from(UNUSABLE))), ..RouterTls::default() })
        });
        let router = Router { tls: tls.map(Box::new), ..router };
        let made = self.route_parts(scribe, meta, body, (&field, route), &name, &mut children);
        let made = made.map_err(|one| wrong.push(one)).ok();
        let is_rule = route.kind.as_deref().is_none_or(|kind| kind == "Rule" || kind.is_empty());
        let at = format!("{field}.middlewares");
        // Also of a route that is closed for another reason, or its owner hears of one thing after the other; but nobody
        // hears what there is in a namespace that is not theirs.
        if wrong.iter().all(|(field, _)| *field != at) {
            self.tell_missing(scribe, Family::Middleware, &route.middlewares, &at);
        }
        match made {
            Some((service, middlewares, parents)) if wrong.is_empty() && is_rule => {
                children.declare(scribe);
                self.tell_bad_rule(scribe, &route.rule, syntax.as_deref(), Protocol::Http, &place);
                let router = Router { service, middlewares, parent_refs: parents, ..router };
                scribe.router(name, router, &field);
            }
            _ => {
                for (field, message) in wrong {
                    scribe.wrong(field, message);
                }
                scribe.close(name, router);
            }
        }
    }

    /// The name of a route. Where another object has it, one that says more.
    fn route_name(&self, scribe: &Scribe<'_>, meta: &Meta, rule: &str, index: usize) -> Arc<str> {
        let name = self.names.naming.route(&meta.namespace, &meta.name, rule, index);
        let http = &scribe.config().http;
        let owner = http.routers.get(&name).or_else(|| http.closed.get(&name));
        match owner {
            Some(owner) if owner.origin.source != *scribe.source() => {
                SAFE.route(&meta.namespace, &meta.name, rule, index)
            }
            _ => name,
        }
    }

    /// Service, middlewares and parents of a route.
    fn route_parts(
        &self,
        scribe: &mut Scribe<'_>,
        meta: &Meta,
        body: &IngressRoute,
        (field, route): (&str, &Route),
        name: &Arc<str>,
        children: &mut Children,
    ) -> Result<Parts, (String, String)> {
        let middlewares = self.middleware_names(&meta.namespace, &route.middlewares, Family::Middleware);
        let middlewares = middlewares.map_err(|message| (format!("{field}.middlewares"), message))?;
        let middlewares = self.proxies.around(&meta.namespace, middlewares);
        let parents = self.parents(&meta.namespace, &body.parent_refs)?;
        let naming = self.names.naming;
        let service = match &*route.services {
            [] => None,
            [only] => {
                let at = Place { field: format!("{field}.services[0]"), name: String::new() };
                match self.backend(scribe, only, &at) {
                    Ok(Named { service: Some(service), .. }) => {
                        Some(children.add_own(naming.of_route(name, "lb"), service))
                    }
                    Ok(Named { name, service: None }) => Some(name),
                    Err(message) => return Err((at.field, message)),
                }
            }
            several => {
                let name = naming.of_route(name, "wrr");
                let at = Place { field: format!("{field}.services"), name: name.to_string() };
                let weighted = Weighted { services: several.into(), sticky: None };
                let shared = self.weighted(scribe, &weighted, &at, children)?;
                let kind = ServiceKind::Weighted(Box::new(shared));
                Some(children.add_own(name, kind.into()))
            }
        };
        Ok((service.map(Name::from), middlewares, parents))
    }

    /// The routers of the IngressRoutes that come before.
    fn parents(&self, from: &Arc<str>, written: &[Reference]) -> Result<Box<[Name]>, (String, String)> {
        let field = || "spec.parentRefs".to_owned();
        if !written.is_empty() && DYNAMIC.iter().any(|refusal| refusal.path == "http.routers.*.parentRefs") {
            return Err((field(), "is not supported yet, remove it".to_owned()));
        }
        let mut names = Vec::new();
        for reference in written {
            let namespace = self.references(from).namespace(&reference.namespace, &reference.name);
            let namespace = namespace.map_err(|error| (field(), error.to_string()))?;
            let parent = self.world.ingress_route(&namespace, &reference.name);
            let Some(Ok(parent)) = parent.map(|parent| parent.body.as_ref()) else {
                return Err((field(), format!("there is no IngressRoute {namespace}/{}", reference.name)));
            };
            let routes = parent.routes.iter().enumerate().filter(|(_, route)| !route.rule.is_empty());
            names.extend(routes.map(|(index, route)| {
                Name::from(self.names.naming.route(&namespace, &reference.name, &route.rule, index))
            }));
        }
        Ok(names.into())
    }

    /// How a route is for TLS.
    fn route_tls(&self, scribe: &mut Scribe<'_>, tls: &RouteTls) -> Result<RouterTls, String> {
        let resolver = Some(&tls.cert_resolver).filter(|name| !name.is_empty());
        Ok(RouterTls {
            options: self.tls_options_name(&scribe.namespace(), tls)?,
            cert_resolver: resolver.cloned().map(Name::from),
            domains: tls.domains.clone(),
        })
    }

    /// Tells that TLS options are not there, which fails handshakes.
    pub(super) fn tell_missing_options(&self, scribe: &mut Scribe<'_>, tls: Option<&RouteTls>) {
        let options = tls.and_then(|tls| tls.options.as_ref()).filter(|options| !options.name.is_empty());
        if let Some(options) = options {
            self.tell_missing(scribe, Family::TlsOption, std::slice::from_ref(options), "spec.tls.options");
        }
    }

    /// The name of the TLS options of a route.
    pub(super) fn tls_options_name(&self, from: &Arc<str>, tls: &RouteTls) -> Result<Option<Name>, String> {
        let Some(reference) = tls.options.as_ref().filter(|reference| !reference.name.is_empty()) else {
            return Ok(None);
        };
        let name = self.references(from).resolve(reference, |namespace, name| {
            if name == super::tls::DEFAULT && self.world.tls_option(namespace, name).is_some() {
                return Arc::from(super::tls::DEFAULT);
            }
            self.named(Family::TlsOption, namespace, name)
        });
        Ok(Some(Name::from(name.map_err(|error| error.to_string())?)))
    }
}

/// Service, middlewares and parents.
type Parts = (Option<Name>, Box<[Name]>, Box<[Name]>);

/// A name that no TLS options have, so that handshakes for the host fail.
const UNUSABLE: &str = "@";

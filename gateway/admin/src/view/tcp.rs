//! TCP routers, services and middlewares.

use std::sync::Arc;

use serde_json::{Map, Value};
use windrose_config::dynamic_config::{Middleware, Name, Objects, TcpRouter, TcpService, TcpServiceKind};
use windrose_config::redact::Unowned;
use windrose_config::{DynamicConfig, Section};
use windrose_engine::merge::qualified;
use windrose_engine::report::Status;

use super::related::{Nesting, Referring, Related};
use super::routers::priority;
use super::{Object, Shown, View, extend};
use crate::list::Row;

/// The section `tcp.routers`.
pub(crate) struct TcpRouters;

impl Shown for TcpRouters {
    type Written = TcpRouter;
    const SECTION: Section = Section::TcpRouters;

    fn objects(config: &DynamicConfig) -> &Objects<TcpRouter> {
        &config.tcp.routers
    }

    fn lists(view: &View, object: &Object<'_, TcpRouter>, name: &str) -> bool {
        Self::middlewares(view, object).iter().any(|middleware| **middleware == *name)
    }

    fn describe<'a>(view: &View, row: &mut Row<'a, Object<'a, TcpRouter>>, written: &'a TcpRouter) {
        row.rule = &written.rule;
        row.service = written.service.as_deref().map_or("", |service| service);
        row.priority = rank(written);
        row.size = entry_points(view, written).len();
    }

    fn write(view: &View, object: &Object<'_, TcpRouter>, out: &mut Map<String, Value>) {
        let Some(router) = object.read() else { return };
        extend(out, router);
        out.insert("entryPoints".to_owned(), entry_points(view, router).into());
        let middlewares = Self::middlewares(view, object);
        if !middlewares.is_empty() {
            let names = middlewares.iter().map(|name| name.as_ref().into());
            out.insert("middlewares".to_owned(), names.collect::<Vec<Value>>().into());
        }
        out.insert("priority".to_owned(), rank(router).into());
    }

    fn relate(view: &View, object: &Object<'_, TcpRouter>, _: &Related, out: &mut Map<String, Value>) {
        let Some(router) = object.read() else { return };
        let mut using = entry_points(view, router);
        using.retain(|name| view.place(name).is_some());
        if !using.is_empty() {
            out.insert("using".to_owned(), using.into());
        }
    }

    fn name(object: &Object<'_, TcpRouter>, out: &mut Map<String, Value>) {
        if let Some(router) = object.read() {
            out.insert("priorityStr".to_owned(), rank(router).to_string().into());
        }
    }
}

impl Referring for TcpRouters {
    fn service(written: &TcpRouter) -> Option<&Name> {
        written.service.as_ref()
    }

    fn middlewares(_: &View, object: &Object<'_, TcpRouter>) -> Vec<Arc<str>> {
        let written = object.read().map(|router| &*router.middlewares).unwrap_or_default();
        written.iter().map(|name| qualified(name, object.id.provider)).collect()
    }
}

/// The section `tcp.services`.
pub(crate) struct TcpServices;

impl Shown for TcpServices {
    type Written = TcpService;
    const SECTION: Section = Section::TcpServices;

    fn objects(config: &DynamicConfig) -> &Objects<TcpService> {
        &config.tcp.services
    }

    fn related(view: &View, wanted: &dyn Fn(&str) -> bool) -> Related {
        Related::of_services::<TcpRouters, Self>(view, wanted)
    }

    fn describe<'a>(_: &View, row: &mut Row<'a, Object<'a, TcpService>>, written: &'a TcpService) {
        row.kind = kind(written);
        if let TcpServiceKind::LoadBalancer(balancer) = &written.kind {
            row.size = balancer.servers.len();
        }
    }

    fn write(_: &View, object: &Object<'_, TcpService>, out: &mut Map<String, Value>) {
        if let Some(service) = object.read() {
            extend(out, service);
        }
    }

    fn relate(view: &View, object: &Object<'_, TcpService>, related: &Related, out: &mut Map<String, Value>) {
        related.write(object.id, out);
        if let Some(service) = object.read()
            && let TcpServiceKind::LoadBalancer(balancer) = &service.kind
            && !balancer.servers.is_empty()
            && related.reaches(object.id)
            && view.status::<Self>(object) != Status::Disabled
        {
            // Nobody checks their health, so every server counts as up.
            let up = balancer.servers.iter().map(|server| (server.address.to_string(), "UP".into()));
            out.insert("serverStatus".to_owned(), Value::Object(up.collect()));
        }
    }

    fn name(object: &Object<'_, TcpService>, out: &mut Map<String, Value>) {
        if let Some(service) = object.read() {
            out.insert("type".to_owned(), kind(service).to_lowercase().into());
        }
    }
}

impl Nesting for TcpServices {
    fn children(written: &TcpService) -> Vec<&Name> {
        match &written.kind {
            TcpServiceKind::LoadBalancer(_) => Vec::new(),
            TcpServiceKind::Weighted(of) => of.services.iter().map(|child| &child.name).collect(),
        }
    }
}

/// The section `tcp.middlewares`.
pub(crate) struct TcpMiddlewares;

impl Shown for TcpMiddlewares {
    type Written = Middleware;
    const SECTION: Section = Section::TcpMiddlewares;

    fn objects(config: &DynamicConfig) -> &Objects<Middleware> {
        &config.tcp.middlewares
    }

    fn related(view: &View, wanted: &dyn Fn(&str) -> bool) -> Related {
        Related::of_middlewares::<TcpRouters, Self>(view, wanted)
    }

    fn describe<'a>(_: &View, row: &mut Row<'a, Object<'a, Middleware>>, written: &'a Middleware) {
        row.kind = &written.kind;
    }

    /// Nobody decodes their options here, so nobody knows which texts are secret.
    fn write(_: &View, object: &Object<'_, Middleware>, out: &mut Map<String, Value>) {
        if let Some(middleware) = object.read() {
            let options = serde_json::to_value(Unowned(&middleware.options)).unwrap_or_default();
            out.insert(middleware.kind.to_string(), options);
        }
    }

    fn relate(_: &View, object: &Object<'_, Middleware>, related: &Related, out: &mut Map<String, Value>) {
        related.write(object.id, out);
    }

    fn name(object: &Object<'_, Middleware>, out: &mut Map<String, Value>) {
        if let Some(middleware) = object.read() {
            out.insert("type".to_owned(), middleware.kind.to_lowercase().into());
        }
    }
}

fn entry_points(view: &View, router: &TcpRouter) -> Vec<String> {
    if router.entry_points.is_empty() {
        return view.default_places().into_iter().map(str::to_owned).collect();
    }
    router.entry_points.iter().map(|name| name.to_string()).collect()
}

/// The priority; a rule that takes every connection comes last unless one is written (traefik: the same).
fn rank(router: &TcpRouter) -> i64 {
    let is_for_all = router.rule.split_whitespace().collect::<String>() == "HostSNI(`*`)";
    if router.priority == 0 && is_for_all { -1 } else { priority(&router.rule, router.priority) }
}

fn kind(service: &TcpService) -> &'static str {
    match service.kind {
        TcpServiceKind::LoadBalancer(_) => "loadBalancer",
        TcpServiceKind::Weighted(_) => "weighted",
    }
}

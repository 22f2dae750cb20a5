//! Services.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use windrose_config::dynamic_config::{
    LoadBalancer, Name, Objects, ResponseForwarding, Service, ServiceKind,
};
use windrose_config::{DynamicConfig, Section, StaticConfig};
use windrose_engine::merge::qualified;
use windrose_engine::report::Status;

use super::related::{Nesting, Related};
use super::{Object, Routers, Shown, View, Written, extend};
use crate::list::Row;

/// The section `http.services`.
pub(crate) struct Services;

impl Shown for Services {
    type Written = Service;
    const SECTION: Section = Section::HttpServices;

    fn objects(config: &DynamicConfig) -> &Objects<Service> {
        &config.http.services
    }

    fn own(settings: &StaticConfig) -> Vec<&'static str> {
        let mut resolvers = settings.certificates_resolvers.values();
        let by_http = resolvers.any(|of| of.acme.as_ref().is_some_and(|acme| acme.http_challenge.is_some()));
        let metrics = settings.metrics.as_ref();
        let names = [
            ("acme-http", by_http),
            ("api", settings.api.is_some()),
            ("dashboard", settings.api.as_ref().is_some_and(|api| api.dashboard)),
            ("noop", true),
            ("ping", settings.ping.is_some()),
            ("prometheus", metrics.is_some_and(|metrics| metrics.prometheus.is_some())),
            ("rest", settings.providers.find("rest").is_some()),
        ];
        names.into_iter().filter(|(_, exists)| *exists).map(|(name, _)| name).collect()
    }

    fn related(view: &View, wanted: &dyn Fn(&str) -> bool) -> Related {
        Related::of_services::<Routers, Self>(view, wanted)
    }

    fn describe<'a>(_: &View, row: &mut Row<'a, Object<'a, Service>>, written: &'a Service) {
        row.kind = written.kind.name();
        if let ServiceKind::LoadBalancer(balancer) = &written.kind {
            row.size = balancer.servers.len();
        }
    }

    fn write(_: &View, object: &Object<'_, Service>, out: &mut Map<String, Value>) {
        let Written::Read(service) = object.written else { return };
        extend(out, service);
        if let ServiceKind::LoadBalancer(balancer) = &service.kind
            && balancer.response_forwarding.is_none()
            && let Some(Value::Object(shown)) = out.get_mut("loadBalancer")
        {
            let default = serde_json::to_value(ResponseForwarding::default()).unwrap_or_default();
            shown.insert("responseForwarding".to_owned(), default);
        }
    }

    fn relate(view: &View, object: &Object<'_, Service>, related: &Related, out: &mut Map<String, Value>) {
        related.write(object.id, out);
        // What is in use knows which objects it means (traefik: the same).
        if related.reaches(object.id)
            && let Some(name) = out.get_mut("loadBalancer").and_then(|of| of.get_mut("serversTransport"))
            && let Some(written) = name.as_str()
        {
            *name = (*qualified(written, object.id.provider)).into();
        }
        if let Written::Read(service) = object.written
            && let ServiceKind::LoadBalancer(balancer) = &service.kind
            && !balancer.servers.is_empty()
            && related.reaches(object.id)
            && view.status::<Self>(object) != Status::Disabled
        {
            out.insert("serverStatus".to_owned(), health(view, object, balancer).into());
        }
    }

    fn name(object: &Object<'_, Service>, out: &mut Map<String, Value>) {
        if let Written::Read(service) = object.written {
            out.insert("type".to_owned(), service.kind.name().to_lowercase().into());
        }
    }
}

/// How each server is; one that nobody checks counts as up.
fn health(view: &View, object: &Object<'_, Service>, balancer: &LoadBalancer) -> Map<String, Value> {
    let known = view.servers(&qualified(object.id.name, object.id.provider)).unwrap_or_default();
    let down: BTreeSet<&str> =
        known.iter().filter(|server| !server.is_up).map(|server| &*server.url).collect();
    let word = |url: &str| if down.contains(url) { "DOWN" } else { "UP" };
    balancer.servers.iter().map(|server| (server.url.to_string(), word(&server.url).into())).collect()
}

impl Nesting for Services {
    fn children(written: &Service) -> Vec<&Name> {
        match &written.kind {
            ServiceKind::LoadBalancer(_) => Vec::new(),
            ServiceKind::Weighted(of) => of.services.iter().map(|child| &child.name).collect(),
            ServiceKind::HighestRandomWeight(of) => of.services.iter().map(|child| &child.name).collect(),
            ServiceKind::Mirroring(of) => {
                [&of.service].into_iter().chain(of.mirrors.iter().map(|mirror| &mirror.name)).collect()
            }
            ServiceKind::Failover(of) => vec![&of.service, &of.fallback],
        }
    }
}

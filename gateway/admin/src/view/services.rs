//! Services.

use serde_json::{Map, Value};
use windrose_config::dynamic_config::{Objects, Service, ServiceKind};
use windrose_config::{DynamicConfig, Section, StaticConfig};
use windrose_engine::report::Status;

use super::{Object, Shown, Users, View, Written, extend};
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
        let names = [("api", settings.api.is_some()), ("noop", true), ("ping", settings.ping.is_some())];
        names.into_iter().filter(|(_, exists)| *exists).map(|(name, _)| name).collect()
    }

    fn describe<'a>(row: &mut Row<'a, Object<'a, Service>>, written: &'a Service) {
        row.kind = written.kind.name();
        if let ServiceKind::LoadBalancer(balancer) = &written.kind {
            row.size = balancer.servers.len();
        }
    }

    fn write(_: &View, object: &Object<'_, Service>, out: &mut Map<String, Value>) {
        if let Written::Read(service) = object.written {
            extend(out, service);
        }
    }

    fn relate(view: &View, object: &Object<'_, Service>, users: &Users, out: &mut Map<String, Value>) {
        users.write(object.name, object.provider, out);
        if let Written::Read(service) = object.written
            && let ServiceKind::LoadBalancer(balancer) = &service.kind
            && !balancer.servers.is_empty()
            && view.status::<Self>(object) != Status::Disabled
        {
            // Nobody checks their health, so every server counts as up.
            let up = balancer.servers.iter().map(|server| (server.url.to_string(), "UP".into()));
            out.insert("serverStatus".to_owned(), Value::Object(up.collect()));
        }
    }

    fn name(object: &Object<'_, Service>, out: &mut Map<String, Value>) {
        if let Written::Read(service) = object.written {
            out.insert("type".to_owned(), service.kind.name().to_lowercase().into());
        }
    }
}

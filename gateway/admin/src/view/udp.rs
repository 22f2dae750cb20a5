//! UDP routers and services.

use std::sync::Arc;

use serde_json::{Map, Value};
use windrose_config::dynamic_config::{Name, Objects, UdpRouter, UdpService, UdpServiceKind};
use windrose_config::{DynamicConfig, Section};

use super::related::{Nesting, Referring, Related};
use super::{Object, Shown, View, extend};
use crate::list::Row;

/// The section `udp.routers`.
pub(crate) struct UdpRouters;

impl Shown for UdpRouters {
    type Written = UdpRouter;
    const SECTION: Section = Section::UdpRouters;

    fn objects(config: &DynamicConfig) -> &Objects<UdpRouter> {
        &config.udp.routers
    }

    fn lists(_: &View, _: &Object<'_, UdpRouter>, _: &str) -> bool {
        false
    }

    fn describe<'a>(_: &View, row: &mut Row<'a, Object<'a, UdpRouter>>, written: &'a UdpRouter) {
        row.service = written.service.as_deref().map_or("", |service| service);
        row.size = written.entry_points.len();
    }

    fn write(_: &View, object: &Object<'_, UdpRouter>, out: &mut Map<String, Value>) {
        if let Some(router) = object.read() {
            extend(out, router);
        }
    }

    fn relate(view: &View, object: &Object<'_, UdpRouter>, _: &Related, out: &mut Map<String, Value>) {
        let Some(router) = object.read() else { return };
        let entries = view.merged().settings.entry_points.iter();
        let mut using: Vec<&str> = entries
            .filter(|(_, entry)| entry.address.ends_with("/udp"))
            .map(|(name, _)| &**name)
            .filter(|name| {
                router.entry_points.is_empty()
                    || router.entry_points.iter().any(|written| ***written == **name)
            })
            .collect();
        using.sort_unstable();
        if !using.is_empty() {
            out.insert("using".to_owned(), using.into());
        }
    }

    fn name(_: &Object<'_, UdpRouter>, _: &mut Map<String, Value>) {}
}

impl Referring for UdpRouters {
    fn service(written: &UdpRouter) -> Option<&Name> {
        written.service.as_ref()
    }

    fn middlewares(_: &View, _: &Object<'_, UdpRouter>) -> Vec<Arc<str>> {
        Vec::new()
    }
}

/// The section `udp.services`.
pub(crate) struct UdpServices;

impl Shown for UdpServices {
    type Written = UdpService;
    const SECTION: Section = Section::UdpServices;

    fn objects(config: &DynamicConfig) -> &Objects<UdpService> {
        &config.udp.services
    }

    fn related(view: &View, wanted: &dyn Fn(&str) -> bool) -> Related {
        Related::of_services::<UdpRouters, Self>(view, wanted)
    }

    fn describe<'a>(_: &View, row: &mut Row<'a, Object<'a, UdpService>>, written: &'a UdpService) {
        row.kind = kind(written);
        if let UdpServiceKind::LoadBalancer(balancer) = &written.kind {
            row.size = balancer.servers.len();
        }
    }

    fn write(_: &View, object: &Object<'_, UdpService>, out: &mut Map<String, Value>) {
        if let Some(service) = object.read() {
            extend(out, service);
        }
    }

    fn relate(_: &View, object: &Object<'_, UdpService>, related: &Related, out: &mut Map<String, Value>) {
        related.write(object.id, out);
    }

    fn name(object: &Object<'_, UdpService>, out: &mut Map<String, Value>) {
        if let Some(service) = object.read() {
            out.insert("type".to_owned(), kind(service).to_lowercase().into());
        }
    }
}

impl Nesting for UdpServices {
    fn children(written: &UdpService) -> Vec<&Name> {
        match &written.kind {
            UdpServiceKind::LoadBalancer(_) => Vec::new(),
            UdpServiceKind::Weighted(of) => of.services.iter().map(|child| &child.name).collect(),
        }
    }
}

fn kind(service: &UdpService) -> &'static str {
    match service.kind {
        UdpServiceKind::LoadBalancer(_) => "loadBalancer",
        UdpServiceKind::Weighted(_) => "weighted",
    }
}

//! IngressRouteUDPs.

use std::sync::Arc;

use windrose_config::dynamic_config::{
    Name, UdpLoadBalancer, UdpRouter, UdpServer, UdpService, UdpServiceKind, UdpWeighted, UdpWeightedChild,
};

use super::Context;
use crate::objects::{Backend, Both, IngressRouteUdp, Object, RouteUdp};
use crate::translate::backends::{self, Alive};
use crate::translate::kept::Kept;
use crate::translate::{Scribe, Translated};

impl Context<'_> {
    pub(super) fn udp_routes(&self, objects: &Both<IngressRouteUdp>, out: &mut Translated, kept: &mut Kept) {
        for object in objects.by_age() {
            let class = object.body.as_ref().ok().and_then(|body| body.ingress_class_name.as_ref());
            if self.is_ours(&object.meta, class) {
                kept.translate(out, "IngressRouteUDP", object, self.world.needs(), |out| {
                    self.udp_routes_of(object, out);
                });
            }
        }
    }

    fn udp_routes_of(&self, object: &Object<IngressRouteUdp>, out: &mut Translated) {
        let Some((mut scribe, body)) = out.begin("IngressRouteUDP", object) else { return };
        for (index, route) in body.routes.iter().enumerate() {
            let field = format!("spec.routes[{index}]");
            let naming = self.names.naming;
            let plain = naming.plain(&object.meta.namespace, &object.meta.name);
            let separator = if naming.is_safe { '_' } else { '-' };
            let name: Arc<str> = format!("{plain}{separator}{index}").into();
            let service = self.udp_services(&mut scribe, &field, route, &name);
            let router = UdpRouter {
                entry_points: body.entry_points.iter().cloned().map(Name::from).collect(),
                service: Some(Name::from(service)),
            };
            scribe.object(name, router, |config| &mut config.udp.routers, &field);
        }
    }

    /// The name of the service of a route; one backend among several that cannot be used is left out.
    fn udp_services(
        &self,
        scribe: &mut Scribe<'_>,
        field: &str,
        route: &RouteUdp,
        name: &Arc<str>,
    ) -> Arc<str> {
        let naming = self.names.naming;
        let shared = naming.of_route(name, "wrr");
        let mut children = Vec::new();
        for (index, backend) in route.services.iter().enumerate() {
            let service = match self.udp_servers(scribe, backend) {
                Ok(service) => service,
                Err(message) => {
                    scribe.wrong(format!("{field}.services[{index}]"), message);
                    continue;
                }
            };
            if route.services.len() == 1 {
                let own = naming.of_route(name, "lb");
                scribe.udp_service(Arc::clone(&own), service);
                return own;
            }
            let child = self.stream_child(&shared, index, &scribe.namespace(), backend);
            scribe.udp_service(Arc::clone(&child), service);
            children.push(UdpWeightedChild { name: child.into(), weight: backend.weight.unwrap_or(1) });
        }
        if children.is_empty() {
            return Arc::clone(name);
        }
        let kind = UdpServiceKind::Weighted(UdpWeighted { services: children.into() });
        scribe.udp_service(Arc::clone(&shared), UdpService { kind });
        shared
    }

    fn udp_servers(&self, scribe: &mut Scribe<'_>, backend: &Backend) -> Result<UdpService, String> {
        let from = scribe.namespace();
        let namespace = self.references(&from).namespace(&backend.namespace, &backend.name);
        let namespace = namespace.map_err(|error| error.to_string())?;
        let wanted = self.wanted(backend, &namespace, Alive::Ready);
        let found =
            backends::find(self.world, &self.options.trust, wanted).map_err(|error| error.to_string())?;
        let server = |address: &String| UdpServer { address: Name::from(Arc::from(address.as_str())) };
        let balancer = UdpLoadBalancer { servers: found.addresses.iter().map(server).collect() };
        Ok(UdpService { kind: UdpServiceKind::LoadBalancer(balancer) })
    }
}

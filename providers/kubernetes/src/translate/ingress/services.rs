//! The service of a backend.

use std::sync::Arc;

use windrose_config::dynamic_config::{LoadBalancer, Name, Server, Service, ServiceKind};

use super::{Context, annotations};
use crate::objects::{Backing, Port};
use crate::translate::Scribe;
use crate::translate::backends::{self, Alive, Wanted};
use crate::translate::names::{Naming, hash};

impl Context<'_> {
    /// The name of the service of a backend, which is declared.
    pub(super) fn service(
        &self,
        scribe: &mut Scribe<'_>,
        backing: &Backing,
        field: &str,
    ) -> Result<Arc<str>, String> {
        let (mut name, service) = self.servers(scribe, backing, field)?;
        let known = scribe.config().http.services.get(&name);
        // Another Service whose name comes to the same.
        if known.is_some_and(|known| known.value != service) {
            let text = serde_json::to_string(&service).unwrap_or_default();
            name = format!("{name}-{}", hash(text.as_bytes())).into();
        }
        scribe.service(Arc::clone(&name), service);
        Ok(name)
    }

    /// The service of a backend, and its name.
    pub(super) fn servers(
        &self,
        scribe: &mut Scribe<'_>,
        backing: &Backing,
        field: &str,
    ) -> Result<(Arc<str>, Service), String> {
        let Some(named) = &backing.service else {
            let what = if backing.resource.is_some() {
                "is a resource, which is not supported"
            } else {
                "is missing"
            };
            return Err(format!("the backend {what}; name a Service"));
        };
        let from = scribe.namespace();
        let object = self.world.service(&from, &named.name);
        let notes = object.map(|object| annotations::of_service(&object.meta)).transpose();
        let of_service = |(field, message)| format!("{field} of Service {from}/{}: {message}", named.name);
        let notes = notes.map_err(of_service)?.unwrap_or_default();
        let port = if named.port.name.is_empty() {
            Port::Number(named.port.number)
        } else {
            Port::Name(Arc::clone(&named.port.name))
        };
        let wanted = Wanted {
            namespace: &from,
            name: &named.name,
            port: &port,
            native: notes.native_lb.unwrap_or(self.options.trust.native_lb),
            nodes: notes.node_port_lb,
            alive: Alive::Serving,
        };
        let found =
            backends::find(self.world, &self.options.trust, wanted).map_err(|error| error.to_string())?;
        if found.is_unlisted && !found.service.ports.is_empty() {
            scribe.odd(
                format!("{field}.service.port"),
                format!("Service {from}/{} does not list the port", named.name),
            );
        }
        let scheme = found.scheme(&notes.servers_scheme).map_err(|error| error.to_string())?;
        let server = |address: &String| Server {
            url: Name::from(Arc::from(format!("{scheme}://{address}"))),
            weight: None,
            preserve_path: false,
        };
        let transport = Some(&notes.servers_transport).filter(|name| !name.is_empty());
        for name in transport.into_iter().chain(notes.middlewares.iter().map(|name| &name.value)) {
            self.may_name(&from, name)?;
        }
        let balancer = LoadBalancer {
            sticky: notes.sticky.clone(),
            servers: found.addresses.iter().map(server).collect(),
            pass_host_header: notes.pass_host_header.unwrap_or(true),
            servers_transport: transport.cloned().map(Name::from),
            ..LoadBalancer::default()
        };
        let name = Naming::default().port("", &from, &named.name, &port.to_string());
        let kind = ServiceKind::LoadBalancer(Box::new(balancer));
        Ok((name, Service { middlewares: notes.middlewares.clone(), ..Service::from(kind) }))
    }
}

//! Services of HTTP: the servers of a Service, and services of services.

use std::sync::Arc;

use windrose_config::Located;
use windrose_config::dynamic_config::{
    Failover, HighestRandomWeight, LoadBalancer, Mirror, Mirroring as Mirrors, Name, Server, Service,
    ServiceKind, Weighted as Shared, WeightedChild,
};

use super::Context;
use super::names::Family;
use crate::objects::{Backend, Both, Mirroring, Object, Port, Reference, TraefikService, Weighted};
use crate::translate::backends::{self, Alive, Wanted};
use crate::translate::kept::Kept;
use crate::translate::references::PROVIDER;
use crate::translate::{Scribe, Translated};

/// Services that are declared only when all of what needs them can be.
#[derive(Default)]
pub(super) struct Children(Vec<(Arc<str>, Service)>);

impl Children {
    /// Adds a service; the name under which it will be found. One of the same name that is written differently keeps its
    /// own.
    fn add(&mut self, scribe: &Scribe<'_>, name: Arc<str>, service: Service) -> Arc<str> {
        let is_other = |known: &Service| *known != service;
        let known = scribe.config().http.services.get(&name).map(|written| &written.value);
        let pending = self.0.iter().find(|(pending, _)| *pending == name).map(|(_, service)| service);
        let name = if known.or(pending).is_some_and(is_other) {
            let text = serde_json::to_string(&service).unwrap_or_default();
            format!("{name}-{}", crate::translate::names::hash(text.as_bytes())).into()
        } else {
            name
        };
        self.0.push((Arc::clone(&name), service));
        name
    }

    /// Adds the service of a route, which has the route's name; the name.
    pub(super) fn add_own(&mut self, name: Arc<str>, service: Service) -> Arc<str> {
        self.0.push((Arc::clone(&name), service));
        name
    }

    /// Declares all of them.
    pub(super) fn declare(self, scribe: &mut Scribe<'_>) {
        for (name, service) in self.0 {
            scribe.service(name, service);
        }
    }
}

/// Where in the object, and what is wrong there.
type Wrong = (String, String);

/// Where a backend is written, and what the name of its service begins with when names tell places apart.
pub(super) struct Place {
    pub(super) field: String,
    pub(super) name: String,
}

impl Place {
    fn item(&self, index: usize) -> Self {
        Self { field: format!("{}[{index}]", self.field), name: format!("{}_{index}", self.name) }
    }
}

/// What a backend means: the name of a service, and the service when it is to be declared.
pub(super) struct Named {
    pub(super) name: Arc<str>,
    pub(super) service: Option<Service>,
}

impl Context<'_> {
    pub(super) fn traefik_services(
        &self,
        objects: &Both<TraefikService>,
        out: &mut Translated,
        kept: &mut Kept,
    ) {
        for object in objects.by_age() {
            kept.translate(out, "TraefikService", object, self.world.needs(), |out| {
                self.declare_service(object, out);
            });
        }
    }

    fn declare_service(&self, object: &Object<TraefikService>, out: &mut Translated) {
        let Some((mut scribe, body)) = out.begin("TraefikService", object) else { return };
        let name = self.names.object(Family::Service, &object.meta.namespace, &object.meta.name);
        let mut children = Children::default();
        match self.traefik_service(&mut scribe, body, &name, &mut children) {
            Ok(service) => {
                children.declare(&mut scribe);
                scribe.service(name, service);
            }
            Err((field, message)) => {
                scribe.wrong(field, message);
                scribe.lose(windrose_config::Section::HttpServices, name);
            }
        }
    }

    fn traefik_service(
        &self,
        scribe: &mut Scribe<'_>,
        body: &TraefikService,
        name: &str,
        children: &mut Children,
    ) -> Result<Service, Wrong> {
        let at = |field: &str, role: &str| Place { field: field.to_owned(), name: format!("{name}_{role}") };
        let kind = match body {
            TraefikService { weighted: Some(weighted), .. } => {
                let at = at("spec.weighted.services", "wrr");
                ServiceKind::Weighted(Box::new(self.weighted(scribe, weighted, &at, children)?))
            }
            TraefikService { mirroring: Some(mirroring), .. } => {
                ServiceKind::Mirroring(Box::new(self.mirroring(scribe, mirroring, name, children)?))
            }
            TraefikService { highest_random_weight: Some(weighted), .. } => {
                let at = at("spec.highestRandomWeight.services", "hrw");
                let Shared { services, .. } = self.weighted(scribe, weighted, &at, children)?;
                ServiceKind::HighestRandomWeight(Box::new(HighestRandomWeight {
                    services,
                    health_check: None,
                }))
            }
            TraefikService { failover: Some(failover), .. } => {
                let main = at("spec.failover.service", "failover");
                let other = at("spec.failover.fallback", "fallback");
                ServiceKind::Failover(Box::new(Failover {
                    service: self.child(scribe, &failover.service, main, children)?.into(),
                    fallback: self.child(scribe, &failover.fallback, other, children)?.into(),
                    health_check: None,
                    errors: failover.errors.clone(),
                }))
            }
            TraefikService { .. } => {
                let message = "says nothing, write one of weighted, mirroring, highestRandomWeight, failover";
                return Err(("spec".to_owned(), message.to_owned()));
            }
        };
        Ok(kind.into())
    }

    /// Services that share the requests by weight.
    pub(super) fn weighted(
        &self,
        scribe: &mut Scribe<'_>,
        weighted: &Weighted,
        at: &Place,
        children: &mut Children,
    ) -> Result<Shared, Wrong> {
        let mut services = Vec::with_capacity(weighted.services.len());
        for (index, backend) in weighted.services.iter().enumerate() {
            let name = self.child(scribe, backend, at.item(index), children)?;
            services.push(WeightedChild {
                name: name.into(),
                weight: backend.weight.unwrap_or(1),
                header: backend.header.clone(),
                cookie: backend.cookie.clone(),
            });
        }
        Ok(Shared { services: services.into(), sticky: weighted.sticky.clone(), health_check: None })
    }

    fn mirroring(
        &self,
        scribe: &mut Scribe<'_>,
        mirroring: &Mirroring,
        name: &str,
        children: &mut Children,
    ) -> Result<Mirrors, Wrong> {
        let main = Place { field: "spec.mirroring".to_owned(), name: format!("{name}_mirroring") };
        let service = self.child(scribe, &mirroring.main, main, children)?;
        let copies = Place { field: "spec.mirroring.mirrors".to_owned(), name: format!("{name}_mirror") };
        let mut mirrors = Vec::with_capacity(mirroring.mirrors.len());
        for (index, mirror) in mirroring.mirrors.iter().enumerate() {
            let name = self.child(scribe, &mirror.backend, copies.item(index), children)?;
            mirrors.push(Mirror { name: name.into(), percent: mirror.percent });
        }
        let defaults = Mirrors::default();
        Ok(Mirrors {
            service: service.into(),
            mirror_body: mirroring.mirror_body.unwrap_or(defaults.mirror_body),
            max_body_size: mirroring.max_body_size.unwrap_or(defaults.max_body_size),
            mirrors: mirrors.into(),
            health_check: None,
        })
    }

    /// The name of a service that another one has as its part.
    fn child(
        &self,
        scribe: &mut Scribe<'_>,
        backend: &Backend,
        at: Place,
        children: &mut Children,
    ) -> Result<Arc<str>, Wrong> {
        match self.backend(scribe, backend, &at) {
            Ok(Named { name, service: Some(service) }) => Ok(children.add(scribe, name, service)),
            Ok(Named { name, service: None }) => Ok(name),
            Err(message) => Err((at.field, message)),
        }
    }

    /// What a backend means.
    pub(super) fn backend(
        &self,
        scribe: &mut Scribe<'_>,
        backend: &Backend,
        at: &Place,
    ) -> Result<Named, String> {
        let field = &at.field;
        let from = scribe.namespace();
        let references = self.references(&from);
        match &*backend.kind {
            "" | "Service" => {
                if backend.name.contains('@') {
                    return Err(format!(
                        "{:?} is no name of a Service; write kind: TraefikService",
                        backend.name
                    ));
                }
                let namespace = references
                    .namespace(&backend.namespace, &backend.name)
                    .map_err(|error| error.to_string())?;
                let service = self.servers(scribe, backend, &namespace, field)?;
                let port = backend.port.as_ref().map(ToString::to_string).unwrap_or_default();
                let name = self.names.naming.port(&at.name, &namespace, &backend.name, &port);
                Ok(Named { name, service: Some(service) })
            }
            "TraefikService" => {
                let reference =
                    Reference { name: Arc::clone(&backend.name), namespace: Arc::clone(&backend.namespace) };
                let name = references
                    .resolve(&reference, |namespace, name| self.named(Family::Service, namespace, name));
                let name = name.map_err(|error| error.to_string())?;
                let namespace = if backend.namespace.is_empty() { &from } else { &backend.namespace };
                if !backend.name.contains('@') && !self.has(Family::Service, namespace, &backend.name) {
                    let message = format!("there is no TraefikService {namespace}/{}", backend.name);
                    scribe.missing(field.clone(), message);
                }
                Ok(Named { name: without_own_provider(name), service: None })
            }
            kind => Err(format!("{kind:?} is no kind of backend, write Service or TraefikService")),
        }
    }

    /// The service that a port of a Service makes.
    fn servers(
        &self,
        scribe: &mut Scribe<'_>,
        backend: &Backend,
        namespace: &Arc<str>,
        field: &str,
    ) -> Result<Service, String> {
        let text = |error: backends::BackendError| error.to_string();
        let strategy = match &*backend.strategy {
            "" | "wrr" | "RoundRobin" => "wrr",
            strategy @ ("p2c" | "hrw" | "leasttime") => strategy,
            other => return Err(format!("{other:?} is no strategy, write wrr, p2c, hrw or leasttime")),
        };
        let found =
            backends::find(self.world, &self.options.trust, self.wanted(backend, namespace, Alive::Serving));
        let found = found.map_err(text)?;
        if found.is_unlisted && !found.service.ports.is_empty() {
            let message = format!("Service {namespace}/{} does not list the port that is used", backend.name);
            scribe.odd(format!("{field}.port"), message);
        }
        if backend.health_check.is_some() && &*found.service.kind != "ExternalName" {
            return Err(
                "healthCheck is for Services of type ExternalName only; the cluster checks others".to_owned()
            );
        }
        let scheme = found.scheme(&backend.scheme).map_err(text)?;
        let server = |address: &String| Server {
            url: Name::from(Arc::from(format!("{scheme}://{address}"))),
            weight: None,
            preserve_path: false,
        };
        let from = scribe.namespace();
        let balancer = LoadBalancer {
            sticky: backend.sticky.clone(),
            servers: found.addresses.iter().map(server).collect(),
            strategy: Located::from(Box::from(strategy)),
            health_check: backend.health_check.clone(),
            passive_health_check: backend.passive_health_check.clone(),
            pass_host_header: backend.pass_host_header.unwrap_or(true),
            response_forwarding: backend.response_forwarding.clone(),
            servers_transport: self.transport(
                &backend.servers_transport,
                namespace,
                &from,
                Family::Transport,
            )?,
            upgrade_protocols: Box::default(),
        };
        let middlewares = self.middleware_names(&from, &backend.middlewares, Family::Middleware)?;
        Ok(Service {
            kind: ServiceKind::LoadBalancer(Box::new(balancer)),
            middlewares,
            timeouts: backend.timeouts.clone(),
        })
    }

    /// What is asked of a Service.
    pub(super) fn wanted<'b>(&self, backend: &'b Backend, namespace: &'b str, alive: Alive) -> Wanted<'b> {
        Wanted {
            namespace,
            name: &backend.name,
            port: backend.port.as_ref().unwrap_or(&UNSET),
            native: backend.native_lb.unwrap_or(self.options.trust.native_lb),
            nodes: backend.node_port_lb,
            alive,
        }
    }

    /// The name of the transport that a Service is reached by, which is looked up beside the Service.
    pub(super) fn transport(
        &self,
        written: &Arc<str>,
        beside: &Arc<str>,
        from: &Arc<str>,
        family: Family,
    ) -> Result<Option<Name>, String> {
        if written.is_empty() {
            let usual = self.proxies.of(from).filter(|_| family == Family::Transport);
            return Ok(usual.map(|proxy| Name::from(Arc::clone(&proxy.transport))));
        }
        let reference = Reference { name: Arc::clone(written), namespace: Arc::clone(beside) };
        let name =
            self.references(from).resolve(&reference, |namespace, name| self.named(family, namespace, name));
        Ok(Some(Name::from(name.map_err(|error| format!("serversTransport: {error}"))?)))
    }

    /// The names of middlewares.
    pub(super) fn middleware_names(
        &self,
        from: &Arc<str>,
        written: &[Reference],
        family: Family,
    ) -> Result<Box<[Name]>, String> {
        let references = self.references(from);
        let name = |reference: &Reference| {
            let name = references.resolve(reference, |namespace, name| self.named(family, namespace, name));
            name.map(Name::from).map_err(|error| format!("middleware {error}"))
        };
        written.iter().map(name).collect()
    }
}

/// A name of our own provider is found without saying so. traefik: the same.
fn without_own_provider(name: Arc<str>) -> Arc<str> {
    match name.rsplit_once('@') {
        Some((own, PROVIDER)) => windrose_providers_core::labels::normalize(own).into(),
        _ => name,
    }
}

const UNSET: Port = Port::Number(0);

//! IngressRouteTCPs.

use std::sync::Arc;

use windrose_config::dynamic_config::{
    Name, TcpLoadBalancer, TcpRouter, TcpRouterTls, TcpServer, TcpService, TcpServiceKind, TcpWeighted,
    TcpWeightedChild,
};
use windrose_rule::Protocol;

use super::Context;
use super::names::{Family, SAFE};
use crate::objects::{Backend, Both, IngressRouteTcp, Meta, Object, RouteTcp, RouteTls};
use crate::translate::backends::{self, Alive};
use crate::translate::kept::Kept;
use crate::translate::names::hash;
use crate::translate::{Scribe, Translated};

impl Context<'_> {
    pub(super) fn tcp_routes(&self, objects: &Both<IngressRouteTcp>, out: &mut Translated, kept: &mut Kept) {
        for object in objects.by_age() {
            let class = object.body.as_ref().ok().and_then(|body| body.ingress_class_name.as_ref());
            if self.is_ours(&object.meta, class) {
                kept.translate(out, "IngressRouteTCP", object, self.world.needs(), |out| {
                    self.tcp_routes_of(object, out);
                });
            }
        }
    }

    fn tcp_routes_of(&self, object: &Object<IngressRouteTcp>, out: &mut Translated) {
        let Some((mut scribe, body)) = out.begin("IngressRouteTCP", object) else { return };
        if let Some(tls) = body.tls.as_ref().filter(|tls| !tls.passthrough) {
            self.route_certificate(&mut scribe, &tls.secret_name);
        }
        self.tell_missing_options(&mut scribe, body.tls.as_ref());
        for (index, route) in body.routes.iter().enumerate() {
            self.tcp_route(&mut scribe, &object.meta, body, (index, route));
        }
    }

    fn tcp_route(
        &self,
        scribe: &mut Scribe<'_>,
        meta: &Meta,
        body: &IngressRouteTcp,
        (index, route): (usize, &RouteTcp),
    ) {
        let field = format!("spec.routes[{index}]");
        if route.rule.is_empty() {
            scribe.wrong(format!("{field}.match"), "is empty, write a rule, for example HostSNI(`*`)");
            return;
        }
        let name = self.tcp_route_name(scribe, meta, &route.rule, index);
        let place = format!("{field}.match");
        let syntax = self.syntax(scribe, &route.rule, route.syntax.as_deref(), Protocol::Tcp);
        let router = TcpRouter {
            entry_points: body.entry_points.iter().cloned().map(Name::from).collect(),
            rule: Name::from(Arc::clone(&route.rule)),
            rule_syntax: syntax.clone(),
            priority: route.priority,
            tls: body.tls.as_ref().map(|_| Box::default()),
            ..TcpRouter::default()
        };
        let middlewares = self.middleware_names(&meta.namespace, &route.middlewares, Family::TcpMiddleware);
        let middlewares = middlewares.map_err(|message| (format!("{field}.middlewares"), message));
        let tls = body.tls.as_ref().map(|tls| self.tcp_tls(&meta.namespace, tls)).transpose();
        let tls = tls.map_err(|message| ("spec.tls.options".to_owned(), message));
        match middlewares.and_then(|middlewares| Ok((middlewares, tls?))) {
            Ok((middlewares, tls)) => {
                // traefik: the router stays where its service cannot be made, and is disabled.
                let service = self.tcp_services(scribe, &field, route, &name);
                self.tell_bad_rule(scribe, &route.rule, syntax.as_deref(), Protocol::Tcp, &place);
                self.tell_missing(
                    scribe,
                    Family::TcpMiddleware,
                    &route.middlewares,
                    &format!("{field}.middlewares"),
                );
                let service = Some(Name::from(service));
                let router = TcpRouter { service, middlewares, tls: tls.map(Box::new), ..router };
                scribe.tcp_router(name, router, &field);
            }
            Err((field, message)) => {
                scribe.wrong(field, message);
                scribe.tcp_close(name, router);
            }
        }
    }

    /// traefik: names of TCP stand as they are.
    fn tcp_route_name(&self, scribe: &Scribe<'_>, meta: &Meta, rule: &str, index: usize) -> Arc<str> {
        if self.names.naming.is_safe {
            return self.names.naming.route(&meta.namespace, &meta.name, rule, index);
        }
        let name: Arc<str> = format!("{}-{}-{}", meta.namespace, meta.name, hash(rule.as_bytes())).into();
        let tcp = &scribe.config().tcp;
        match tcp.routers.get(&name).or_else(|| tcp.closed.get(&name)) {
            Some(owner) if owner.origin.source != *scribe.source() => {
                SAFE.route(&meta.namespace, &meta.name, rule, index)
            }
            _ => name,
        }
    }

    fn tcp_tls(&self, from: &Arc<str>, tls: &RouteTls) -> Result<TcpRouterTls, String> {
        let resolver = Some(&tls.cert_resolver).filter(|name| !name.is_empty());
        Ok(TcpRouterTls {
            passthrough: tls.passthrough,
            options: self.tls_options_name(from, tls)?,
            cert_resolver: resolver.cloned().map(Name::from),
            domains: tls.domains.clone(),
        })
    }

    /// The name of the service of a route; one backend among several that cannot be used is left out.
    fn tcp_services(
        &self,
        scribe: &mut Scribe<'_>,
        field: &str,
        route: &RouteTcp,
        name: &Arc<str>,
    ) -> Arc<str> {
        let naming = self.names.naming;
        let shared = naming.of_route(name, "wrr");
        let mut children = Vec::new();
        for (index, backend) in route.services.iter().enumerate() {
            let service = match self.tcp_servers(scribe, backend) {
                Ok(service) => service,
                Err(message) => {
                    scribe.wrong(format!("{field}.services[{index}]"), message);
                    continue;
                }
            };
            if route.services.len() == 1 {
                let own = naming.of_route(name, "lb");
                scribe.tcp_service(Arc::clone(&own), service);
                return own;
            }
            let child = self.stream_child(&shared, index, &scribe.namespace(), backend);
            scribe.tcp_service(Arc::clone(&child), service);
            children.push(TcpWeightedChild { name: child.into(), weight: backend.weight.unwrap_or(1) });
        }
        if children.is_empty() {
            return Arc::clone(name);
        }
        let weighted = TcpWeighted { services: children.into(), health_check: None };
        let kind = TcpServiceKind::Weighted(Box::new(weighted));
        scribe.tcp_service(Arc::clone(&shared), TcpService { kind });
        shared
    }

    /// The name of a part of a service of TCP or UDP. traefik: its place stands first, in both ways of naming.
    pub(super) fn stream_child(
        &self,
        shared: &str,
        index: usize,
        from: &Arc<str>,
        backend: &Backend,
    ) -> Arc<str> {
        let port = backend.port.as_ref().map(ToString::to_string).unwrap_or_default();
        if !self.names.naming.is_safe {
            return format!("{shared}-{}-{port}", backend.name).into();
        }
        let namespace = if backend.namespace.is_empty() { from } else { &backend.namespace };
        self.names.naming.port(&format!("{shared}_{index}"), namespace, &backend.name, &port)
    }

    fn tcp_servers(&self, scribe: &mut Scribe<'_>, backend: &Backend) -> Result<TcpService, String> {
        let from = scribe.namespace();
        let namespace = self.references(&from).namespace(&backend.namespace, &backend.name);
        let namespace = namespace.map_err(|error| error.to_string())?;
        let wanted = self.wanted(backend, &namespace, Alive::Ready);
        let found =
            backends::find(self.world, &self.options.trust, wanted).map_err(|error| error.to_string())?;
        let server = |address: &String| TcpServer {
            address: Name::from(Arc::from(address.as_str())),
            tls: backend.tls,
        };
        let balancer = TcpLoadBalancer {
            servers: found.addresses.iter().map(server).collect(),
            servers_transport: self.transport(
                &backend.servers_transport,
                &namespace,
                &from,
                Family::TcpTransport,
            )?,
            proxy_protocol: backend.proxy_protocol.clone(),
            termination_delay: backend.termination_delay,
            health_check: None,
        };
        Ok(TcpService { kind: TcpServiceKind::LoadBalancer(Box::new(balancer)) })
    }
}

//! HTTP: the service and the router that nobody wrote, servers, rules.

use std::collections::HashSet;
use std::sync::Arc;

use windrose_config::dynamic_config::{LoadBalancer, Name, Router, Server, Service, ServiceKind};
use windrose_config::source::labels::HttpServer;
use windrose_config::{Mark, Problem, Section, Written, decode};

use super::{Reading, Servers, names};
use crate::template;

impl Reading<'_> {
    pub(super) fn http(&mut self) {
        let named = &self.named;
        let is_tcp_or_udp = !(named.tcp_routers.is_empty()
            && named.tcp_services.is_empty()
            && named.udp_routers.is_empty()
            && named.udp_services.is_empty());
        let is_http = !(named.http_routers.is_empty()
            && named.http_services.is_empty()
            && named.http_middlewares.is_empty());
        // traefik: the same.
        if is_tcp_or_udp && !is_http {
            return;
        }
        let own: Arc<str> = Arc::from(self.workload.name);
        if self.named.http_services.is_empty() && (self.listens() || self.needs_own_service()) {
            let kind = ServiceKind::LoadBalancer(Box::default());
            let service = Service::from(kind);
            let written = Arc::new(Written::new(service, self.nowhere()));
            self.config.http.services.insert(Arc::clone(&own), written);
        }
        let mut lost = names(&self.config.http.services);
        lost.retain(|name| self.http_servers(name).is_none());
        self.lose(Section::HttpServices, &lost.into_iter().collect());
        if self.named.http_routers.is_empty() {
            self.own_router(own);
        }
        let parents = self.parents();
        let mut lost = names(&self.config.http.routers);
        lost.retain(|name| self.http_router(name, &parents).is_none());
        self.lose(Section::HttpRouters, &lost.into_iter().collect());
    }

    /// Whether it is known where the workload listens when no label says more.
    fn listens(&self) -> bool {
        match self.workload.servers {
            Servers::None => true,
            Servers::At(find) => find(None).is_ok(),
        }
    }

    /// Whether anything leads to the service that nobody wrote. A gateway's own container may have routers to its API
    /// alone, and expose nothing.
    fn needs_own_service(&self) -> bool {
        let own = |router: &Router| {
            router.service.as_ref().is_none_or(|service| *service.value == *self.workload.name)
        };
        let routers = &self.config.http.routers;
        routers.len() < self.named.http_routers.len()
            || routers.is_empty()
            || routers.values().any(|router| own(router))
    }

    /// The router of a workload that has none, where it is clear what it leads to.
    fn own_router(&mut self, name: Arc<str>) {
        if let [_, _, ..] = self.named.http_services.as_slice() {
            let message = format!(
                "there are {} services and no router, so nothing leads to them; write traefik.http.routers.{name}.service",
                self.named.http_services.len()
            );
            self.config.problems.push(Problem::warning(message).at(&self.source, Mark::default()));
            return;
        }
        // Nobody asked for it where there is nothing it could lead to.
        if self.named.http_services.is_empty() && self.config.http.services.is_empty() {
            return;
        }
        let written = Arc::new(Written::new(Router::default(), self.nowhere()));
        self.config.http.routers.insert(name, written);
    }

    /// Completes a router; nothing after telling why it cannot be.
    fn http_router(&mut self, name: &Arc<str>, parents: &HashSet<Arc<str>>) -> Option<()> {
        let written = self.config.http.routers.get(name)?;
        let mark = written.origin.mark;
        let (has_rule, has_service) = (!written.rule.value.is_empty(), written.service.is_some());
        // A parent leads to its children. Those of other workloads are not known here: whoever has some writes an empty
        // service.
        let has_service = has_service || parents.contains(name);
        let rule = if has_rule { None } else { Some(self.rule(name, mark)?) };
        let service = if has_service { None } else { self.only_service(Section::HttpRouters, name, mark) };
        let router = &mut Arc::make_mut(self.config.http.routers.get_mut(name)?).value;
        if let Some(rule) = rule {
            router.rule = Name::new(rule, mark);
        }
        if let Some(service) = service {
            router.service = Some(service);
        }
        (has_service || router.service.is_some()).then_some(())
    }

    /// The routers that others of the same workload name as their parents. One that names itself is none.
    fn parents(&self) -> HashSet<Arc<str>> {
        let routers = self.config.http.routers.iter();
        let named =
            routers.flat_map(|(name, router)| router.parent_refs.iter().map(move |parent| (name, parent)));
        named
            .filter(|(name, parent)| parent.value != **name)
            .map(|(_, parent)| Arc::clone(&parent.value))
            .collect()
    }

    /// The rule that the template makes.
    fn rule(&mut self, name: &Arc<str>, mark: Mark) -> Option<Arc<str>> {
        let rule = self.workload.rule;
        let message = match template::render_with(rule.template, rule.data) {
            Ok(text) if !text.is_empty() => return Some(text.into()),
            Ok(_) => format!(
                "{} makes no rule for router `{name}`; set traefik.http.routers.{name}.rule",
                rule.option
            ),
            Err(error) => format!("{} makes no rule for router `{name}`: {error}", rule.option),
        };
        self.tell(Section::HttpRouters, name, mark, message);
        None
    }

    /// Gives a service its servers; nothing after telling why there are none.
    fn http_servers(&mut self, name: &Arc<str>) -> Option<()> {
        let section = Section::HttpServices;
        let written = self.config.http.services.get(name)?;
        let mark = written.origin.mark;
        if !matches!(written.kind, ServiceKind::LoadBalancer(_)) {
            let kind = written.kind.name();
            let message =
                format!("labels cannot declare a service of kind {kind}; write `{name}` into a routing file");
            self.tell(section, name, mark, message);
            return None;
        }
        let server: HttpServer = self.server(section, name, decode)?;
        let at = self.taken.of(section, name).map_or(mark, |server| server.mark);
        let is_url = !server.url.is_empty();
        if is_url && !(server.port.is_empty() && server.scheme.is_empty()) {
            let message = format!(
                "server.url of service `{name}` holds scheme and port; remove server.port and server.scheme"
            );
            self.tell(section, name, at, message);
            return None;
        }
        let one = |url: String| Server {
            url: Name::new(url.into(), at),
            weight: server.weight,
            preserve_path: server.preserve_path,
        };
        let servers: Box<[Server]> = if is_url {
            Box::new([one(server.url.to_string())])
        } else {
            let scheme = if server.scheme.is_empty() { "http" } else { &*server.scheme };
            let addresses = self.addresses(section, name, &server.port)?;
            addresses.into_iter().map(|address| one(format!("{scheme}://{address}"))).collect()
        };
        self.balancer(name)?.servers = servers;
        Some(())
    }

    fn balancer(&mut self, name: &Arc<str>) -> Option<&mut LoadBalancer> {
        let service = self.config.http.services.get_mut(name)?;
        match &mut Arc::make_mut(service).value.kind {
            ServiceKind::LoadBalancer(balancer) => Some(balancer),
            _ => None,
        }
    }
}

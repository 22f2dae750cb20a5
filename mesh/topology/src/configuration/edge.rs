//! What is written for the edge and acts on the requests to a Service.
//!
//! Invariant: where any of it cannot be given nothing answers; the Service is never served without it.

use super::Place;
use super::builder::{BLOCK_ALL_SERVICE, Builder};
use super::middlewares::Named;
use super::model::Router;
use super::references::EdgeError;
use super::rule::{self, Class};
use super::subjects::Policy;
use super::traefik_services::Shared;
use crate::annotations;
use crate::facts::{Key, ServicePort};
use crate::problem::Kind;

/// All of it, found.
#[derive(Debug, Default)]
pub(super) struct Edge<'f> {
    pub(super) middlewares: Named<'f>,
    pub(super) shared: Option<Shared<'f>>,
}

impl<'a> Builder<'a> {
    /// Finds what a Service names; nothing after telling what is wrong with it.
    pub(super) fn edge(&mut self, key: &Key, written: &annotations::Edge) -> Option<Edge<'a>> {
        let middlewares = written.middlewares.as_deref().map(|written| self.find_middlewares(key, written));
        let shared = written.traefik_service.as_deref().map(|name| self.find_traefik_service(key, name));
        let middlewares = self.found(key, "middlewares", middlewares.transpose());
        let shared = self.found(key, "traefik-service", shared.transpose());
        Some(Edge { middlewares: middlewares?.unwrap_or_default(), shared: shared? })
    }

    fn found<T>(&mut self, key: &Key, annotation: &str, found: Result<T, EdgeError>) -> Option<T> {
        match found {
            Ok(found) => Some(found),
            Err(error) => {
                let message = format!("{annotation}: {error}; until then nothing answers");
                self.fail(Place::Service(key.clone()), format!("unable to build configuration: {message}"));
                self.tell(Kind::Service, key, message);
                None
            }
        }
    }

    /// Routers that keep the place of a Service and answer that it is not available.
    pub(super) fn close(&mut self, key: &Key, hosts: &str, ports: &[(String, &ServicePort)]) {
        for (entry, port) in ports {
            let router = Router {
                entry_points: vec![entry.clone()],
                service: BLOCK_ALL_SERVICE.to_owned(),
                rule: hosts.to_owned(),
                priority: rule::priority(Class::Service, hosts),
                ..Router::default()
            };
            let name = self.port_name(key, port);
            self.stands_for(&name, (key, port.number), None, &Policy::Open);
            self.made.http.routers.insert(name, router);
        }
    }

    /// Declares a router of a Service, whose own middlewares are followed by `further` ones. Those come after its list
    /// of clients, so whoever is refused has nothing to do with them.
    pub(super) fn put_router(&mut self, name: String, mut router: Router, further: &[String]) {
        let place = router.middlewares.len().checked_sub(1);
        if let Some(place) = place.filter(|_| !further.is_empty()) {
            self.refuses_at(&name, place);
        }
        router.middlewares.extend_from_slice(further);
        self.made.http.routers.insert(name, router);
    }
}

//! How the servers of services are, for whoever wants to look at it: by the names of the services.
//!
//! Services are told here when they are compiled and held weakly, so that looking changes nothing about who lives.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use windrose_upstream::Upstream;
use windrose_upstream::service::Kind;

/// How the servers are of those services that know.
#[derive(Default)]
pub struct Health {
    services: Mutex<HashMap<Arc<str>, Weak<Upstream>, RandomState>>,
}

/// How a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerHealth {
    /// Its URL as it is written.
    pub url: Arc<str>,
    /// Whether it takes requests.
    pub is_up: bool,
}

impl Health {
    /// Takes a service for the one of its name from now on.
    pub(crate) fn note(&self, service: &Arc<Upstream>) {
        let mut services = self.services();
        if matches!(service.kind, Kind::LoadBalancer(_)) && service.vital().is_some() {
            services.insert(Arc::clone(&service.name), Arc::downgrade(service));
        } else if !services.is_empty() {
            services.remove(&service.name);
        }
    }

    /// The servers of the service of this qualified name, in the order in which they are written; nothing when nobody
    /// checks or judges them.
    #[must_use]
    pub fn servers(&self, service: &str) -> Option<Vec<ServerHealth>> {
        let service = self.services().get(service)?.upgrade()?;
        let Kind::LoadBalancer(balancer) = &service.kind else { return None };
        let servers = balancer.servers.iter().enumerate().map(|(index, server)| ServerHealth {
            url: Arc::clone(&server.endpoint.url),
            is_up: balancer.is_up(index),
        });
        Some(servers.collect())
    }

    /// Forgets services that are gone.
    pub(super) fn sweep(&self) {
        self.services().retain(|_, service| service.strong_count() > 0);
    }

    fn services(&self) -> MutexGuard<'_, HashMap<Arc<str>, Weak<Upstream>, RandomState>> {
        self.services.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Health {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Health").field("services", &self.services().len()).finish()
    }
}

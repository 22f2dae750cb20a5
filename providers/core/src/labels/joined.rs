//! Services whose servers come from several workloads.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

use indexmap::IndexMap;
use indexmap::map::Entry;
use windrose_config::dynamic_config::{
    Objects, Server, Service, ServiceKind, TcpServer, TcpService, TcpServiceKind, UdpServer, UdpService,
    UdpServiceKind,
};
use windrose_config::{Problem, Section, Written};

use super::merge::clash;

/// Services by name: as the oldest workload declares them, and the servers of all.
pub(super) struct Joined<T: Joinable> {
    services: IndexMap<Arc<str>, Joining<T>>,
}

struct Joining<T: Joinable> {
    first: Arc<Written<T>>,
    /// The service without its servers, to compare; made when a second workload comes.
    bare: Option<T>,
    more: Vec<T::Server>,
    known: HashSet<T::Key>,
}

impl<T: Joinable> Default for Joined<T> {
    fn default() -> Self {
        Self { services: IndexMap::new() }
    }
}

impl<T: Joinable> Joined<T> {
    /// Adds the services of the next workload.
    pub(super) fn add(&mut self, part: &Objects<T>, section: Section, problems: &mut Vec<Problem>) {
        for (name, service) in part {
            let joining = match self.services.entry(Arc::clone(name)) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => {
                    let first = Arc::clone(service);
                    place.insert(Joining { first, bare: None, more: Vec::new(), known: HashSet::new() });
                    continue;
                }
            };
            let Joining { first, bare, more, known } = joining;
            let bare = bare.get_or_insert_with(|| {
                known.extend(first.servers().iter().map(T::key));
                first.with(Vec::new())
            });
            if service.with(Vec::new()) != *bare {
                problems.push(clash(section, name, first, service));
                continue;
            }
            more.extend(service.servers().iter().filter(|server| known.insert(T::key(server))).cloned());
        }
    }

    /// All of them.
    pub(super) fn finish(self) -> Objects<T> {
        let services = self.services.into_iter().map(|(name, Joining { first, more, .. })| {
            if more.is_empty() {
                return (name, first);
            }
            let servers = first.servers().iter().cloned().chain(more).collect();
            let joined = Written::new(first.with(servers), first.origin.clone());
            (name, Arc::new(joined))
        });
        services.collect()
    }
}

/// A service whose servers may come from several workloads.
pub(super) trait Joinable: PartialEq + Clone {
    /// A server.
    type Server: Clone;
    /// What makes two servers the same.
    type Key: Eq + Hash;

    /// Its servers.
    fn servers(&self) -> &[Self::Server];
    /// The same service with other servers.
    fn with(&self, servers: Vec<Self::Server>) -> Self;
    /// What makes a server the one it is.
    fn key(server: &Self::Server) -> Self::Key;
}

impl Joinable for Service {
    type Server = Server;
    type Key = Arc<str>;

    fn servers(&self) -> &[Server] {
        match &self.kind {
            ServiceKind::LoadBalancer(balancer) => &balancer.servers,
            _ => &[],
        }
    }

    fn with(&self, servers: Vec<Server>) -> Self {
        let mut service = self.clone();
        if let ServiceKind::LoadBalancer(balancer) = &mut service.kind {
            balancer.servers = servers.into();
        }
        service
    }

    fn key(server: &Server) -> Arc<str> {
        Arc::clone(&server.url)
    }
}

impl Joinable for TcpService {
    type Server = TcpServer;
    type Key = Arc<str>;

    fn servers(&self) -> &[TcpServer] {
        match &self.kind {
            TcpServiceKind::LoadBalancer(balancer) => &balancer.servers,
            TcpServiceKind::Weighted(_) => &[],
        }
    }

    fn with(&self, servers: Vec<TcpServer>) -> Self {
        let mut service = self.clone();
        if let TcpServiceKind::LoadBalancer(balancer) = &mut service.kind {
            balancer.servers = servers.into();
        }
        service
    }

    fn key(server: &TcpServer) -> Arc<str> {
        Arc::clone(&server.address)
    }
}

impl Joinable for UdpService {
    type Server = UdpServer;
    type Key = Arc<str>;

    fn servers(&self) -> &[UdpServer] {
        match &self.kind {
            UdpServiceKind::LoadBalancer(balancer) => &balancer.servers,
            UdpServiceKind::Weighted(_) => &[],
        }
    }

    fn with(&self, servers: Vec<UdpServer>) -> Self {
        let mut service = self.clone();
        if let UdpServiceKind::LoadBalancer(balancer) = &mut service.kind {
            balancer.servers = servers.into();
        }
        service
    }

    fn key(server: &UdpServer) -> Arc<str> {
        Arc::clone(&server.address)
    }
}

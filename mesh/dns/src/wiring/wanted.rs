//! What the DNS of the cluster shall know.

use std::net::SocketAddr;

use super::problem::Problem;
use crate::Zone;

/// What is wanted. Names in it are names of DNS, since they become parts of a configuration.
#[derive(Clone, Debug)]
pub struct Wanted {
    namespace: String,
    cluster_domain: String,
    server: Option<SocketAddr>,
    zones: Vec<Zone>,
}

impl Wanted {
    /// The zones of Traefik Mesh, for a mesh in this namespace of a cluster with this domain (`cluster.local`).
    ///
    /// # Errors
    ///
    /// One of them is no name of DNS.
    pub fn new(namespace: &str, cluster_domain: &str) -> Result<Self, Problem> {
        let cluster_domain = cluster_domain.strip_suffix('.').unwrap_or(cluster_domain);
        if !is_label(namespace) {
            return Err(Problem::NotAName(namespace.to_owned()));
        }
        if !cluster_domain.split('.').all(is_label) {
            return Err(Problem::NotAName(cluster_domain.to_owned()));
        }
        Ok(Self {
            namespace: namespace.to_owned(),
            cluster_domain: cluster_domain.to_owned(),
            server: None,
            zones: Zone::TRAEFIK.to_vec(),
        })
    }

    /// The same with the address of the mesh's DNS server: that of its service, not of a pod.
    #[must_use]
    pub const fn with_server(mut self, server: SocketAddr) -> Self {
        self.server = Some(server);
        self
    }

    /// The same with these zones and no others.
    #[must_use]
    pub fn with_zones(mut self, zones: &[Zone]) -> Self {
        self.zones = Zone::ALL.into_iter().filter(|zone| zones.contains(zone)).collect();
        self
    }

    /// The namespace of the mesh, where shadow services are.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The domain of the cluster.
    #[must_use]
    pub fn cluster_domain(&self) -> &str {
        &self.cluster_domain
    }

    /// The mesh's DNS server, once it has an address.
    #[must_use]
    pub const fn server(&self) -> Option<SocketAddr> {
        self.server
    }

    /// The zones, in the order in which they are written.
    #[must_use]
    pub fn zones(&self) -> &[Zone] {
        &self.zones
    }
}

/// A server as DNS servers write whom they forward to: without the port where it is the usual one.
pub(super) fn upstream(server: SocketAddr) -> String {
    if server.port() == 53 { server.ip().to_string() } else { server.to_string() }
}

fn is_label(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=63).contains(&text.len())
        && text.bytes().all(is_inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

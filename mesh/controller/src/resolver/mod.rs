//! The DNS server of the mesh: watches shadow services, and answers with their addresses.
//!
//! What was heard last stays while the API server is away.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use thiserror::Error;
use tokio::net::{TcpListener, UdpSocket};
use windrose_mesh_dns::{Names, Options, Server, Table};
use windrose_mesh_topology::shadow;
use windrose_provider_kubernetes::client::ClientError;
use windrose_provider_kubernetes::options::Reach;
use windrose_provider_kubernetes::watch::Watches;

use crate::cluster::{self, Cluster};

/// Why nobody answers.
#[derive(Debug, Error)]
pub enum ResolverError {
    /// There is no way to the cluster.
    #[error("could not create client: {0}")]
    Client(#[from] ClientError),
}

/// Answers at these sockets, for ever.
///
/// # Errors
///
/// There is no way to the cluster.
pub async fn resolve(
    reach: Reach,
    namespace: Arc<str>,
    udp: UdpSocket,
    tcp: TcpListener,
) -> Result<Infallible, ResolverError> {
    let reach = Reach { namespaces: [Arc::clone(&namespace)].into(), ..reach };
    let watches: Watches<Cluster> = Watches::new(reach, cluster::shadows());
    let names = Names::new();
    let server = Server::new(names.clone(), Options::default());
    tokio::select! {
        driven = watches.drive() => Ok(driven?),
        never = server.run(udp, tcp) => match never {},
        never = keep(&watches, &names, &namespace) => match never {},
    }
}

async fn keep(watches: &Watches<Cluster>, names: &Names, namespace: &str) -> Infallible {
    let mut news = watches.subscribe();
    loop {
        if watches.is_complete() {
            let table = watches.look(|cluster| table(cluster, namespace));
            tracing::debug!(names = table.len(), "names of the mesh changed");
            names.replace(table);
        }
        if news.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// The names of all shadow services.
fn table(cluster: &Cluster, namespace: &str) -> Table {
    let mut table = Table::new();
    let services = cluster.services();
    for (meta, written) in cluster.shadows(namespace) {
        let Some(of) = shadow::origin(written, namespace) else { continue };
        let service = services.get(&(Arc::clone(&meta.namespace), Arc::clone(&meta.name)));
        let addresses = service.into_iter().flat_map(|service| &service.cluster_ips);
        let addresses = addresses.filter_map(|address| address.parse::<IpAddr>().ok());
        if let Err(error) = table.add(&of.name, &of.namespace, addresses) {
            tracing::warn!(%error, "a service has no name in the mesh");
        }
    }
    table
}

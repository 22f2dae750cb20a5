//! The DNS server of the mesh: watches shadow services, and answers with their addresses.
//!
//! What was heard last stays while the API server is away.

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use thiserror::Error;
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::oneshot;
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
    /// The port is taken, or may not be used.
    #[error("cannot listen on {0}")]
    Listen(SocketAddr, #[source] io::Error),
}

/// Answers at an address, for ever.
///
/// # Errors
///
/// There is no way to the cluster, or the address may not be used.
pub async fn resolve(
    reach: Reach,
    namespace: Arc<str>,
    address: SocketAddr,
) -> Result<Infallible, ResolverError> {
    // Now, so that it is told at once where that cannot be done.
    let udp = UdpSocket::bind(address).await.map_err(|error| ResolverError::Listen(address, error))?;
    let reach = Reach { namespaces: [Arc::clone(&namespace)].into(), ..reach };
    let watches: Watches<Cluster> = Watches::new(reach, cluster::shadows());
    let names = Names::new();
    let (tell, known) = oneshot::channel();
    tokio::select! {
        driven = watches.drive() => Ok(driven?),
        failed = answer(known, names.clone(), udp, address) => failed,
        never = keep(&watches, &names, &namespace, tell) => match never {},
    }
}

/// Begins when the names are known, for whoever asks before would hear that there are none, and remember it. Until then
/// nobody listens for TCP, which is what probes ask for.
async fn answer(
    known: oneshot::Receiver<()>,
    names: Names,
    udp: UdpSocket,
    address: SocketAddr,
) -> Result<Infallible, ResolverError> {
    if known.await.is_err() {
        return pending().await;
    }
    let tcp = TcpListener::bind(address).await.map_err(|error| ResolverError::Listen(address, error))?;
    tracing::info!(%address, "ready");
    match Server::new(names, Options::default()).run(udp, tcp).await {}
}

async fn keep(
    watches: &Watches<Cluster>,
    names: &Names,
    namespace: &str,
    tell: oneshot::Sender<()>,
) -> Infallible {
    let mut tell = Some(tell);
    let mut news = watches.subscribe();
    loop {
        if watches.is_complete() {
            let table = watches.look(|cluster| table(cluster, namespace));
            tracing::debug!(names = table.len(), "names of the mesh changed");
            names.replace(table);
            if let Some(tell) = tell.take() {
                // Nobody waits only where everything ends.
                let _ = tell.send(());
            }
        }
        if news.changed().await.is_err() {
            pending::<()>().await;
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

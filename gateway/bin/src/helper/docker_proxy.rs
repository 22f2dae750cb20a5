//! `windrose docker-proxy`: holds the socket of an engine and answers what providers ask.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};

use thiserror::Error;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};
use windrose_observe::{Level, LogSettings, init_logging};
use windrose_provider_docker::Proxy;
use windrose_provider_docker::options::EndpointError;

/// Why the helper does not run.
#[derive(Debug, Error)]
pub(super) enum ProxyError {
    /// The engine is nowhere.
    #[error("--endpoint cannot be used")]
    Endpoint(#[from] EndpointError),
    /// Not an address.
    #[error("--listen takes an address such as 127.0.0.1:2375, or :2375 for every address; `{0}` is none")]
    Address(String),
    /// The port is taken, or may not be used.
    #[error("cannot listen on {0}")]
    Listen(String, #[source] io::Error),
    /// The system refuses something.
    #[error("the system refuses what the helper needs")]
    System(#[from] io::Error),
    /// The log cannot be started.
    #[error(transparent)]
    Log(#[from] windrose_observe::LogError),
}

/// Serves until it is asked to stop.
pub(super) fn run(listen: &str, endpoint: &str) -> Result<(), ProxyError> {
    let proxy = Proxy::new(endpoint)?;
    let addresses = addresses(listen)?;
    let _log = init_logging(&LogSettings { level: Level::Info, ..LogSettings::default() }, None)?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(addresses.as_slice())
            .await
            .map_err(|error| ProxyError::Listen(listen.to_owned(), error))?;
        let mut stops = [SignalKind::terminate(), SignalKind::interrupt()].map(signal).into_iter();
        let (Some(terminate), Some(interrupt)) = (stops.next(), stops.next()) else { return Ok(()) };
        let (mut terminate, mut interrupt) = (terminate?, interrupt?);
        let address = listener.local_addr()?;
        match proxy.reach().await {
            Ok(()) => tracing::info!(%address, %endpoint, "ready"),
            // It may come later; who asks until then is told.
            Err(error) => {
                tracing::warn!(%address, error = %crate::chain(&error), "ready, without the engine");
            }
        }
        tokio::select! {
            outcome = proxy.serve(listener) => outcome.map_err(ProxyError::from),
            _ = terminate.recv() => Ok(()),
            _ = interrupt.recv() => Ok(()),
        }
    })
}

/// `:2375` is every address, also where there is no IPv6.
fn addresses(listen: &str) -> Result<Vec<SocketAddr>, ProxyError> {
    let texts = match listen.strip_prefix(':') {
        Some(port) => vec![format!("[::]:{port}"), format!("0.0.0.0:{port}")],
        None => vec![listen.to_owned()],
    };
    let found: Vec<SocketAddr> =
        texts.iter().filter_map(|text| text.to_socket_addrs().ok()).flatten().collect();
    if found.is_empty() { Err(ProxyError::Address(listen.to_owned())) } else { Ok(found) }
}

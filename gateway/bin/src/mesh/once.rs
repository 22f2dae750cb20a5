//! What is done once, and the DNS server: no gateway, a client of the cluster.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;
use windrose_mesh_controller::{Order, ResolverError, WiringError, cleanup, prepare, resolve};
use windrose_observe::{LogFormat, LogSettings, init_logging};
use windrose_provider_kubernetes::options::Reach;

use super::words::{GRACE, Known, Words};
use super::{Mesh, WordError};

/// Why it was not done.
#[derive(Debug, Error)]
pub(crate) enum OnceError {
    /// The words make no sense.
    #[error(transparent)]
    Words(#[from] WordError),
    /// The DNS of the cluster is not as it should be.
    #[error(transparent)]
    Wiring(#[from] WiringError),
    /// Nobody answers.
    #[error(transparent)]
    Resolver(#[from] ResolverError),
    /// The system refuses something.
    #[error("the system refuses what is needed")]
    System(#[from] io::Error),
    /// The log cannot be started.
    #[error(transparent)]
    Log(#[from] windrose_observe::LogError),
}

/// Does it.
pub(crate) fn run(mesh: &Mesh, variables: &[(String, String)]) -> Result<(), OnceError> {
    let (Mesh::Prepare(words) | Mesh::Cleanup(words) | Mesh::Dns(words)) = mesh else { return Ok(()) };
    let words = Words::read(words, variables, KNOWN)?;
    if let Some(further) = words.further.first() {
        return Err(WordError::Unknown(further.clone()).into());
    }
    let order = order(&words)?;
    let _log = init_logging(&log(&words)?, None)?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    match mesh {
        Mesh::Prepare(_) => Ok(runtime.block_on(prepare(&order))?),
        Mesh::Cleanup(_) => Ok(runtime.block_on(cleanup(&order))?),
        _ => {
            let address = SocketAddr::new(host(&words)?, words.number("dnsPort", PORT)?);
            runtime.block_on(serve(order, address, words.time(GRACE)?))
        }
    }
}

async fn serve(order: Order, address: SocketAddr, grace: Duration) -> Result<(), OnceError> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stop = async {
        tokio::select! {
            _ = interrupt.recv() => return,
            _ = terminate.recv() => {}
        }
        // Others hear late that we end, and go on asking; a second signal ends that.
        tokio::select! {
            () = sleep(grace) => {}
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    tokio::select! {
        outcome = resolve(order.reach, order.namespace, address) => match outcome? {},
        () = stop => Ok(()),
    }
}

fn order(words: &Words) -> Result<Order, WordError> {
    let text = |name: &str| words.get(name).unwrap_or_default().into();
    let reach = Reach { endpoint: text("masterURL"), kubeconfig: text("kubeConfig"), ..Reach::default() };
    let or = |name: &str, otherwise: &str| -> Arc<str> { words.get(name).unwrap_or(otherwise).into() };
    Ok(Order {
        reach,
        namespace: or("namespace", "maesh"),
        cluster_domain: or("clusterDomain", "cluster.local"),
        acl: words.is_on("acl")? || words.is_on("smi")?,
        windrose_zone: words.is_on("windroseZone")?,
    })
}

fn host(words: &Words) -> Result<IpAddr, WordError> {
    let written = words.get("host").unwrap_or("::");
    written.parse().map_err(|_| WordError::Value("--host".to_owned(), "an address", written.to_owned()))
}

fn log(words: &Words) -> Result<LogSettings, WordError> {
    let (level, _) = words.level()?;
    let format = if words.format()? == "json" { LogFormat::Json } else { LogFormat::Common };
    Ok(LogSettings { level, format, ..LogSettings::default() })
}

/// All options.
const KNOWN: &[Known] = &[
    Known::value("kubeConfig"),
    Known::value("masterURL"),
    Known::value("namespace"),
    Known::value("clusterDomain"),
    Known::switch("windroseZone"),
    Known::switch("acl"),
    Known::switch("smi"),
    Known::value("host"),
    Known::value("dnsPort"),
    Known::value(GRACE),
    Known::value("logLevel"),
    Known::value("logFormat"),
    Known::switch("debug"),
];

/// Where the DNS server listens, unless another port is written.
const PORT: u16 = 9053;

//! What nodes counted, as the controller keeps it.
//!
//! Owns the window of figures and what is known of whom they are about. Every controller is told by every node, so all
//! answer the same. Must not know how anybody asks.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use arc_swap::{ArcSwap, ArcSwapOption};
use serde_json::Value;
use thiserror::Error;
use windrose_mesh_traffic::{Answer, Asked, Directory, Look, Receipt, Report, Window, answer, api};
use windrose_tls::ClientAuthorities;

/// What nodes counted. All copies are one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Figures(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    window: Mutex<Window>,
    directory: ArcSwap<Directory>,
    /// Who may hand on questions; nobody before it is known.
    front: ArcSwapOption<Front>,
    /// Whether figures are kept at all.
    is_kept: std::sync::atomic::AtomicBool,
}

/// The API server, as it shows itself to servers behind it. What it hands on it has let in.
#[derive(Debug)]
pub(crate) struct Front {
    pub(crate) authorities: ClientAuthorities,
    /// Its names; any where there is none.
    pub(crate) names: Vec<String>,
}

/// Why figures are not taken.
#[derive(Debug, Error)]
pub(crate) enum NotTaken {
    #[error("this address is that of no node of the mesh")]
    Stranger,
    #[error("the body is no report: {0}")]
    Unread(#[from] serde_json::Error),
    #[error(transparent)]
    Refused(#[from] windrose_mesh_traffic::Refused),
    #[error("the answer cannot be written down: {0}")]
    Answer(#[source] serde_json::Error),
}

impl Figures {
    /// Keeps figures from now on.
    pub(crate) fn keep(&self) {
        self.0.is_kept.store(true, std::sync::atomic::Ordering::Relaxed);
    }

    pub(crate) fn are_kept(&self) -> bool {
        self.0.is_kept.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Whom figures are about from now on.
    pub(crate) fn know(&self, directory: Directory) {
        self.0.directory.store(Arc::new(directory));
    }

    /// Who may hand on questions from now on.
    pub(crate) fn trust(&self, front: Option<Front>) {
        self.0.front.store(front.map(Arc::new));
    }

    /// Whether somebody reports who may.
    pub(crate) fn is_node(&self, peer: IpAddr) -> bool {
        self.0.directory.load().is_node(peer)
    }

    /// Whether somebody who showed these certificates may hand on questions.
    pub(crate) fn is_front(&self, chain: &[Box<[u8]>]) -> bool {
        let front = self.0.front.load();
        let Some(front) = front.as_deref() else { return false };
        let name = front.authorities.common_name(chain);
        name.is_some_and(|name| front.names.is_empty() || front.names.contains(&name))
    }

    /// Takes in what a node reports; the answer to it. `port` is where controllers are told.
    pub(crate) fn take(&self, body: &[u8], peer: IpAddr, port: u16) -> Result<Vec<u8>, NotTaken> {
        let directory = self.0.directory.load_full();
        if !directory.is_node(peer) {
            return Err(NotTaken::Stranger);
        }
        let report: Report = serde_json::from_slice(body)?;
        let before = self.window(|window| window.take(&report, &directory, now()))?;
        let controllers = directory.controllers().map(|ip| match ip {
            IpAddr::V4(ip) => format!("http://{ip}:{port}").into(),
            IpAddr::V6(ip) => format!("http://[{ip}]:{port}").into(),
        });
        let receipt = Receipt { before, controllers: controllers.collect() };
        serde_json::to_vec(&receipt).map_err(NotTaken::Answer)
    }

    /// Answers a question of the aggregated API.
    pub(crate) fn answer(&self, asked: &Asked<'_>) -> Answer {
        let directory = self.0.directory.load_full();
        self.window(|window| answer(asked, window, &directory, now()))
    }

    /// Who talks to whom, for people.
    pub(crate) fn traffic(&self, look: &Look) -> Value {
        self.window(|window| api::traffic(window, now(), look))
    }

    fn window<T>(&self, what: impl FnOnce(&mut Window) -> T) -> T {
        // A report is taken in whole or not, so a panic elsewhere does not spoil it.
        what(&mut self.0.window.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

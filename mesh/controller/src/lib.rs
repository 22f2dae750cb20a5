//! The controller of the mesh: watches a cluster, keeps its shadow services, and tells nodes what to route.
//!
//! A provider like others ([`ready`]), so a controller is a gateway whose own routing is the way to its service
//! `mesh@internal` ([`Service`]). What a cluster means is made by `mesh/topology`; this crate reads and writes the
//! cluster and shows the outcome. What nodes count it keeps for a while (`figures`), and shows it through the API
//! server (`aggregated`). People see all of it on `pages`, which ask what `view` makes of it. Must not know the engine.

mod aggregated;
mod cluster;
mod figures;
mod keep;
mod options;
mod pages;
mod resolver;
mod served;
mod shown;
mod view;
mod wiring;

use std::sync::Arc;

use windrose_config::{DynamicConfig, Problem, Source, Tree};
use windrose_provider_kubernetes::watch::Watches;
use windrose_providers_core::{Provider, Ready, Seen};

pub use options::Options;

pub use resolver::{ResolverError, resolve};
pub use served::{IsRunning, Service};
pub use shown::Shown;
pub use wiring::{Order, WiringError, cleanup, prepare};

use keep::Controller;

/// The name that qualifies what the controller declares for itself.
pub const MESH_CONTROLLER: &str = "meshController";

/// Reads the options under `providers.meshController`; what the mesh is made of is put into `shown`.
///
/// # Errors
///
/// What is wrong with them.
pub fn ready(options: &Tree, source: &Arc<Source>, shown: &Shown) -> Result<Vec<Ready>, Vec<Problem>> {
    let options = Arc::new(Options::decode(options, source)?);
    let watches = Arc::new(Watches::new(options.order.reach.clone(), cluster::wanted(options.secrets)));
    let shown = shown.clone();
    let make = move || -> Box<dyn Provider> {
        Box::new(Controller::new(Arc::clone(&options), Arc::clone(&watches), shown.clone()))
    };
    // What a cluster makes of the mesh is for nodes; the controller's own routing is always the same.
    let look = || async {
        Ok(Seen {
            config: DynamicConfig::default(),
            words: "the mesh of a cluster, which is made when the controller runs".to_owned(),
        })
    };
    Ok(vec![Ready::new(MESH_CONTROLLER, make, look)])
}

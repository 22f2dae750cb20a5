//! The ZooKeeper provider: routing in the nodes of a ZooKeeper, followed by watches.
//!
//! The protocol is spoken here ([`jute`]): six kinds of packets need no client of others. Must not know the engine.

mod jute;
pub mod options;
mod session;
mod source;

use std::sync::Arc;

use windrose_config::{Problem, Source, Tree};
use windrose_providers_core::{Followed, Ready};

pub use options::Options;

/// The name that qualifies what it declares.
pub const ZOOKEEPER: &str = "zookeeper";

/// Reads the options under `providers.zooKeeper`.
///
/// # Errors
///
/// What is wrong with them.
pub fn ready(options: &Tree, place: &Arc<Source>) -> Result<Vec<Ready>, Vec<Problem>> {
    let options = Options::decode(options, place)?;
    let reach = Arc::new(move || source::reach(options.clone()));
    Ok(vec![Followed { name: ZOOKEEPER.into(), things: ("node", "nodes"), reach }.ready()])
}

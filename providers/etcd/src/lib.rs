//! The etcd provider: routing in the keys of an etcd, followed by a watch.
//!
//! etcd is asked in JSON over HTTP/1.1 (its gateway, which every server of 3.4 and later offers on the port of its clients):
//! that gives all options, and a second stack of HTTP/2 for gRPC would give nothing more. Must not know the engine.

mod api;
pub mod options;
mod source;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use windrose_config::{Problem, Source, Tree};
use windrose_providers_core::{Followed, Ready};

pub use options::Options;

/// The name that qualifies what it declares.
pub const ETCD: &str = "etcd";

/// Reads the options under `providers.etcd`.
///
/// # Errors
///
/// What is wrong with them.
pub fn ready(options: &Tree, place: &Arc<Source>) -> Result<Vec<Ready>, Vec<Problem>> {
    let options = Options::decode(options, place)?;
    let reach = Arc::new(move || source::reach(options.clone()));
    Ok(vec![Followed { name: ETCD.into(), things: ("key", "keys"), reach }.ready()])
}

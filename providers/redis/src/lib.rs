//! The Redis provider: routing in the keys of a Redis, followed by its notices of changes.
//!
//! The protocol is spoken here ([`resp`]): a handful of commands need no client of others. One connection lists keys, another
//! one listens. Must not know the engine.

mod client;
pub mod options;
mod sentinel;
mod source;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use windrose_config::{Problem, Source, Tree};
use windrose_providers_core::{Followed, Ready};

pub use options::Options;

/// The name that qualifies what it declares.
pub const REDIS: &str = "redis";

/// Reads the options under `providers.redis`.
///
/// # Errors
///
/// What is wrong with them.
pub fn ready(options: &Tree, place: &Arc<Source>) -> Result<Vec<Ready>, Vec<Problem>> {
    let options = Options::decode(options, place)?;
    let reach = Arc::new(move || source::reach(options.clone()));
    Ok(vec![Followed { name: REDIS.into(), things: ("key", "keys"), reach }.ready()])
}

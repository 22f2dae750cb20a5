//! Keys of Consul's store.

pub mod options;
mod source;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use windrose_config::{Problem, Source, Tree};
use windrose_providers_core::{Followed, Ready};

pub use options::Options;

use crate::{CONSUL, named};

/// Reads the options under `providers.consul`.
///
/// # Errors
///
/// What is wrong with them.
pub fn ready(options: &Tree, place: &Arc<Source>) -> Result<Vec<Ready>, Vec<Problem>> {
    let options = Options::decode(options, place)?;
    let each = named(CONSUL, &options.namespaces).into_iter().map(|(name, namespace)| {
        let (options, own) = (options.clone(), name.clone());
        let reach = Arc::new(move || source::reach(options.clone(), own.clone(), namespace.clone()));
        Followed { name: name.into(), things: ("key", "keys"), reach }.ready()
    });
    Ok(each.collect())
}

//! Services of Consul's catalog.

mod connect;
mod declare;
mod instance;
pub mod options;
mod source;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use windrose_config::{Problem, Source, Tree};
use windrose_providers_core::{Followed, Ready};

pub use options::Options;

use crate::{CATALOG, named};

/// Reads the options under `providers.consulCatalog`.
///
/// # Errors
///
/// What is wrong with them.
pub fn ready(options: &Tree, place: &Arc<Source>) -> Result<Vec<Ready>, Vec<Problem>> {
    let options = Options::decode(options, place, &|name| std::env::var(name).ok())?;
    let each = named(CATALOG, &options.namespaces).into_iter().map(|(name, namespace)| {
        let options = options.clone();
        let reach = Arc::new(move || source::reach(options.clone(), namespace.clone()));
        let things = ("service instance of Consul", "service instances of Consul");
        Followed { name: name.into(), things, reach }.ready()
    });
    Ok(each.collect())
}

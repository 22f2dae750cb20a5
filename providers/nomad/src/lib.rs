//! The Nomad provider: routing from the tags of services that are registered with Nomad itself.
//!
//! Nomad's HTTP API is asked; changes are seen by looking again, or as its stream of events tells of them. Must not know the
//! engine.

mod api;
mod declare;
pub mod options;
mod source;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use windrose_config::{Problem, Source, Tree};
use windrose_providers_core::{Followed, Ready};

pub use options::Options;

/// The name that qualifies what it declares; each namespace has one of its own, with its name behind a dash.
pub const NOMAD: &str = "nomad";

/// Reads the options under `providers.nomad`.
///
/// # Errors
///
/// What is wrong with them.
pub fn ready(options: &Tree, place: &Arc<Source>) -> Result<Vec<Ready>, Vec<Problem>> {
    let options = Options::decode(options, place, &|name| std::env::var(name).ok())?;
    let each: Vec<(String, Option<Arc<str>>)> = match options.namespaces.is_empty() {
        true => vec![(NOMAD.to_owned(), None)],
        false => options
            .namespaces
            .iter()
            .map(|namespace| (format!("{NOMAD}-{namespace}"), Some(Arc::clone(namespace))))
            .collect(),
    };
    let ready = each.into_iter().map(|(name, namespace)| {
        let options = options.clone();
        let reach = Arc::new(move || source::reach(options.clone(), namespace.clone()));
        let things = ("service instance of Nomad", "service instances of Nomad");
        Followed { name: name.into(), things, reach }.ready()
    });
    Ok(ready.collect())
}

//! The providers that ask Consul: keys of its store (`consul`) and services of its catalog (`consulCatalog`).
//!
//! Both ask its HTTP API ([`api`]) and wait for changes with blocking questions. Must not know the engine.

mod api;
pub mod catalog;
pub mod kv;

pub use catalog::ready as ready_catalog;
pub use kv::ready as ready_kv;

/// The name that qualifies what keys declare; each namespace has one of its own, with its name behind a dash.
pub const CONSUL: &str = "consul";
/// The name that qualifies what services declare; each namespace has one of its own, with its name behind a dash.
pub const CATALOG: &str = "consulcatalog";

/// A qualifying name for each namespace.
fn named(name: &str, namespaces: &[std::sync::Arc<str>]) -> Vec<(String, Option<std::sync::Arc<str>>)> {
    if namespaces.is_empty() {
        return vec![(name.to_owned(), None)];
    }
    namespaces
        .iter()
        .map(|namespace| (format!("{name}-{namespace}"), Some(std::sync::Arc::clone(namespace))))
        .collect()
}

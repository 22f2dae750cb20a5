//! The places that certificates of resolvers may be kept in.

use std::sync::Arc;

use windrose_acme::storage::{self, Store, StoreError};

/// Opens what `storage` names. Nothing is touched before something is asked of it.
///
/// # Errors
///
/// It names a place of a kind that is not there, or names it wrongly.
pub fn storage(name: &str) -> Result<Arc<dyn Store>, StoreError> {
    #[cfg(feature = "kubernetes")]
    if let Some(place) = windrose_acme_cluster::Place::read(name) {
        let place = place.map_err(|error| StoreError::Place(error.to_string()))?;
        return Ok(Arc::new(windrose_acme_cluster::Secrets::new(place)));
    }
    if let Some((scheme, _)) = name.split_once("://") {
        return Err(StoreError::Place(format!("storage {name:?}: nothing is kept in {scheme} here")));
    }
    storage::file(name)
}

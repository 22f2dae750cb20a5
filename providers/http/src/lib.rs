//! The HTTP provider: asks a URL for a routing file, again and again.
//!
//! The answer is YAML or JSON in the form of a routing file. One that did not change costs nothing; one that is no answer or
//! no document leaves in force what was there before. Must not know the engine.

pub mod options;
mod source;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use windrose_config::{Problem, Source as Place, Tree};
use windrose_providers_core::{Followed, Ready};

pub use options::Options;

/// The name that qualifies what it declares.
pub const HTTP: &str = "http";

/// Reads the options under `providers.http`.
///
/// # Errors
///
/// What is wrong with them.
pub fn ready(options: &Tree, place: &Arc<Place>) -> Result<Vec<Ready>, Vec<Problem>> {
    let options = Options::decode(options, place)?;
    let reach = Arc::new(move || source::reach(options.clone()));
    Ok(vec![
        Followed { name: HTTP.into(), things: ("routing file of a URL", "routing files of a URL"), reach }
            .ready(),
    ])
}

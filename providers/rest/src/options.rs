//! The options under `providers.rest`.

use std::sync::Arc;

use serde::Deserialize;
use windrose_config::{Problem, Shape, Source, Tree, decode};

/// Who may say what the routing is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// Whether everybody who reaches entry point `traefik` may. The router for that is one of the gateway's own.
    pub insecure: bool,
}

impl Options {
    /// What may be written.
    #[must_use]
    pub fn shape() -> Shape {
        Shape::of::<Self>()
    }

    /// Reads the options as they stand under `providers.rest`.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    pub fn decode(options: &Tree, source: &Arc<Source>) -> Result<Self, Vec<Problem>> {
        decode(options, source)
    }
}

//! Every form that configuration is written in, each turned into a [`Tree`].
//!
//! Documents: [`yaml`], [`toml`], [`json`]. Flat lists of names and values: [`flags`], [`environment`],
//! [`labels`], keys of a [`store`].
//! Must not know any option, only forms. Invariant: every value of a tree carries the mark of where it was written.

pub mod environment;
pub mod flags;
mod flat;
pub mod json;
mod keys;
pub mod labels;
pub mod store;
#[cfg(test)]
mod tests;
pub mod toml;
pub mod yaml;

use std::sync::Arc;

use crate::origin::Source;
use crate::problem::Problem;
use crate::tree::Tree;

/// The form of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// YAML 1.2, with the habits of Go's decoder.
    Yaml,
    /// TOML.
    Toml,
    /// JSON.
    Json,
}

impl Format {
    /// The form that the end of a file name promises.
    #[must_use]
    pub fn of_file(path: &str) -> Option<Self> {
        let (_, extension) = path.rsplit_once('.')?;
        match extension.to_ascii_lowercase().as_str() {
            "yaml" | "yml" => Some(Self::Yaml),
            "toml" => Some(Self::Toml),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// Reads a document.
///
/// # Errors
///
/// The first thing that makes the text no document of this form.
pub fn parse(format: Format, text: &str, source: &Arc<Source>) -> Result<Tree, Problem> {
    match format {
        Format::Yaml => yaml::parse(text, source),
        Format::Toml => toml::parse(text, source),
        Format::Json => json::parse(text, source),
    }
}

/// Tables and lists inside each other deeper than this are refused: no configuration needs them.
const DEEPEST: usize = 100;

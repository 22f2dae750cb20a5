//! The options under `providers.file`.

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use windrose_config::{Problem, Shape, Source, Tree, decode};

/// What to read, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The file or directory.
    pub target: Target,
    /// Whether to follow changes.
    pub watch: Watch,
    /// Whether rendered templates go to the debug log.
    pub rendered: Rendered,
}

/// Where the configuration is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// One file.
    File(PathBuf),
    /// Every `.toml`, `.yaml` and `.yml` file below a directory.
    Directory(PathBuf),
}

/// Whether changes are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    /// As soon as they happen.
    Changes,
    /// Only when a reload is asked for.
    Never,
}

/// What happens to the text that a template renders to, besides being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rendered {
    /// It is written to the log at debug level.
    Logged,
    /// Nothing.
    Silent,
}

impl Options {
    /// What may be written.
    #[must_use]
    pub fn shape() -> Shape {
        Shape::of::<Written>()
    }

    /// Reads the options as they stand under `providers.file`.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    pub fn decode(options: &Tree, source: &Arc<Source>) -> Result<Self, Vec<Problem>> {
        let written: Written = decode(options, source)?;
        let target = match (written.filename, written.directory) {
            (Some(file), None) => Target::File(file.into()),
            (None, Some(directory)) => Target::Directory(directory.into()),
            (Some(_), Some(_)) => {
                let message = "the file provider reads a filename or a directory, remove one of them";
                return Err(vec![Problem::error(message).at(source, options.mark)]);
            }
            (None, None) => {
                let message = "the file provider has nothing to read, set filename or directory";
                return Err(vec![Problem::error(message).at(source, options.mark)]);
            }
        };
        Ok(Self {
            target,
            watch: if written.watch { Watch::Changes } else { Watch::Never },
            rendered: if written.debug_log_generated_template { Rendered::Logged } else { Rendered::Silent },
        })
    }
}

impl Target {
    /// The path as written.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::File(path) | Self::Directory(path) => path,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Written {
    #[serde(deserialize_with = "not_empty")]
    filename: Option<String>,
    #[serde(deserialize_with = "not_empty")]
    directory: Option<String>,
    watch: bool,
    debug_log_generated_template: bool,
}

impl Default for Written {
    fn default() -> Self {
        Self { filename: None, directory: None, watch: true, debug_log_generated_template: false }
    }
}

/// An empty path is as good as none.
fn not_empty<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|path| !path.is_empty()))
}

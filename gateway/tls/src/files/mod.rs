//! Values that are either a path or the content itself.
//!
//! Reading goes through [`Files`], so that compilation opens nothing by itself and tests pass a map. Invariant:
//! inline content never appears in a message, for it may be a private key.

use std::io;
use std::sync::Arc;

use windrose_config::redact::FileOrContent;

/// Where files come from.
pub trait Files {
    /// The whole file at `path`.
    ///
    /// # Errors
    /// Whatever the underlying read reports; `NotFound` when there is no such file.
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;
}

impl<F: Fn(&str) -> io::Result<Vec<u8>>> Files for F {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        self(path)
    }
}

/// A file named by the configuration could not be read.
#[derive(Debug, Clone, thiserror::Error)]
#[error("cannot read {path:?}; give the path of a readable file, or the PEM text itself")]
pub struct ReadError {
    /// The path as written.
    pub path: String,
    /// What the system said.
    #[source]
    pub source: Arc<io::Error>,
}

/// The bytes behind a written value: itself when it cannot be a path, else those of the file it names.
///
/// # Errors
/// The file cannot be read.
pub fn file_or_content(files: &dyn Files, written: &FileOrContent) -> Result<Vec<u8>, ReadError> {
    let text = written.as_written();
    if written.is_content() {
        return Ok(text.as_bytes().to_vec());
    }
    files.read(text).map_err(|source| ReadError { path: text.to_string(), source: Arc::new(source) })
}

#[cfg(test)]
mod tests;

//! The last version in a file.
//!
//! Invariant: the file holds a whole version or is not there; a new one takes the place of the old in one step.

use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde_json::Value;

/// What the file holds; nothing when there is none.
///
/// # Errors
///
/// It cannot be read, or holds something else.
pub(crate) fn read(path: &str) -> io::Result<Option<Value>> {
    let bytes = match windrose_sys::read_file(Path::new(path), LARGEST) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    serde_json::from_slice(&bytes).map(Some).map_err(io::Error::other)
}

/// Puts a version into the file.
///
/// # Errors
///
/// It cannot be written.
pub(crate) fn write(path: &str, version: &Value) -> io::Result<()> {
    let text = serde_json::to_vec(version).map_err(io::Error::other)?;
    let new = format!("{path}.new");
    let replaced = put(&new, &text).and_then(|()| std::fs::rename(&new, path));
    if replaced.is_err() {
        // It may never have been there.
        let _ = std::fs::remove_file(&new);
    }
    replaced
}

/// There may be secrets in it, so it is nobody else's.
fn put(path: &str, text: &[u8]) -> io::Result<()> {
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text)
}

/// As much as is read of a version.
const LARGEST: u64 = 256 << 20;

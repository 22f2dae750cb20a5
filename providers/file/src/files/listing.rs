//! The configuration files below a directory, in the order of their names.

use std::cmp::Ordering;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::watch::Watch;

/// Whether the extension is one we read.
pub(crate) fn is_configuration(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        ["toml", "yaml", "yml"].iter().any(|known| extension.eq_ignore_ascii_case(known))
    })
}

/// Lists the files; directories are shown to `watch` before they are read.
///
/// Linked files are followed, linked directories are not. Names that start with two dots belong to Kubernetes, whose
/// volumes show the same files a second time.
pub(super) fn list(directory: &Path, watch: &mut Option<&mut Watch>) -> io::Result<Vec<PathBuf>> {
    if let Some(watch) = watch {
        watch.root(directory)?;
    }
    let mut files = Vec::new();
    collect(directory, watch, &mut files)?;
    files.sort_unstable_by(|left, right| order(left, right));
    Ok(files)
}

/// The order of merging: names within a directory are compared, not whole paths.
pub(super) fn order(left: &Path, right: &Path) -> Ordering {
    left.components().cmp(right.components())
}

fn collect(directory: &Path, watch: &mut Option<&mut Watch>, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_name().as_encoded_bytes().starts_with(b"..") {
            continue;
        }
        if !entry.file_type()?.is_dir() {
            if is_configuration(&path) {
                files.push(path);
            }
            continue;
        }
        if let Some(watch) = watch {
            watch.directory(&path);
        }
        match collect(&path, watch, files) {
            // Gone since it was listed.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            other => other?,
        }
    }
    Ok(())
}

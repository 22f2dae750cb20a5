//! The report on how the code feels to read: sizes, comments, habits.
//!
//! Numbers are aims and not walls: each row says what was found, what we aim at, and names the
//! places to look at again. It never fails on what it finds.

use std::fs;
use std::path::{Path, PathBuf};

mod circles;
mod imports;
mod measure;
mod report;
mod source;

use measure::{File, Purpose};

/// Measures every Rust file of the workspace.
pub(crate) fn run(root: &Path) -> Result<String, String> {
    let mut paths = Vec::new();
    collect(root, &mut paths)?;
    paths.sort();
    let mut files: Vec<File> = paths
        .iter()
        .map(|path| {
            let text = fs::read_to_string(path)
                .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
            let shown = path.strip_prefix(root).unwrap_or(path).to_string_lossy();
            Ok(File::measure(&shown, &text))
        })
        .collect::<Result<_, String>>()?;
    mark_tests(&mut files);
    Ok(report::report(&files))
}

/// Files of modules that only tests compile are tests, whatever they are called.
fn mark_tests(files: &mut [File]) {
    let modules: Vec<String> = files.iter().flat_map(|file| file.test_modules.clone()).collect();
    for file in files {
        if modules.iter().any(|module| file.belongs_to(module)) {
            file.purpose = Purpose::Test;
        }
    }
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), String> {
    let entries =
        fs::read_dir(folder).map_err(|error| format!("cannot list {}: {error}", folder.display()))?;
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            collect(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;

//! Files are opened for reading in one place, which asks first what they are.

use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn product_code_reads_files_through_one_function() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is in the workspace");
    let mut sources = Vec::new();
    for folder in ["gateway", "mesh", "providers"] {
        for name in fs::read_dir(root.join(folder)).expect("a folder of crates") {
            collect(&name.expect("an entry").path().join("src"), &mut sources);
        }
    }
    assert!(sources.len() > 200, "only {} sources were found", sources.len());
    let own = root.join("gateway/sys/src/file");
    let mut found = Vec::new();
    for path in sources.iter().filter(|path| !path.starts_with(&own)) {
        let text = fs::read_to_string(path).expect("a source");
        let product = text.lines().enumerate().take_while(|(_, line)| !line.contains("mod tests {"));
        found.extend(
            product
                .filter(|(_, line)| WAYS.iter().any(|way| line.contains(way)))
                .map(|(number, line)| format!("{}:{}: {}", path.display(), number + 1, line.trim())),
        );
    }
    assert!(found.is_empty(), "read these with windrose_sys::read_file:\n{}", found.join("\n"));
}

/// Rust sources that are no tests.
fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if ["tests", "tests.rs", "testing"].contains(&name) {
            continue;
        }
        if path.is_dir() {
            collect(&path, into);
        } else if name.ends_with(".rs") {
            into.push(path);
        }
    }
}

/// The ways in which the standard library and tokio open a file to read it.
const WAYS: &[&str] =
    &["fs::read(", "fs::read_to_string(", "File::open(", "OpenOptions::new().read(", "fs::File"];

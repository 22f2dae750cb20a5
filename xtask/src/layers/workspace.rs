//! The crates of the workspace as `cargo` sees them.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// A crate of ours and what its manifest asks for.
#[derive(Debug, Default)]
pub(super) struct Crate {
    pub(super) name: String,
    /// What the product links: dependencies and build dependencies.
    pub(super) imports: Vec<Import>,
    /// What only its own tests link.
    pub(super) test_imports: Vec<Import>,
    pub(super) lints: Lints,
}

/// One dependency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Import {
    pub(super) name: String,
    pub(super) origin: Origin,
}

/// Whose crate it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Ours,
    Library,
}

/// Where the lints of a crate come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Lints {
    Workspace,
    #[default]
    Own,
}

pub(super) fn read(root: &Path) -> Result<Vec<Crate>, String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root)
        .output()
        .map_err(|error| format!("cannot run cargo metadata: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let metadata: Value =
        serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))?;
    let packages =
        metadata.get("packages").and_then(Value::as_array).ok_or("cargo metadata has no packages")?;
    let ours: BTreeSet<&str> = packages.iter().filter_map(|package| text(package, "name")).collect();
    packages.iter().map(|package| read_crate(package, &ours)).collect()
}

fn read_crate(package: &Value, ours: &BTreeSet<&str>) -> Result<Crate, String> {
    let name = text(package, "name").ok_or("cargo metadata has a package without a name")?;
    let manifest = text(package, "manifest_path").ok_or_else(|| format!("{name} has no manifest"))?;
    let mut found = Crate { name: name.to_owned(), lints: read_lints(manifest)?, ..Crate::default() };
    for dependency in package.get("dependencies").and_then(Value::as_array).into_iter().flatten() {
        let Some(name) = text(dependency, "name") else { continue };
        let origin = if ours.contains(name) { Origin::Ours } else { Origin::Library };
        let import = Import { name: name.to_owned(), origin };
        match text(dependency, "kind") {
            Some("dev") => found.test_imports.push(import),
            _ => found.imports.push(import),
        }
    }
    Ok(found)
}

fn read_lints(manifest: &str) -> Result<Lints, String> {
    let text = fs::read_to_string(manifest).map_err(|error| format!("cannot read {manifest}: {error}"))?;
    let toml: toml::Table = text.parse().map_err(|error| format!("{manifest}: {error}"))?;
    let inherits = toml.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
    Ok(if inherits == Some(true) { Lints::Workspace } else { Lints::Own })
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

//! The check that crates import only what the architecture allows.
//!
//! The law is `xtask/layers.toml`; the facts come from `cargo metadata` and the manifests. Judging
//! one by the other is pure, so that tests can do it with crates that do not exist.

use std::fs;
use std::path::Path;

mod judge;
mod table;
mod workspace;

use table::Table;

/// Fails with one line per edge or manifest that is not allowed.
pub(crate) fn run(root: &Path) -> Result<String, String> {
    let path = root.join("xtask/layers.toml");
    let text =
        fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let table = Table::parse(&text)?;
    let crates = workspace::read(root)?;
    let complaints = judge::judge(&table, &crates);
    if complaints.is_empty() {
        let chain = judge::longest_chain(&crates);
        return Ok(format!(
            "layers: {} crates in order; longest chain {}: {}",
            crates.len(),
            chain.len(),
            chain.join(" -> ")
        ));
    }
    Err(format!("layers: {} complaints\n  {}", complaints.len(), complaints.join("\n  ")))
}

#[cfg(test)]
mod tests;

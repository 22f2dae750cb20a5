//! What a file names of other modules of its crate.
//!
//! Read from the text: `use` trees and paths that begin with `crate` or `super`. What a module re-exports counts as
//! named where it is defined, so that a circle does not hide behind a re-export.

use super::source::Line;

/// A path as it is written, in pieces.
pub(super) type Path = Vec<String>;

/// What one file says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Imports {
    /// Paths into its crate.
    pub(super) named: Vec<Path>,
    /// What it re-exports, by the last piece; the path is relative to the file's module unless it begins with `crate`.
    pub(super) exported: Vec<Path>,
}

impl Imports {
    pub(super) fn read<'l>(lines: impl Iterator<Item = &'l Line>) -> Self {
        let code: String = lines.flat_map(|line| [line.code.as_str(), "\n"]).collect();
        let mut imports = Self::default();
        let mut rest = String::new();
        let mut left = code.as_str();
        while let Some((before, is_public, after)) = next_use(left) {
            rest.push_str(before);
            let (tree, behind) = after.split_once(';').unwrap_or((after, ""));
            for path in expand(tree) {
                if is_public {
                    imports.exported.push(path.clone());
                }
                if matches!(path.first().map(String::as_str), Some("crate" | "super" | "self")) {
                    imports.named.push(path);
                }
            }
            left = behind;
        }
        rest.push_str(left);
        imports.named.extend(inline(&rest));
        imports
    }
}

/// The next `use`: what is before it, whether it is public, and its tree with all that follows.
fn next_use(code: &str) -> Option<(&str, bool, &str)> {
    let mut from = 0;
    loop {
        let at = from + code.get(from..)?.find("use ")?;
        let (before, after) = (code.get(..at)?, code.get(at + 4..)?);
        let line = before.rsplit('\n').next().unwrap_or_default().trim();
        if line.is_empty() || line.starts_with("pub") {
            return Some((before, line.starts_with("pub"), after));
        }
        from = at + 4;
    }
}

/// All paths of a `use` tree.
fn expand(tree: &str) -> Vec<Path> {
    let tree = tree.trim();
    let Some((head, inner)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        let pieces = path.split("::").map(|piece| piece.trim().to_owned());
        return vec![
            pieces.filter(|piece| !piece.is_empty() && piece != "self" || path.starts_with("self")).collect(),
        ];
    };
    let head: Path =
        head.split("::").map(|piece| piece.trim().to_owned()).filter(|piece| !piece.is_empty()).collect();
    let inner = inner.rsplit_once('}').map_or(inner, |(inner, _)| inner);
    let branches = branches(inner).into_iter().flat_map(expand);
    branches.map(|branch| head.iter().cloned().chain(branch).collect()).collect()
}

/// The branches of a tree, cut at commas outside of braces.
fn branches(inner: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0_usize, 0, Vec::new());
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                found.extend(inner.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    found.extend(inner.get(start..));
    found.retain(|branch| !branch.trim().is_empty());
    found
}

/// Paths that begin with `crate::` or `super::` outside of `use`.
fn inline(code: &str) -> Vec<Path> {
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let words = code.split(|c: char| !is_path(c)).filter(|word| {
        (word.starts_with("crate::") || word.starts_with("super::")) && !word.ends_with("crate::")
    });
    let pieces = |word: &str| word.split("::").filter(|piece| !piece.is_empty()).map(str::to_owned).collect();
    words.map(pieces).collect()
}

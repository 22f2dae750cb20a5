//! Modules that need each other.
//!
//! Compared are modules of the same folder: that a module and the one it is part of know each other is how it should be.

use std::collections::{BTreeMap, BTreeSet};

use super::imports::Imports;
use super::measure::{File, Purpose};

/// The modules of one crate, by path, without the names of files.
struct Crate<'f> {
    modules: BTreeMap<Vec<&'f str>, &'f Imports>,
}

/// All circles: the folder, and the modules in it that need each other.
pub(super) fn circles(files: &[File]) -> Vec<String> {
    let mut crates: BTreeMap<&str, Crate<'_>> = BTreeMap::new();
    for file in files.iter().filter(|file| file.purpose == Purpose::Product) {
        let Some((name, path)) = file.path.split_once("/src/") else { continue };
        let path = path.trim_end_matches(".rs").trim_end_matches("/mod");
        let module: Vec<&str> = match path {
            "lib" | "main" | "mod" => Vec::new(),
            path => path.split('/').collect(),
        };
        let of = crates.entry(name).or_insert_with(|| Crate { modules: BTreeMap::new() });
        of.modules.insert(module, &file.imports);
    }
    let mut found = Vec::new();
    for (name, of) in &crates {
        for (folder, edges) in of.edges() {
            for circle in strongly_connected(&edges) {
                let place: Vec<&str> = std::iter::once(*name).chain(folder.iter().copied()).collect();
                found.push(format!("{}: {}", place.join("/"), circle.join(", ")));
            }
        }
    }
    found
}

type Edges<'f> = BTreeMap<&'f str, BTreeSet<&'f str>>;

impl<'f> Crate<'f> {
    /// For each folder, which of its modules name which others.
    fn edges(&self) -> BTreeMap<Vec<&'f str>, Edges<'f>> {
        let mut all: BTreeMap<Vec<&str>, Edges<'_>> = BTreeMap::new();
        for (module, imports) in &self.modules {
            for path in &imports.named {
                let Some(target) = self.resolve(module, path) else { continue };
                let common = module.iter().zip(&target).take_while(|(a, b)| a == b).count();
                if let (Some(from), Some(to)) = (module.get(common), target.get(common)) {
                    let folder = module.get(..common).unwrap_or_default().to_vec();
                    all.entry(folder).or_default().entry(*from).or_default().insert(*to);
                }
            }
        }
        all
    }

    /// The module in which what a path means is defined.
    fn resolve(&self, from: &[&'f str], path: &'f [String]) -> Option<Vec<&'f str>> {
        let mut at = from.to_vec();
        let mut pieces = path.iter().map(String::as_str).peekable();
        while let Some(piece) = pieces.peek() {
            match *piece {
                "crate" => at.clear(),
                "super" => drop(at.pop()?),
                "self" => {}
                _ => break,
            }
            pieces.next();
        }
        for _ in 0..DEEPEST {
            let Some(piece) = pieces.next() else { break };
            let mut below = at.clone();
            below.push(piece);
            if self.modules.contains_key(&below) {
                at = below;
                continue;
            }
            let exported = self.modules.get(&at)?.exported.iter();
            let mut meant = exported.filter(|exported| exported.last().is_some_and(|last| last == piece));
            let Some(exported) = meant.next().filter(|exported| exported.len() > 1) else { break };
            let holder = exported.get(..exported.len() - 1)?;
            match self.resolve(&at, holder) {
                Some(holder) if holder != at => {
                    return self.resolve(&holder, exported.get(exported.len() - 1..)?);
                }
                _ => break,
            }
        }
        Some(at)
    }
}

/// Sets of two and more that reach each other.
fn strongly_connected<'f>(edges: &Edges<'f>) -> Vec<Vec<&'f str>> {
    let reach = |from: &'f str| {
        let (mut seen, mut left) = (BTreeSet::new(), vec![from]);
        while let Some(node) = left.pop() {
            left.extend(edges.get(node).into_iter().flatten().filter(|next| seen.insert(**next)));
        }
        seen
    };
    let reached: BTreeMap<&str, BTreeSet<&str>> = edges.keys().map(|node| (*node, reach(node))).collect();
    let mut done = BTreeSet::new();
    let mut found = Vec::new();
    for (node, reaches) in &reached {
        let is_mutual =
            |other: &&&str| **other != *node && reached.get(**other).is_some_and(|back| back.contains(node));
        let mut circle: Vec<&str> = reaches.iter().filter(is_mutual).copied().collect();
        if !circle.is_empty() && done.insert(*node) {
            done.extend(circle.iter().copied());
            circle.push(node);
            circle.sort_unstable();
            found.push(circle);
        }
    }
    found
}

/// Re-exports of re-exports end.
const DEEPEST: usize = 16;

//! Labels and tags: `traefik.http.routers.web.rule=…`, as a tree.
//!
//! Labels are read in the order of their names. Keys below the root are compared without case; the first spelling stays,
//! the last value counts. `a[0].b` is a position in a list. A name that breaks the grammar inside an object becomes a key that nobody
//! knows, so that whoever decodes the object refuses it; one that belongs to no object is a problem of the whole.

mod servers;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use super::flat::{Branch, Step};
use crate::origin::{Mark, Source};
use crate::problem::Problem;
use crate::shape::Shape;
use crate::tree::Tree;

pub use servers::{HttpServer, TcpServer, UdpServer};

/// What the labels of one thing say.
#[derive(Debug)]
pub struct Labels {
    /// The options, below the root.
    pub tree: Tree,
    /// The names of the labels, for places.
    pub source: Arc<Source>,
    /// Labels that belong to no object.
    pub problems: Vec<Problem>,
}

/// Reads the labels that begin with one of `filters`, whose first part is the root; `owner` carries them.
pub fn parse<'a>(
    owner: &str,
    labels: impl IntoIterator<Item = (&'a str, &'a str)>,
    filters: &[&str],
) -> Labels {
    let mut read: Vec<(&str, &str)> =
        labels.into_iter().filter(|(name, _)| is_wanted(name, filters)).collect();
    read.sort_unstable();
    let source = Arc::new(Source::Labels {
        owner: owner.into(),
        names: read.iter().map(|(name, _)| Box::from(*name)).collect(),
    });
    let mut problems = Vec::new();
    let mut root = Branch::default();
    let mut last: HashMap<String, usize> = HashMap::new();
    for (index, (name, _)) in read.iter().enumerate() {
        last.insert(name.to_ascii_lowercase(), index);
    }
    let mut seen: HashMap<String, ()> = HashMap::new();
    for (index, (name, _)) in read.iter().enumerate() {
        let folded = name.to_ascii_lowercase();
        let counts = last.get(&folded).copied().unwrap_or(index);
        // Of names that differ in case only, the first makes the place and the last fills it.
        if seen.insert(folded, ()).is_some() {
            continue;
        }
        let Some((_, value)) = read.get(counts) else { continue };
        let mark = Mark::new(u32::try_from(counts + 1).unwrap_or(0), 0);
        if !has_root(name, filters) {
            let root = filters.first().and_then(|filter| filter.split('.').next()).unwrap_or_default();
            let message = format!("labels begin with `{root}.`, write it so");
            problems.push(Problem::error(message).at(&source, mark));
            continue;
        }
        match steps(name) {
            Ok(path) => root.put(&path, value, mark),
            Err(message) => problems.push(Problem::error(message).at(&source, mark)),
        }
    }
    let tree = if read.is_empty() { Tree::null() } else { root.into_tree(&Shape::Open) };
    Labels { tree, source, problems }
}

/// Whether a name begins with one of the filters, in any case.
fn is_wanted(name: &str, filters: &[&str]) -> bool {
    let begins =
        |filter: &&str| name.get(..filter.len()).is_some_and(|start| start.eq_ignore_ascii_case(filter));
    filters.iter().any(begins)
}

/// The root of a name; alone of all parts it is read with its case. traefik: the same.
fn has_root(name: &str, filters: &[&str]) -> bool {
    let root = |name: &str| name.find('.').map(|dot| dot + 1);
    filters.iter().any(|filter| match root(filter) {
        Some(length) => name.get(..length) == filter.get(..length),
        None => name.starts_with(filter),
    })
}

/// The parts of a name below its root.
fn steps(name: &str) -> Result<Vec<Step<'_>>, String> {
    let below = name.split_once('.').map_or("", |(_, below)| below);
    let mut steps = Vec::new();
    let mut rest = below;
    loop {
        let (part, after) = match rest.split_once('.') {
            Some((part, after)) => (part, Some(after)),
            None => (rest, None),
        };
        match split(part) {
            Some((key, index)) => {
                steps.push(Step::Key(key));
                steps.extend(index.map(Step::Index));
            }
            // The object has a name already: it is the one that is wrong.
            None if steps.len() >= OBJECT => {
                // With the dot before it, which no key begins with.
                let start = below.len() - rest.len() - 1;
                steps.push(Step::Key(below.get(start..).unwrap_or(rest)));
                return Ok(steps);
            }
            None if part.is_empty() => {
                return Err("a part of the name is empty, write single dots between parts".to_owned());
            }
            None => {
                return Err(format!(
                    "`{part}` is no part of a name, write a position as in `domains[0].main`"
                ));
            }
        }
        let Some(after) = after.filter(|_| steps.len() < DEEPEST) else { return Ok(steps) };
        rest = after;
    }
}

/// A part with its position, if it has one; `None` for what is neither.
fn split(part: &str) -> Option<(&str, Option<&str>)> {
    if part.is_empty() || part.starts_with('[') {
        return None;
    }
    match part.strip_suffix(']') {
        Some(open) => {
            let (key, index) = open.split_once('[')?;
            let is_index = !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit());
            is_index.then_some((key, Some(index)))
        }
        None => Some((part, None)),
    }
}

/// How many parts name an object: `http`, `routers`, `web`.
const OBJECT: usize = 3;
/// Parts below this are one.
const DEEPEST: usize = 40;

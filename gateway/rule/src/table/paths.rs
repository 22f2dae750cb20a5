//! Candidates by path: sorted paths, and sorted prefixes that know the next shorter prefix of themselves.

use std::ops::Range;

use crate::matcher::path::has_prefix;

/// An entry that may answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub(super) rank: u32,
    /// Which residual matcher has to agree, or [`NONE`].
    residual: u32,
}

/// A stretch of a list.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct List {
    start: u32,
    end: u32,
}

/// All paths and prefixes of a table. Those of one host lie next to each other, in order.
#[derive(Debug, Default)]
pub(super) struct Paths {
    text: Box<str>,
    nodes: Box<[Path]>,
}

/// A path or prefix and its candidates.
#[derive(Debug, Clone, Copy)]
pub(super) struct Path {
    pub(super) text: List,
    pub(super) candidates: List,
    /// The longest prefix in the same list that is a prefix of this one, or [`NONE`].
    pub(super) parent: u32,
}

impl Candidate {
    pub(super) fn new(rank: u32, residual: u32) -> Self {
        Self { rank, residual }
    }

    pub(super) fn residual(self) -> Option<usize> {
        (self.residual != NONE).then_some(self.residual as usize)
    }
}

impl List {
    pub(super) fn new(range: Range<usize>) -> Self {
        let bound = |at: usize| u32::try_from(at).expect("lists are shorter than the memory they index");
        Self { start: bound(range.start), end: bound(range.end) }
    }

    pub(super) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The stretch of `all` that this is.
    pub(super) fn of<E>(self, all: &[E]) -> &[E] {
        all.get(self.range()).unwrap_or_default()
    }
}

impl Paths {
    pub(super) fn new(text: String, nodes: Vec<Path>) -> Self {
        Self { text: text.into(), nodes: nodes.into() }
    }

    /// The candidates of exactly `path`, among the paths `within`.
    pub(super) fn exact(&self, within: List, path: &str) -> Option<List> {
        let nodes = within.of(&self.nodes);
        let at = nodes.binary_search_by(|node| self.text_of(node).cmp(path)).ok()?;
        nodes.get(at).map(|node| node.candidates)
    }

    /// The candidates of every prefix of `path` among the prefixes `within`, longest first.
    ///
    /// Every prefix of `path` sorts before `path` and starts all that lies between the two, so the last prefix that is
    /// not after `path` has all of them as ancestors or is one of them.
    pub(super) fn prefixes<'p>(&'p self, within: List, path: &'p str) -> impl Iterator<Item = List> + 'p {
        let nodes = within.of(&self.nodes);
        let last = nodes.partition_point(|node| self.text_of(node) <= path).checked_sub(1);
        let up = |node: &&'p Path| nodes.get(node.parent as usize);
        std::iter::successors(last.and_then(|last| nodes.get(last)), up)
            .filter(|node| has_prefix(path, self.text_of(node)))
            .map(|node| node.candidates)
    }

    fn text_of(&self, node: &Path) -> &str {
        self.text.get(node.text.range()).unwrap_or_default()
    }
}

/// Stands for no residual and no parent.
pub(super) const NONE: u32 = u32::MAX;

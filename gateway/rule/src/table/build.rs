//! Builds a [`Table`].

use std::cmp::Reverse;

use super::hosts::Hosts;
use super::keys::{self, Alternative, PathKey, Verdict};
use super::paths::{Candidate, List, NONE, Path, Paths};
use super::{Answer, Bucket, Entry, Place, Table};
use crate::matcher::path::has_prefix;
use crate::rule::Matcher;
use crate::tree::{Node, Test};

/// What is gathered while entries are taken in, best first.
struct Builder {
    hosts: Hosts<Place>,
    buckets: u32,
    rows: Vec<Row>,
    /// The paths that rows ask for.
    text: String,
    residuals: Vec<Matcher>,
}

/// One candidate, where it belongs.
#[derive(Clone, Copy)]
struct Row {
    bucket: u32,
    kind: Kind,
    text: List,
    candidate: Candidate,
}

/// The lists of a bucket, in the order they are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Any,
    Exact,
    Prefix,
}

pub(super) fn build<T>(mut entries: Vec<Entry<T>>) -> Table<T> {
    entries.sort_by_key(|entry| (Reverse(entry.priority), entry.tie));
    let mut builder = Builder::new(&entries);
    let mut values = Vec::with_capacity(entries.len());
    for (rank, entry) in entries.into_iter().enumerate() {
        let rank = u32::try_from(rank).ok().filter(|rank| rank & Place::IS_RANK == 0);
        builder.add(
            rank.expect("two thousand million entries do not fit into memory"),
            entry.rule.into_matcher(),
        );
        values.push(entry.value);
    }
    builder.finish(values)
}

impl Builder {
    fn new<T>(entries: &[Entry<T>]) -> Self {
        let single = entries.iter().filter_map(|entry| match &entry.rule.matcher().0 {
            Node::Test(Test::Host(name)) => Some(name.len()),
            _ => None,
        });
        let (count, bytes) = single.fold((0, 0), |(count, bytes), length| (count + 1, bytes + length));
        Self {
            hosts: Hosts::with_capacity(count, bytes),
            buckets: 1,
            rows: Vec::new(),
            text: String::new(),
            residuals: Vec::new(),
        }
    }

    /// Takes in the rule of an entry that is worse than all before.
    fn add(&mut self, rank: u32, matcher: Matcher) {
        if let Node::Test(test) = &matcher.0
            && let Some(alternative @ Alternative { verdict: Verdict::Decided, .. }) = keys::of_test(test)
        {
            self.place(alternative, Candidate::new(rank, NONE));
            return;
        }
        let alternatives = keys::alternatives(&matcher.0);
        let residual = u32::try_from(self.residuals.len()).expect("fewer residuals than entries");
        let mut is_open = false;
        for alternative in &alternatives {
            let open = alternative.verdict == Verdict::Open;
            self.place(*alternative, Candidate::new(rank, if open { residual } else { NONE }));
            is_open |= open;
        }
        if !is_open {
            return;
        }
        let is_single = alternatives.len() == 1;
        drop(alternatives);
        let left = if is_single { keys::residual(matcher.0) } else { matcher.0 };
        self.residuals.push(Matcher(left));
    }

    /// Puts a candidate where its keys say.
    fn place(&mut self, keys: Alternative<'_>, candidate: Candidate) {
        let next = self.buckets;
        let answers_all = keys.path == PathKey::Any && keys.verdict == Verdict::Decided;
        let new = if answers_all { Place::rank(candidate.rank) } else { Place::bucket(next) };
        let mut made = false;
        let place = self.hosts.get_or_insert(keys.host, || {
            made = true;
            new
        });
        let bucket = match place.map(|place| place.answer()) {
            // Whoever answers everything for a host leaves nothing to those after.
            Some(Answer::Rank(_)) => return,
            Some(Answer::Bucket(number)) => number,
            None => 0,
        };
        if made {
            self.buckets += 1;
        }
        let (kind, path) = match keys.path {
            PathKey::Any => (Kind::Any, ""),
            PathKey::Exact(path) => (Kind::Exact, path),
            PathKey::Prefix(prefix) => (Kind::Prefix, prefix),
        };
        let start = self.text.len();
        self.text.push_str(path);
        self.rows.push(Row { bucket, kind, text: List::new(start..self.text.len()), candidate });
    }

    fn finish<T>(mut self, values: Vec<T>) -> Table<T> {
        let text = std::mem::take(&mut self.text);
        // Rows come in order of rank, which a stable sort keeps.
        self.rows.sort_by(|a, b| (a.bucket, a.kind, a.path(&text)).cmp(&(b.bucket, b.kind, b.path(&text))));

        let mut layout = Layout::default();
        let mut buckets = vec![Bucket::default(); self.buckets as usize];
        for rows in self.rows.chunk_by(|a, b| (a.bucket, a.kind) == (b.bucket, b.kind)) {
            let Some((number, kind)) = rows.first().map(|row| (row.bucket as usize, row.kind)) else {
                continue;
            };
            let Some(bucket) = buckets.get_mut(number) else {
                continue;
            };
            match kind {
                Kind::Any => bucket.any = layout.candidates(rows),
                Kind::Exact => bucket.exact = layout.paths(rows, &text, |_, _| false),
                Kind::Prefix => bucket.prefix = layout.paths(rows, &text, has_prefix),
            }
        }
        self.hosts.shrink_to_fit();
        Table {
            values: values.into(),
            hosts: self.hosts,
            buckets: buckets.into(),
            paths: Paths::new(layout.text, layout.nodes),
            candidates: layout.candidates.into(),
            residuals: self.residuals.into(),
        }
    }
}

impl Row {
    /// The path the row asks for, which is in `source`.
    fn path<'t>(&self, source: &'t str) -> &'t str {
        source.get(self.text.range()).unwrap_or_default()
    }
}

/// The final lists, as they grow.
#[derive(Default)]
struct Layout {
    text: String,
    nodes: Vec<Path>,
    candidates: Vec<Candidate>,
}

impl Layout {
    /// Lays out candidates of one list. Those after one that needs no more asking are never reached.
    fn candidates(&mut self, rows: &[Row]) -> List {
        let start = self.candidates.len();
        for row in rows {
            self.candidates.push(row.candidate);
            if row.candidate.residual().is_none() {
                break;
            }
        }
        List::new(start..self.candidates.len())
    }

    /// Lays out the paths of one list; `is_under` tells whether the first path has the second as an ancestor.
    fn paths(&mut self, rows: &[Row], source: &str, is_under: impl Fn(&str, &str) -> bool) -> List {
        let start = self.nodes.len();
        let mut above: Vec<(u32, &str)> = Vec::new();
        for (number, same) in (0..).zip(rows.chunk_by(|a, b| a.path(source) == b.path(source))) {
            let text = same.first().map_or("", |row| row.path(source));
            while above.last().is_some_and(|(_, ancestor)| !is_under(text, ancestor)) {
                above.pop();
            }
            let parent = above.last().map_or(NONE, |(number, _)| *number);
            above.push((number, text));
            let from = self.text.len();
            self.text.push_str(text);
            let candidates = self.candidates(same);
            self.nodes.push(Path { text: List::new(from..self.text.len()), candidates, parent });
        }
        List::new(start..self.nodes.len())
    }
}

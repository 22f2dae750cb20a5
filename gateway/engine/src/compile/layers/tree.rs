//! Which router is whose child. Pure: from names to links, and what is wrong with them.
//!
//! A child may have several parents. Links that close a circle are cut where it is found on the way from the routers
//! without parents down, in the order of names, so that the same configuration is always cut at the same place.

use foldhash::fast::RandomState;
use hashbrown::{HashMap, HashSet};

use super::Child;
use crate::merge::At;

/// Routers in layers.
pub(super) struct Tree {
    /// Each parent's children, by their positions among all children, in the order of names.
    pub(super) below: HashMap<At, Vec<usize>, RandomState>,
    /// Children in such an order that each comes after those below it; those that nothing leads to are last.
    pub(super) order: Vec<usize>,
    /// Those that nothing leads to.
    pub(super) unreachable: HashSet<usize, RandomState>,
    /// Those that would lead back to a router above them: the names on the way.
    pub(super) circles: HashMap<usize, String, RandomState>,
}

/// A walk from a parent down.
struct Walk<'c> {
    children: &'c [Child],
    by_place: HashMap<At, usize, RandomState>,
    below: HashMap<At, Vec<usize>, RandomState>,
    path: Vec<usize>,
    seen: HashSet<usize, RandomState>,
    order: Vec<usize>,
    circles: HashMap<usize, String, RandomState>,
}

impl Tree {
    /// `children` are sorted by name; `roots` are the parents that have none themselves, sorted by name.
    pub(super) fn new(children: &[Child], roots: &[At]) -> Self {
        let mut below: HashMap<At, Vec<usize>, RandomState> = HashMap::default();
        for (position, child) in children.iter().enumerate() {
            for parent in &child.parents {
                let siblings = below.entry(*parent).or_default();
                if !siblings.contains(&position) {
                    siblings.push(position);
                }
            }
        }
        let by_place = children.iter().enumerate().filter(|(_, child)| child.is_read);
        let mut walk = Walk {
            by_place: by_place.map(|(position, child)| (child.at, position)).collect(),
            children,
            below,
            path: Vec::new(),
            seen: HashSet::default(),
            order: Vec::new(),
            circles: HashMap::default(),
        };
        for root in roots {
            walk.down(*root);
        }
        let unreachable: HashSet<usize, RandomState> =
            (0..children.len()).filter(|position| !walk.seen.contains(position)).collect();
        let mut order = walk.order;
        order.extend((0..children.len()).filter(|position| unreachable.contains(position)));
        Self { below: walk.below, order, unreachable, circles: walk.circles }
    }
}

impl Walk<'_> {
    fn down(&mut self, parent: At) {
        let Some(siblings) = self.below.get(&parent).cloned() else { return };
        for position in siblings {
            if self.path.contains(&position) {
                self.cut(parent, position);
            } else if self.seen.insert(position) {
                self.path.push(position);
                if let Some(child) = self.children.get(position).filter(|child| child.is_read) {
                    self.down(child.at);
                }
                self.path.pop();
                self.order.push(position);
            }
        }
    }

    /// The link from `parent` leads back to a router above it.
    fn cut(&mut self, parent: At, position: usize) {
        if let Some(siblings) = self.below.get_mut(&parent) {
            siblings.retain(|sibling| *sibling != position);
        }
        let from = self.path.iter().position(|step| *step == position).unwrap_or(0);
        let steps = self.path.iter().skip(from).chain([&position]);
        let names: Vec<&str> =
            steps.filter_map(|step| self.children.get(*step)).map(|child| &*child.full).collect();
        if let Some(guilty) = self.by_place.get(&parent) {
            self.circles.insert(*guilty, names.join(" -> "));
        }
    }
}

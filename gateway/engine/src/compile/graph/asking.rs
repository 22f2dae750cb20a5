//! One object that is being made, and what it asks for.

use std::cell::{RefCell, RefMut};
use std::io;
use std::sync::Arc;

use windrose_config::dynamic_config::Name;
use windrose_tls::Files;

use super::group::Group;
use super::state::{Of, Seen, Thing};
use super::{Address, Graph, Node};
use crate::compile::Tools;
use crate::compile::problems::{Dangling, Object, Problems, kind};
use crate::merge::{Merged, qualified};

/// One object that is being made. It remembers what it was given, so that it is made again when that changes.
pub(in crate::compile) struct Asking<'a, 'g, 'm> {
    pub(in crate::compile) graph: &'a Graph<'g, 'm>,
    pub(super) node: Node,
    things: RefCell<Vec<Thing>>,
    seen: RefCell<Vec<Seen>>,
}

/// Why there is nothing to give.
pub(in crate::compile) enum Missed {
    /// The reference leads nowhere.
    Dangling(Dangling),
    /// The object would be made of itself.
    Circle(String),
    /// It is made of something that is made of something, and so on.
    Deep,
}

impl<'a, 'g, 'm> Asking<'a, 'g, 'm> {
    pub(super) fn new(graph: &'a Graph<'g, 'm>, node: Node) -> Self {
        Self { graph, node, things: RefCell::default(), seen: RefCell::default() }
    }

    /// The object that `reference` means, made now if it has to be.
    pub(in crate::compile) fn ask<G: Group>(&self, reference: &str) -> Result<Arc<G::Made>, Missed> {
        self.ask_as::<G>(reference, self.node.at.part)
    }

    /// The same as if `author` had written it.
    pub(in crate::compile) fn ask_as<G: Group>(
        &self,
        reference: &str,
        author: usize,
    ) -> Result<Arc<G::Made>, Missed> {
        let graph = self.graph;
        let merged = graph.merged();
        let made = match merged.find(reference, author, G::written) {
            Some(at) => {
                let node = Node { section: G::SECTION, at };
                if let Some(circle) = graph.circle(node) {
                    return Err(Missed::Circle(circle));
                }
                if graph.depth() >= DEEPEST {
                    return Err(Missed::Deep);
                }
                graph.make::<G>(at).ok_or(Missed::Dangling(Dangling::Broken))?
            }
            None => G::own(&graph.own(), reference, author)
                .ok_or_else(|| Missed::Dangling(Dangling::of(merged, G::SECTION, reference, author)))?,
        };
        self.note(&made);
        Ok(made)
    }

    /// The same, and what is wrong is said; nothing then.
    pub(in crate::compile) fn want<G: Group>(
        &self,
        of: Object<'_>,
        reference: &Name,
    ) -> Option<Arc<G::Made>> {
        let why = match self.ask::<G>(reference) {
            Ok(made) => return Some(made),
            Err(why) => why,
        };
        let mut problems = self.problems();
        match why {
            Missed::Dangling(why) => problems.dangling(of, G::SECTION, reference, why),
            Missed::Circle(circle) => {
                let what = kind(of.section);
                problems.error_at(of, reference, format!("{what} refers to itself: {circle}"));
            }
            Missed::Deep => problems.error_at(of, reference, deep(of.section)),
        }
        None
    }

    /// It is made of this, too.
    pub(in crate::compile) fn note<M: Send + Sync + 'static>(&self, thing: &Arc<M>) {
        let mut things = self.things.borrow_mut();
        if !things.iter().any(|known| Address::of(known) == Address::of(thing)) {
            things.push(Arc::clone(thing) as Thing);
        }
    }

    /// The name under which everybody knows what a reference means.
    pub(in crate::compile) fn qualified(&self, reference: &str) -> Arc<str> {
        qualified(reference, self.provider())
    }

    /// Who has written the object.
    pub(in crate::compile) fn provider(&self) -> &'m str {
        self.merged().parts.get(self.node.at.part).map_or("", |part| &*part.provider)
    }

    /// The place of whoever has written the object among all providers.
    pub(in crate::compile) fn author(&self) -> usize {
        self.node.at.part
    }

    pub(in crate::compile) fn merged(&self) -> &'m Merged {
        self.graph.merged()
    }

    pub(in crate::compile) fn tools(&self) -> &'m Tools {
        self.graph.tools()
    }

    /// What is to be said; not to be held while something is asked for.
    pub(in crate::compile) fn problems(&self) -> RefMut<'_, Problems<'m>> {
        self.graph.problems()
    }

    /// What it was made of.
    pub(super) fn into_of(self) -> Of {
        Of::new(self.things.into_inner(), self.seen.into_inner())
    }
}

/// Reads files and remembers how they were.
impl Files for Asking<'_, '_, '_> {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let read = self.tools().files.read(path);
        self.seen.borrow_mut().push(Seen::new(path, read.as_deref().ok()));
        read
    }
}

/// What is said of objects that are made of too many others.
pub(in crate::compile) fn deep(section: windrose_config::Section) -> String {
    format!("{}s are nested deeper than {DEEPEST}", kind(section))
}

/// Objects may be nested so deep.
const DEEPEST: usize = 100;

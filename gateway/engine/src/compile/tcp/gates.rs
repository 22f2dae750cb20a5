//! Middlewares of TCP, compiled to gates.
//!
//! A gate belongs to the router that names it, so that it counts that router's connections, and outlives reloads as
//! long as neither name nor options change. Every middleware is made once in any case, to hear what is wrong with it.

use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use windrose_config::dynamic_config::{Middleware, Name};
use windrose_config::{Section, Written};
use windrose_middleware::tcp::{Gate, build};

use crate::compile::Round;
use crate::compile::problems::{Dangling, Object};
use crate::merge::At;

/// The gates there are.
#[derive(Default)]
pub(super) struct Gates {
    /// Which middlewares can be used.
    usable: HashMap<At, bool, RandomState>,
    before: HashMap<Key, Kept, RandomState>,
    now: HashMap<Key, Kept, RandomState>,
}

/// The router, and the place of the middleware among those it names.
type Key = (Arc<str>, usize);

struct Kept {
    written: Arc<Written<Middleware>>,
    gate: Arc<dyn Gate>,
}

impl Gates {
    /// Looks at all middlewares.
    pub(super) fn begin(&mut self, round: &mut Round<'_>) {
        let merged = round.merged;
        for (part, of) in merged.numbered() {
            for (index, (name, written)) in of.config.tcp.middlewares.iter().enumerate() {
                let at = At { part, index };
                let of = Object { section: Section::TcpMiddlewares, at, name, origin: &written.origin };
                let built = build(written, &written.origin.source);
                self.usable.insert(at, built.is_ok());
                for problem in built.err().into_iter().flatten() {
                    round.problems.add(of, problem);
                }
            }
        }
    }

    /// The gates of a router, in their order; `None` after saying why one of them cannot be used.
    pub(super) fn of(
        &mut self,
        round: &mut Round<'_>,
        of: Object<'_>,
        router: &Arc<str>,
        names: &[Name],
    ) -> Option<Box<[Arc<dyn Gate>]>> {
        let mut gates = Vec::with_capacity(names.len());
        for (place, name) in names.iter().enumerate() {
            match self.find(round, name, of.at.part) {
                Ok(written) => gates.extend(self.gate((Arc::clone(router), place), written)),
                Err(why) => round.problems.dangling(of, Section::TcpMiddlewares, name, why),
            }
        }
        (gates.len() == names.len()).then(|| gates.into())
    }

    /// Ends the round.
    pub(super) fn settle(&mut self) {
        self.before = std::mem::take(&mut self.now);
        self.usable.clear();
    }

    fn find(
        &self,
        round: &Round<'_>,
        reference: &Name,
        author: usize,
    ) -> Result<Arc<Written<Middleware>>, Dangling> {
        let merged = round.merged;
        let at = merged.find(reference, author, |config| &config.tcp.middlewares);
        let at = at.ok_or_else(|| Dangling::of(merged, Section::TcpMiddlewares, reference, author))?;
        let written =
            merged.parts.get(at.part).and_then(|part| part.config.tcp.middlewares.get_index(at.index));
        let usable = self.usable.get(&at).copied().unwrap_or(false);
        written.filter(|_| usable).map(|(_, written)| Arc::clone(written)).ok_or(Dangling::Broken)
    }

    fn gate(&mut self, key: Key, written: Arc<Written<Middleware>>) -> Option<Arc<dyn Gate>> {
        let before = self.before.remove(&key).filter(|before| before.written.value == written.value);
        let gate = match before {
            Some(before) => before.gate,
            None => build(&written, &written.origin.source).ok()?,
        };
        self.now.insert(key, Kept { written, gate: Arc::clone(&gate) });
        Some(gate)
    }
}

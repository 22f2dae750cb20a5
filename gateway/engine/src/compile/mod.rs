//! From what people wrote to what traffic sees.
//!
//! A [`Compiler`] remembers what it made of every object, and makes again only what is written differently or refers
//! to something that was made again. One object that cannot be used is left out and told, with those that depend on
//! it; everything else goes on. A router that is left out keeps its place, where nobody answers. Invariant: the outcome is the same as that of a compiler without memory.
//! It starts no task and opens no socket; files are read through [`windrose_tls::Files`].

mod align;
mod chains;
mod closed;
pub mod entries;
mod graph;
mod kept;
mod layers;
mod memory;
mod middlewares;
mod nearest;
mod own;
mod placement;
mod precedence;
mod problems;
mod round;
mod routers;
pub mod routes;
mod services;
mod tcp;
mod tls;
mod transports;
mod udp;

use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use windrose_config::dynamic_config::Middleware;
use windrose_config::{DynamicConfig, Problem, Source};
use windrose_middleware::Stage;
use windrose_middleware::kind::BuildContext;
use windrose_tls::Files;
use windrose_upstream::Upstream;
use windrose_upstream::service::{Internal, Kind};

use crate::live::Live;
use crate::merge::{INTERNAL, Merged, Part, qualified};
use crate::report::Report;
use crate::snapshot::Snapshot;
use chains::Chains;
use memory::{Changes, Memory, PartChanges};
use placement::Placements;
use round::Round;

pub use tls::Served;

/// Compiles a middleware of any kind.
pub type Build = fn(&Middleware, &Arc<Source>, &BuildContext<'_>) -> Result<Stage, Vec<Problem>>;

/// What a compiler needs besides the configuration.
#[derive(Clone)]
pub struct Tools {
    /// Compiles middlewares.
    pub build: Build,
    /// The gateway's own services by name, without provider: `api`, `ping`, `noop`.
    pub services: Vec<(Arc<str>, Arc<dyn Internal>)>,
    /// What outlives a reload.
    pub live: Arc<Live>,
    /// Where certificates are read.
    pub files: Arc<dyn Files + Send + Sync>,
}

/// Makes snapshots, and remembers what it made them of.
pub struct Compiler {
    tools: Tools,
    own: HashMap<Arc<str>, Arc<Upstream>, RandomState>,
    /// What routers lead to that cannot be used.
    closed: Arc<Upstream>,
    parts: Vec<Memory>,
    chains: Chains,
    layered: layers::Memory,
    placements: Placements,
    tls: tls::Tls,
    tcp: tcp::Memory,
    udp: udp::Memory,
    last: Option<Compiled>,
    /// The generation before the first one.
    generation: u64,
    /// Configurations that were replaced: freeing them may take longer than compiling.
    replaced: Vec<Arc<DynamicConfig>>,
}

/// The outcome of a compilation. The parts that are as before are the same `Arc`s as before.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// What traffic sees.
    pub snapshot: Arc<Snapshot>,
    /// What is to be said of the objects.
    pub report: Arc<Report>,
    /// The certificates that are served.
    pub certificates: Arc<[Served]>,
}

impl Compiler {
    /// Remembers nothing yet; counts generations from the one after `generation`.
    #[must_use]
    pub fn new(tools: Tools, generation: u64) -> Self {
        let own = tools.services.iter().map(|(name, service)| {
            let name = qualified(name, INTERNAL);
            let service = Upstream { name: Arc::clone(&name), kind: Kind::Internal(Arc::clone(service)) };
            (name, Arc::new(service))
        });
        Self {
            own: own.collect(),
            closed: closed::service(),
            tools,
            parts: Vec::new(),
            chains: Chains::default(),
            layered: layers::Memory::default(),
            placements: Placements::default(),
            tls: tls::Tls::default(),
            tcp: tcp::Memory::default(),
            udp: udp::Memory::default(),
            last: None,
            generation,
            replaced: Vec::new(),
        }
    }

    /// Compiles everything that is written.
    pub fn compile(&mut self, merged: &Merged) -> Compiled {
        let tools = self.tools.clone();
        let mut round = Round::new(&tools, merged);
        let changes = self.adopt(&mut round);
        self.objects(&mut round, changes.objects);
        self.choose_default(&mut round);
        let layers = self.layers(&mut round, &changes.routers);
        let routed = self.routers(&mut round, changes.routers, &layers);
        let mut listeners = self.listeners(&mut round, routed);
        self.tcp(&mut round, &mut listeners);
        self.udp(&mut round, &mut listeners);
        let compiled = self.conclude(listeners, Report::new(merged, round.problems.take()));
        self.chains.sweep();
        self.sweep_placements();
        compiled
    }

    /// Forgets the places that no router is at any more, when that may be worth the walk.
    fn sweep_placements(&mut self) {
        if self.placements.has_grown() {
            let routers = self.parts.iter().flat_map(|part| part.routers.iter().chain(part.closed.iter()));
            self.placements.sweep(routers.map(routers::State::placement));
        }
    }

    /// The files that objects were made of: what they hold is part of what is written.
    #[must_use]
    pub fn files(&self) -> Vec<Arc<str>> {
        self.files_of_objects()
    }

    /// Frees the configurations that were replaced; worth doing when nobody waits.
    pub fn tidy(&mut self) {
        self.replaced.clear();
    }

    /// Moves what is remembered to where its objects are now.
    fn adopt(&mut self, round: &mut Round<'_>) -> Changes {
        let mut before: Vec<Memory> = std::mem::take(&mut self.parts);
        let mut changes = Changes::default();
        for part in &round.merged.parts {
            let found = before.iter().position(|memory| *memory.provider == *part.provider);
            let mut memory = found.map(|found| before.swap_remove(found)).unwrap_or_default();
            let is_new = found.is_none() || !Arc::ptr_eq(&memory.config, &part.config);
            round.is_new.push(is_new);
            if is_new {
                self.replaced.push(Arc::clone(&memory.config));
            }
            let number = self.parts.len();
            changes.push(if is_new { memory.follow(number, part, round) } else { PartChanges::default() });
            self.parts.push(memory);
        }
        for mut memory in before {
            self.replaced.push(Arc::clone(&memory.config));
            let nothing = Part { provider: Arc::clone(&memory.provider), config: Arc::default() };
            let gone = memory.follow(usize::MAX, &nothing, round);
            changes.routers.gone.extend(gone.routers_gone);
        }
        changes
    }

    fn conclude(&mut self, listeners: Box<[crate::snapshot::Listener]>, report: Report) -> Compiled {
        let last = self.last.as_ref();
        let same = last.filter(|last| {
            last.snapshot.listeners.len() == listeners.len()
                && last.snapshot.listeners.iter().zip(&listeners).all(|(was, is)| was.is_same(is))
        });
        let generation = last.map_or(self.generation, |last| last.snapshot.generation) + 1;
        let snapshot = match same {
            Some(last) => Arc::clone(&last.snapshot),
            None => Arc::new(Snapshot { generation, listeners }),
        };
        let report = match last.filter(|last| *last.report == report) {
            Some(last) => Arc::clone(&last.report),
            None => Arc::new(report),
        };
        let compiled = Compiled { snapshot, report, certificates: self.tls.served() };
        self.last = Some(compiled.clone());
        compiled
    }
}

impl std::fmt::Debug for Compiler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compiler").field("parts", &self.parts.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

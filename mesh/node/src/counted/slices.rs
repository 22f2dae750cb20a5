//! Slices of time, cut from the cells of all workers.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use windrose_mesh_topology::Subjects;
use windrose_mesh_traffic::report::{Figures, KEPT_BY_NODES, MOST_FLOWS};
use windrose_mesh_traffic::{Flow, Protocol, Slice};

use super::Totals;
use super::cells::{Cells, Counts, Key, Table};
use super::heard::bare;

/// The last few slices, and what they were cut from.
#[derive(Debug, Default)]
pub(super) struct Slices {
    kept: VecDeque<Slice>,
    /// What cells held at the last cut, and for how many cuts nothing came to them.
    before: HashMap<usize, (Arc<Cells>, Counts, u32)>,
    untold: Vec<Counts>,
    /// What names stood for before, as something may end that began under them.
    old: Arc<Subjects>,
    current: Arc<Subjects>,
    pub(super) totals: Totals,
    /// The run of the node, unlike all others.
    pub(super) run: Arc<str>,
}

/// What a flow is told apart by.
type Named = (Option<IpAddr>, Arc<str>, u16, Arc<str>, Arc<str>, Option<IpAddr>, Arc<str>, Protocol);

impl Slices {
    /// Ends a slice.
    pub(super) fn cut(&mut self, number: u64, tables: &[Arc<Table>], subjects: Arc<Subjects>) {
        if !Arc::ptr_eq(&self.current, &subjects) {
            self.old = std::mem::replace(&mut self.current, subjects);
        }
        let mut flows: BTreeMap<Named, Figures> = BTreeMap::new();
        let mut untold = Figures::default();
        for table in tables {
            for (key, cells) in table.all() {
                let figures = self.news(&cells);
                if figures.is_nothing() {
                    continue;
                }
                // What stands for nothing is a router of the node's own.
                let Some(named) = self.name(&key, &figures) else { continue };
                match flows.len() < MOST_FLOWS || flows.contains_key(&named) {
                    true => flows.entry(named).or_default().merge(&figures),
                    false => untold.merge(&figures),
                }
            }
        }
        self.forget(tables);
        self.untold.resize_with(tables.len(), Counts::default);
        for (table, before) in tables.iter().zip(&mut self.untold) {
            let now = table.untold.read();
            untold.merge(&now.since(before));
            *before = now;
        }
        for ((_, service, _, _, _, _, policy, _), figures) in &flows {
            if figures.denied > 0 {
                let key = (Arc::clone(service), Arc::clone(policy));
                *self.totals.denied.entry(key).or_default() += figures.denied;
            }
        }
        self.totals.untold += untold.success + untold.failure + untold.denied;
        let mut flows: Vec<Flow> = flows.into_iter().map(flow).collect();
        if !untold.is_nothing() {
            let nobody = (
                None,
                Arc::default(),
                0,
                Arc::default(),
                Arc::default(),
                None,
                Arc::default(),
                Protocol::Http,
            );
            flows.push(flow((nobody, untold)));
        }
        self.keep(Slice { number, flows });
    }

    pub(super) fn after(&self, last: Option<u64>) -> Vec<Slice> {
        self.kept.iter().filter(|slice| last.is_none_or(|last| slice.number > last)).cloned().collect()
    }

    pub(super) fn last(&self) -> Option<u64> {
        self.kept.back().map(|slice| slice.number)
    }

    /// What came to cells since the last cut.
    fn news(&mut self, cells: &Arc<Cells>) -> Figures {
        let (now, id) = (cells.read(), Arc::as_ptr(cells) as usize);
        let (_, before, idle) =
            self.before.entry(id).or_insert_with(|| (Arc::clone(cells), Counts::default(), 0));
        *idle = if now == *before { *idle + 1 } else { 0 };
        let figures = now.since(before);
        *before = now;
        figures
    }

    /// Has a worker leave cells that nothing comes to, and forgets them one cut later: what it was adding just then
    /// is not lost.
    fn forget(&mut self, tables: &[Arc<Table>]) {
        let before = &mut self.before;
        let is_over = |cells: &Arc<Cells>| {
            before
                .get(&(Arc::as_ptr(cells) as usize))
                .is_some_and(|(_, _, idle)| cells.is_gone() && *idle > IDLE)
        };
        tables.iter().for_each(|table| table.forget(is_over));
        before.retain(|_, (cells, _, idle)| {
            let is_over = *idle > IDLE && cells.is_gone();
            if *idle >= IDLE {
                cells.go();
            }
            !is_over
        });
    }

    fn name(&self, key: &Key, figures: &Figures) -> Option<Named> {
        let route = bare(&key.route)?;
        let found = self.current.routers.get(route).or_else(|| self.old.routers.get(route))?;
        let backend = key.server.as_ref().and_then(|(service, _)| {
            let service = bare(service)?;
            self.current.backends.get(service).or_else(|| self.old.backends.get(service)).cloned()
        });
        Some((
            Some(key.client),
            Arc::clone(&found.service),
            found.port,
            Arc::clone(&found.split),
            backend.unwrap_or_default(),
            key.server.as_ref().and_then(|(_, server)| address(server)),
            if figures.denied > 0 { Arc::clone(&found.policy) } else { Arc::default() },
            key.protocol(),
        ))
    }

    /// Keeps a slice. Where a clock was set back another run begins, so that no two slices are the same.
    fn keep(&mut self, slice: Slice) {
        if self.run.is_empty() || self.last().is_some_and(|last| slice.number <= last) {
            self.kept.clear();
            self.run = format!("{:016x}", RandomState::new().hash_one(slice.number)).into();
        }
        self.kept.push_back(slice);
        while self.kept.len() > KEPT_BY_NODES {
            self.kept.pop_front();
        }
    }
}

fn flow((named, figures): (Named, Figures)) -> Flow {
    let (client, service, port, split, backend, server, policy, protocol) = named;
    Flow { client, service, port, split, backend, server, policy, protocol, figures }
}

/// The address in a URL, or before a port.
fn address(server: &str) -> Option<IpAddr> {
    let authority = server.split_once("://").map_or(server, |(_, rest)| rest);
    let authority = authority.split('/').next().unwrap_or_default();
    let socket = authority.parse::<SocketAddr>().map(|socket| socket.ip());
    socket.or_else(|_| authority.trim_matches(['[', ']']).parse()).ok()
}

/// For how many slices cells are kept that nothing comes to.
const IDLE: u32 = 12;

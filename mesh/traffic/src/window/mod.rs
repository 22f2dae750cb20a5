//! What was reported lately.
//!
//! Addresses are given names when a report arrives, while they are still those of the pods that were meant. Invariant: a
//! slice of a run counts once, however often it comes; what is kept is bounded by the nodes there are.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use thiserror::Error;
use windrose_mesh_topology::Key;

use crate::directory::{Directory, Pod};
use crate::report::{self, Figures, KEPT_BY_NODES, MOST_FLOWS, Protocol, Report, SECONDS, slice_at};

/// Why a report is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refused {
    /// More than a node has.
    #[error("a report has {KEPT_BY_NODES} slices of {MOST_FLOWS} flows at the most")]
    TooMuch,
    /// It does not say which run of which node it is from.
    #[error("a report names the run it is from, with 64 letters and digits at the most")]
    Nameless,
    /// Slices that are still to come.
    #[error("the clock of the node is {0} seconds ahead of the controller's; set them by the same time")]
    Ahead(u64),
    /// More nodes than are told apart.
    #[error("more nodes report than there is room for")]
    Crowded,
}

/// What was reported lately. Empty at first.
#[derive(Debug, Default)]
pub struct Window {
    /// By number, then by run.
    slices: BTreeMap<u64, BTreeMap<Arc<str>, Vec<Flow>>>,
    /// The last slice of each run.
    last: BTreeMap<Arc<str>, u64>,
}

/// What passed between two ends, with their names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Flow {
    pub(crate) client: Option<Arc<Pod>>,
    pub(crate) server: Option<Arc<Pod>>,
    pub(crate) service: Option<Key>,
    pub(crate) port: u16,
    pub(crate) split: Option<Key>,
    pub(crate) backend: Option<Key>,
    pub(crate) policy: Arc<str>,
    pub(crate) protocol: Protocol,
    pub(crate) figures: Figures,
}

/// A stretch of time that is over, as far as nodes have told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// The seconds since 1970 at its end.
    pub(crate) until: u64,
    /// How many seconds it has.
    pub(crate) seconds: u64,
}

impl Window {
    /// Takes a report in, at a time in seconds since 1970; the last slice of its run that was there before.
    ///
    /// # Errors
    ///
    /// It is not one that a node of ours makes, or there is no room for it. Nothing of it is kept then.
    pub fn take(&mut self, report: &Report, directory: &Directory, now: u64) -> Result<Option<u64>, Refused> {
        let is_name = !report.run.is_empty() && report.run.len() <= 64;
        if !is_name || !report.run.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(Refused::Nameless);
        }
        let is_too_much = |slice: &report::Slice| slice.flows.len() > MOST_FLOWS + 1;
        if report.slices.len() > KEPT_BY_NODES || report.slices.iter().any(is_too_much) {
            return Err(Refused::TooMuch);
        }
        let current = slice_at(now);
        let newest = report.slices.iter().map(|slice| slice.number).max();
        if let Some(newest) = newest.filter(|newest| *newest > current + EARLY) {
            return Err(Refused::Ahead(newest.saturating_sub(current).saturating_mul(SECONDS)));
        }
        self.forget(current);
        if !self.last.contains_key(&report.run) && self.last.len() >= MOST_RUNS {
            return Err(Refused::Crowded);
        }
        for slice in report.slices.iter().filter(|slice| slice.number + KEPT >= current) {
            let runs = self.slices.entry(slice.number).or_default();
            let named = || slice.flows.iter().map(|flow| Flow::new(flow, directory)).collect();
            runs.entry(Arc::clone(&report.run)).or_insert_with(named);
        }
        let before = self.last.get(&report.run).copied();
        if let Some(last) = newest.max(before) {
            self.last.insert(Arc::clone(&report.run), last);
        }
        Ok(before)
    }

    /// Forgets what is too old to be asked for.
    fn forget(&mut self, current: u64) {
        let oldest = current.saturating_sub(KEPT);
        self.slices = self.slices.split_off(&oldest);
        self.last.retain(|_, last| *last >= oldest);
    }

    /// The stretch that is meant by so many seconds, at a time. It ends where every node has had time to tell of it, so
    /// controllers give the same answer.
    pub(crate) const fn span(seconds: u64, now: u64) -> Span {
        let until = slice_at(now.saturating_sub(GRACE)) * SECONDS;
        let slices = seconds.div_ceil(SECONDS);
        let slices = if slices == 0 { 1 } else { slices };
        let slices = if slices > KEPT - 2 { KEPT - 2 } else { slices };
        Span { until, seconds: slices * SECONDS }
    }

    /// What passed in a stretch.
    pub(crate) fn flows(&self, span: Span) -> impl Iterator<Item = &Flow> {
        let until = slice_at(span.until);
        let slices = self.slices.range(until.saturating_sub(slice_at(span.seconds))..until);
        slices.flat_map(|(_, runs)| runs.values().flatten())
    }
}

impl Flow {
    fn new(flow: &report::Flow, directory: &Directory) -> Self {
        let pod =
            |address: Option<std::net::IpAddr>| address.and_then(|address| directory.pod(address)).cloned();
        let (server, split, backend) = (pod(flow.server), key(&flow.split), key(&flow.backend));
        // A connection of TCP does not say to which backend it was given; its server may be one of only one.
        let backend = backend.or_else(|| directory.backend(split.as_ref()?, server.as_deref()?));
        Self {
            client: pod(flow.client),
            server,
            service: key(&flow.service),
            port: flow.port,
            split,
            backend,
            policy: Arc::clone(&flow.policy),
            protocol: flow.protocol,
            figures: flow.figures.clone(),
        }
    }
}

/// A name as Kubernetes writes it.
fn key(text: &str) -> Option<Key> {
    let (namespace, name) = text.split_once('/')?;
    Some(Key { namespace: namespace.into(), name: name.into() })
}

/// As many slices as are kept: five minutes.
const KEPT: u64 = 62;
/// Clocks are never quite the same.
const EARLY: u64 = 1;
/// How long after the end of a slice all nodes have told of it, in seconds.
const GRACE: u64 = 3;
/// More nodes than a cluster has.
const MOST_RUNS: usize = 10_000;

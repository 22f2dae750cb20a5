//! What one worker counts.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hashbrown::Equivalent;

use super::label::{Kind, Verb};
use super::scrape::Tables;
use super::table::Own;
use crate::settings::{Counting, Sums};

/// Whose requests are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Level {
    EntryPoint,
    Router,
    Service,
}

/// The labels of requests.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Flow {
    pub(super) level: Level,
    /// The entry point, the router or the service.
    pub(super) name: Arc<str>,
    /// The service of a router.
    pub(super) service: Option<Arc<str>>,
    pub(super) code: u16,
    pub(super) verb: Verb,
    pub(super) kind: Kind,
}

/// The labels of requests, and those that are taken from their fields.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Labelled {
    pub(super) flow: Flow,
    pub(super) labels: Box<[Box<str>]>,
}

/// The labels of requests by TLS.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Secure {
    pub(super) level: Level,
    pub(super) name: Arc<str>,
    pub(super) service: Option<Arc<str>>,
    pub(super) version: &'static str,
    pub(super) cipher: &'static str,
}

/// The label of retries.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Retried(pub(super) Arc<str>);

#[derive(Hash)]
struct FlowRef<'a> {
    level: Level,
    name: &'a str,
    service: Option<&'a str>,
    code: u16,
    verb: Verb,
    kind: Kind,
}

#[derive(Hash)]
struct LabelledRef<'a, 'l> {
    flow: &'l FlowRef<'a>,
    labels: &'l [&'a str],
}

#[derive(Hash)]
struct SecureRef<'a> {
    level: Level,
    name: &'a str,
    service: Option<&'a str>,
    version: &'static str,
    cipher: &'static str,
}

/// Requests that are with a server of a service.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Open {
    pub(super) service: Arc<str>,
    pub(super) verb: Verb,
    pub(super) kind: Kind,
}

#[derive(Hash)]
struct OpenRef<'a> {
    service: &'a str,
    verb: Verb,
    kind: Kind,
}

impl Equivalent<Open> for OpenRef<'_> {
    fn equivalent(&self, key: &Open) -> bool {
        *self.service == *key.service && (self.verb, self.kind) == (key.verb, key.kind)
    }
}

#[derive(Hash)]
struct RetriedRef<'a>(&'a str);

impl Equivalent<Flow> for FlowRef<'_> {
    fn equivalent(&self, key: &Flow) -> bool {
        *self.name == *key.name
            && self.service == key.service.as_deref()
            && (self.level, self.code, self.verb, self.kind) == (key.level, key.code, key.verb, key.kind)
    }
}

impl Equivalent<Labelled> for LabelledRef<'_, '_> {
    fn equivalent(&self, key: &Labelled) -> bool {
        self.flow.equivalent(&key.flow)
            && self.labels.iter().copied().eq(key.labels.iter().map(|label| &**label))
    }
}

impl Equivalent<Secure> for SecureRef<'_> {
    fn equivalent(&self, key: &Secure) -> bool {
        *self.name == *key.name
            && self.service == key.service.as_deref()
            && (self.level, self.version, self.cipher) == (key.level, key.version, key.cipher)
    }
}

impl Equivalent<Retried> for RetriedRef<'_> {
    fn equivalent(&self, key: &Retried) -> bool {
        *self.0 == *key.0
    }
}

/// A request that is over, or one attempt of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Passage<'a> {
    pub(crate) code: u16,
    pub(crate) verb: Verb,
    pub(crate) kind: Kind,
    pub(crate) took: Duration,
    pub(crate) received: u64,
    pub(crate) sent: u64,
    /// Version and cipher suite.
    pub(crate) tls: Option<(&'static str, &'static str)>,
    /// The values of the labels that are taken from fields.
    pub(crate) labels: &'a [&'a str],
}

/// What one worker counts.
#[derive(Debug)]
pub(crate) struct Counts {
    settings: Arc<Counting>,
    flows: Own<Flow>,
    labelled: Own<Labelled>,
    secure: Own<Secure>,
    retried: Own<Retried>,
    open: Own<Open>,
    /// Of all workers; they are rare.
    retries: Arc<AtomicU64>,
}

impl Counts {
    pub(super) fn new(settings: Arc<Counting>, tables: &Tables) -> Self {
        Self {
            settings,
            flows: tables.flows.own(),
            labelled: tables.labelled.own(),
            secure: tables.secure.own(),
            retried: tables.retried.own(),
            open: tables.open.own(),
            retries: Arc::clone(&tables.retries),
        }
    }

    /// The labels that are taken from fields, each with the name of its field.
    pub(crate) fn header_labels(&self) -> &[(Box<str>, Box<str>)] {
        &self.settings.header_labels
    }

    /// A request of an entry point is over.
    pub(crate) fn entry_point(&self, name: &Arc<str>, passage: Passage<'_>) {
        if self.settings.levels.entry_points {
            self.passed(Level::EntryPoint, name, None, passage);
        }
    }

    /// A request of a router is over.
    pub(crate) fn router(&self, name: &Arc<str>, service: &Arc<str>, passage: Passage<'_>) {
        if self.settings.levels.routers {
            self.passed(Level::Router, name, Some(service), passage);
        }
    }

    /// An attempt at a service is over.
    pub(crate) fn service(&self, name: &Arc<str>, passage: Passage<'_>) {
        if self.settings.levels.services {
            self.passed(Level::Service, name, None, passage);
        }
    }

    /// A request goes to a server of a service.
    pub(crate) fn opened(&self, service: &Arc<str>, verb: Verb, kind: Kind) {
        self.open(service, verb, kind, OPENED);
    }

    /// It is over.
    pub(crate) fn closed(&self, service: &Arc<str>, verb: Verb, kind: Kind) {
        self.open(service, verb, kind, CLOSED);
    }

    fn open(&self, service: &Arc<str>, verb: Verb, kind: Kind, cell: usize) {
        if self.settings.levels.services {
            let key = || Open { service: Arc::clone(service), verb, kind };
            let _ = self.open.add(&OpenRef { service, verb, kind }, key, |cells| cells.add(cell, 1));
        }
    }

    /// A request is sent to a service again.
    pub(crate) fn retried(&self, service: &Arc<str>) {
        self.retries.fetch_add(1, Ordering::Relaxed);
        if self.settings.levels.services {
            let _ = self.retried.add(
                &RetriedRef(service),
                || Retried(Arc::clone(service)),
                |cells| cells.add(0, 1),
            );
        }
    }

    fn passed(&self, level: Level, name: &Arc<str>, service: Option<&Arc<str>>, passage: Passage<'_>) {
        let Passage { code, verb, kind, took, received, sent, tls, labels } = passage;
        let flow = FlowRef { level, name, service: service.map(|name| &**name), code, verb, kind };
        let key = || Flow { level, name: Arc::clone(name), service: service.cloned(), code, verb, kind };
        let seconds = took.as_secs_f64();
        let bucket = self.settings.buckets.iter().position(|bound| seconds <= *bound);
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let _ = self.flows.add(&flow, key, |cells| {
            cells.add(COUNT, 1);
            cells.add(NANOS, nanos);
            cells.add(RECEIVED, received);
            cells.add(SENT, sent);
            if let Some(bucket) = bucket {
                cells.add(BUCKETS + bucket, 1);
                if self.settings.sums == Sums::OfEach {
                    cells.add(BUCKETS + self.settings.buckets.len() + bucket, nanos);
                }
            }
        });
        if !labels.is_empty() {
            self.labelled(&flow, key, labels);
        }
        if let Some((version, cipher)) = tls {
            let labels = SecureRef { level, name, service: service.map(|name| &**name), version, cipher };
            let key = || Secure { level, name: Arc::clone(name), service: service.cloned(), version, cipher };
            let _ = self.secure.add(&labels, key, |cells| cells.add(0, 1));
        }
    }

    /// Counts by the labels that are taken from fields, and under other labels where there is no room for these.
    fn labelled(&self, flow: &FlowRef<'_>, key: impl Fn() -> Flow, labels: &[&str]) {
        let own = |labels: &[&str]| labels.iter().map(|label| Box::from(*label)).collect();
        let make = || Labelled { flow: key(), labels: own(labels) };
        if self.labelled.add(&LabelledRef { flow, labels }, make, |cells| cells.add(0, 1)) {
            return;
        }
        let other: Vec<&str> = labels.iter().map(|_| OTHER).collect();
        let make = || Labelled { flow: key(), labels: own(&other) };
        let labels = LabelledRef { flow, labels: &other };
        let _ = self.labelled.add_beyond(&labels, make, |cells| cells.add(0, 1));
    }
}

/// The numbers of what is open.
pub(super) const OPENED: usize = 0;
pub(super) const CLOSED: usize = 1;
/// The numbers of a flow.
pub(super) const COUNT: usize = 0;
pub(super) const NANOS: usize = 1;
pub(super) const RECEIVED: usize = 2;
pub(super) const SENT: usize = 3;
/// The first bucket; each holds what is in none before it. Behind them stand their sums, where there are any.
pub(super) const BUCKETS: usize = 4;
/// What stands for the values of labels that there was no room for.
const OTHER: &str = "windrose_other";

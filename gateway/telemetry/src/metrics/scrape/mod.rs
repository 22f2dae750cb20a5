//! All metrics, and what they look like when somebody asks.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use windrose_config::Severity;
use windrose_engine::Status;
use windrose_engine::publish::Current;
use windrose_engine::reload::Published;

use crate::access::Losses;
use crate::metrics::counts::{BUCKETS, Counts, Flow, Labelled, Retried, Secure};
use crate::metrics::families::{self, Sums};
use crate::metrics::living::Living;
use crate::metrics::process;
use crate::metrics::table::Table;
use crate::metrics::text::{Text, Type};
use crate::settings::Counting;

/// Everything that is counted.
#[derive(Debug)]
pub struct Metrics {
    settings: Arc<Counting>,
    pub(in crate::metrics) tables: Tables,
    losses: Losses,
    started: SystemTime,
}

/// The series of all workers.
#[derive(Debug)]
pub(crate) struct Tables {
    pub(in crate::metrics) flows: Arc<Table<Flow>>,
    pub(in crate::metrics) labelled: Arc<Table<Labelled>>,
    pub(in crate::metrics) secure: Arc<Table<Secure>>,
    pub(in crate::metrics) retried: Arc<Table<Retried>>,
    pub(in crate::metrics) retries: Arc<AtomicU64>,
}

/// What there is to see besides what was counted.
#[derive(Clone, Default)]
pub struct Seen {
    /// What is in force, as it was written.
    pub published: Option<Arc<Published>>,
    /// What traffic sees.
    pub current: Arc<OnceLock<Arc<Current>>>,
    /// How the engine is.
    pub status: Arc<OnceLock<Arc<Status>>>,
}

impl Metrics {
    pub(crate) fn new(settings: Counting, losses: Losses) -> Self {
        let tables = Tables {
            flows: Table::new(BUCKETS + settings.buckets.len(), MOST_FLOWS),
            labelled: Table::new(1, MOST_LABELLED),
            secure: Table::new(1, MOST_FLOWS),
            retried: Table::new(1, MOST_FLOWS),
            retries: Arc::default(),
        };
        Self { settings: Arc::new(settings), tables, losses, started: SystemTime::now() }
    }

    /// What a worker counts.
    pub(crate) fn counts(&self) -> Counts {
        Counts::new(Arc::clone(&self.settings), &self.tables)
    }

    pub(crate) fn settings(&self) -> &Counting {
        &self.settings
    }

    /// All of it as text. Series of what is not configured any more are in it once more, and then no longer.
    #[must_use]
    pub fn text(&self, seen: &Seen) -> String {
        let mut text = Text::default();
        process::write(&mut text, self.started);
        let published = seen.published.as_deref();
        if let Some(published) = published {
            reloads(&mut text, published);
        }
        let living = Living(published.map(|published| &published.merged));
        let Tables { flows, labelled, secure, retried, .. } = &self.tables;
        let sums = Sums {
            flows: flows.sums(|flow| living.flow(flow)),
            labelled: labelled.sums(|labelled| living.flow(&labelled.flow)),
            secure: secure.sums(|secure| living.secure(secure)),
            retried: retried.sums(|retried| living.retried(retried)),
        };
        families::write(&mut text, sums, &self.settings.buckets, &self.settings.header_labels);
        if let Some(status) = seen.status.get() {
            connections(&mut text, status);
        }
        if let Some(current) = seen.current.get() {
            certificates(&mut text, current);
        }
        self.own(&mut text, seen);
        text.finish()
    }

    /// What Traefik does not have.
    fn own(&self, text: &mut Text, seen: &Seen) {
        let name = "windrose_access_log_dropped_lines_total";
        text.family(name, "Lines of the access log that were dropped.", Type::Counter);
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        text.sample(name, &[("reason", "crowded")], load(&self.losses.crowded));
        text.sample(name, &[("reason", "unwritten")], load(&self.losses.unwritten));
        if let Some(published) = &seen.published {
            let name = "windrose_config_generation";
            text.family(name, "Number of the configuration in force.", Type::Gauge);
            text.sample(name, &[], published.generation);
            let name = "windrose_config_rejected_objects";
            text.family(name, "Objects of the configuration that cannot be used.", Type::Gauge);
            let problems = published.report.problems().iter();
            let wrong = problems.filter(|problem| problem.severity == Severity::Error);
            let objects: BTreeSet<String> =
                wrong.filter_map(|problem| problem.object.as_ref()).map(ToString::to_string).collect();
            text.sample(name, &[], objects.len());
            let name = "windrose_config_reload_duration_seconds";
            text.family(
                name,
                "How long the last change of configuration took to come into force.",
                Type::Gauge,
            );
            text.sample(name, &[], published.reloads.took.as_secs_f64());
        }
        let name = "windrose_metrics_refused_series_total";
        let tables = &self.tables;
        let refused = tables.flows.refused()
            + tables.labelled.refused()
            + tables.secure.refused()
            + tables.retried.refused();
        text.family(
            name,
            "Requests that got no series of their own, since there are too many.",
            Type::Counter,
        );
        text.sample(name, &[], refused);
        let name = "windrose_metrics_series";
        text.family(name, "Sets of labels that are kept for requests.", Type::Gauge);
        let series = tables.flows.len() + tables.labelled.len() + tables.secure.len() + tables.retried.len();
        text.sample(name, &[], series);
        if let Some(status) = seen.status.get() {
            let name = "windrose_open_connections";
            text.family(name, "Open connections of clients by entry point and protocol.", Type::Gauge);
            for (entry_point, counts) in status.spoken() {
                for (protocol, count) in ["unknown", "http1", "http2"].into_iter().zip(counts) {
                    text.sample(name, &[("entrypoint", entry_point), ("protocol", protocol)], count);
                }
            }
        }
        let name = "windrose_retries_total";
        text.family(name, "Requests that were sent to a service again.", Type::Counter);
        text.sample(name, &[], load(&tables.retries));
        if let Some(status) = seen.status.get() {
            let name = "windrose_tls_unusable_names_total";
            text.family(name, "Handshakes that asked for something no host is called.", Type::Counter);
            text.sample(name, &[], status.unusable_names());
            let name = "windrose_workers";
            text.family(name, "Threads that serve connections.", Type::Gauge);
            text.sample(name, &[], status.workers().len());
        }
    }
}

fn reloads(text: &mut Text, published: &Published) {
    let reloads = published.reloads;
    let name = "traefik_config_last_reload_success";
    text.family(name, "Last config reload success", Type::Gauge);
    text.sample(name, &[], reloads.at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs());
    let name = "traefik_config_reloads_total";
    text.family(name, "Config reloads", Type::Counter);
    text.sample(name, &[], reloads.count);
}

fn connections(text: &mut Text, status: &Status) {
    let name = "traefik_open_connections";
    text.family(name, "How many open connections exist, by entryPoint and protocol", Type::Gauge);
    let mut all: Vec<_> = status.spoken().collect();
    all.sort();
    for (entry_point, counts) in all {
        let open: usize = counts.iter().sum();
        text.sample(name, &[("entrypoint", entry_point), ("protocol", "TCP")], open);
    }
}

fn certificates(text: &mut Text, current: &Current) {
    let snapshot = current.load();
    let stores = snapshot.listeners.iter().map(|listener| listener.acceptor.store());
    let mut all = BTreeSet::new();
    for facts in stores.flat_map(|store| store.certificates()).map(|certificate| certificate.facts()) {
        let is_name = |name: &&String| name.parse::<std::net::IpAddr>().is_err();
        let mut names: Vec<&str> = facts.names.iter().filter(is_name).map(String::as_str).collect();
        names.sort_unstable();
        all.insert((
            facts.subject.common_name.clone(),
            names.join(","),
            facts.serial_number.clone(),
            facts.not_after,
        ));
    }
    if all.is_empty() {
        return;
    }
    let name = "traefik_tls_certs_not_after";
    text.family(name, "Certificate expiration timestamp", Type::Gauge);
    for (common_name, names, serial, not_after) in &all {
        text.sample(name, &[("cn", common_name), ("sans", names), ("serial", serial)], not_after);
    }
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seen").finish_non_exhaustive()
    }
}

/// Sets of labels that follow from the configuration, the methods and the statuses of servers.
const MOST_FLOWS: usize = 50_000;
/// Sets of labels that clients choose the values of.
const MOST_LABELLED: usize = 10_000;

#[cfg(test)]
mod tests;

//! All metrics, and what they look like when somebody asks.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use windrose_config::Severity;
use windrose_config::dynamic_config::ServiceKind;
use windrose_config::redact::urls;
use windrose_engine::Status;
use windrose_engine::merge::qualified;
use windrose_engine::publish::Current;
use windrose_engine::reload::Published;

use crate::access::Losses;
use crate::metrics::counts::{BUCKETS, Counts, Flow, Labelled, Open, Retried, Secure};
use crate::metrics::families::{self, Sums};
use crate::metrics::living::Living;
use crate::metrics::points::{Family, Levels, Point, Value, of_requests};
use crate::metrics::process;
use crate::metrics::table::Table;
use crate::metrics::text::{Text, Type};
use crate::push::Lost;
use crate::settings::{Counting, Sums as EachOrAll};

/// Everything that is counted.
#[derive(Debug)]
pub struct Metrics {
    settings: Arc<Counting>,
    pub(in crate::metrics) tables: Tables,
    losses: Losses,
    /// What was lost on its way to collectors, by what it is.
    drops: Box<[(&'static str, Lost)]>,
    started: SystemTime,
}

/// The series of all workers.
#[derive(Debug)]
pub(crate) struct Tables {
    pub(in crate::metrics) flows: Arc<Table<Flow>>,
    pub(in crate::metrics) labelled: Arc<Table<Labelled>>,
    pub(in crate::metrics) secure: Arc<Table<Secure>>,
    pub(in crate::metrics) retried: Arc<Table<Retried>>,
    pub(in crate::metrics) open: Arc<Table<Open>>,
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
    /// What others count.
    pub counters: Vec<Counter>,
}

/// Something that others count, which only grows.
#[derive(Clone, Debug)]
pub struct Counter {
    /// Its name.
    pub name: &'static str,
    /// What it is, in a sentence.
    pub help: &'static str,
    /// Labels, sorted by name, each set with its number.
    pub samples: Vec<(Vec<(&'static str, String)>, u64)>,
}

/// Whether series that are not configured any more leave when they were seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::metrics) enum Forget {
    Gone,
    Nothing,
}

impl Metrics {
    pub(crate) fn new(settings: Counting, losses: Losses, drops: Box<[(&'static str, Lost)]>) -> Self {
        let buckets = match settings.sums {
            EachOrAll::OfAll => settings.buckets.len(),
            EachOrAll::OfEach => 2 * settings.buckets.len(),
        };
        let tables = Tables {
            flows: Table::new(BUCKETS + buckets, MOST_FLOWS),
            labelled: Table::new(1, MOST_LABELLED),
            secure: Table::new(1, MOST_FLOWS),
            retried: Table::new(1, MOST_FLOWS),
            open: Table::new(2, MOST_FLOWS),
            retries: Arc::default(),
        };
        Self { settings: Arc::new(settings), tables, losses, drops, started: SystemTime::now() }
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
        families::write(&mut text, self.sums(published, Forget::Gone), &self.settings);
        if let Some(published) = published {
            servers(&mut text, published);
        }
        if let Some(status) = seen.status.get() {
            connections(&mut text, status);
        }
        if let Some(current) = seen.current.get() {
            certificates(&mut text, current);
        }
        self.own(&mut text, seen);
        text.finish()
    }

    /// All numbers of some levels at this moment, in no form.
    pub(in crate::metrics) fn points(&self, seen: &Seen, levels: Levels, forget: Forget) -> Vec<Point> {
        let mut points = Vec::new();
        let mut add = |family, labels: Vec<(&'static str, String)>, value| {
            points.push(Point { family, labels, value });
        };
        let published = seen.published.as_deref();
        if let Some(Published { reloads, .. }) = published {
            add(Family::Reloads, Vec::new(), Value::Count(reloads.count));
            add(Family::LastReload, Vec::new(), Value::Level(seconds(reloads.at)));
        }
        if let Some(status) = seen.status.get() {
            for (entry_point, open) in open_connections(status) {
                let labels = vec![("entrypoint", entry_point.to_owned()), ("protocol", "TCP".to_owned())];
                add(Family::Connections, labels, Value::Level(open));
            }
        }
        if let Some(current) = seen.current.get() {
            for (common_name, names, serial, not_after) in expiries(current) {
                #[allow(clippy::cast_precision_loss, reason = "seconds, for a few million years")]
                let value = Value::Level(not_after as f64);
                add(Family::NotAfter, vec![("cn", common_name), ("serial", serial), ("sans", names)], value);
            }
        }
        let sums = self.sums(published, forget);
        points.extend(of_requests(sums, levels, self.settings.buckets.len()));
        points
    }

    /// The bounds of durations that are counted.
    pub(in crate::metrics) fn bounds(&self) -> &[f64] {
        &self.settings.buckets
    }

    /// Since when.
    pub(in crate::metrics) const fn started(&self) -> SystemTime {
        self.started
    }

    fn sums(&self, published: Option<&Published>, forget: Forget) -> Sums {
        let living = match forget {
            Forget::Gone => Living(published.map(|published| &published.merged)),
            Forget::Nothing => Living(None),
        };
        let Tables { flows, labelled, secure, retried, open, .. } = &self.tables;
        Sums {
            flows: flows.sums(|flow| living.flow(flow)),
            labelled: labelled.sums(|labelled| living.flow(&labelled.flow)),
            secure: secure.sums(|secure| living.secure(secure)),
            retried: retried.sums(|retried| living.retried(retried)),
            open: open.sums(|open| living.open(open)),
        }
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
            + tables.retried.refused()
            + tables.open.refused();
        text.family(
            name,
            "Requests that got no series of their own, since there are too many.",
            Type::Counter,
        );
        text.sample(name, &[], refused);
        let name = "windrose_metrics_series";
        text.family(name, "Sets of labels that are kept for requests.", Type::Gauge);
        let of_requests = tables.flows.len() + tables.labelled.len() + tables.secure.len();
        let series = of_requests + tables.retried.len() + tables.open.len();
        text.sample(name, &[], series);
        for Counter { name, help, samples } in &seen.counters {
            text.family(name, help, Type::Counter);
            for (labels, count) in samples {
                let labels: Vec<(&str, &str)> =
                    labels.iter().map(|(name, value)| (*name, &**value)).collect();
                text.sample(name, &labels, count);
            }
        }
        if let Some(status) = seen.status.get() {
            let name = "windrose_open_connections";
            text.family(name, "Open connections of clients by entry point and protocol.", Type::Gauge);
            for (entry_point, counts) in status.spoken() {
                for (protocol, count) in ["unknown", "http1", "http2", "http3"].into_iter().zip(counts) {
                    text.sample(name, &[("entrypoint", entry_point), ("protocol", protocol)], count);
                }
            }
        }
        let name = "windrose_retries_total";
        text.family(name, "Requests that were sent to a service again.", Type::Counter);
        text.sample(name, &[], load(&tables.retries));
        if !self.drops.is_empty() {
            let name = "windrose_telemetry_dropped_total";
            text.family(name, "Records that never arrived at a collector.", Type::Counter);
            for (signal, lost) in &self.drops {
                text.sample(name, &[("reason", "crowded"), ("signal", signal)], load(&lost.crowded));
                text.sample(name, &[("reason", "refused"), ("signal", signal)], load(&lost.refused));
            }
        }
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

/// Whether servers are up that a health check asks.
fn servers(text: &mut Text, published: &Published) {
    let mut all = BTreeSet::new();
    for part in &published.merged.parts {
        for (name, service) in &part.config.http.services {
            let ServiceKind::LoadBalancer(balancer) = &service.kind else { continue };
            if balancer.health_check.is_none() {
                continue;
            }
            let name = qualified(name, &part.provider);
            for server in published.health.servers(&name).unwrap_or_default() {
                all.insert((Arc::clone(&name), urls(&server.url).into_owned(), u8::from(server.is_up)));
            }
        }
    }
    if all.is_empty() {
        return;
    }
    let name = "traefik_service_server_up";
    text.family(name, "service server is up, described by gauge value of 0 or 1.", Type::Gauge);
    for (service, url, is_up) in &all {
        text.sample(name, &[("service", service), ("url", url)], is_up);
    }
}

fn connections(text: &mut Text, status: &Status) {
    let name = "traefik_open_connections";
    text.family(name, "How many open connections exist, by entryPoint and protocol", Type::Gauge);
    for (entry_point, open) in open_connections(status) {
        text.sample(name, &[("entrypoint", entry_point), ("protocol", "TCP")], open);
    }
}

/// Entry points with the connections of TCP that are open, in order. traefik: the same, those of QUIC are none of them.
fn open_connections(status: &Status) -> Vec<(&str, f64)> {
    let mut all: Vec<_> = status.spoken().collect();
    all.sort();
    #[allow(clippy::cast_precision_loss, reason = "there are not so many connections")]
    all.into_iter()
        .map(|(entry_point, counts)| {
            let [.., http3] = counts;
            (&**entry_point, (counts.iter().sum::<usize>() - http3) as f64)
        })
        .collect()
}

fn certificates(text: &mut Text, current: &Current) {
    let all = expiries(current);
    if all.is_empty() {
        return;
    }
    let name = "traefik_tls_certs_not_after";
    text.family(name, "Certificate expiration timestamp", Type::Gauge);
    for (common_name, names, serial, not_after) in &all {
        text.sample(name, &[("cn", common_name), ("sans", names), ("serial", serial)], not_after);
    }
}

fn seconds(at: SystemTime) -> f64 {
    at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64().trunc()
}

/// Certificates: common name, other names, serial number, and when they end.
fn expiries(current: &Current) -> BTreeSet<(String, String, String, i64)> {
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
    all
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

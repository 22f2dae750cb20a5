//! Metrics, as they are written: what is counted for whom, and who gets them pushed.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use windrose_config::static_config::{Metrics, OtlpMetrics, Prometheus};
use windrose_config::{GoDuration, Located, Problem};
use windrose_courier::{Https, Limits};
use windrose_tls::ClientTlsOptions;

use super::{Around, Counting, Shown, Sums, internals};
use crate::metrics::{Levels, Pusher, To, Wire};
use crate::otlp::{Resource, Signal, Target, chain};

/// Reads them; what is wrong goes to `problems`.
pub(super) fn read(
    written: &Metrics,
    around: Around<'_>,
    problems: &mut Vec<Problem>,
) -> (Option<Counting>, Vec<Pusher>) {
    let mut reading = Reading { around, problems, pushers: Vec::new() };
    reading.statsd(written);
    reading.datadog(written);
    reading.influx(written);
    let means = !reading.pushers.is_empty();
    reading.otlp(written);
    let Reading { problems, mut pushers, .. } = reading;
    let prometheus = written.prometheus.as_ref();
    // Series that are gone leave when Prometheus has seen it; where it never looks, with the push that comes last.
    if prometheus.is_none()
        && let Some(slowest) = pushers.iter_mut().max_by_key(|pusher| pusher.interval)
    {
        slowest.forgets = true;
    }
    let shown = prometheus.map(|written| shown(written, problems));
    let header_labels = prometheus.map(|written| labels(written, problems)).unwrap_or_default();
    let levels = pushers.iter().map(|pusher| pusher.levels).chain(shown.as_ref().map(|shown| shown.levels));
    let Some(levels) = levels.reduce(Levels::or) else { return (None, pushers) };
    let mut buckets: Vec<f64> = shown.iter().flat_map(|shown| shown.bounds.iter().copied()).collect();
    for pusher in &pushers {
        match &pusher.to {
            To::Otlp { bounds, .. } => buckets.extend_from_slice(bounds),
            _ => buckets.extend_from_slice(&FINE),
        }
    }
    buckets.sort_by(f64::total_cmp);
    buckets.dedup();
    let counting = Counting {
        buckets: buckets.into(),
        sums: if means { Sums::OfEach } else { Sums::OfAll },
        levels,
        header_labels,
        internals: internals(written.add_internals),
        prometheus: shown.unwrap_or_default(),
    };
    (Some(counting), pushers)
}

struct Reading<'a, 'p> {
    around: Around<'a>,
    problems: &'p mut Vec<Problem>,
    pushers: Vec<Pusher>,
}

impl Reading<'_, '_> {
    fn statsd(&mut self, written: &Metrics) {
        let Some(written) = &written.statsd else { return };
        let levels =
            levels(written.add_entry_points_labels, written.add_routers_labels, written.add_services_labels);
        let Some(wire) = self.wire("metrics.statsD", &written.address) else { return };
        let prefix = prefix(&written.prefix);
        self.push("metrics.statsD", To::StatsD { wire, prefix }, levels, written.push_interval);
    }

    fn datadog(&mut self, written: &Metrics) {
        let Some(written) = &written.datadog else { return };
        let levels =
            levels(written.add_entry_points_labels, written.add_routers_labels, written.add_services_labels);
        let Some(wire) = self.wire("metrics.datadog", &written.address) else { return };
        let prefix = prefix(&written.prefix);
        self.push("metrics.datadog", To::Datadog { wire, prefix }, levels, written.push_interval);
    }

    fn influx(&mut self, written: &Metrics) {
        let Some(written) = &written.influx_db2 else { return };
        let at = "metrics.influxDB2";
        let levels =
            levels(written.add_entry_points_labels, written.add_routers_labels, written.add_services_labels);
        let address = match windrose_courier::address(&written.address) {
            Ok(address) => address,
            Err(error) => {
                self.problems.push(Problem::error(format!("{at}.address: {error}")));
                return;
            }
        };
        let https = match Https::new(&ClientTlsOptions::default(), self.around.files, LIMITS) {
            Ok(https) => https,
            Err(error) => {
                self.problems.push(Problem::error(format!("{at}: {}", chain(&error))));
                return;
            }
        };
        let pairs = [("bucket", &*written.bucket), ("org", &*written.org), ("precision", "ns")];
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let url = format!("{}/api/v2/write?{query}", address.trim_end_matches('/'));
        let token = written.token.clone();
        let labels = owned(&written.additional_labels);
        self.push(at, To::Influx { https, url, token, labels }, levels, written.push_interval);
    }

    fn otlp(&mut self, written: &Metrics) {
        let Some(written) = &written.otlp else { return };
        let at = "metrics.otlp";
        let OtlpMetrics { explicit_boundaries: bounds, service_name, resource_attributes, .. } = written;
        let levels =
            levels(written.add_entry_points_labels, written.add_routers_labels, written.add_services_labels);
        if !are_bounds(bounds) {
            self.problems.push(Problem::error(format!("{at}.explicitBoundaries: {BOUNDS}")));
            return;
        }
        let target = Target { at, http: written.http.as_deref(), grpc: written.grpc.as_deref() };
        let exporter = match target.exporter(Signal::Metrics, self.around.files) {
            Ok(exporter) => exporter,
            Err(problem) => {
                self.problems.push(problem);
                return;
            }
        };
        let attributes = resource_attributes.iter().map(|(name, value)| (&**name, &**value));
        let resource = Resource::new(service_name, attributes, self.around.env);
        let to = To::Otlp { exporter, resource, bounds: bounds.clone() };
        self.push(at, to, levels, written.push_interval);
    }

    fn wire(&mut self, at: &str, address: &Located<Arc<str>>) -> Option<Wire> {
        let wire = Wire::new(address);
        if wire.is_none() {
            self.problems.push(Problem::error(format!(
                "{at}.address {:?} is none, write host:port, or for Datadog unix:///path",
                &***address
            )));
        }
        wire
    }

    fn push(&mut self, at: &str, to: To, levels: Levels, interval: GoDuration) {
        match interval.positive() {
            Some(interval) => self.pushers.push(Pusher { to, levels, interval, forgets: false }),
            None => self
                .problems
                .push(Problem::error(format!("{at}.pushInterval is none, write for example 10s"))),
        }
    }
}

const fn levels(entry_points: bool, routers: bool, services: bool) -> Levels {
    Levels { entry_points, routers, services }
}

/// traefik: the same where it is empty.
fn prefix(written: &Arc<str>) -> Arc<str> {
    if written.is_empty() { Arc::from("traefik") } else { Arc::clone(written) }
}

fn owned(labels: &IndexMap<Arc<str>, Arc<str>>) -> Vec<(String, String)> {
    labels.iter().map(|(label, value)| (label.to_string(), value.to_string())).collect()
}

fn are_bounds(bounds: &[f64]) -> bool {
    let is_rising = bounds.is_sorted_by(|one, next| one < next);
    !bounds.is_empty() && is_rising && bounds.iter().all(|bound| bound.is_finite())
}

fn shown(written: &Prometheus, problems: &mut Vec<Problem>) -> Shown {
    if !are_bounds(&written.buckets) {
        problems.push(Problem::error(format!("metrics.prometheus.buckets: {BOUNDS}")));
    }
    let levels =
        levels(written.add_entry_points_labels, written.add_routers_labels, written.add_services_labels);
    Shown { bounds: written.buckets.clone(), levels }
}

fn labels(written: &Prometheus, problems: &mut Vec<Problem>) -> Box<[(Box<str>, Box<str>)]> {
    let mut header_labels: Vec<(Box<str>, Box<str>)> = Vec::new();
    for (label, header) in &written.header_labels {
        if !is_label(label) {
            problems.push(Problem::error(format!(
                "metrics.prometheus.headerLabels: {label:?} cannot be a label; use letters, digits and underscores, \
                 and none of the labels that are there already"
            )));
        }
        header_labels.push(((**label).into(), (**header).into()));
    }
    header_labels.sort();
    header_labels.into()
}

fn is_label(name: &str) -> bool {
    let mut bytes = name.bytes();
    let starts = bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_');
    starts
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !name.starts_with("__")
        && !["code", "method", "protocol", "entrypoint", "router", "service"].contains(&name)
}

const BOUNDS: &str = "write at least one bound, in seconds, each larger than the one before";
/// Bounds for those who are told of durations one by one.
const FINE: [f64; 16] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
const LIMITS: Limits = Limits { whole: Duration::from_secs(10), head: Duration::from_secs(10) };

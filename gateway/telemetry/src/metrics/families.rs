//! The families of requests: their names and what they say, as Traefik has them.

use super::counts::{
    BUCKETS, CLOSED, COUNT, Flow, Labelled, Level, NANOS, OPENED, Open, RECEIVED, Retried, SENT, Secure,
};
use super::text::{Text, Type};
use crate::settings::Counting;

/// What the families of one level are called.
struct Names {
    level: Level,
    prefix: &'static str,
    /// The label of the level.
    label: &'static str,
    duration: &'static str,
    received: &'static str,
    secure: &'static str,
    total: &'static str,
    sent: &'static str,
}

/// Writes the families of all levels. `flows`, `labelled` and `secure` need not be sorted.
pub(super) fn write(text: &mut Text, sums: Sums, settings: &Counting) {
    let Sums { flows, labelled, secure, retried, open } = sums;
    let header_labels = &settings.header_labels;
    let shown = &settings.prometheus;
    // Where others want more bounds, only those that are shown here are written.
    let bound = |bound: &f64| shown.bounds.contains(bound).then(|| bound.to_string());
    let bounds: Vec<Option<String>> = settings.buckets.iter().map(bound).collect();
    for names in LEVELS.iter().filter(|names| shown.levels.has(names.level)) {
        let name = |rest: &str| format!("traefik_{}_{rest}", names.prefix);
        let mut of_level: Vec<_> = flows.iter().filter(|(flow, _)| flow.level == names.level).collect();
        of_level.sort_by(|(one, _), (other, _)| order(one).cmp(&order(other)));
        if !of_level.is_empty() {
            let duration = name("request_duration_seconds");
            text.family(&duration, names.duration, Type::Histogram);
            for (flow, sums) in &of_level {
                histogram(text, &duration, &Described::new(flow, names.label), sums, &bounds);
            }
            counter(text, &name("requests_bytes_total"), names.received, names.label, &of_level, RECEIVED);
        }
        let mut of_tls: Vec<_> = secure.iter().filter(|(secure, _)| secure.level == names.level).collect();
        of_tls.sort_by_key(|(secure, _)| (&secure.name, &secure.service, secure.version, secure.cipher));
        if !of_tls.is_empty() {
            let total = name("requests_tls_total");
            text.family(&total, names.secure, Type::Counter);
            for (secure, sums) in of_tls {
                let mut cipher = Vec::new();
                crate::line::cipher(secure.cipher, &mut cipher);
                let cipher = String::from_utf8_lossy(&cipher);
                let service = secure.service.as_deref().map(|service| ("service", service));
                let own = [(names.label, &*secure.name)].into_iter().chain(service);
                let labels: Vec<_> =
                    own.chain([("tls_cipher", &*cipher), ("tls_version", secure.version)]).collect();
                text.sample(&total, &labels, first(sums));
            }
        }
        if !of_level.is_empty() {
            let total = name("requests_total");
            if header_labels.is_empty() {
                counter(text, &total, names.total, names.label, &of_level, COUNT);
            } else {
                text.family(&total, names.total, Type::Counter);
                let mut all: Vec<_> =
                    labelled.iter().filter(|(labelled, _)| labelled.flow.level == names.level).collect();
                all.sort_by(|(one, _), (other, _)| {
                    (order(&one.flow), &one.labels).cmp(&(order(&other.flow), &other.labels))
                });
                for (labelled, sums) in all {
                    let described = Described::new(&labelled.flow, names.label);
                    let mut labels = described.labels();
                    let own = header_labels.iter().zip(&labelled.labels);
                    labels.extend(own.map(|((label, _), value)| (&**label, &**value)));
                    labels.sort_unstable();
                    text.sample(&total, &labels, first(sums));
                }
            }
            counter(text, &name("responses_bytes_total"), names.sent, names.label, &of_level, SENT);
        }
        if names.level == Level::Service && !open.is_empty() {
            let name = "traefik_service_open_connections";
            text.family(name, OPEN, Type::Gauge);
            let mut all: Vec<_> = open.iter().collect();
            all.sort_by_key(|(open, _)| (&open.service, open.verb, open.kind));
            for (Open { service, verb, kind }, sums) in all {
                let of = |cell: usize| sums.get(cell).copied().unwrap_or_default();
                let labels = [("method", verb.text()), ("protocol", kind.text()), ("service", service)];
                // What is over may have been counted before what has begun.
                text.sample(name, &labels, of(OPENED).saturating_sub(of(CLOSED)));
            }
        }
        if names.level == Level::Service && !retried.is_empty() {
            let total = name("retries_total");
            text.family(&total, "How many request retries happened on a service.", Type::Counter);
            for (Retried(service), sums) in &retried {
                text.sample(&total, &[("service", service)], first(sums));
            }
        }
    }
}

/// The sums of all series.
pub(super) struct Sums {
    pub(super) flows: Vec<(Flow, Vec<u64>)>,
    pub(super) labelled: Vec<(Labelled, Vec<u64>)>,
    pub(super) secure: Vec<(Secure, Vec<u64>)>,
    pub(super) retried: Vec<(Retried, Vec<u64>)>,
    pub(super) open: Vec<(Open, Vec<u64>)>,
}

/// A flow whose labels can be written.
struct Described<'a> {
    flow: &'a Flow,
    label: &'static str,
    code: String,
}

impl<'a> Described<'a> {
    fn new(flow: &'a Flow, label: &'static str) -> Self {
        Self { flow, label, code: flow.code.to_string() }
    }

    fn labels(&self) -> Vec<(&str, &str)> {
        let Flow { name, service, verb, kind, .. } = self.flow;
        let mut labels = vec![
            ("code", &*self.code),
            (self.label, name),
            ("method", verb.text()),
            ("protocol", kind.text()),
        ];
        labels.extend(service.as_deref().map(|service| ("service", service)));
        labels.sort_unstable();
        labels
    }
}

fn histogram(text: &mut Text, name: &str, flow: &Described<'_>, sums: &[u64], bounds: &[Option<String>]) {
    let of = |place: usize| sums.get(place).copied().unwrap_or_default();
    let bucket = format!("{name}_bucket");
    let own = flow.labels();
    let mut sum = 0;
    for (place, bound) in bounds.iter().enumerate() {
        sum += of(BUCKETS + place);
        if let Some(bound) = bound {
            text.sample(&bucket, &[&own[..], &[("le", bound)]].concat(), sum);
        }
    }
    text.sample(&bucket, &[&own[..], &[("le", "+Inf")]].concat(), of(COUNT));
    #[allow(clippy::cast_precision_loss, reason = "a sum of seconds needs no more digits than there are")]
    let seconds = of(NANOS) as f64 / 1e9;
    text.sample(&format!("{name}_sum"), &own, seconds);
    text.sample(&format!("{name}_count"), &own, of(COUNT));
}

fn counter(
    text: &mut Text,
    name: &str,
    help: &str,
    label: &'static str,
    flows: &[&(Flow, Vec<u64>)],
    place: usize,
) {
    text.family(name, help, Type::Counter);
    for (flow, sums) in flows {
        let described = Described::new(flow, label);
        text.sample(name, &described.labels(), sums.get(place).copied().unwrap_or_default());
    }
}

fn order(flow: &Flow) -> impl Ord + '_ {
    (flow.code, &flow.name, flow.verb, flow.kind, &flow.service)
}

fn first(sums: &[u64]) -> u64 {
    sums.first().copied().unwrap_or_default()
}

const OPEN: &str = "How many open connections exist on a service, partitioned by method and protocol.";

const LEVELS: [Names; 3] = [
    Names {
        level: Level::EntryPoint,
        prefix: "entrypoint",
        label: "entrypoint",
        duration: "How long it took to process the request on an entrypoint, partitioned by status code, protocol, and method.",
        received: "The total size of requests in bytes handled by an entrypoint, partitioned by status code, protocol, and method.",
        secure: "How many HTTP requests with TLS processed on an entrypoint, partitioned by TLS Version and TLS cipher Used.",
        total: "How many HTTP requests processed on an entrypoint, partitioned by status code, protocol, and method.",
        sent: "The total size of responses in bytes handled by an entrypoint, partitioned by status code, protocol, and method.",
    },
    Names {
        level: Level::Router,
        prefix: "router",
        label: "router",
        duration: "How long it took to process the request on a router, partitioned by service, status code, protocol, and method.",
        received: "The total size of requests in bytes handled by a router, partitioned by service, status code, protocol, and method.",
        secure: "How many HTTP requests with TLS are processed on a router, partitioned by service, TLS Version, and TLS cipher Used.",
        total: "How many HTTP requests are processed on a router, partitioned by service, status code, protocol, and method.",
        sent: "The total size of responses in bytes handled by a router, partitioned by service, status code, protocol, and method.",
    },
    Names {
        level: Level::Service,
        prefix: "service",
        label: "service",
        duration: "How long it took to process the request on a service, partitioned by status code, protocol, and method.",
        received: "The total size of requests in bytes received by a service, partitioned by status code, protocol, and method.",
        secure: "How many HTTP requests with TLS processed on a service, partitioned by TLS version and TLS cipher.",
        total: "How many HTTP requests processed on a service, partitioned by status code, protocol, and method.",
        sent: "The total size of responses in bytes returned by a service, partitioned by status code, protocol, and method.",
    },
];

//! What an operator says of the access log and of metrics, read and judged.

use windrose_config::static_config::{AccessLog, AccessLogFields, Prometheus};
use windrose_config::{Problem, StaticConfig};

use crate::access::{Filter, Format, Headers, Kept, Mode};
use crate::line::Field;

/// The access log, as it is written.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    pub(crate) file: Option<Box<str>>,
    pub(crate) format: Format,
    pub(crate) filter: Filter,
    pub(crate) kept: Kept,
    pub(crate) waiting: usize,
    pub(crate) internals: Internals,
}

/// Whether requests to services of the gateway's own count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Internals {
    Recorded,
    LeftOut,
}

/// Metrics, as they are counted.
#[derive(Clone, Debug)]
pub(crate) struct Counting {
    pub(crate) buckets: Box<[f64]>,
    pub(crate) entry_points: bool,
    pub(crate) routers: bool,
    pub(crate) services: bool,
    /// Names of labels, in order, each with the field of requests that its value comes from.
    pub(crate) header_labels: Box<[(Box<str>, Box<str>)]>,
    pub(crate) internals: Internals,
}

/// Reads both; what is wrong goes to `problems`.
pub(crate) fn read(
    settings: &StaticConfig,
    problems: &mut Vec<Problem>,
) -> (Option<Access>, Option<Counting>) {
    let access = settings.access_log.as_deref().map(|written| access(written, problems));
    let metrics = settings.metrics.as_deref();
    let prometheus = metrics.and_then(|metrics| metrics.prometheus.as_ref());
    let counting = prometheus
        .map(|written| counting(written, metrics.is_some_and(|metrics| metrics.add_internals), problems));
    (access, counting)
}

fn access(written: &AccessLog, problems: &mut Vec<Problem>) -> Access {
    let format = match &**written.format {
        "common" | "" => Format::Common,
        "genericCLF" => Format::Generic,
        "json" => Format::Json,
        other => {
            problems.push(Problem::error(format!(
                "accessLog.format {other:?} is unknown; use common, genericCLF or json"
            )));
            Format::Common
        }
    };
    let filters = written.filters.clone().unwrap_or_default();
    let mut codes = Vec::with_capacity(filters.status_codes.len());
    for code in &filters.status_codes {
        match range(code) {
            Some(range) => codes.push(range),
            None => problems.push(Problem::error(format!(
                "accessLog.filters.statusCodes: {:?} is neither a status such as 404 nor a range such as 500-599",
                code.value
            ))),
        }
    }
    let filter = Filter {
        codes: codes.into(),
        retried: filters.retry_attempts,
        longer_than: filters.min_duration.positive(),
    };
    let waiting = usize::try_from(written.buffering_size).unwrap_or(usize::MAX);
    Access {
        file: (!written.file_path.is_empty()).then(|| (*written.file_path).into()),
        format,
        filter,
        kept: kept(&written.fields.clone().unwrap_or_default(), problems),
        waiting,
        internals: internals(written.add_internals),
    }
}

fn internals(are_added: bool) -> Internals {
    if are_added { Internals::Recorded } else { Internals::LeftOut }
}

fn kept(written: &AccessLogFields, problems: &mut Vec<Problem>) -> Kept {
    let at = "accessLog.fields";
    let default = mode(&written.default_mode, at, &[Mode::Keep, Mode::Drop], problems);
    let mut kept = Kept::new(default);
    for (name, written) in &written.names {
        let mode = mode(written, &format!("{at}.names.{name}"), &[Mode::Keep, Mode::Drop], problems);
        match Field::named(name) {
            Some(field) => kept.set(field, mode),
            None if UNWRITTEN.iter().any(|known| known.eq_ignore_ascii_case(name)) => {}
            None => problems.push(Problem::warning(format!(
                "{at}.names: there is no field {name}, so its mode says nothing"
            ))),
        }
    }
    let all = [Mode::Keep, Mode::Drop, Mode::Redact];
    if let Some(written) = &written.headers {
        let at = "accessLog.fields.headers";
        let default = mode(&written.default_mode, at, &all, problems);
        let names = written.names.iter().map(|(name, written)| {
            (
                name.to_ascii_lowercase().into_boxed_str(),
                mode(written, &format!("{at}.names.{name}"), &all, problems),
            )
        });
        kept.headers = Headers { names: names.collect(), default };
    }
    if let Some(written) = &written.query_parameters {
        let at = "accessLog.fields.queryParameters";
        kept.query = mode(&written.default_mode, at, &[Mode::Keep, Mode::Drop], problems);
    }
    kept
}

fn mode(written: &str, at: &str, known: &[Mode], problems: &mut Vec<Problem>) -> Mode {
    if let Some(mode) = known.iter().find(|mode| mode.name() == written) {
        return *mode;
    }
    let names = known.iter().map(|mode| mode.name()).collect::<Vec<_>>().join(", ");
    problems.push(Problem::error(format!("{at}: mode {written:?} is unknown; use one of {names}")));
    Mode::Drop
}

/// `404`, or `500-599`.
fn range(text: &str) -> Option<(u16, u16)> {
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let (from, to) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
    (from <= to).then_some((from, to))
}

fn counting(written: &Prometheus, internals_too: bool, problems: &mut Vec<Problem>) -> Counting {
    let is_rising = written.buckets.is_sorted_by(|one, next| one < next);
    if written.buckets.is_empty() || !is_rising || !written.buckets.iter().all(|bound| bound.is_finite()) {
        problems.push(Problem::error(
            "metrics.prometheus.buckets: write at least one bound, in seconds, each larger than the one before",
        ));
    }
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
    Counting {
        buckets: written.buckets.clone(),
        entry_points: written.add_entry_points_labels,
        routers: written.add_routers_labels,
        services: written.add_services_labels,
        header_labels: header_labels.into(),
        internals: internals(internals_too),
    }
}

fn is_label(name: &str) -> bool {
    let mut bytes = name.bytes();
    let starts = bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_');
    starts
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !name.starts_with("__")
        && !["code", "method", "protocol", "entrypoint", "router", "service"].contains(&name)
}

/// Fields that Traefik knows and that are never there without tracing, or without the provider they speak of.
const UNWRITTEN: [&str; 8] = [
    "TraceId",
    "SpanId",
    "trace_id",
    "span_id",
    "KubernetesIngressNamespace",
    "KubernetesIngressName",
    "KubernetesServiceName",
    "KubernetesServicePort",
];

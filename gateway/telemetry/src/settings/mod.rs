//! What an operator says of the access log, of metrics and of traces, read and judged.

mod metrics;
mod traces;

use windrose_config::static_config::{AccessLog, AccessLogFields, Otlp};
use windrose_config::{Problem, StaticConfig};
use windrose_tls::Files;

use crate::access::{Expression, Filter, Format, Headers, Kept, Mode};
use crate::line::Field;
use crate::metrics::{Levels, Pusher};
use crate::otlp::{Exporter, Resource, Signal, Target};
pub(crate) use traces::Traces;

/// The access log, as it is written.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    pub(crate) file: Option<Box<str>>,
    pub(crate) format: Format,
    pub(crate) filter: Filter,
    pub(crate) kept: Kept,
    pub(crate) waiting: usize,
    pub(crate) internals: Internals,
    /// Whether there are lines besides the records that are sent.
    pub(crate) written: Written,
}

/// Where lines go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// To their file, or to standard output.
    Lines,
    /// To a collector only.
    Records,
    /// To both.
    Both,
}

/// Records of a log, as they are sent.
#[derive(Debug)]
pub(crate) struct Shipping {
    pub(crate) exporter: Exporter,
    pub(crate) resource: Resource,
}

/// Whether requests to services of the gateway's own count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Internals {
    Recorded,
    LeftOut,
}

/// Metrics, as they are counted: so that everybody who is shown them finds what was asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Counting {
    pub(crate) buckets: Box<[f64]>,
    pub(crate) sums: Sums,
    pub(crate) levels: Levels,
    /// Names of labels, in order, each with the field of requests that its value comes from.
    pub(crate) header_labels: Box<[(Box<str>, Box<str>)]>,
    pub(crate) internals: Internals,
    pub(crate) prometheus: Shown,
}

/// Whether durations are summed for each bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sums {
    OfAll,
    OfEach,
}

/// What Prometheus is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Shown {
    pub(crate) bounds: Box<[f64]>,
    pub(crate) levels: Levels,
}

/// What is around this program.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// The variables of its environment.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// The files that a configuration names.
    pub files: &'a dyn Files,
    /// Whether something else may be wanted later.
    pub changes: Changes,
}

/// Whether metrics and traces are as they were written at the start for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Changes {
    /// They are.
    #[default]
    NeverCome,
    /// Somebody may say otherwise.
    MayCome,
}

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) access: Option<Access>,
    pub(crate) counting: Option<Counting>,
    /// The access log over OTLP.
    pub(crate) shipping: Option<Shipping>,
    /// The application log over OTLP.
    pub(crate) log: Option<Shipping>,
    pub(crate) pushers: Vec<Pusher>,
    pub(crate) traces: Option<Traces>,
}

/// Reads all of it; what is wrong goes to `problems`.
pub(crate) fn read(settings: &StaticConfig, around: Around<'_>, problems: &mut Vec<Problem>) -> Settings {
    let access = settings.access_log.as_deref().map(|written| access(written, problems));
    let otlp = settings.access_log.as_deref().and_then(|written| written.otlp.as_deref());
    let shipping = otlp.and_then(|written| shipping("accessLog.otlp", written, around, problems));
    let log = settings.log.otlp.as_deref();
    let log = log.and_then(|written| self::shipping("log.otlp", written, around, problems));
    let (counting, pushers) = match settings.metrics.as_deref() {
        Some(written) => metrics::read(written, around, problems),
        None => (None, Vec::new()),
    };
    let traces = settings.tracing.as_deref().and_then(|written| traces::read(written, around, problems));
    Settings { access, shipping, log, counting, pushers, traces }
}

/// Reads how requests are counted; what is wrong goes to `problems`.
pub(crate) fn metrics(
    written: &windrose_config::static_config::Metrics,
    around: Around<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Counting> {
    metrics::read(written, around, problems).0
}

pub(crate) use traces::read as traces;

impl std::fmt::Debug for Around<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Around").finish_non_exhaustive()
    }
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
        expression: expression(&filters.expression, problems),
    };
    let waiting = usize::try_from(written.buffering_size).unwrap_or(usize::MAX);
    Access {
        file: (!written.file_path.is_empty()).then(|| (*written.file_path).into()),
        format,
        filter,
        kept: kept(&written.fields.clone().unwrap_or_default(), problems),
        waiting,
        internals: internals(written.add_internals),
        written: match (&written.otlp, written.dual_output) {
            (None, _) => Written::Lines,
            (Some(_), false) => Written::Records,
            (Some(_), true) => Written::Both,
        },
    }
}

fn expression(text: &str, problems: &mut Vec<Problem>) -> Option<Expression> {
    if text.trim().is_empty() {
        return None;
    }
    match Expression::parse(text) {
        Ok(expression) => Some(expression),
        Err(error) => {
            problems.push(Problem::error(format!("accessLog.filters.expression {text:?}: {error}")));
            None
        }
    }
}

/// How records of a log are sent.
fn shipping(at: &str, written: &Otlp, around: Around<'_>, problems: &mut Vec<Problem>) -> Option<Shipping> {
    let target = Target { at, http: written.http.as_deref(), grpc: written.grpc.as_deref() };
    match target.exporter(Signal::Logs, around.files) {
        Ok(exporter) => {
            let attributes = written.resource_attributes.iter().map(|(name, value)| (&**name, &**value));
            let resource = Resource::new(&written.service_name, attributes, around.env);
            Some(Shipping { exporter, resource })
        }
        Err(problem) => {
            problems.push(problem);
            None
        }
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

/// Fields that Traefik knows and that are never there without the provider they speak of.
const UNWRITTEN: [&str; 4] =
    ["KubernetesIngressNamespace", "KubernetesIngressName", "KubernetesServiceName", "KubernetesServicePort"];

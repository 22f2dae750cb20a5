//! Traces, as they are written: those of today, and those of Jaeger as older files have them.

use std::time::Duration;

use windrose_config::Problem;
use windrose_config::redact::Secret;
use windrose_config::static_config::{Jaeger, OtlpHttp, Tracing as Written};

use super::Around;
use crate::otlp::{Exporter, Resource, Signal, Target};
use crate::trace::{Format, Propagation, Tracing, Width, formats};

/// Traces, as they are made and sent.
#[derive(Debug)]
pub(crate) struct Traces {
    pub(crate) tracing: Tracing,
    pub(crate) exporter: Exporter,
    pub(crate) resource: Resource,
    /// How long spans wait for others.
    pub(crate) pause: Duration,
}

/// Reads them; nothing where something is wrong.
pub(crate) fn read(written: &Written, around: Around<'_>, problems: &mut Vec<Problem>) -> Option<Traces> {
    let mut written = written.clone();
    if !(0.0..=1.0).contains(&written.sample_rate) {
        problems.push(Problem::error(format!(
            "tracing.sampleRate is {}, write a share of all requests from 0 to 1",
            written.sample_rate
        )));
        return None;
    }
    let mut propagation = spoken(around, problems);
    let mut width = Width::Whole;
    let mut agent = None;
    if let Some(jaeger) = written.jaeger.take() {
        let old = old(&jaeger, problems)?;
        written.sample_rate = old.share.unwrap_or(written.sample_rate);
        (propagation, width, agent) = (old.propagation, old.width, Some(old.http));
    }
    // What is written for today counts, wherever else the older options point.
    let otlp = written.otlp.as_ref();
    let says_where =
        otlp.is_some_and(|otlp| otlp.grpc.is_some() || otlp.http.as_deref() != Some(&OtlpHttp::default()));
    let http = match agent.as_ref().filter(|_| !says_where) {
        Some(agent) => Some(agent),
        None => otlp.and_then(|otlp| otlp.http.as_deref()),
    };
    let grpc = otlp.filter(|_| says_where).and_then(|otlp| otlp.grpc.as_deref());
    let exporter = match (Target { at: "tracing.otlp", http, grpc }).exporter(Signal::Traces, around.files) {
        Ok(exporter) => exporter,
        Err(problem) => {
            problems.push(problem);
            return None;
        }
    };
    if agent.is_some() {
        problems.push(Problem::warning(format!(
            "tracing.jaeger is of version 2: its spans are sent to {} in the protocol of OpenTelemetry, which Jaeger \
             takes since 1.35; write tracing.otlp in its place",
            exporter.url()
        )));
    }
    let attributes = written.global_attributes.iter().chain(&written.resource_attributes);
    let attributes = attributes.map(|(name, value)| (&**name, &**value));
    let resource = Resource::new(&written.service_name, attributes, around.env);
    let pause = (around.env)("OTEL_BSP_SCHEDULE_DELAY").and_then(|text| text.trim().parse().ok());
    let pause = pause.map_or(PAUSE, Duration::from_millis).max(SHORTEST);
    Some(Traces { tracing: Tracing::new(&written, propagation, width), exporter, resource, pause })
}

/// The languages that the environment asks for.
fn spoken(around: Around<'_>, problems: &mut Vec<Problem>) -> Propagation {
    let Some(text) = (around.env)("OTEL_PROPAGATORS").filter(|text| !text.trim().is_empty()) else {
        return Propagation::default();
    };
    let (known, unknown) = formats(&text);
    if !unknown.is_empty() {
        problems.push(Problem::warning(format!(
            "OTEL_PROPAGATORS names {}, which is unknown and left out; use tracecontext, baggage, b3, b3multi, jaeger, \
             xray, datadog, ottrace or none",
            unknown.join(", ")
        )));
    }
    Propagation { formats: known.into(), ..Propagation::default() }
}

/// What the older options mean.
struct Old {
    share: Option<f64>,
    propagation: Propagation,
    width: Width,
    http: OtlpHttp,
}

fn old(written: &Jaeger, problems: &mut Vec<Problem>) -> Option<Old> {
    let param = written.sampling_param;
    let share = match &*written.sampling_type {
        "const" => Some(if param > 0.0 { 1.0 } else { 0.0 }),
        "probabilistic" => Some(param).filter(|param| (0.0..=1.0).contains(param)),
        "remote" => {
            problems.push(Problem::warning(
                "tracing.jaeger.samplingType remote: samplingServerURL is not asked, samplingParam is the share of \
                 requests that are recorded",
            ));
            Some(param).filter(|param| (0.0..=1.0).contains(param))
        }
        _ => None,
    };
    let Some(share) = share else {
        problems.push(Problem::error(format!(
            "tracing.jaeger: samplingType {:?} with samplingParam {param} cannot be honoured; write const with 0 or 1, or \
             probabilistic with a share from 0 to 1",
            &*written.sampling_type
        )));
        return None;
    };
    let format = match &*written.propagation {
        "jaeger" => Format::Jaeger,
        "b3" => Format::B3Multi,
        other => {
            problems.push(Problem::error(format!(
                "tracing.jaeger.propagation {other:?} is unknown, write jaeger or b3"
            )));
            return None;
        }
    };
    let collector = written.collector.as_ref();
    let endpoint = collector.map(|collector| &*collector.endpoint).filter(|endpoint| !endpoint.is_empty());
    let host = host_of(endpoint.unwrap_or(&written.local_agent_host_port));
    let mut http = OtlpHttp::default();
    http.endpoint.value = format!("http://{host}:{OTLP}").into();
    if let Some(collector) = collector.filter(|collector| !collector.user.is_empty()) {
        let both = format!("{}:{}", &*collector.user, collector.password.expose());
        let value = format!("Basic {}", data_encoding::BASE64.encode(both.as_bytes()));
        http.headers.insert("Authorization".into(), Secret::new(value));
    }
    let width = if written.gen128_bit { Width::Whole } else { Width::Half };
    let jaeger = (*written.trace_context_header_name).into();
    Some(Old {
        share: Some(share),
        propagation: Propagation { formats: Box::new([format]), jaeger },
        width,
        http,
    })
}

/// The host of an address, with or without a scheme, a port and a path.
fn host_of(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// Where Jaeger takes OTLP over HTTP.
const OTLP: u16 = 4318;
const PAUSE: Duration = Duration::from_secs(5);
/// Whoever waits for nothing would look all the time.
const SHORTEST: Duration = Duration::from_millis(10);

#[cfg(test)]
mod tests;

//! Sends finished messages to a collector, over HTTP or over gRPC.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use windrose_config::Problem;
use windrose_config::redact::Secret;
use windrose_config::static_config::{ClientTls, OtlpGrpc, OtlpHttp};
use windrose_courier::{Grpc, Https, Limits, Request};
use windrose_tls::{ClientTlsOptions, Files};

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    Traces,
    Metrics,
    Logs,
}

/// A collector, ready to be asked.
#[derive(Debug)]
pub(crate) struct Exporter {
    to: To,
    fields: Vec<(String, Secret)>,
}

#[derive(Debug)]
enum To {
    Http { https: Https, url: String },
    Grpc { grpc: Grpc, url: String, path: &'static str },
}

/// Where a collector is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    /// What this is part of, as in `tracing.otlp`.
    pub(crate) at: &'a str,
    pub(crate) http: Option<&'a OtlpHttp>,
    /// Wins.
    pub(crate) grpc: Option<&'a OtlpGrpc>,
}

/// Why something did not arrive.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// It may if it is sent again.
    #[error("{0}")]
    Later(String),
    /// It never will.
    #[error("{0}")]
    Never(String),
}

impl Signal {
    const fn path(self) -> &'static str {
        match self {
            Self::Traces => "/v1/traces",
            Self::Metrics => "/v1/metrics",
            Self::Logs => "/v1/logs",
        }
    }

    const fn method(self) -> &'static str {
        match self {
            Self::Traces => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            Self::Metrics => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
            Self::Logs => "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
        }
    }
}

impl Target<'_> {
    /// Reads it.
    ///
    /// # Errors
    /// The address is none, or what TLS is to use cannot be.
    pub(crate) fn exporter(&self, signal: Signal, files: &dyn Files) -> Result<Exporter, Problem> {
        let wrong = |key: &str, why: String| Problem::error(format!("{}.{key}: {why}", self.at));
        let fields = |written: &indexmap::IndexMap<std::sync::Arc<str>, Secret>| {
            let field = |(name, value): (&std::sync::Arc<str>, &Secret)| (name.to_string(), value.clone());
            written.iter().map(field).collect()
        };
        if let Some(grpc) = self.grpc {
            let scheme = if *grpc.insecure { "http" } else { "https" };
            let url = if grpc.endpoint.contains("://") {
                (*grpc.endpoint).to_string()
            } else {
                format!("{scheme}://{}", &**grpc.endpoint)
            };
            let url =
                windrose_courier::address(&url).map_err(|error| wrong("grpc.endpoint", error.to_string()))?;
            let trust = trust(grpc.tls.as_ref());
            let client =
                Grpc::new(&trust, files, LIMITS).map_err(|error| wrong("grpc.tls", chain(&error)))?;
            let to = To::Grpc { grpc: client, url, path: signal.method() };
            return Ok(Exporter { to, fields: fields(&grpc.headers) });
        }
        let default = OtlpHttp::default();
        let http = self.http.unwrap_or(&default);
        let url = windrose_courier::address(&http.endpoint)
            .map_err(|error| wrong("http.endpoint", error.to_string()))?;
        let trust = trust(http.tls.as_ref());
        let https = Https::new(&trust, files, LIMITS).map_err(|error| wrong("http.tls", chain(&error)))?;
        let url = match url.strip_suffix('/') {
            // Only where there is no path at all.
            Some(bare) if bare.matches('/').count() == 2 => format!("{bare}{}", signal.path()),
            _ => url,
        };
        Ok(Exporter { to: To::Http { https, url }, fields: fields(&http.headers) })
    }
}

impl Exporter {
    /// Sends a message; says why it did not arrive.
    pub(crate) async fn send(&self, message: &[u8]) -> Result<(), Refusal> {
        let packed = gzip(message).map_err(|error| Refusal::Never(error.to_string()))?;
        match &self.to {
            To::Http { https, url } => {
                let mut request = Request::post(url).with("Content-Encoding", "gzip");
                for (name, value) in &self.fields {
                    request = request.with(name, value.expose());
                }
                let answer = https.send(&request.body("application/x-protobuf", packed)).await;
                let answer = answer.map_err(|error| Refusal::Later(chain(&error)))?;
                if answer.is_success() {
                    return Ok(());
                }
                let why = format!("{url} answers {} {}", answer.status, answer.text());
                Err(match answer.status {
                    408 | 429 | 502..=504 => Refusal::Later(why),
                    _ => Refusal::Never(why),
                })
            }
            To::Grpc { grpc, url, path } => {
                let metadata: Vec<(&str, &str)> =
                    self.fields.iter().map(|(name, value)| (&**name, value.expose())).collect();
                let status = grpc.unary(url, path, &metadata, &packed).await;
                let status = status.map_err(|error| Refusal::Later(chain(&error)))?;
                if status.code == 0 {
                    return Ok(());
                }
                let why = format!("{url} answers with status {} {}", status.code, status.message);
                Err(if is_passing(status.code) { Refusal::Later(why) } else { Refusal::Never(why) })
            }
        }
    }

    /// Where it goes.
    pub(crate) fn url(&self) -> &str {
        match &self.to {
            To::Http { url, .. } | To::Grpc { url, .. } => url,
        }
    }
}

/// Whether a status of gRPC may be another one next time: cancelled, too late, too much, aborted, out of range,
/// unavailable, data lost.
const fn is_passing(code: u32) -> bool {
    matches!(code, 1 | 4 | 8 | 10 | 11 | 14 | 15)
}

fn trust(written: Option<&ClientTls>) -> ClientTlsOptions<'_> {
    let Some(written) = written else { return ClientTlsOptions::default() };
    let is_there = |text: &&windrose_config::redact::FileOrContent| !text.is_empty();
    ClientTlsOptions {
        root_cas: Some(&written.ca).filter(is_there).into_iter().collect(),
        certificates: Some(&written.cert)
            .filter(is_there)
            .map(|cert| (cert, &written.key))
            .into_iter()
            .collect(),
        insecure_skip_verify: written.insecure_skip_verify,
        ..ClientTlsOptions::default()
    }
}

/// An error with all that caused it.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

fn gzip(message: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(message.len() / 4), Compression::fast());
    encoder.write_all(message)?;
    encoder.finish()
}

/// A collector that takes longer is busy enough.
const LIMITS: Limits = Limits { whole: Duration::from_secs(10), head: Duration::from_secs(10) };

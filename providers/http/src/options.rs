//! The options under `providers.http`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use windrose_config::redact::Secret;
use windrose_config::static_config::ClientTls;
use windrose_config::{GoDuration, Located, Problem, Shape, Source, Tree, decode};

/// What to ask, and how often.
#[derive(Debug, Clone)]
pub struct Options {
    /// The URL.
    pub endpoint: Arc<str>,
    /// The time between two questions.
    pub interval: Duration,
    /// The longest time for an answer.
    pub timeout: Duration,
    /// Fields of the question; their values may be secrets.
    pub headers: BTreeMap<Arc<str>, Secret>,
    /// TLS, where the defaults do not do.
    pub tls: ClientTls,
    /// The most bytes that are read of an answer.
    pub largest: usize,
}

impl Options {
    /// What may be written.
    #[must_use]
    pub fn shape() -> Shape {
        Shape::of::<Written>()
    }

    /// Reads the options as they stand under `providers.http`.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    pub fn decode(options: &Tree, source: &Arc<Source>) -> Result<Self, Vec<Problem>> {
        let written: Written = decode(options, source)?;
        let mut problems = Vec::new();
        let mut wrong = |message: &str, mark: windrose_config::Mark| {
            let mark = if mark.line == 0 { options.mark } else { mark };
            problems.push(Problem::error(message).at(source, mark));
        };
        let has_scheme = |scheme: &str| {
            written.endpoint.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        };
        if written.endpoint.is_empty() {
            wrong("the HTTP provider has nothing to ask, set endpoint to a URL", written.endpoint.mark);
        } else if !has_scheme("http://") && !has_scheme("https://") {
            wrong("endpoint is no URL, write one such as https://host/path", written.endpoint.mark);
        }
        let interval = written.poll_interval.positive();
        if interval.is_none() {
            wrong(
                "pollInterval is the time between two questions, write for example 5s",
                written.poll_interval.mark,
            );
        }
        let timeout = written.poll_timeout.positive();
        if timeout.is_none() {
            wrong(
                "pollTimeout is the longest time for an answer, write for example 5s",
                written.poll_timeout.mark,
            );
        }
        if let Some(message) = written.tls.as_ref().and_then(ClientTls::wrong) {
            wrong(message, options.mark);
        }
        let largest = match *written.max_response_body_size {
            -1 => LARGEST,
            size if size > 0 => usize::try_from(size).unwrap_or(LARGEST),
            _ => {
                wrong(
                    "maxResponseBodySize is a number of bytes, or -1 for no limit of yours",
                    written.max_response_body_size.mark,
                );
                LARGEST
            }
        };
        let (Some(interval), Some(timeout), true) = (interval, timeout, problems.is_empty()) else {
            return Err(problems);
        };
        Ok(Self {
            endpoint: written.endpoint.value,
            interval,
            timeout,
            headers: written.headers,
            tls: written.tls.unwrap_or_default(),
            largest,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Written {
    endpoint: Located<Arc<str>>,
    poll_interval: Located<GoDuration>,
    poll_timeout: Located<GoDuration>,
    headers: BTreeMap<Arc<str>, Secret>,
    tls: Option<ClientTls>,
    max_response_body_size: Located<i64>,
}

impl Default for Written {
    fn default() -> Self {
        Self {
            endpoint: Located::default(),
            poll_interval: Located::from(GoDuration::from_secs(5)),
            poll_timeout: Located::from(GoDuration::from_secs(5)),
            headers: BTreeMap::new(),
            tls: None,
            max_response_body_size: Located::from(-1),
        }
    }
}

/// As much as is read of a routing file.
const LARGEST: usize = 512 << 20;

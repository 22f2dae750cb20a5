//! Questions to Nomad's HTTP API.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use thiserror::Error;
use windrose_courier::sigv4::encode;
use windrose_courier::{HttpError, Https, Limits, Request, Streaming};
use windrose_providers_core::lines::{Lines, TooLong};
use windrose_tls::{ClientTlsError, ClientTlsOptions};

use crate::options::Options;

/// Asks Nomad.
pub(crate) struct Nomad {
    https: Https,
    options: Options,
    /// Parameters of every question.
    query: String,
}

/// Why Nomad gives no answer.
#[derive(Debug, Error)]
pub(crate) enum NomadError {
    #[error("the TLS settings for Nomad cannot be used")]
    Tls(#[from] ClientTlsError),
    #[error("cannot ask Nomad")]
    Http(#[from] HttpError),
    #[error("Nomad answers {1} to {0}: {2}")]
    Refused(String, u16, String),
    #[error("what Nomad answers to {0} is not what it documents")]
    Odd(String, #[source] serde_json::Error),
    #[error("what Nomad tells of changes cannot be read")]
    TooLong(#[from] TooLong),
    #[error("Nomad ended its stream of events")]
    Ended,
}

/// The services of a namespace, by name.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Stub {
    pub(crate) services: Vec<StubService>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct StubService {
    pub(crate) service_name: String,
    pub(crate) tags: Option<Vec<String>>,
}

/// An instance of a service.
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Instance {
    #[serde(rename = "ID")]
    pub(crate) id: String,
    pub(crate) service_name: String,
    #[serde(rename = "NodeID")]
    pub(crate) node: String,
    /// Empty where there is no instance.
    pub(crate) address: String,
    pub(crate) port: i64,
    pub(crate) tags: Option<Vec<String>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct JobStub {
    #[serde(rename = "ID")]
    pub(crate) id: String,
    #[serde(rename = "Type")]
    pub(crate) kind: String,
    pub(crate) status: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Job {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) task_groups: Option<Vec<TaskGroup>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct TaskGroup {
    pub(crate) name: String,
    pub(crate) count: i64,
    pub(crate) services: Option<Vec<JobService>>,
    pub(crate) tasks: Option<Vec<Task>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Task {
    pub(crate) services: Option<Vec<JobService>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct JobService {
    pub(crate) name: String,
    pub(crate) task_name: String,
    pub(crate) provider: String,
    pub(crate) tags: Option<Vec<String>>,
}

impl Nomad {
    pub(crate) fn new(options: Options, namespace: Option<&str>) -> Result<Self, NomadError> {
        let read = |path: &str| windrose_sys::read_file(Path::new(path), LARGEST_FILE);
        let patience = options.wait.unwrap_or(PATIENCE).max(PATIENCE);
        let limits = Limits { whole: patience, head: patience };
        let https = Https::new(&ClientTlsOptions::from(&options.tls), &read, limits)?.at_most(LARGEST);
        let mut query = Vec::new();
        if !options.region.is_empty() {
            query.push(format!("region={}", encode(&options.region)));
        }
        if let Some(namespace) = namespace {
            query.push(format!("namespace={}", encode(namespace)));
        }
        if options.stale {
            query.push("stale=".to_owned());
        }
        Ok(Self { https, query: query.join("&"), options })
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    /// Asks now. Nothing where Nomad says 404.
    pub(crate) async fn get<T: DeserializeOwned + Default>(&self, path: &str) -> Result<T, NomadError> {
        let answer = self.https.send(&self.request(path, "")).await?;
        match answer.status {
            200 => {
                serde_json::from_slice(&answer.body).map_err(|error| NomadError::Odd(path.to_owned(), error))
            }
            404 => Ok(T::default()),
            status => Err(NomadError::Refused(path.to_owned(), status, answer.text())),
        }
    }

    /// News of services and, if it is asked for, of jobs.
    pub(crate) async fn events(&self) -> Result<Events, NomadError> {
        let topics =
            if self.options.allow_empty_services { "topic=Service&topic=Job" } else { "topic=Service" };
        let stream = self.https.stream(&self.request(EVENTS, topics)).await?;
        match stream.head.status {
            200 => Ok(Events { stream, lines: Lines::default() }),
            status => Err(NomadError::Refused(EVENTS.to_owned(), status, String::new())),
        }
    }

    fn request(&self, path: &str, more: &str) -> Request {
        let query = [self.query.as_str(), more]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("&");
        let query = if query.is_empty() { query } else { format!("?{query}") };
        let request = Request::get(format!("{}{path}{query}", self.options.base));
        match self.options.token.is_empty() {
            true => request,
            false => request.with("X-Nomad-Token", self.options.token.expose()),
        }
    }
}

/// A stream of events: one JSON value for each line, `{}` as a sign of life.
pub(crate) struct Events {
    stream: Streaming,
    lines: Lines,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Line {
    events: Option<Vec<serde::de::IgnoredAny>>,
}

impl Events {
    /// Returns when something has happened. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Result<(), NomadError> {
        loop {
            while let Some(line) = self.lines.line() {
                if line.iter().all(u8::is_ascii_whitespace) {
                    continue;
                }
                let line: Line = serde_json::from_slice(line)
                    .map_err(|error| NomadError::Odd(EVENTS.to_owned(), error))?;
                if line.events.is_some_and(|events| !events.is_empty()) {
                    return Ok(());
                }
            }
            match self.stream.next().await? {
                Some(piece) => self.lines.push(&piece)?,
                None => return Err(NomadError::Ended),
            }
        }
    }

    /// Forgets what has happened by now, and what happens for a short time yet.
    pub(crate) async fn skip(&mut self) -> Result<(), NomadError> {
        let end = tokio::time::Instant::now() + SHORT;
        while let Ok(outcome) = tokio::time::timeout_at(end, self.next()).await {
            outcome?;
        }
        Ok(())
    }
}

const EVENTS: &str = "/v1/event/stream";
/// Events that never end are not waited for.
const SHORT: Duration = Duration::from_millis(100);
/// The longest time for an answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// More than any answer we need.
const LARGEST: usize = 256 << 20;
/// How many bytes of a certificate, a key or a list of authorities are read.
const LARGEST_FILE: u64 = 16 << 20;

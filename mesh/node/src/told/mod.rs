//! What the controller tells: versions, and how one comes out of another.
//!
//! Owns the way of a version from a question to routing. Invariant: what is published is always a whole version; a
//! change that does not fit what is known is thrown away, and everything is asked for.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use thiserror::Error;
use windrose_config::refuse::DYNAMIC;
use windrose_config::source::{Format, parse};
use windrose_config::{DynamicConfig, Problem, Source as Place};
use windrose_courier::{Answer, Https, Limits, Request};
use windrose_mesh_topology::SUBJECTS;
use windrose_mesh_topology::change::merge;
use windrose_providers_core::{BoxFuture, Failed, Found, Source};
use windrose_tls::ClientTlsOptions;

use crate::cache;
use crate::counted::Counted;
use crate::options::Options;
use crate::token;

/// Why an answer is no version.
#[derive(Debug, Error)]
enum AnswerError {
    /// A status that means something else.
    #[error("the controller of the mesh answers {0}: {1}")]
    Status(u16, String),
    /// It does not say which version it is.
    #[error("the controller of the mesh does not say which version its answer is")]
    Version,
    /// It is no JSON.
    #[error("the answer of the controller of the mesh is no JSON")]
    Json,
    /// It is no routing.
    #[error("{0}")]
    Document(Box<Problem>),
}

/// What a node knows, whichever run learned it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known(Arc<Mutex<Option<Version>>>);

/// A version of the routing. It is not printed, as there may be secrets in it.
#[derive(Clone)]
struct Version {
    /// As the controller names it; empty for one out of the file.
    tag: String,
    routing: Arc<Value>,
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Version").field("tag", &self.tag).finish_non_exhaustive()
    }
}

impl Known {
    fn get(&self) -> Option<Version> {
        self.lock().clone()
    }

    fn set(&self, version: Version) {
        *self.lock() = Some(version);
    }

    fn lock(&self) -> MutexGuard<'_, Option<Version>> {
        // It is set whole, so a panic elsewhere does not spoil it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes ready to ask.
pub(crate) fn reach(
    options: Arc<Options>,
    known: Known,
    counted: Counted,
) -> BoxFuture<'static, Result<Box<dyn Source>, Failed>> {
    Box::pin(async move {
        let limits = Limits { whole: WAIT + ANSWER, head: WAIT + ANSWER };
        let read = |path: &str| windrose_sys::read_file(Path::new(path), LARGEST_FILE);
        let https = Https::new(&ClientTlsOptions::from(&options.tls), &read, limits)?.at_most(LARGEST);
        Ok(Box::new(Controller { https, options, known, counted, read: None, is_new: true })
            as Box<dyn Source>)
    })
}

/// The controller as a source.
struct Controller {
    https: Https,
    options: Arc<Options>,
    known: Known,
    /// Is told what names stand for.
    counted: Counted,
    /// What is new, read already.
    read: Option<DynamicConfig>,
    /// Whether what is known was not said in this run.
    is_new: bool,
}

impl Source for Controller {
    fn look(&mut self) -> BoxFuture<'_, Result<Option<Found>, Failed>> {
        Box::pin(async move {
            if self.known.get().is_none() {
                self.begin().await?;
            }
            if !std::mem::take(&mut self.is_new) {
                return Ok(None);
            }
            let config = match self.read.take() {
                Some(config) => config,
                None => match self.known.get() {
                    Some(version) => self.read(&version.routing)?,
                    None => return Ok(None),
                },
            };
            Ok(Some(Found { config, count: 1 }))
        })
    }

    fn changed(&mut self) -> BoxFuture<'_, Result<(), Failed>> {
        Box::pin(async move {
            while !self.ask(WAIT).await? {}
            Ok(())
        })
    }
}

impl Controller {
    /// Learns the first version: from the controller, or else from the file.
    async fn begin(&mut self) -> Result<(), Failed> {
        let Err(error) = self.ask(Duration::ZERO).await else { return Ok(()) };
        let kept = match &*self.options.cache {
            "" => None,
            path => cache::read(path)
                .inspect_err(|why| tracing::warn!(path, error = %why, "the last version cannot be read"))
                .ok()
                .flatten(),
        };
        let Some(routing) = kept else { return Err(error) };
        tracing::warn!(%error, "the controller is away; the last version, from the file, is in force");
        self.known.set(Version { tag: String::new(), routing: Arc::new(routing) });
        Ok(())
    }

    /// Asks for something new, for at most a time; whether there was anything.
    async fn ask(&mut self, wait: Duration) -> Result<bool, Failed> {
        let known = self.known.get();
        let mut request = Request::get(format!("{}{PATH}", self.options.endpoint))
            .with("prefer", format!("wait={}", wait.as_secs()))
            .with("accept", format!("{CHANGE}, application/json"));
        if let Some(version) = known.as_ref().filter(|version| !version.tag.is_empty()) {
            request = request.with("if-none-match", format!("\"{}\"", version.tag));
        }
        let token = token::read(&self.options.token)?;
        if !token.is_empty() {
            request = request.bearer(token.trim());
        }
        let answer = self.https.send(&request).await?;
        match answer.status {
            304 => Ok(false),
            200 => self.take(known, &answer).map(|()| true),
            status => Err(AnswerError::Status(status, answer.text()).into()),
        }
    }

    /// Takes in a version.
    fn take(&mut self, known: Option<Version>, answer: &Answer) -> Result<(), Failed> {
        let tag = answer.field("etag").map(|tag| tag.trim_matches('"')).filter(|tag| !tag.is_empty());
        let tag = tag.ok_or(AnswerError::Version)?.to_owned();
        let told = answer.json().ok_or(AnswerError::Json)?;
        let is_change = answer.field("content-type").is_some_and(|kind| kind.starts_with(CHANGE));
        let routing = match known {
            Some(version) if is_change => {
                let mut routing = Arc::unwrap_or_clone(version.routing);
                merge(&mut routing, told);
                routing
            }
            None if is_change => return Err(AnswerError::Version.into()),
            _ => told,
        };
        // What cannot be read must not become what later changes stand on.
        self.read = Some(self.read(&routing)?);
        let path = &*self.options.cache;
        if !path.is_empty()
            && let Err(error) = cache::write(path, &routing)
        {
            tracing::warn!(path, %error, "the last version cannot be kept; a node that restarts needs the controller");
        }
        self.known.set(Version { tag, routing: Arc::new(routing) });
        self.is_new = true;
        Ok(())
    }

    /// What a version declares. What its names stand for is for whoever counts, and no routing.
    fn read(&self, version: &Value) -> Result<DynamicConfig, Failed> {
        let mut routing = version.clone();
        let subjects = routing.as_object_mut().and_then(|routing| routing.remove(SUBJECTS));
        let place = Place::other("the controller of the mesh");
        let text = serde_json::to_string(&routing)?;
        let tree = parse(Format::Json, &text, &place);
        let tree = tree.map_err(|problem| AnswerError::Document(Box::new(problem)))?;
        // An older controller says nothing of them.
        self.counted.name(subjects.map(serde_json::from_value).transpose()?.unwrap_or_default());
        Ok(DynamicConfig::decode(tree, &place, DYNAMIC))
    }
}

/// Where the controller tells its versions.
const PATH: &str = "/api/windrose/mesh/configuration";
/// A change, (RFC 7396).
const CHANGE: &str = "application/merge-patch+json";
/// How long a question waits for something new, and how long the answer may take then.
const WAIT: Duration = Duration::from_secs(25);
const ANSWER: Duration = Duration::from_secs(10);
/// How many bytes of an answer are read, and of a certificate, a key or a token.
const LARGEST: usize = 256 << 20;
const LARGEST_FILE: u64 = 16 << 20;

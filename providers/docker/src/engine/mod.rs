//! Questions to an engine, and its answers.
//!
//! Owns the connection for single questions, which is kept between them. Every question is a `GET`; the version of the
//! API is agreed upon first. Must not know what the answers mean for routing.

mod answer;
pub(crate) mod api;
mod connect;
mod error;
mod limits;
mod objects;
mod question;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::options;

pub use error::EngineError;
pub use limits::Limit;

use answer::Connection;
use connect::Connector;
use limits::Limits;
use objects::{NoObject, Objects};
pub(crate) use question::{Question, escaped};

/// An engine that was reached.
pub(crate) struct Engine {
    connector: Arc<Connector>,
    limits: Limits,
    /// `/v1.41`
    version: String,
    kept: Option<Connection>,
}

/// The engine's events, one after the other.
pub(crate) struct Stream {
    connection: Connection,
    objects: Objects,
}

impl Engine {
    /// Reaches an engine, and agrees with it upon a version of the API.
    pub(crate) async fn reach(written: &options::Engine) -> Result<Self, EngineError> {
        let connector = Arc::new(Connector::new(written, &|name| std::env::var(name).ok())?);
        let limits = Limits::new(written.timeout.to_std());
        let mut engine = Self { connector, limits, version: String::new(), kept: None };
        engine.version = match std::env::var("DOCKER_API_VERSION") {
            Ok(version) if !version.is_empty() => format!("/v{}", version.trim_start_matches('v')),
            _ => {
                let told: Version = engine.ask(&Question::new("/version")).await?;
                format!("/v{}", agreed(&told.api_version, &told.min_api_version))
            }
        };
        Ok(engine)
    }

    /// Asks, and reads the whole answer.
    pub(crate) async fn get<T: DeserializeOwned>(&mut self, question: Question) -> Result<T, EngineError> {
        let question = question.below(&self.version);
        self.ask(&question).await
    }

    /// Asks about one thing; waits no longer than for one, nor longer than `patience`.
    pub(crate) async fn get_one<T: DeserializeOwned>(
        &mut self,
        question: Question,
        patience: Duration,
    ) -> Result<T, EngineError> {
        let (question, limit) = (question.below(&self.version), self.limits.one.at_most(patience));
        self.ask_within(&question, limit).await
    }

    /// How long it may take for what it says of one thing.
    pub(crate) fn limit_of_one(&self) -> Duration {
        self.limits.one.time
    }

    /// Asks whether it is there.
    pub(crate) async fn ping(&mut self) -> Result<(), EngineError> {
        let question = Question::new("/_ping");
        let limit = self.limits.whole.at_most(PATIENCE);
        let asked = tokio::time::timeout(limit.time, self.exchange(&question)).await;
        asked.map_err(|_| EngineError::Slow(question.path.clone(), limit))?.map(drop)
    }

    /// The version of the API that was agreed upon: `1.41`.
    pub(crate) fn version(&self) -> &str {
        self.version.trim_start_matches("/v")
    }

    /// What the engine says of itself.
    pub(crate) async fn about<T: DeserializeOwned>(&mut self) -> Result<T, EngineError> {
        self.ask(&Question::new("/version")).await
    }

    /// Asks for what does not end. That it begins has a limit.
    pub(crate) async fn stream(&self, question: Question) -> Result<Stream, EngineError> {
        let question = question.below(&self.version);
        let begun = async {
            let mut connection = self.connector.connect().await?;
            connection.send(&self.connector.head(&question)).await?;
            connection.begin(&question).await?;
            Ok(Stream { connection, objects: Objects::default() })
        };
        let limit = self.limits.whole;
        let begun = tokio::time::timeout(limit.time, begun).await;
        begun.unwrap_or_else(|_| Err(EngineError::Slow(question.path.clone(), limit)))
    }

    async fn ask<T: DeserializeOwned>(&mut self, question: &Question) -> Result<T, EngineError> {
        let limit = self.limits.whole;
        self.ask_within(question, limit).await
    }

    async fn ask_within<T: DeserializeOwned>(
        &mut self,
        question: &Question,
        limit: Limit,
    ) -> Result<T, EngineError> {
        let body = tokio::time::timeout(limit.time, self.exchange(question)).await;
        let body = body.map_err(|_| EngineError::Slow(question.path.clone(), limit))??;
        serde_json::from_slice(&body).map_err(|source| EngineError::Json(question.path.clone(), source))
    }

    async fn exchange(&mut self, question: &Question) -> Result<Vec<u8>, EngineError> {
        // One that was kept may have ended meanwhile; a question may be asked again.
        if let Some(mut kept) = self.kept.take() {
            match self.exchange_on(&mut kept, question).await {
                Err(EngineError::Broken(..) | EngineError::Ended(_)) => {}
                Err(error) => return Err(error),
                Ok(body) => {
                    self.kept = Some(kept).filter(Connection::may_be_kept);
                    return Ok(body);
                }
            }
        }
        let mut connection = self.connector.connect().await?;
        let body = self.exchange_on(&mut connection, question).await?;
        self.kept = Some(connection).filter(Connection::may_be_kept);
        Ok(body)
    }

    async fn exchange_on(
        &self,
        connection: &mut Connection,
        question: &Question,
    ) -> Result<Vec<u8>, EngineError> {
        connection.send(&self.connector.head(question)).await?;
        connection.begin(question).await?;
        let mut body = Vec::new();
        while connection.more(&mut body).await? {
            if body.len() > LONGEST {
                return Err(EngineError::TooLong(question.path.clone()));
            }
        }
        Ok(body)
    }
}

impl Stream {
    /// The next object, one in a line or one behind the other; nothing when the engine ends it. Dropping the future loses
    /// nothing.
    pub(crate) async fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>, EngineError> {
        loop {
            match self.objects.next() {
                Ok(Some(object)) => {
                    return match serde_json::from_slice(object) {
                        Ok(object) => Ok(Some(object)),
                        Err(error) => Err(EngineError::Json(EVENTS.to_owned(), error)),
                    };
                }
                Ok(None) => {}
                Err(NoObject) => {
                    let error = serde::de::Error::custom("expected an object");
                    return Err(EngineError::Json(EVENTS.to_owned(), error));
                }
            }
            if self.objects.len() > LONGEST {
                return Err(EngineError::TooLong(EVENTS.to_owned()));
            }
            if !self.connection.more(self.objects.room()).await? {
                return Ok(None);
            }
        }
    }

    /// Whether an object is there already.
    pub(crate) fn has_more(&self) -> bool {
        self.objects.has_more()
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Version {
    #[serde(rename = "ApiVersion")]
    api_version: String,
    #[serde(rename = "MinAPIVersion")]
    min_api_version: String,
}

/// The engine's version, or the newest that we know if that is older and still spoken.
fn agreed(newest: &str, oldest: &str) -> String {
    let number = |text: &str| -> Option<(u32, u32)> {
        let (major, minor) = text.split_once('.')?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    };
    let Some(newest) = number(newest) else { return format!("{}.{}", USUAL.0, USUAL.1) };
    let (major, minor) = newest.min(KNOWN).max(number(oldest).unwrap_or_default());
    format!("{major}.{minor}")
}

/// What a stream is called in errors.
const EVENTS: &str = "the events";
/// What engines spoke that do not say what they speak.
const USUAL: (u32, u32) = (1, 40);
/// The newest version of the API that we know.
const KNOWN: (u32, u32) = (1, 52);
/// How long an engine may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(30);
/// No answer is longer: ten thousand containers take a third of it.
const LONGEST: usize = 64 << 20;

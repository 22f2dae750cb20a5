//! Lists, watches, and the few objects that are written.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::io::{AsyncBufRead, AsyncBufReadExt, Lines};
use futures_util::stream::StreamExt;
use http::{Method, Request};
use kube::Client;
use kube::client::Body;
use serde::Deserialize;
use serde_json::Value;

/// Asks the API server.
#[derive(Clone)]
pub struct Api {
    client: Client,
    namespace: Arc<str>,
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// It says no.
    #[error("it answers {code}: {message}")]
    Refused {
        /// The status.
        code: u16,
        /// What it says.
        message: String,
    },
    /// It cannot be reached, or says something odd.
    #[error("{0}")]
    Failed(#[source] kube::Error),
    /// The answer breaks off.
    #[error("the answer breaks off: {0}")]
    Broken(#[source] std::io::Error),
    /// What it says cannot be read.
    #[error("what it says cannot be read: {0}")]
    Odd(#[source] serde_json::Error),
    /// It says nothing for long.
    #[error("it says nothing any more")]
    Silent,
}

/// One page of a list.
#[derive(Debug, Deserialize)]
pub struct List {
    /// About the list.
    #[serde(default)]
    pub metadata: ListMeta,
    /// The objects.
    #[serde(default)]
    pub items: Option<Vec<Value>>,
}

/// About a list.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListMeta {
    /// Where a watch goes on.
    pub resource_version: String,
    /// Where the next page begins; empty on the last one.
    #[serde(rename = "continue")]
    pub next: String,
}

/// What a watch says.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", content = "object", rename_all = "UPPERCASE")]
pub enum Event {
    /// There is a new object.
    Added(Value),
    /// An object is different.
    Modified(Value),
    /// An object is gone.
    Deleted(Value),
    /// Nothing, up to this version.
    Bookmark(Value),
    /// The watch cannot go on.
    Error(Failure),
}

/// Why a watch cannot go on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Failure {
    /// The status.
    pub code: u16,
    /// What it says.
    pub message: String,
}

/// The events of a watch.
pub struct Watch<R>(Lines<R>);

impl ApiError {
    /// The status of the answer; 0 when there is none.
    #[must_use]
    pub fn code(&self) -> u16 {
        match self {
            Self::Refused { code, .. } => *code,
            _ => 0,
        }
    }
}

impl From<kube::Error> for ApiError {
    fn from(error: kube::Error) -> Self {
        match error {
            kube::Error::Api(status) => Self::Refused { code: status.code, message: status.message },
            other => Self::Failed(other),
        }
    }
}

impl Api {
    pub(super) fn with(client: Client, namespace: Arc<str>) -> Self {
        Self { client, namespace }
    }

    /// The namespace that we are in.
    #[must_use]
    pub fn namespace(&self) -> &Arc<str> {
        &self.namespace
    }

    /// A page of a list.
    ///
    /// # Errors
    ///
    /// There is no answer, or it is a no.
    pub async fn list(&self, path: &str) -> Result<List, ApiError> {
        self.ask(Method::GET, path, "", None).await
    }

    /// All objects of a kind, page by page, of which `selector` is true where one is given (`fieldSelector=…`).
    ///
    /// # Errors
    ///
    /// There is no answer, or it is a no.
    pub async fn all(&self, path: &str, selector: &str) -> Result<Vec<Value>, ApiError> {
        let selector = if selector.is_empty() { String::new() } else { format!("&{selector}") };
        let (mut all, mut next) = (Vec::new(), String::new());
        loop {
            let more = if next.is_empty() { String::new() } else { format!("&continue={}", escaped(&next)) };
            let page = self.list(&format!("{path}?limit={PAGE}{selector}{more}")).await?;
            all.extend(page.items.unwrap_or_default());
            next = page.metadata.next;
            if next.is_empty() {
                return Ok(all);
            }
        }
    }

    /// One object.
    ///
    /// # Errors
    ///
    /// There is no answer, or it is a no.
    pub async fn get(&self, path: &str) -> Result<Value, ApiError> {
        self.ask(Method::GET, path, "", None).await
    }

    /// Makes an object.
    ///
    /// # Errors
    ///
    /// There is no answer, or it is a no.
    pub async fn create(&self, path: &str, object: &Value) -> Result<Value, ApiError> {
        self.ask(Method::POST, path, "application/json", Some(object)).await
    }

    /// Replaces an object; the version inside says which one.
    ///
    /// # Errors
    ///
    /// There is no answer, or it is a no.
    pub async fn replace(&self, path: &str, object: &Value) -> Result<Value, ApiError> {
        self.ask(Method::PUT, path, "application/json", Some(object)).await
    }

    /// Changes some fields of an object.
    ///
    /// # Errors
    ///
    /// There is no answer, or it is a no.
    pub async fn patch(&self, path: &str, fields: &Value) -> Result<Value, ApiError> {
        self.ask(Method::PATCH, path, "application/merge-patch+json", Some(fields)).await
    }

    /// Removes an object.
    ///
    /// # Errors
    ///
    /// There is no answer, or it is a no.
    pub async fn delete(&self, path: &str) -> Result<Value, ApiError> {
        self.ask(Method::DELETE, path, "", None).await
    }

    /// The events that a watch gives.
    ///
    /// # Errors
    ///
    /// There is no answer, or it is a no.
    pub async fn watch(&self, path: &str) -> Result<Watch<impl AsyncBufRead + Unpin + use<>>, ApiError> {
        let request = Request::get(path).body(Vec::new());
        let request = request.map_err(|error| ApiError::Failed(kube::Error::HttpError(error)))?;
        let answer = tokio::time::timeout(ANSWER, self.client.request_stream(request));
        let stream = answer.await.map_err(|_| ApiError::Silent)??;
        Ok(Watch(Box::pin(stream).lines()))
    }

    /// Makes an object what it is to be, whether it is there or not.
    ///
    /// # Errors
    ///
    /// There is no answer, or it is a no.
    pub async fn apply(&self, path: &str, object: &Value) -> Result<Value, ApiError> {
        self.ask(Method::PATCH, path, "application/apply-patch+yaml", Some(object)).await
    }

    /// What is no object, such as a log.
    ///
    /// # Errors
    ///
    /// There is no answer, or it is a no.
    pub async fn text(&self, path: &str) -> Result<String, ApiError> {
        let bytes = self.answer(Method::GET, path, "", None).await?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    async fn ask<T: serde::de::DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        kind: &str,
        body: Option<&Value>,
    ) -> Result<T, ApiError> {
        let bytes = self.answer(method, path, kind, body).await?;
        serde_json::from_slice(&bytes).map_err(ApiError::Odd)
    }

    async fn answer(
        &self,
        method: Method,
        path: &str,
        kind: &str,
        body: Option<&Value>,
    ) -> Result<Bytes, ApiError> {
        let body = body.map(serde_json::to_vec).transpose().map_err(ApiError::Odd)?.unwrap_or_default();
        let mut request = Request::builder().method(method).uri(path);
        if !kind.is_empty() {
            request = request.header(http::header::CONTENT_TYPE, kind);
        }
        let request = request.body(Body::from(body));
        let request = request.map_err(|error| ApiError::Failed(kube::Error::HttpError(error)))?;
        let answer = async {
            let answer = self.client.send(request).await?;
            let status = answer.status();
            Ok::<_, kube::Error>((status, answer.into_body().collect_bytes().await?))
        };
        let answer = tokio::time::timeout(ANSWER, answer);
        let (status, bytes) = answer.await.map_err(|_| ApiError::Silent)??;
        if !status.is_success() {
            return Err(ApiError::Refused { code: status.as_u16(), message: why(&bytes) });
        }
        Ok(bytes)
    }
}

/// Why the server says no: the message of a `Status`, or the beginning of what is none.
fn why(answer: &[u8]) -> String {
    let status: Option<Failure> = serde_json::from_slice(answer).ok();
    let message = status.map(|status| status.message).filter(|message| !message.is_empty());
    message.unwrap_or_else(|| String::from_utf8_lossy(answer).trim().chars().take(SHOWN).collect())
}

impl<R: AsyncBufRead + Unpin> Watch<R> {
    /// The next event; nothing at the end.
    ///
    /// # Errors
    ///
    /// It broke, or nothing was heard for `silence`.
    pub async fn next(&mut self, silence: Duration) -> Result<Option<Event>, ApiError> {
        let line = tokio::time::timeout(silence, self.0.next()).await.map_err(|_| ApiError::Silent)?;
        match line {
            None => Ok(None),
            Some(Ok(line)) => serde_json::from_str(&line).map(Some).map_err(ApiError::Odd),
            Some(Err(error)) => Err(ApiError::Broken(error)),
        }
    }
}

/// Text as it stands in the query of a path.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&data_encoding::HEXUPPER.encode(&[byte]));
        }
    }
    out
}

/// The longest wait for an answer to begin; the API server itself gives up after a minute.
const ANSWER: Duration = Duration::from_secs(65);
/// As much as is shown of an answer that is no `Status`.
const SHOWN: usize = 200;

/// How many objects are read at once.
const PAGE: u32 = 500;

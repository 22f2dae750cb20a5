//! Questions to etcd's gateway.

use std::path::Path;
use std::time::Duration;

use data_encoding::BASE64;
use serde::Deserialize;
use serde_json::{Value, json};
use thiserror::Error;
use windrose_courier::{Answer, HttpError, Https, Limits, Request, Streaming};
use windrose_providers_core::kv::{Budget, Pair, TooMuch};
use windrose_providers_core::lines::{Lines, TooLong};
use windrose_tls::{ClientTlsError, ClientTlsOptions};

use crate::options::Options;

/// Asks etcd.
pub(crate) struct Etcd {
    https: Https,
    /// The servers, the one that answered last first.
    bases: Vec<String>,
    options: Options,
    /// What proves who we are.
    token: Option<String>,
}

/// Why etcd gives no keys.
#[derive(Debug, Error)]
pub(crate) enum EtcdError {
    #[error("the TLS settings for etcd cannot be used")]
    Tls(#[from] ClientTlsError),
    #[error("cannot ask etcd")]
    Http(#[from] HttpError),
    #[error("etcd answers {1} to {0}: {2}")]
    Refused(&'static str, u16, String),
    #[error(
        "{0} is not there; etcd is asked over its JSON gateway, which 3.4 and later offer unless it is switched off"
    )]
    NoGateway(&'static str),
    #[error("what etcd answers to {0} is not what it documents")]
    Odd(&'static str),
    #[error("what etcd holds is too much")]
    TooMuch(#[from] TooMuch),
    #[error("what etcd tells of changes cannot be read")]
    TooLong(#[from] TooLong),
    #[error("etcd ended the watch: {0}")]
    Ended(String),
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Range {
    header: Header,
    kvs: Vec<KeyValue>,
    more: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Header {
    /// A number, as text.
    revision: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct KeyValue {
    key: String,
    value: String,
}

impl Etcd {
    pub(crate) fn new(options: Options) -> Result<Self, EtcdError> {
        let read = |path: &str| windrose_sys::read_file(Path::new(path), LARGEST_FILE);
        let tls = options.tls.clone().unwrap_or_default();
        let limits = Limits { whole: PATIENCE, head: PATIENCE };
        let https = Https::new(&ClientTlsOptions::from(&tls), &read, limits)?.at_most(LARGEST);
        let scheme = if options.tls.is_some() { "https" } else { "http" };
        let bases = options.endpoints.iter().map(|endpoint| format!("{scheme}://{endpoint}")).collect();
        Ok(Self { https, bases, options, token: None })
    }

    /// All keys below a prefix as of one moment, and which.
    pub(crate) async fn list(&mut self, prefix: &str) -> Result<(Vec<Pair>, u64), EtcdError> {
        let (mut from, end) = (prefix.as_bytes().to_vec(), end_of(prefix));
        let (mut pairs, mut revision) = (Vec::new(), 0);
        let mut budget = Budget::new();
        loop {
            budget.page()?;
            let question = json!({
                "key": BASE64.encode(&from), "range_end": BASE64.encode(&end),
                "limit": AT_ONCE.to_string(), "revision": revision.to_string(),
            });
            let answer = self.ask(RANGE, &question).await?;
            let range: Range = serde_json::from_slice(&answer.body).map_err(|_| EtcdError::Odd(RANGE))?;
            if revision == 0 {
                revision = range.header.revision.parse().map_err(|_| EtcdError::Odd(RANGE))?;
            }
            let mut last = Vec::new();
            for KeyValue { key, value } in range.kvs {
                budget.take(1, key.len() + value.len())?;
                let decode = |text: &str| BASE64.decode(text.as_bytes()).map_err(|_| EtcdError::Odd(RANGE));
                last = decode(&key)?;
                // Keys of others may be anything.
                if let Ok(key) = String::from_utf8(last.clone()) {
                    pairs.push((key, decode(&value)?));
                }
            }
            if !range.more || last.is_empty() {
                return Ok((pairs, revision));
            }
            // The first key behind the last one.
            last.push(0);
            from = last;
        }
    }

    /// What happens below a prefix after a revision.
    pub(crate) async fn watch(&mut self, prefix: &str, after: u64) -> Result<Watch, EtcdError> {
        let question = json!({"create_request": {
            "key": BASE64.encode(prefix.as_bytes()), "range_end": BASE64.encode(&end_of(prefix)),
            "start_revision": (after + 1).to_string(),
        }});
        let base = self.bases.first().cloned().unwrap_or_default();
        let request = self.request(&base, WATCH, &question);
        let stream = self.https.stream(&request).await?;
        if stream.head.status != 200 {
            return Err(EtcdError::Refused(WATCH, stream.head.status, String::new()));
        }
        Ok(Watch { stream, lines: Lines::default() })
    }

    /// Asks, and says once more who we are if etcd has forgotten it.
    async fn ask(&mut self, path: &'static str, question: &Value) -> Result<Answer, EtcdError> {
        let has_login = !self.options.username.is_empty();
        if has_login && self.token.is_none() {
            self.authenticate().await?;
        }
        let mut answer = self.send(path, question).await?;
        if has_login && answer.status == 401 {
            self.authenticate().await?;
            answer = self.send(path, question).await?;
        }
        checked(path, answer)
    }

    async fn authenticate(&mut self) -> Result<(), EtcdError> {
        self.token = None;
        let question = json!({"name": &*self.options.username, "password": self.options.password.expose()});
        let answer = checked(AUTHENTICATE, self.send(AUTHENTICATE, &question).await?)?;
        let token = answer.json().and_then(|answer| Some(answer.get("token")?.as_str()?.to_owned()));
        self.token = Some(token.ok_or(EtcdError::Odd(AUTHENTICATE))?);
        Ok(())
    }

    /// The answer of the first server that gives one.
    async fn send(&mut self, path: &'static str, question: &Value) -> Result<Answer, EtcdError> {
        let mut last = None;
        for at in 0..self.bases.len() {
            let request = self.request(&self.bases[at], path, question);
            match self.https.send(&request).await {
                Ok(answer) => {
                    self.bases.rotate_left(at);
                    return Ok(answer);
                }
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| HttpError::Url(String::new())).into())
    }

    fn request(&self, base: &str, path: &str, question: &Value) -> Request {
        let request = Request::post(format!("{base}{path}")).json(question);
        match &self.token {
            Some(token) => request.with("Authorization", token),
            None => request,
        }
    }
}

/// News, one JSON value for each.
pub(crate) struct Watch {
    stream: Streaming,
    lines: Lines,
}

impl Watch {
    /// Returns when something has changed. Dropping the future loses nothing.
    pub(crate) async fn changed(&mut self) -> Result<(), EtcdError> {
        loop {
            while let Some(line) = self.lines.line() {
                if is_news(line)? {
                    return Ok(());
                }
            }
            match self.stream.next().await? {
                Some(piece) => self.lines.push(&piece)?,
                None => return Err(EtcdError::Ended("the connection was closed".to_owned())),
            }
        }
    }
}

/// Whether a line tells of changes.
fn is_news(line: &[u8]) -> Result<bool, EtcdError> {
    if line.iter().all(u8::is_ascii_whitespace) {
        return Ok(false);
    }
    let said: Value = serde_json::from_slice(line).map_err(|_| EtcdError::Odd(WATCH))?;
    if let Some(error) = said.get("error") {
        let message = error.get("message").and_then(Value::as_str).unwrap_or("no reason is given");
        return Err(EtcdError::Ended(message.to_owned()));
    }
    let result = said.get("result").unwrap_or(&Value::Null);
    if result.get("canceled").and_then(Value::as_bool) == Some(true) {
        let reason = result.get("cancel_reason").and_then(Value::as_str);
        return Err(EtcdError::Ended(reason.unwrap_or("what came before was compacted").to_owned()));
    }
    Ok(result.get("events").and_then(Value::as_array).is_some_and(|events| !events.is_empty()))
}

fn checked(path: &'static str, answer: Answer) -> Result<Answer, EtcdError> {
    match answer.status {
        200 => Ok(answer),
        404 => Err(EtcdError::NoGateway(path)),
        status => Err(EtcdError::Refused(path, status, answer.text())),
    }
}

/// What all keys with this prefix stand before.
fn end_of(prefix: &str) -> Vec<u8> {
    let mut end = prefix.as_bytes().to_vec();
    // A prefix ends with a slash, so it has a last byte that can grow.
    if let Some(last) = end.last_mut() {
        *last += 1;
    }
    end
}

const RANGE: &str = "/v3/kv/range";
const WATCH: &str = "/v3/watch";
const AUTHENTICATE: &str = "/v3/auth/authenticate";
/// How many keys are asked for at once.
const AT_ONCE: usize = 1000;
/// The longest time for an answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// More than any answer we need.
const LARGEST: usize = 256 << 20;
/// How many bytes of a certificate, a key or a list of authorities are read.
const LARGEST_FILE: u64 = 16 << 20;

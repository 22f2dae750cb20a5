//! Questions to Consul's HTTP API.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use thiserror::Error;
use windrose_config::redact::Secret;
use windrose_config::static_config::ClientTls;
use windrose_courier::{Answer, HttpError, Https, Limits, Request};
use windrose_tls::{ClientTlsError, ClientTlsOptions};

/// Where Consul is, and who we are to it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place {
    /// `http://127.0.0.1:8500`, tried in this order.
    pub(crate) bases: Vec<String>,
    pub(crate) token: Secret,
    /// Name and password of a proxy before it.
    pub(crate) login: Option<(Arc<str>, Secret)>,
    pub(crate) tls: ClientTls,
    /// Parameters of every question.
    pub(crate) parameters: Vec<(&'static str, String)>,
}

/// Asks Consul.
pub(crate) struct Consul {
    https: Https,
    place: Place,
}

/// What Consul answers, and as of when.
pub(crate) struct Said<T> {
    /// Nothing where it says 404.
    pub(crate) value: Option<T>,
    pub(crate) index: u64,
}

/// Why Consul gives no answer.
#[derive(Debug, Error)]
pub(crate) enum ConsulError {
    #[error("the TLS settings for Consul cannot be used")]
    Tls(#[from] ClientTlsError),
    #[error("cannot ask Consul")]
    Http(#[from] HttpError),
    #[error("Consul answers {1} to {0}: {2}")]
    Refused(String, u16, String),
    #[error("what Consul answers to {0} is not what it documents")]
    Odd(String, #[source] serde_json::Error),
}

impl Consul {
    pub(crate) fn new(place: Place) -> Result<Self, ConsulError> {
        let read = |path: &str| windrose_sys::read_file(Path::new(path), LARGEST_FILE);
        let limits = Limits { whole: PATIENCE, head: PATIENCE };
        let https = Https::new(&ClientTlsOptions::from(&place.tls), &read, limits)?.at_most(LARGEST);
        Ok(Self { https, place })
    }

    /// Asks now.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Said<T>, ConsulError> {
        self.ask(&self.https, path, parameters).await
    }

    /// Asks, and has the answer wait until there is something newer than `index`, but no longer than `wait`. An answer
    /// that comes at once is held back for a moment: from one that does not wait it would be asked for without end.
    pub(crate) async fn newer<T: DeserializeOwned>(
        &self,
        path: &str,
        parameters: &[(&str, &str)],
        index: u64,
        wait: Duration,
    ) -> Result<Said<T>, ConsulError> {
        let (index, seconds) = (index.to_string(), format!("{}s", wait.as_secs().max(1)));
        let all = [parameters, &[("index", index.as_str()), ("wait", seconds.as_str())]].concat();
        // Consul adds up to a sixteenth of its own.
        let limit = wait + wait / 8 + PATIENCE;
        let https = self.https.clone().within(Limits { whole: limit, head: limit });
        let begun = tokio::time::Instant::now();
        let said = self.ask(&https, path, &all).await?;
        tokio::time::sleep_until(begun + SHORTEST).await;
        Ok(said)
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        https: &Https,
        path: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Said<T>, ConsulError> {
        let answer = self.answer(https, path, parameters).await?;
        let index = answer.field("x-consul-index").and_then(|index| index.trim().parse().ok()).unwrap_or(0);
        if answer.status == 404 {
            return Ok(Said { value: None, index });
        }
        if answer.status != 200 {
            return Err(ConsulError::Refused(path.to_owned(), answer.status, answer.text()));
        }
        let value = serde_json::from_slice(&answer.body);
        let value = value.map_err(|error| ConsulError::Odd(path.to_owned(), error))?;
        Ok(Said { value, index })
    }

    /// The answer of the first server that gives one.
    async fn answer(
        &self,
        https: &Https,
        path: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Answer, ConsulError> {
        let own = self.place.parameters.iter().map(|(name, value)| (*name, value.as_str()));
        let query: Vec<String> = own
            .chain(parameters.iter().copied())
            .map(|(name, value)| format!("{name}={}", windrose_courier::sigv4::encode(value)))
            .collect();
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        let mut last = None;
        for base in &self.place.bases {
            let mut request = Request::get(format!("{base}{path}{query}"));
            if !self.place.token.is_empty() {
                request = request.with("X-Consul-Token", self.place.token.expose());
            }
            if let Some((name, password)) = &self.place.login {
                request = request.basic(name, password.expose());
            }
            match https.send(&request).await {
                Ok(answer) => return Ok(answer),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| HttpError::Url(path.to_owned())).into())
    }
}

/// A part of a path.
pub(crate) fn escaped(part: &str) -> String {
    windrose_courier::sigv4::encode(part)
}

/// The next index to wait for. One that goes back begins anew.
pub(crate) fn next_index(before: u64, now: u64) -> u64 {
    if now < before { 0 } else { now }
}

/// The longest time for an answer that need not wait.
const PATIENCE: Duration = Duration::from_secs(15);
/// The shortest time between two questions for what is newer.
const SHORTEST: Duration = Duration::from_millis(250);
/// More than any answer we need.
const LARGEST: usize = 256 << 20;
/// How many bytes of a certificate, a key or a list of authorities are read.
const LARGEST_FILE: u64 = 16 << 20;

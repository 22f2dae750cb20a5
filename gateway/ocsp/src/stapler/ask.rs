//! Asking responders.

use std::error::Error as _;
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, SystemTime};

use thiserror::Error;
use windrose_config::static_config::Ocsp;
use windrose_courier::{HttpError, Https, Limits, Proxy, Request};
use windrose_providers_core::BoxFuture;
use windrose_tls::{ClientTlsError, ClientTlsOptions, Files, OcspError, OcspQuestion, Offer, Staple};

/// Asks, of each responder the one that is written in its place.
#[derive(Debug)]
pub(super) struct Asker {
    https: Https,
    instead: Vec<(Arc<str>, Arc<str>)>,
}

/// A question that is under way.
pub(super) struct Asking {
    about: String,
    answer: BoxFuture<'static, Result<Staple, AskError>>,
}

/// Why there is no answer. The first responder's reason, if there are several.
#[derive(Debug, Error)]
pub(super) enum AskError {
    /// It cannot be reached.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// It does not want to.
    #[error("the responder answers with status {0}")]
    Status(u16),
    /// It says what cannot be given to clients.
    #[error(transparent)]
    Answer(#[from] OcspError),
}

impl Asker {
    pub(super) fn new(written: &Ocsp, files: &dyn Files) -> Result<Self, ClientTlsError> {
        let trust = ClientTlsOptions { offer: Offer::Http1, ..ClientTlsOptions::default() };
        let limits = Limits { whole: PATIENCE, head: PATIENCE };
        let proxy = Proxy::of(&|name| std::env::var(name).ok());
        let overrides = written.responder_overrides.iter();
        Ok(Self {
            https: Https::new(&trust, files, limits)?.through(proxy),
            instead: overrides.map(|(url, instead)| (Arc::clone(url), Arc::clone(instead))).collect(),
        })
    }

    pub(super) fn ask(&self, about: &str, question: &Arc<OcspQuestion>) -> Asking {
        let responders = question.responders.iter().map(|url| {
            let instead = self.instead.iter().find(|(known, _)| **known == **url);
            instead.map_or_else(|| url.clone(), |(_, instead)| instead.to_string())
        });
        let responders: Vec<String> = responders.collect();
        let (https, question) = (self.https.clone(), Arc::clone(question));
        let answer = Box::pin(async move {
            let mut first = None;
            for url in responders {
                match one(&https, &url, &question).await {
                    Ok(staple) => return Ok(staple),
                    Err(error) if error.is_final() => return Err(error),
                    Err(error) => first = first.or(Some(error)),
                }
            }
            Err(first.unwrap_or_else(AskError::nobody))
        });
        Asking { about: about.to_owned(), answer }
    }
}

async fn one(https: &Https, url: &str, question: &OcspQuestion) -> Result<Staple, AskError> {
    let request = Request::post(url).body("application/ocsp-request", question.request.clone());
    let answer = https.send(&request.with("Accept", "application/ocsp-response")).await?;
    if answer.status != 200 {
        return Err(AskError::Status(answer.status));
    }
    Ok(question.read(&answer.body, SystemTime::now())?)
}

impl Asking {
    /// The fingerprint of the certificate that is asked about.
    pub(super) fn about(&self) -> &str {
        &self.about
    }
}

/// Waits for the next one to be done; for ever when there is none. Dropping the future loses nothing.
pub(super) async fn next(under_way: &mut Vec<Asking>) -> (String, Result<Staple, AskError>) {
    poll_fn(|cx| {
        for index in 0..under_way.len() {
            let Some(asking) = under_way.get_mut(index) else { break };
            if let Poll::Ready(outcome) = asking.answer.as_mut().poll(cx) {
                return Poll::Ready((under_way.swap_remove(index).about, outcome));
            }
        }
        Poll::Pending
    })
    .await
}

impl AskError {
    /// Nobody was there to ask.
    pub(super) const fn nobody() -> Self {
        Self::Answer(OcspError::Other)
    }

    /// Whether what was known before must not be given to clients any more.
    pub(super) const fn is_final(&self) -> bool {
        matches!(self, Self::Answer(OcspError::Revoked))
    }

    /// The reason with all that is behind it, on one line.
    pub(super) fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            text.push_str(&format!(": {error}"));
            cause = error.source();
        }
        text
    }
}

impl fmt::Debug for Asking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asking").field("about", &self.about).finish_non_exhaustive()
    }
}

/// How long a responder may take.
const PATIENCE: Duration = Duration::from_secs(30);

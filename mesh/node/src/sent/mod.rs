//! What was counted, on its way to the controllers.
//!
//! Every controller is told the same, so it does not matter which one is asked. Whom there is to tell is in their
//! answers; until one has answered, the controller of the configuration is told. A slice goes to each of them until it
//! says that it has it. A controller that is away loses nothing but time, as long as it comes back within the slices that
//! are kept.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use windrose_courier::{Https, Limits, Request};
use windrose_mesh_traffic::Receipt;
use windrose_mesh_traffic::report::{SECONDS, slice_at};
use windrose_tls::ClientTlsOptions;

use crate::counted::Counted;
use crate::options::Options;
use crate::token;

/// What is known of those who are told, whichever run learned it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sender(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    /// The controllers, as the last of them to answer said.
    controllers: Vec<Arc<str>>,
    /// The last slice that each of them has.
    last: BTreeMap<Arc<str>, u64>,
    /// Nobody wants to know before.
    pause: Option<Instant>,
    /// What was said last of what went wrong.
    told: String,
}

/// Why figures did not arrive.
#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error(transparent)]
    Http(#[from] windrose_courier::HttpError),
    #[error("{0}")]
    Token(#[from] token::TokenError),
    #[error("the figures cannot be written down: {0}")]
    Json(#[from] serde_json::Error),
    /// The controller keeps no figures.
    #[error("the controller keeps no figures")]
    Unwanted,
    #[error("the controller answers {0}: {1}")]
    Status(u16, String),
}

/// Cuts slices and sends them, for ever.
pub(crate) async fn send(options: Arc<Options>, counted: Counted, sender: Sender) {
    let limits = Limits { whole: PATIENCE, head: PATIENCE };
    let read = |path: &str| windrose_sys::read_file(std::path::Path::new(path), LARGEST_FILE);
    let https = match Https::new(&ClientTlsOptions::from(&options.tls), &read, limits) {
        Ok(https) => https.at_most(LARGEST_ANSWER),
        // Whoever asks for the routing says the same.
        Err(error) => {
            tracing::debug!(%error, "figures cannot be sent");
            return std::future::pending().await;
        }
    };
    loop {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let over = slice_at(now.as_secs()).saturating_sub(1);
        // A run that begins may find the slice cut.
        if counted.last() != Some(over) {
            counted.cut(over);
            sender.tell_all(&https, &options, &counted).await;
        }
        let next = Duration::from_secs((over + 2) * SECONDS);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        tokio::time::sleep(next.saturating_sub(now).clamp(SOON, Duration::from_secs(SECONDS))).await;
    }
}

impl Sender {
    /// Tells every controller what it does not have.
    async fn tell_all(&self, https: &Https, options: &Options, counted: &Counted) {
        let whom = {
            let mut known = self.lock();
            if known.pause.is_some_and(|until| Instant::now() < until) {
                return;
            }
            known.pause = None;
            let listed = known.controllers.clone();
            if listed.is_empty() { vec![Arc::clone(&options.endpoint)] } else { listed }
        };
        let mut wrong = None;
        let mut is_heard = false;
        for controller in &whom {
            match self.tell(https, options, counted, controller).await {
                Ok(receipt) => {
                    is_heard = true;
                    self.learn(options, receipt);
                }
                Err(error) => wrong = Some(error),
            }
        }
        let mut known = self.lock();
        let Some(error) = wrong else {
            known.told.clear();
            return;
        };
        if !is_heard {
            known.controllers.clear();
        }
        if matches!(error, SendError::Unwanted) {
            tracing::debug!("the controller keeps no figures; it is asked again later");
            known.pause = Some(Instant::now() + UNWANTED);
            return;
        }
        let text = error.to_string();
        if known.told != text {
            tracing::warn!(error = %text, "a controller of the mesh is not told what was counted; it is told later");
            known.told = text;
        }
    }

    /// Tells one controller what it does not have.
    async fn tell(
        &self,
        https: &Https,
        options: &Options,
        counted: &Counted,
        controller: &Arc<str>,
    ) -> Result<Receipt, SendError> {
        let last = self.lock().last.get(controller).copied();
        let mut receipt = post(https, options, controller, counted, last).await?;
        // One that has begun anew, or another one behind the same address, lacks what came before.
        if receipt.before < last {
            receipt = post(https, options, controller, counted, receipt.before).await?;
        }
        if let Some(last) = counted.last() {
            self.lock().last.insert(Arc::clone(controller), last);
        }
        Ok(receipt)
    }

    /// Takes in who else there is. Where they are asked by TLS, or through something else, only what is configured is
    /// known to be one.
    fn learn(&self, options: &Options, receipt: Receipt) {
        if !options.endpoint.starts_with("http://") {
            return;
        }
        let is_one = |url: &Arc<str>| url.starts_with("http://") && url.len() < 100;
        let mut controllers: Vec<Arc<str>> = receipt.controllers.into_iter().filter(is_one).collect();
        // One that knows of none has not seen the cluster yet.
        if controllers.is_empty() {
            return;
        }
        controllers.truncate(MOST_CONTROLLERS);
        let mut known = self.lock();
        let is_known = |url: &Arc<str>| *url == options.endpoint || controllers.contains(url);
        known.last.retain(|url, _| is_known(url));
        known.controllers = controllers;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends the slices after one.
async fn post(
    https: &Https,
    options: &Options,
    controller: &str,
    counted: &Counted,
    last: Option<u64>,
) -> Result<Receipt, SendError> {
    let report = serde_json::to_vec(&counted.after(last))?;
    let mut request = Request::post(format!("{controller}{PATH}")).body("application/json", report);
    let token = token::read(&options.token)?;
    if !token.is_empty() {
        request = request.bearer(token.trim());
    }
    let answer = https.send(&request).await?;
    match answer.status {
        200 => Ok(serde_json::from_slice(&answer.body)?),
        404 | 405 => Err(SendError::Unwanted),
        status => Err(SendError::Status(status, answer.text())),
    }
}

/// Where figures are taken.
const PATH: &str = "/api/windrose/mesh/figures";
/// How long a controller may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// How soon it is looked again at the soonest.
const SOON: Duration = Duration::from_millis(50);
/// How long nobody is asked who keeps no figures.
const UNWANTED: Duration = Duration::from_secs(60);
/// Controllers are few.
const MOST_CONTROLLERS: usize = 16;
/// How many bytes of an answer are read, and of a certificate, a key or a token.
const LARGEST_ANSWER: usize = 64 << 10;
const LARGEST_FILE: u64 = 16 << 20;

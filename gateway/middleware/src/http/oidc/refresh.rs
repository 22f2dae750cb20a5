//! New tokens for a session, had once however many of its requests wait for them.
//!
//! Providers take a refresh token once: a second use of it may end the session. So what came of one is kept for a moment, for
//! requests that still bring the old cookie.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use tokio::sync::watch;
use tokio::time::Instant;

use windrose_http::Exchange;

use super::provider::{Given, Known, NotGiven, Provider};
use crate::chain::Next;

/// Refreshes that run, and those that have just ended.
#[derive(Default)]
pub(super) struct Refreshes(Mutex<HashMap<Box<[u8]>, Flight>>);

struct Flight {
    outcome: watch::Receiver<Option<Arc<Outcome>>>,
    begun: Instant,
}

/// What came of a refresh token.
pub(super) enum Outcome {
    /// New tokens.
    Given(Given),
    /// The session is over.
    Refused,
    /// The provider is not to be had.
    Unavailable,
}

impl Refreshes {
    /// What comes of a refresh token.
    pub(super) async fn refresh(
        &self,
        provider: &Arc<Provider>,
        known: &Arc<Known>,
        token: &str,
        ex: &Exchange,
        next: Next<'_>,
    ) -> Arc<Outcome> {
        let (sender, mut outcome) = self.join(token);
        if let Some(sender) = sender {
            let (provider, known, token) = (Arc::clone(provider), Arc::clone(known), token.to_owned());
            let conn = Rc::clone(&ex.conn);
            next.aside(Box::new(move |asks| {
                Box::pin(async move {
                    let parameters = [("grant_type", "refresh_token"), ("refresh_token", &*token)];
                    let outcome = match provider.tokens(&known, &*asks, &conn, &parameters).await {
                        Ok(given) => Outcome::Given(given),
                        Err(NotGiven::Refused) => Outcome::Refused,
                        Err(NotGiven::Unreachable(error)) => {
                            tracing::warn!(%error, issuer = provider.issuer(), "the OpenID provider gives no tokens");
                            Outcome::Unavailable
                        }
                    };
                    sender.send_replace(Some(Arc::new(outcome)));
                })
            }));
        }
        match outcome.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or_else(|| Arc::new(Outcome::Unavailable)),
            // Whoever asked has ended with its worker.
            Err(_) => Arc::new(Outcome::Unavailable),
        }
    }

    /// The refresh that runs for this token, or the right to begin one.
    fn join(&self, token: &str) -> (Option<Sender>, watch::Receiver<Option<Arc<Outcome>>>) {
        let key = digest(&SHA256, token.as_bytes());
        let now = Instant::now();
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = flights.get(key.as_ref()).filter(|flight| flight.is_of_use(now)) {
            return (None, flight.outcome.clone());
        }
        flights.retain(|_, flight| flight.is_of_use(now));
        let (sender, outcome) = watch::channel(None);
        if flights.len() < MOST {
            flights.insert(key.as_ref().into(), Flight { outcome: outcome.clone(), begun: now });
        }
        (Some(sender), outcome)
    }
}

type Sender = watch::Sender<Option<Arc<Outcome>>>;

impl Flight {
    /// Whether it runs, or ended well a moment ago. What failed may be tried again a second later.
    fn is_of_use(&self, now: Instant) -> bool {
        let kept = match self.outcome.borrow().as_deref() {
            None if self.outcome.has_changed().is_err() => return false,
            None | Some(Outcome::Given(_) | Outcome::Refused) => KEPT,
            Some(Outcome::Unavailable) => Duration::from_secs(1),
        };
        now.saturating_duration_since(self.begun) < kept
    }
}

/// How long what came of a token is kept, counted from its beginning; longer than the provider may take.
const KEPT: Duration = Duration::from_secs(70);
/// So many at once.
const MOST: usize = 4096;

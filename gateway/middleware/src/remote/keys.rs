//! Keys that are fetched: `jwksUrl`, and `jwks_uri` of an OpenID provider.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use windrose_http::{Exchange, Reply};

use super::client::Client;
use super::fetch::{Remote, Unreachable};
use super::fresh::{Attempt, Fresh, Held, Why};
use crate::chain::Next;
use crate::jose::{KeySet, Origin, parse_jwks};

/// Keys that are fetched.
#[derive(Clone)]
pub(crate) struct RemoteKeys {
    fresh: Arc<Fresh<KeySet>>,
    from: Arc<Remote>,
    /// How long they are taken for fresh where their answer does not say.
    usual: Duration,
    /// How long a request waits for them.
    patience: Duration,
}

impl RemoteKeys {
    pub(crate) fn new(
        url: &str,
        client: &Client,
        usual: Duration,
        fresh: Arc<Fresh<KeySet>>,
    ) -> Result<Self, Unreachable> {
        let from = Arc::new(Remote::new(url, client)?);
        Ok(Self { fresh, from, usual, patience: client.timeout })
    }

    /// The keys. A request waits only when there are none.
    ///
    /// # Errors
    /// They are not to be had.
    pub(crate) async fn get(&self, ex: &Exchange, next: Next<'_>) -> Result<Arc<Held<KeySet>>, Box<Reply>> {
        let (held, is_due) = self.fresh.now();
        if is_due {
            self.begin(Why::Due, ex, next);
        }
        if let Some(held) = held {
            return Ok(held);
        }
        self.fresh.settle(self.patience).await;
        self.fresh.now().0.ok_or_else(|| Box::new(unavailable(self.fresh.pause())))
    }

    /// Newer keys than those, for a token whose key is not among them; `None` when there are none. They are looked for not
    /// more often than once in a while, whatever tokens are shown.
    pub(crate) async fn newer(&self, than: u64, ex: &Exchange, next: Next<'_>) -> Option<Arc<Held<KeySet>>> {
        self.begin(Why::Missing(INTERVAL), ex, next);
        self.fresh.settle(self.patience).await;
        self.fresh.now().0.filter(|held| held.number != than)
    }

    fn begin(&self, why: Why, ex: &Exchange, next: Next<'_>) {
        let Some(attempt) = self.fresh.begin(why) else { return };
        let (from, usual, conn) = (Arc::clone(&self.from), self.usual, Rc::clone(&ex.conn));
        next.aside(Box::new(move |asks| {
            Box::pin(async move {
                if let Err(error) = fetch(&from, &*asks, &conn, usual, attempt).await {
                    tracing::warn!(%error, "keys that tokens are verified with cannot be fetched");
                }
            })
        }));
    }
}

async fn fetch(
    from: &Remote,
    asks: &dyn crate::chain::Asks,
    conn: &Rc<windrose_http::Conn>,
    usual: Duration,
    attempt: Attempt<KeySet>,
) -> Result<(), Unreachable> {
    let answer = from.get(asks, conn).await?;
    let keys =
        parse_jwks(&answer.body, Origin::Network).map_err(|error| Unreachable::Odd(error.to_string()))?;
    let fresh = answer.max_age.unwrap_or(usual).clamp(LEAST, usual.max(LEAST));
    attempt.succeed(keys, &answer.body, fresh);
    Ok(())
}

/// Who is asked is not to be had (RFC 9110 §15.6.4).
pub(crate) fn unavailable(pause: Duration) -> Reply {
    let mut reply = Reply::status_text(503);
    let seconds = pause.as_secs() + 1;
    reply.headers.append(windrose_http::Id::RETRY_AFTER, seconds.to_string());
    reply.headers.append(windrose_http::Id::CACHE_CONTROL, "no-store");
    reply
}

/// How often keys are looked for that are missing.
const INTERVAL: Duration = Duration::from_secs(10);
/// Nothing is fetched more often, whatever an answer says of itself.
const LEAST: Duration = Duration::from_secs(60);

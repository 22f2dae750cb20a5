//! `jwt`: lets in who shows a signed token.
//!
//! ```yaml
//! jwt:
//!   jwksUrl: https://id.example.com/keys
//!   issuer: https://id.example.com
//!   audience:
//!     - shop
//!   claims: Contains(`groups`, `staff`)
//!   forwardHeaders:
//!     X-User: sub
//!     X-Groups: groups
//! ```
//!
//! Anybody else is answered 401, and 403 whose token is right and does not claim enough (RFC 6750). That a token was right is
//! remembered for a few minutes at most ([`remembered`]), so the next request with it costs a digest. Keys that are fetched
//! are fetched beside requests.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use windrose_http::{Exchange, Id, Reply};

use crate::chain::Next;
use crate::credential::Places;
use crate::jose::{Condition, Fault, Forwarded, KeySet, Path, Verifier, text};
use crate::kind::{BuildContext, BuildError, Kind};
use crate::remote::{Held, RemoteKeys};
use crate::stage::{Around, LocalBoxFuture, Stage};

mod options;
mod remembered;
mod sources;
#[cfg(test)]
mod tests;

pub use crate::remote::ClientConfig;
pub use options::Options;
use remembered::{Digest, Passed, Remembered};

/// Lets in who shows a signed token.
pub struct Jwt {
    keys: Keys,
    places: Places,
    verifier: Verifier,
    condition: Option<Condition>,
    forwarded: Forwarded,
    user: Option<Path>,
    forwarding: Forwarding,
    remembered: Remembered,
}

/// Where keys come from.
enum Keys {
    Known(Arc<KeySet>),
    Fetched(RemoteKeys),
}

/// What becomes of a token that was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Forwarding {
    /// The server does not see it.
    Removed,
    /// It stays in the request.
    Kept,
}

/// Why somebody does not pass.
enum Refusal {
    /// No token, or one that is not believed.
    Token(Fault),
    /// Its claims are not enough.
    Claims,
    /// There are no keys.
    Keys(Box<Reply>),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Token(fault)
    }
}

impl Kind for Jwt {
    const NAME: &'static str = "jwt";
    type Options = Options;

    fn build(options: Options, cx: &BuildContext<'_>) -> Result<Stage, BuildError> {
        Ok(Stage::around(Self {
            keys: sources::keys(&options, cx)?,
            places: options.places()?,
            verifier: options.verifier()?,
            condition: Condition::new(&options.claims)?,
            forwarded: Forwarded::new(&options.forward_headers)?,
            user: (!options.username_claim.is_empty()).then(|| Path::new(&options.username_claim)),
            forwarding: if options.forward_authorization { Forwarding::Kept } else { Forwarding::Removed },
            remembered: Remembered::new(),
        }))
    }
}

impl Around for Jwt {
    fn around<'a>(&'a self, ex: &'a mut Exchange, next: Next<'a>) -> LocalBoxFuture<'a, Reply> {
        Box::pin(async move {
            let passed = match self.judge(ex, next).await {
                Ok(passed) => passed,
                Err(refusal) => return refusal.reply(),
            };
            ex.course.named(passed.user.as_deref().unwrap_or_default().as_bytes());
            if self.forwarding == Forwarding::Removed {
                self.places.clear(ex);
            }
            self.forwarded.fill(&mut ex.headers, &passed.values);
            drop(passed);
            next.run(ex).await
        })
    }
}

impl Jwt {
    async fn judge(&self, ex: &Exchange, next: Next<'_>) -> Result<Arc<Passed>, Refusal> {
        let token = match self.places.find(ex) {
            Ok(token) => token.ok_or(Fault::Missing)?,
            Err(_) => return Err(Fault::Ambiguous.into()),
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64());
        match &self.keys {
            Keys::Known(keys) => self.verify(&token, keys, 0, now),
            Keys::Fetched(remote) => {
                let held = remote.get(ex, next).await.map_err(Refusal::Keys)?;
                match self.verify_by(&token, &held, now) {
                    Err(Refusal::Token(Fault::UnknownKey)) => {
                        let newer = remote.newer(held.number, ex, next).await;
                        self.verify_by(&token, &*newer.ok_or(Fault::UnknownKey)?, now)
                    }
                    other => other,
                }
            }
        }
    }

    fn verify_by(&self, token: &[u8], held: &Held<KeySet>, now: f64) -> Result<Arc<Passed>, Refusal> {
        self.verify(token, &held.value, held.number, now)
    }

    /// What comes of a token by those keys, which are always the same for a number.
    fn verify(&self, token: &[u8], keys: &KeySet, number: u64, now: f64) -> Result<Arc<Passed>, Refusal> {
        let digest = Digest::of(token);
        if let Some(passed) = self.remembered.find(&digest, number, now) {
            return Ok(passed);
        }
        let (claims, times) = self.verifier.verify(token, keys, now)?;
        if self.condition.as_ref().is_some_and(|condition| !condition.holds(&claims)) {
            return Err(Refusal::Claims);
        }
        let user = self.user.as_ref().and_then(|path| claims.get(path)).map(|user| text(user).into());
        let passed = Arc::new(Passed { user, values: self.forwarded.values(&claims)? });
        self.remembered.keep(digest, number, times, now, &passed);
        Ok(passed)
    }
}

impl Refusal {
    /// What the client is told (RFC 6750 §3).
    fn reply(self) -> Reply {
        let (status, challenge) = match self {
            Self::Keys(reply) => return *reply,
            Self::Token(Fault::Missing) => (401, "Bearer"),
            Self::Token(fault) => {
                tracing::debug!(%fault, "a token is not believed");
                (401, "Bearer error=\"invalid_token\"")
            }
            Self::Claims => (403, "Bearer error=\"insufficient_scope\""),
        };
        let mut reply = Reply::status_text(status);
        reply.headers.append(Id::CONTENT_TYPE, "text/plain");
        reply.headers.append("WWW-Authenticate", challenge);
        reply
    }
}

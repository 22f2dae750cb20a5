//! `oidc`: lets in who is logged in at an OpenID provider, and sends the others there.
//!
//! ```yaml
//! oidc:
//!   issuer: https://id.example.com
//!   clientID: shop
//!   clientSecret: a-secret-of-the-provider
//!   redirectUrl: /oidc/callback
//!   logoutUrl: /logout
//!   session:
//!     secrets:
//!       - a secret of at least thirty-two characters
//!   allowedDomains:
//!     - example.com
//!   forwardHeaders:
//!     X-User: email
//! ```
//!
//! The session is a sealed cookie, so any worker and any gateway with the same secrets knows it. Who navigates without one is
//! sent to log in; anything else is answered 401. While the provider is not to be had, nobody new comes in (503).

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use windrose_http::exchange::Trust;
use windrose_http::{Exchange, Id, Reply};

use crate::chain::Next;
use crate::jose::{Claims, Forwarded, Path, text};
use crate::kind::{BuildContext, BuildError, Kind};
use crate::remote::{Client, Fresh, unavailable};
use crate::stage::{Around, LocalBoxFuture, Stage};

mod allowed;
mod jar;
mod login;
mod logout;
mod options;
mod paths;
mod provider;
mod refresh;
mod revoked;
mod seal;
mod secrets;
mod session;
#[cfg(test)]
mod tests;

use allowed::Allowed;
use jar::{Jar, TooLong};
pub use options::{Options, SameSite, SessionOptions};
use paths::Paths;
use provider::{Provider, Unbelieved};
use refresh::{Outcome, Refreshes};
use revoked::{Known, Revoked};
use seal::{Purpose, Seals};
use session::Session;

/// Lets in who is logged in at an OpenID provider, and sends the others there.
pub struct Oidc {
    provider: Arc<Provider>,
    paths: Paths,
    jar: Jar,
    seals: Seals,
    allowed: Allowed,
    forwarded: Forwarded,
    user: Option<Path>,
    login: login::Login,
    lasts: Lasts,
    refreshes: Arc<Refreshes>,
    revoked: Arc<Revoked>,
    /// For as long as somebody uses it.
    _secrets: Arc<secrets::Kept>,
}

/// How long sessions last, in seconds.
struct Lasts {
    expiry: u64,
    /// 0 is any time.
    idle: u64,
    refresh: bool,
}

impl Kind for Oidc {
    const NAME: &'static str = "oidc";
    type Options = Options;

    fn build(options: Options, cx: &BuildContext<'_>) -> Result<Stage, BuildError> {
        let issuer = &options.issuer;
        if issuer.is_empty() || options.client_id.is_empty() {
            return Err(BuildError::new("issuer and clientID are missing, write those of the provider"));
        }
        if options.session.expiry == 0 {
            return Err(BuildError::new("session.expiry is a number of seconds, at least 1"));
        }
        let whom = format!("{}\n{}", issuer.value, options.client_id);
        let client = Client::new(&options.client_config, cx)?;
        let known = cx.keep(&format!("provider {whom} by {}", client.dial.id()), Fresh::new);
        let provider =
            Provider::new(issuer, &options.client_id, options.client_secret.expose(), client, known);
        let provider = provider.map_err(|_| {
            BuildError::at(issuer, "issuer is none, write for example https://id.example.com")
        })?;
        let secrets = secrets::keep(&options.session, &whom, cx);
        Ok(Stage::around(Self {
            provider: Arc::new(provider),
            paths: Paths::new(&options)?,
            jar: Jar::new(&options.session, &cx.name.name)?,
            seals: secrets::seals(&options.session, &whom, &secrets, cx)?,
            _secrets: secrets,
            allowed: Allowed::new(&options)?,
            forwarded: Forwarded::new(&options.forward_headers)?,
            user: (!options.username_claim.is_empty()).then(|| Path::new(&options.username_claim)),
            login: login::Login::new(&options)?,
            lasts: Lasts {
                expiry: options.session.expiry,
                idle: options.session.idle,
                refresh: options.session.refresh,
            },
            refreshes: cx.keep(&whom, Refreshes::default),
            revoked: cx.keep(&whom, Revoked::default),
        }))
    }
}

/// What there is of a session.
enum Found {
    /// One that may be used, with what its token claims.
    Session(Box<Session>, Claims, Cookie),
    /// None, or one that is over.
    Nothing,
    /// It cannot be said now.
    Unavailable(Box<Reply>),
}

/// What becomes of the cookie of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cookie {
    Stays,
    Renewed,
}

impl Around for Oidc {
    fn around<'a>(&'a self, ex: &'a mut Exchange, next: Next<'a>) -> LocalBoxFuture<'a, Reply> {
        let path = ex.target.path();
        if path == self.paths.callback.path() {
            return Box::pin(async move { self.callback(ex, next).await });
        }
        if self.paths.logout.as_ref().is_some_and(|logout| path == logout.path()) {
            return Box::pin(async move { self.logout(ex, next).await });
        }
        if self.paths.backchannel.as_ref().is_some_and(|told| path == told.path()) {
            return Box::pin(async move { self.backchannel(ex, next).await });
        }
        Box::pin(async move {
            match self.session(ex, next, now()).await {
                Found::Session(session, claims, cookie) => {
                    self.admit(&session, &claims, cookie, ex, next).await
                }
                Found::Nothing => self.begin(ex, next).await,
                Found::Unavailable(reply) => *reply,
            }
        })
    }
}

impl Oidc {
    async fn admit(
        &self,
        session: &Session,
        claims: &Claims,
        cookie: Cookie,
        ex: &mut Exchange,
        next: Next<'_>,
    ) -> Reply {
        if !self.allowed.lets(claims) {
            return plain(403, "Forbidden\n");
        }
        let Ok(values) = self.forwarded.values(claims) else { return plain(403, "Forbidden\n") };
        let user = self.user.as_ref().and_then(|path| claims.get(path)).map(text);
        ex.course.named(user.unwrap_or_default().as_bytes());
        self.jar.hide(&mut ex.headers);
        self.forwarded.fill(&mut ex.headers, &values);
        let mut reply = next.run(ex).await;
        if cookie == Cookie::Renewed {
            // What cannot be kept leaves the client with what it has.
            let _ = self.keep(session, &mut reply);
        }
        reply
    }

    /// The session of a request, with new tokens if they are due.
    async fn session(&self, ex: &Exchange, next: Next<'_>, now: u64) -> Found {
        let Some((mut session, mut claims)) = self.open(ex, now) else { return Found::Nothing };
        let mut cookie = Cookie::Stays;
        let refresh = session.refresh_token.clone().filter(|_| self.lasts.refresh && session.due <= now);
        if let Some(token) = refresh {
            match self.refresh(&mut session, &token, now, ex, next).await {
                Ok(Some(new)) if new.text("sub") != claims.text("sub") => return Found::Nothing,
                Ok(Some(new)) => claims = new,
                Ok(None) => {}
                Err(found) => return found,
            }
            cookie = Cookie::Renewed;
        }
        // Not with every request: cookies are not free.
        if self.lasts.idle > 0 && now.saturating_sub(session.used) >= (self.lasts.idle / 4).min(60) {
            cookie = Cookie::Renewed;
        }
        session.used = if cookie == Cookie::Renewed { now } else { session.used };
        Found::Session(Box::new(session), claims, cookie)
    }

    /// The session of a request, if it is not over.
    fn open(&self, ex: &Exchange, now: u64) -> Option<(Session, Claims)> {
        let text = self.seals.open(Purpose::Session, &self.jar.session(&ex.headers)?)?;
        let session: Session = serde_json::from_slice(&text).ok()?;
        let is_over = session.begun.saturating_add(self.lasts.expiry) <= now
            || (self.lasts.idle > 0 && session.used.saturating_add(self.lasts.idle) <= now);
        let claims = session.claims().filter(|_| !is_over)?;
        let names = [
            Some(Known::Own(session.id.as_str().into())),
            claims.text("sid").map(|sid| Known::Sid(sid.into())),
            claims.text("sub").map(|subject| Known::Subject(subject.into())),
        ];
        let names: Vec<Known> = names.into_iter().flatten().collect();
        (!self.revoked.has(&names, session.begun)).then_some((session, claims))
    }

    /// Has new tokens for a session; gives what they claim, if they say who it is.
    async fn refresh(
        &self,
        session: &mut Session,
        token: &str,
        now: u64,
        ex: &Exchange,
        next: Next<'_>,
    ) -> Result<Option<Claims>, Found> {
        let known = self.provider.known(ex, next).await.map_err(Found::Unavailable)?;
        let outcome = self.refreshes.refresh(&self.provider, &known, token, ex, next).await;
        let given = match &*outcome {
            Outcome::Given(given) => given,
            Outcome::Refused => return Err(Found::Nothing),
            Outcome::Unavailable => {
                return Err(Found::Unavailable(Box::new(unavailable(std::time::Duration::ZERO))));
            }
        };
        let mut claims = None;
        if let Some(id_token) = &given.id_token {
            match self.provider.identity(&known, id_token, precise(now), ex, next).await {
                Ok(new) => claims = Some(new),
                Err(Unbelieved::Keys(reply)) => return Err(Found::Unavailable(reply)),
                Err(Unbelieved::Fault(fault)) => {
                    tracing::debug!(%fault, "an identity token is not believed");
                    return Err(Found::Nothing);
                }
            }
            session.id_token.clone_from(id_token);
        }
        if given.refresh_token.is_some() {
            session.refresh_token.clone_from(&given.refresh_token);
        }
        session.due = due(given.expires_in, now);
        Ok(claims)
    }

    /// Gives a session to the client.
    ///
    /// # Errors
    /// No browser would keep it.
    fn keep(&self, session: &Session, reply: &mut Reply) -> Result<(), TooLong> {
        let text = serde_json::to_vec(session).unwrap_or_default();
        let left = session.begun.saturating_add(self.lasts.expiry).saturating_sub(session.used);
        let sealed = self.seals.seal(Purpose::Session, &text).ok_or(TooLong)?;
        self.jar.give(reply, &sealed, left).inspect_err(|_| {
            tracing::warn!(
                bytes = text.len(),
                "a session is too long for cookies, ask the provider for fewer claims"
            );
        })
    }
}

/// When new tokens are due: a little before the old ones expire.
fn due(expires_in: Option<u64>, now: u64) -> u64 {
    now.saturating_add(expires_in.unwrap_or(300).saturating_sub(10).max(5))
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn precise(now: u64) -> f64 {
    now as f64
}

/// How the client reached us, as far as whoever stands before us can be believed.
fn origin(ex: &Exchange) -> String {
    let is_secure = ex.is_secure()
        || ex.conn.trust == Trust::Trusted && ex.headers.get("X-Forwarded-Proto") == Some(b"https");
    format!("{}://{}", if is_secure { "https" } else { "http" }, ex.host.as_str())
}

/// An answer that nobody may keep.
fn plain(status: u16, body: &'static str) -> Reply {
    let mut reply = Reply::error(status, body);
    reply.headers.append(Id::CACHE_CONTROL, "no-store");
    reply
}

/// Sends the client somewhere, by GET.
fn lead(place: &str) -> Reply {
    let mut reply = Reply::empty(303);
    reply.headers.append(Id::LOCATION, place);
    reply.headers.append(Id::CACHE_CONTROL, "no-store");
    reply
}

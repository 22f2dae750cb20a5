//! Logging out: by the browser (OpenID Connect RP-Initiated Logout 1.0), and by the provider (Back-Channel Logout 1.0).

use windrose_http::body::Gathered;
use windrose_http::path::parameter;
use windrose_http::{Exchange, Id, Method, Reply};

use super::provider::{Unbelieved, form};
use super::revoked::Known;
use super::{Oidc, lead, now, plain, precise};
use crate::chain::Next;

impl Oidc {
    /// A browser wants to be logged out. What another site makes it ask for is refused.
    pub(super) async fn logout(&self, ex: &Exchange, next: Next<'_>) -> Reply {
        let site = ex.headers.get("Sec-Fetch-Site");
        if !matches!(site, None | Some(b"same-origin" | b"same-site" | b"none")) {
            return plain(403, "Forbidden\n");
        }
        if !matches!(ex.method, Method::Get | Method::Post) {
            return plain(405, "Method Not Allowed\n");
        }
        let now = now();
        let after = self.paths.after_logout.as_ref().map(|place| place.address(ex));
        let mut place = after.clone();
        if let Some((session, _)) = self.open(ex, now) {
            // Somebody may have a copy of the cookie.
            self.revoked.end(Known::Own(session.id.as_str().into()), now, now, self.lasts.expiry);
            // Here it ends in any case.
            if let Ok(known) = self.provider.known(ex, next).await
                && let Some(end) = &known.end_session
            {
                let mut parameters =
                    vec![("id_token_hint", &*session.id_token), ("client_id", self.provider.client_id())];
                if let Some(after) = &after {
                    parameters.push(("post_logout_redirect_uri", after));
                }
                let mark = if end.contains('?') { '&' } else { '?' };
                place = Some(format!("{end}{mark}{}", form(&parameters)));
            }
        }
        let mut reply = match place {
            Some(place) => lead(&place),
            None => plain(200, "You are logged out.\n"),
        };
        self.jar.take(&ex.headers, &mut reply);
        reply
    }

    /// The provider tells of a session that has ended.
    pub(super) async fn backchannel(&self, ex: &mut Exchange, next: Next<'_>) -> Reply {
        match self.told(ex, next).await {
            Ok(()) => {
                let mut reply = Reply::empty(200);
                reply.headers.append(Id::CACHE_CONTROL, "no-store");
                reply
            }
            Err(reply) => *reply,
        }
    }

    async fn told(&self, ex: &mut Exchange, next: Next<'_>) -> Result<(), Box<Reply>> {
        let refuse = || Box::new(plain(400, "Bad Request\n"));
        if ex.method != Method::Post {
            return Err(Box::new(plain(405, "Method Not Allowed\n")));
        }
        let Ok(Gathered::Whole(body)) = ex.body.gather(LONGEST).await else { return Err(refuse()) };
        let body = std::str::from_utf8(&body).map_err(|_| refuse())?;
        let mut tokens = body
            .split('&')
            .map(parameter)
            .filter(|(name, _)| **name == *b"logout_token")
            .map(|(_, value)| value);
        let (Some(token), None) = (tokens.next(), tokens.next()) else { return Err(refuse()) };
        let token = std::str::from_utf8(&token).map_err(|_| refuse())?;
        let now = now();
        let known = self.provider.known(ex, next).await?;
        let claims = match self.provider.logout(&known, token, precise(now), ex, next).await {
            Ok(claims) => claims,
            Err(Unbelieved::Keys(reply)) => return Err(reply),
            Err(Unbelieved::Fault(fault)) => {
                tracing::debug!(%fault, "a logout token is not believed");
                return Err(refuse());
            }
        };
        let lasts = self.lasts.expiry;
        match (claims.text("sid"), claims.text("sub")) {
            // Every session of this name, whenever it began: a new login has a new one.
            (Some(sid), _) => self.revoked.end(Known::Sid(sid.into()), u64::MAX, now, lasts),
            // Not those of a login since, should the token be shown again.
            (None, Some(subject)) => {
                let told = claims.time("iat").ok().flatten().unwrap_or_default();
                let until = u64::try_from(told as i64).unwrap_or(0).saturating_add(SKEW).min(now);
                self.revoked.end(Known::Subject(subject.into()), until, now, lasts);
            }
            (None, None) => return Err(refuse()),
        }
        Ok(())
    }
}

/// How far clocks may be apart, in seconds.
const SKEW: u64 = 10;
/// The longest form that is read.
const LONGEST: usize = 64 << 10;

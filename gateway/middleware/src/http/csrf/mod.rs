//! `csrf`: refuses what another site makes a browser send.
//!
//! ```yaml
//! csrf:
//!   trustedOrigins:
//!     - https://app.example.com
//!   exemptPaths:
//!     - /webhooks
//! ```
//!
//! A browser sends its cookies along whoever asks it to send something, and says who that was: in `Sec-Fetch-Site`, else in
//! `Origin`, else in `Referer`. Requests that change nothing pass (GET, HEAD, OPTIONS, TRACE), but for those that become a
//! WebSocket. Others must come from the site itself or from one that is trusted; the answer is 403. With `token` they must
//! also show a token that the site's own pages can read and no other's.

use windrose_config::Located;
use windrose_http::{Exchange, Id, Method, Reply};

use crate::kind::{BuildContext, BuildError, Kind};
use crate::stage::{Filter, Flow, Stage};

mod options;
mod origin;
#[cfg(test)]
mod tests;
mod token;

pub use options::{Options, TokenOptions};
use origin::{Origin, Trusted};
use token::Tokens;

/// Refuses what another site makes a browser send.
pub struct Csrf {
    trusted: Box<[Trusted]>,
    exempt: Box<[Box<str>]>,
    silent: Silent,
    tokens: Option<Tokens>,
}

/// What becomes of a request that does not say where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Silent {
    Refused,
    Passes,
}

impl Kind for Csrf {
    const NAME: &'static str = "csrf";
    type Options = Options;

    fn build(options: Options, _: &BuildContext<'_>) -> Result<Stage, BuildError> {
        let exempt = |path: &Located<Box<str>>| {
            if path.starts_with('/') {
                return Ok(path.trim_end_matches('/').into());
            }
            Err(BuildError::at(path, "exemptPaths: a path begins with a slash"))
        };
        Ok(Stage::filter(Self {
            trusted: options.trusted_origins.iter().map(Trusted::new).collect::<Result<_, _>>()?,
            exempt: options.exempt_paths.iter().map(exempt).collect::<Result<_, _>>()?,
            silent: if options.allow_missing_origin { Silent::Passes } else { Silent::Refused },
            tokens: options.token.as_ref().map(Tokens::new).transpose()?,
        }))
    }
}

impl Filter for Csrf {
    fn request(&self, ex: &mut Exchange) -> Flow {
        if is_safe(ex) || self.is_exempt(ex) {
            return Flow::Continue;
        }
        let shows_token = || self.tokens.as_ref().is_none_or(|tokens| tokens.are_shown(ex));
        if self.is_from_us(ex) && shows_token() {
            return Flow::Continue;
        }
        Flow::reply(Reply::error(403, "Forbidden\n"))
    }

    fn response(&self, ex: &Exchange, reply: &mut Reply) {
        if let Some(tokens) = &self.tokens {
            tokens.give(ex, reply);
        }
    }
}

impl Csrf {
    /// Whether a path is exempt, or below one that is. A path that somebody could decode to another one is not.
    fn is_exempt(&self, ex: &Exchange) -> bool {
        let path = ex.target.path();
        let is_plain = !windrose_http::path::holds_escape(path, &["%2F", "%5C", "%25", "%2E", "%00"]);
        let is_below = |exempt: &str| {
            path.strip_prefix(exempt).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        is_plain && self.exempt.iter().any(|exempt| is_below(exempt))
    }

    fn is_from_us(&self, ex: &Exchange) -> bool {
        let single = |key: &'static str| {
            let mut values = ex.headers.get_all(key);
            let first = values.next();
            // Who says two things says nothing that can be believed.
            if values.next().is_some() { Err(()) } else { Ok(first) }
        };
        let (Ok(site), Ok(origin), Ok(referer)) =
            (single("Sec-Fetch-Site"), single("Origin"), single("Referer"))
        else {
            return false;
        };
        let is_trusted = |origin: &[u8]| Origin::read(origin).is_some_and(|origin| self.trusts(&origin, ex));
        match (site, origin, referer) {
            (Some(b"same-origin" | b"none"), ..) => true,
            // What a browser says of another site is not outdone by what it says of the origin, unless that is trusted.
            (Some(_), Some(origin), _) => {
                Origin::read(origin).is_some_and(|origin| self.trusted.iter().any(|one| one.is(&origin)))
            }
            (Some(_), None, _) => false,
            (None, Some(origin), _) => is_trusted(origin),
            (None, None, Some(referer)) => {
                Origin::of_address(referer).is_some_and(|from| self.trusts(&from, ex))
            }
            (None, None, None) => self.silent == Silent::Passes,
        }
    }

    fn trusts(&self, origin: &Origin<'_>, ex: &Exchange) -> bool {
        origin.is_that_of(ex) || self.trusted.iter().any(|one| one.is(origin))
    }
}

/// Whether a request changes nothing (RFC 9110 §9.2.1), and its connection does not become one that can.
fn is_safe(ex: &Exchange) -> bool {
    let is_safe = matches!(ex.method, Method::Get | Method::Head | Method::Options | Method::Trace);
    is_safe && ex.offer.protocols().is_empty() && !ex.headers.contains(Id::SEC_WEBSOCKET_KEY)
}

//! What is asked of every token: who made it, for whom, and when.

use serde_json::Value;

use super::algorithm::Algorithm;
use super::claims::Claims;
use super::set::KeySet;
use super::token::{Fault, Token};

/// What is asked of every token.
#[derive(Debug, Default)]
pub(crate) struct Verifier {
    /// The only algorithms; all when empty.
    pub(crate) algorithms: Box<[Algorithm]>,
    /// Who must have made it; anybody when empty.
    pub(crate) issuer: Box<str>,
    /// Whom it must be for: one of these; anybody when empty.
    pub(crate) audience: Box<[Box<str>]>,
    /// How far clocks may be apart, in seconds.
    pub(crate) leeway: f64,
    /// Whether it must say when it expires.
    pub(crate) needs_expiry: bool,
    /// What it may say it is, in lower case; empty is anything but what is known to be for another purpose.
    pub(crate) kinds: &'static [&'static str],
}

/// When a token is valid, in seconds since 1970, leeway included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Times {
    from: f64,
    until: f64,
}

impl Times {
    /// Whether it is valid at this time.
    pub(crate) fn check(self, now: f64) -> Result<(), Fault> {
        if now >= self.until {
            return Err(Fault::Expired);
        }
        if now < self.from { Err(Fault::Early) } else { Ok(()) }
    }
}

impl Verifier {
    /// Verifies a token at a time in seconds since 1970.
    pub(crate) fn verify(&self, token: &[u8], keys: &KeySet, now: f64) -> Result<(Claims, Times), Fault> {
        let token = Token::read(token)?;
        if !self.algorithms.is_empty() && !self.algorithms.contains(&token.algorithm()) {
            return Err(Fault::Algorithm);
        }
        self.check_kind(&token.kind())?;
        let claims = token.verify(keys)?;
        let times = self.times(&claims)?;
        times.check(now)?;
        if !self.issuer.is_empty() && claims.text("iss") != Some(&*self.issuer) {
            return Err(Fault::Issuer);
        }
        if !self.audience.is_empty() && !self.is_for_us(claims.member("aud")) {
            return Err(Fault::Audience);
        }
        Ok((claims, times))
    }

    fn check_kind(&self, kind: &str) -> Result<(), Fault> {
        let is_fine =
            if self.kinds.is_empty() { !OTHERS.contains(&kind) } else { self.kinds.contains(&kind) };
        if is_fine { Ok(()) } else { Err(Fault::Kind) }
    }

    fn times(&self, claims: &Claims) -> Result<Times, Fault> {
        let time = |name| claims.time(name).map_err(|_| Fault::Claims);
        let expiry = time("exp")?;
        if expiry.is_none() && self.needs_expiry {
            return Err(Fault::Endless);
        }
        let begins = [time("nbf")?, time("iat")?].into_iter().flatten().fold(f64::MIN, f64::max);
        Ok(Times { from: begins - self.leeway, until: expiry.unwrap_or(f64::MAX) + self.leeway })
    }

    fn is_for_us(&self, audience: Option<&Value>) -> bool {
        let is_ours =
            |one: &Value| one.as_str().is_some_and(|one| self.audience.iter().any(|our| **our == *one));
        match audience {
            Some(Value::Array(several)) => several.iter().any(is_ours),
            Some(one) => is_ours(one),
            None => false,
        }
    }
}

/// Kinds of tokens that are signed by the same keys and never let anybody in (RFC 8725 §2.8).
const OTHERS: [&str; 5] =
    ["logout+jwt", "secevent+jwt", "dpop+jwt", "oauth-authz-req+jwt", "token-introspection+jwt"];

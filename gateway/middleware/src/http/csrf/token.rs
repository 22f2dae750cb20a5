//! A signed token in a cookie, that requests must show in a field as well: pages of other sites cannot read it, and who can
//! write cookies of this site from another name cannot sign one.
//!
//! It is random, and signed together with the cookie of the session, so that one session's token is of no use in another.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign, verify};
use data_encoding::BASE64URL_NOPAD;

use windrose_http::{Exchange, Id, Name, Reply};

use super::options::TokenOptions;
use crate::cookies;
use crate::credential::field_name;
use crate::kind::BuildError;

/// Makes tokens and knows them again.
pub(super) struct Tokens {
    keys: Box<[Key]>,
    cookie: Box<str>,
    field: Name,
    session: Box<str>,
    attributes: &'static str,
}

impl Tokens {
    pub(super) fn new(options: &TokenOptions) -> Result<Self, BuildError> {
        let keys: Box<[Key]> = options
            .secrets
            .iter()
            .map(|secret| Key::new(HMAC_SHA256, secret.value.expose().as_bytes()))
            .collect();
        let is_short = |secret: &windrose_config::redact::Secret| secret.expose().len() < SHORTEST;
        if keys.is_empty() || options.secrets.iter().any(|secret| is_short(&secret.value)) {
            let message = format!("token.secrets: write one or more, each of at least {SHORTEST} characters");
            return Err(BuildError::new(message));
        }
        for (name, option) in
            [(&options.cookie_name, "token.cookieName"), (&options.session_cookie, "token.sessionCookie")]
        {
            let may_be_empty = option == "token.sessionCookie";
            if !(cookies::is_name(name) || may_be_empty && name.is_empty()) {
                return Err(BuildError::at(name, format!("{option}: not a valid cookie name")));
            }
        }
        let needs_tls =
            options.cookie_name.starts_with("__Host-") || options.cookie_name.starts_with("__Secure-");
        if needs_tls && !options.secure {
            let message =
                "token.cookieName: browsers take a cookie of this name by TLS alone, choose another";
            return Err(BuildError::at(&options.cookie_name, message));
        }
        Ok(Self {
            keys,
            cookie: options.cookie_name.value.clone(),
            field: field_name(&options.header_name, "token.headerName")?,
            session: options.session_cookie.value.clone(),
            attributes: if options.secure {
                "; Path=/; Secure; SameSite=Lax"
            } else {
                "; Path=/; SameSite=Lax"
            },
        })
    }

    /// Whether field and cookie hold the same token, and it is one of ours for this session.
    pub(super) fn are_shown(&self, ex: &Exchange) -> bool {
        let mut shown = ex.headers.get_all(&self.field);
        let (Some(shown), None) = (shown.next(), shown.next()) else { return false };
        self.token(ex).is_some_and(|token| verify_slices_are_equal(token, shown.trim_ascii()).is_ok())
    }

    /// Gives a token to whoever has none that is good.
    pub(super) fn give(&self, ex: &Exchange, reply: &mut Reply) {
        if self.token(ex).is_some() {
            return;
        }
        let mut random = [0; RANDOM];
        let Some(key) = self.keys.first().filter(|_| getrandom::fill(&mut random).is_ok()) else { return };
        let signature = sign(key, &self.message(&random, ex));
        let token = BASE64URL_NOPAD.encode(&[&random, signature.as_ref()].concat());
        reply.headers.append(Id::SET_COOKIE, format!("{}={token}{}", self.cookie, self.attributes));
    }

    /// The token of the cookie, if it is a good one. Of several cookies one may be of somebody else's making.
    fn token<'e>(&'e self, ex: &'e Exchange) -> Option<&'e [u8]> {
        let is_good = |token: &&[u8]| {
            let bytes = BASE64URL_NOPAD.decode(token).unwrap_or_default();
            let Some((random, signature)) = bytes.split_at_checked(RANDOM) else { return false };
            let message = self.message(random, ex);
            self.keys.iter().any(|key| verify(key, &message, signature).is_ok())
        };
        cookies::values(&ex.headers, &self.cookie).take(MOST).find(is_good)
    }

    fn message(&self, random: &[u8], ex: &Exchange) -> Vec<u8> {
        let session = cookies::values(&ex.headers, &self.session).next().unwrap_or_default();
        [random, b"|", session].concat()
    }
}

const RANDOM: usize = 16;
const SHORTEST: usize = 32;
/// So many cookies of one name are looked at.
const MOST: usize = 4;

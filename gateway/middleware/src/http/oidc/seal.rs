//! What browsers keep for us and can neither read nor change.
//!
//! AES-256-GCM-SIV, which forgives a nonce that comes twice. A key is derived from a secret; what is sealed says for what
//! and for whom, so that a cookie of one purpose, provider or client is nothing in place of another.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use data_encoding::BASE64URL_NOPAD;

use crate::kind::BuildError;

/// Seals, and opens what was sealed.
pub(super) struct Seals {
    /// The first seals, all open.
    keys: Box<[LessSafeKey]>,
    /// Whom it is for.
    whom: Box<str>,
}

/// What is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A login that has begun.
    State,
    /// A session.
    Session,
}

impl Seals {
    /// # Errors
    /// There is no secret, or one that could be guessed.
    pub(super) fn new<'s>(secrets: impl Iterator<Item = &'s [u8]>, whom: &str) -> Result<Self, BuildError> {
        let key = |secret: &[u8]| {
            if secret.len() < SHORTEST {
                let message = format!("session.secrets: each needs at least {SHORTEST} characters");
                return Err(BuildError::new(message));
            }
            let derived = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), b"windrose oidc cookies 1");
            UnboundKey::new(&AES_256_GCM_SIV, derived.as_ref())
                .map(LessSafeKey::new)
                .map_err(|_| BuildError::new("session.secrets: one cannot be used"))
        };
        let keys = secrets.map(key).collect::<Result<Box<[_]>, _>>()?;
        if keys.is_empty() {
            return Err(BuildError::new("session.secrets: there is none"));
        }
        Ok(Self { keys, whom: whom.into() })
    }

    /// Seals a text; `None` when the system has no random numbers.
    pub(super) fn seal(&self, purpose: Purpose, text: &[u8]) -> Option<String> {
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).ok()?;
        let mut sealed = text.to_vec();
        let key = self.keys.first()?;
        let nonce_used = Nonce::assume_unique_for_key(nonce);
        key.seal_in_place_append_tag(nonce_used, Aad::from(self.context(purpose)), &mut sealed).ok()?;
        Some(BASE64URL_NOPAD.encode(&[&nonce[..], &sealed].concat()))
    }

    /// The text, if it was sealed by one of the secrets, for this purpose and whom.
    pub(super) fn open(&self, purpose: Purpose, sealed: &[u8]) -> Option<Vec<u8>> {
        let sealed = BASE64URL_NOPAD.decode(sealed).ok()?;
        let (nonce, text) = sealed.split_first_chunk::<NONCE_LEN>()?;
        self.keys.iter().find_map(|key| {
            let mut text = text.to_vec();
            let nonce = Nonce::assume_unique_for_key(*nonce);
            let length = key.open_in_place(nonce, Aad::from(self.context(purpose)), &mut text).ok()?.len();
            text.truncate(length);
            Some(text)
        })
    }

    fn context(&self, purpose: Purpose) -> Vec<u8> {
        let purpose = match purpose {
            Purpose::State => "state",
            Purpose::Session => "session",
        };
        format!("{purpose}\n{}", self.whom).into_bytes()
    }
}

/// A text nobody can guess, in base64url; `None` when the system has no random numbers.
pub(super) fn random() -> Option<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).ok()?;
    Some(BASE64URL_NOPAD.encode(&bytes))
}

const SHORTEST: usize = 32;

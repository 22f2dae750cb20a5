//! That a password was right, remembered for a few minutes.
//!
//! Each user has one slot, and a slot holds a keyed digest over the time, the name and the password, never the password
//! itself. The key is made with the middleware and never leaves it, so what is remembered ends with the list of users
//! it was right for. Invariant: a slot holds a proof only when every word of it was written by somebody who knew the
//! password; two who write at once can only make each other forget, so no lock is needed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use aws_lc_rs::hmac::{Context, HMAC_SHA256, Key};

use super::credentials::Credentials;
use crate::kind::BuildError;

/// Makes proofs.
pub(in crate::http) struct Memory {
    key: Key,
    since: Instant,
}

/// What somebody with this password has shown at this time.
pub(in crate::http) struct Proof([u64; 4]);

/// The last proof of a user.
#[derive(Default)]
pub(in crate::http) struct Slot([AtomicU64; 4]);

impl Memory {
    pub(in crate::http) fn new() -> Result<Self, BuildError> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|_| BuildError::new("the system has no random numbers"))?;
        Ok(Self { key: Key::new(HMAC_SHA256, &key), since: Instant::now() })
    }

    /// The proof for a request that began `at` this time; it is another one every few minutes.
    pub(in crate::http) fn prove(&self, at: Instant, credentials: &Credentials) -> Proof {
        let minutes = at.saturating_duration_since(self.since).as_secs() / SECONDS;
        let mut state = Context::with_key(&self.key);
        state.update(&minutes.to_le_bytes());
        state.update(&(credentials.name().len() as u64).to_le_bytes());
        state.update(credentials.name());
        state.update(credentials.password());
        let tag = state.sign();
        let mut words = [0; 4];
        for (word, bytes) in words.iter_mut().zip(tag.as_ref().as_chunks::<8>().0) {
            *word = u64::from_le_bytes(*bytes);
        }
        Proof(words)
    }
}

impl Slot {
    pub(in crate::http) fn keep(&self, proof: &Proof) {
        for (kept, word) in self.0.iter().zip(proof.0) {
            kept.store(word, Ordering::Relaxed);
        }
    }

    pub(in crate::http) fn holds(&self, proof: &Proof) -> bool {
        self.0
            .iter()
            .zip(proof.0)
            .fold(true, |same, (kept, word)| same & (kept.load(Ordering::Relaxed) == word))
    }
}

/// How long a password that was right is taken for right without being tried again.
const SECONDS: u64 = 300;

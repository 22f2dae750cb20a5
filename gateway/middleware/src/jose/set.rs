//! Keys that tokens may be signed with, found by `kid`.
//!
//! A `kid` is a word that keys are compared with and nothing else: no path, no address, no query is made of it.

use super::algorithm::Algorithm;
use super::key::Key;

/// Keys that tokens may be signed with.
#[derive(Debug)]
pub(crate) struct KeySet {
    keys: Vec<Key>,
}

/// No key is called so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UnknownId;

impl KeySet {
    pub(crate) const fn new(keys: Vec<Key>) -> Self {
        Self { keys }
    }

    /// Whether `signature` is that of `message` by a key of this name and for this algorithm.
    ///
    /// Keys without a name are tried for every name, and every key for a token that names none; not more than a few.
    ///
    /// # Errors
    /// There is no such key.
    pub(crate) fn verify(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, UnknownId> {
        let is_meant = |key: &&Key| match (id, key.id()) {
            (Some(wanted), Some(id)) => wanted == id,
            _ => true,
        };
        let mut meant = self.keys.iter().filter(is_meant).peekable();
        if meant.peek().is_none() {
            return Err(UnknownId);
        }
        let mut fitting = meant.filter(|key| key.is_for(algorithm)).take(MOST);
        Ok(fitting.any(|key| key.verify(algorithm, message, signature)))
    }
}

/// How many keys are tried.
const MOST: usize = 8;

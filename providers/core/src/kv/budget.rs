//! How much a store may say before it counts as one without end.

use thiserror::Error;

/// What is left of the room for one listing.
#[derive(Debug, Clone)]
pub struct Budget {
    keys: usize,
    bytes: usize,
}

/// A store says more than is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TooMuch {
    /// Keys.
    #[error("there are more than {MOST_KEYS} keys below the root key, and no more are read")]
    Keys,
    /// Bytes.
    #[error("keys and values below the root key are longer than {} MiB together, and no more is read", MOST_BYTES >> 20)]
    Bytes,
}

impl Budget {
    /// All of it.
    #[must_use]
    pub const fn new() -> Self {
        Self { keys: MOST_KEYS, bytes: MOST_BYTES }
    }

    /// Takes so many keys, and so many bytes of keys and values.
    ///
    /// # Errors
    /// There is not as much left.
    pub fn take(&mut self, keys: usize, bytes: usize) -> Result<(), TooMuch> {
        self.keys = self.keys.checked_sub(keys).ok_or(TooMuch::Keys)?;
        self.bytes = self.bytes.checked_sub(bytes).ok_or(TooMuch::Bytes)?;
        Ok(())
    }

    /// Takes what a page of a listing costs, also where it holds nothing.
    ///
    /// # Errors
    /// There were too many.
    pub fn page(&mut self) -> Result<(), TooMuch> {
        self.take(0, PAGE)
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::new()
    }
}

/// Ten times as many as a hundred thousand routers need.
const MOST_KEYS: usize = 1_000_000;
const MOST_BYTES: usize = 128 << 20;
/// A million of pages with nothing in them are enough.
const PAGE: usize = 128;

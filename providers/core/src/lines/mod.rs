//! Lines that arrive in pieces of any size.
//!
//! Owns the bytes that were read and not yet taken. Invariant: every byte is looked at once, and a line has a bound.

#[cfg(test)]
mod tests;

use thiserror::Error;

/// Bytes, cut into lines.
#[derive(Debug, Default)]
pub struct Lines {
    bytes: Vec<u8>,
    /// Where the next line begins.
    start: usize,
    /// How far was looked for its end.
    looked: usize,
}

/// A line goes on for longer than any that means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a line is longer than {} MiB", LONGEST >> 20)]
pub struct TooLong;

impl Lines {
    /// Adds a piece.
    ///
    /// # Errors
    /// What waits without an end of line is too long.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), TooLong> {
        // What was taken goes at once and not line by line, as all behind it has to move.
        self.bytes.drain(..self.start);
        self.looked -= self.start;
        self.start = 0;
        if self.bytes.len() + piece.len() > LONGEST {
            return Err(TooLong);
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    /// The next line with its end, when all of it is there.
    pub fn line(&mut self) -> Option<&[u8]> {
        let rest = self.bytes.get(self.looked..)?;
        let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
            self.looked = self.bytes.len();
            return None;
        };
        let start = self.start;
        self.looked += end + 1;
        self.start = self.looked;
        self.bytes.get(start..self.looked)
    }
}

const LONGEST: usize = 64 << 20;

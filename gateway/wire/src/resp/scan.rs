//! Where a value ends that arrives in pieces of any size.
//!
//! Invariant: every byte is looked at once, but for the line that is not there yet as a whole.

use super::{Bounds, Malformed, length, line};

/// How far a value is there.
#[derive(Debug, Default)]
pub struct Scan {
    /// Where the next line begins.
    at: usize,
    /// How many values are still to come of each list that has begun.
    open: Vec<usize>,
}

impl Scan {
    /// How many bytes the first value takes, once all of it is there; then this begins anew. The bytes have to be those
    /// of the call before, with more behind them.
    ///
    /// # Errors
    /// It is none.
    pub fn end(&mut self, bytes: &[u8], bounds: Bounds) -> Result<Option<usize>, Malformed> {
        loop {
            let mut rest = bytes.get(self.at..).unwrap_or_default();
            let Some(line) = line(&mut rest)? else { return Ok(None) };
            let mut next = bytes.len() - rest.len();
            let (kind, text) = line.split_first().ok_or(Malformed)?;
            match kind {
                b'$' => {
                    if let Some(length) = length(text, bounds.longest)? {
                        next += length + 2;
                        if bytes.len() < next {
                            return Ok(None);
                        }
                    }
                }
                b'*' => {
                    let count = length(text, bounds.most)?.unwrap_or(0);
                    if self.open.len() >= usize::from(bounds.deepest) {
                        return Err(Malformed);
                    }
                    if count > 0 {
                        self.open.push(count);
                        self.at = next;
                        continue;
                    }
                }
                b'+' | b'-' | b':' => {}
                _ => return Err(Malformed),
            }
            self.at = next;
            if self.is_done() {
                self.at = 0;
                return Ok(Some(next));
            }
        }
    }

    /// Counts a value that is there; says whether it was the last one.
    fn is_done(&mut self) -> bool {
        while let Some(left) = self.open.last_mut() {
            *left -= 1;
            if *left > 0 {
                return false;
            }
            self.open.pop();
        }
        true
    }
}

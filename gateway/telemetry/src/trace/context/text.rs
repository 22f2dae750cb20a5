//! Short texts of numbers, written and read without memory of their own.

use data_encoding::HEXLOWER_PERMISSIVE;

use super::super::id::{SpanId, TraceId};

/// A text that fits.
pub(super) struct Text {
    bytes: [u8; ROOM],
    length: usize,
}

impl Text {
    pub(super) const fn new() -> Self {
        Self { bytes: [0; ROOM], length: 0 }
    }

    /// Adds something; what does not fit is left out, and everything that is written here fits.
    pub(super) fn with(mut self, more: impl AsRef<[u8]>) -> Self {
        let more = more.as_ref();
        if let Some(room) = self.bytes.get_mut(self.length..self.length + more.len()) {
            room.copy_from_slice(more);
            self.length += more.len();
        }
        self
    }

    pub(super) fn number(self, number: u64) -> Self {
        self.with(itoa::Buffer::new().format(number))
    }
}

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// A trace in hexadecimal: 128 bits, or fewer, which stand at the end.
pub(super) fn trace(text: &[u8]) -> Option<TraceId> {
    padded(text).map(TraceId)
}

/// A span in hexadecimal.
pub(super) fn span(text: &[u8]) -> Option<SpanId> {
    padded(text).map(SpanId)
}

/// Bytes in hexadecimal, with as many zeros before them as are missing.
fn padded<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let missing = (2 * N).checked_sub(text.len()).filter(|_| !text.is_empty())?;
    let mut whole = [b'0'; LONGEST];
    whole.get_mut(missing..2 * N)?.copy_from_slice(text);
    let mut bytes = [0; N];
    HEXLOWER_PERMISSIVE.decode_mut(whole.get(..2 * N)?, &mut bytes).ok()?;
    Some(bytes)
}

/// More than the longest of what is written.
const ROOM: usize = 112;
const LONGEST: usize = 32;

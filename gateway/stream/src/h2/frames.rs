//! Which frames come, for what the library below does not count.
//!
//! Each SETTINGS may change the window of every stream, so fifteen bytes can cost as much as hundreds of requests.

/// Follows the frames of a connection, however its bytes are cut.
#[derive(Debug)]
pub struct Frames {
    /// The bytes before the next header.
    skip: usize,
    header: [u8; HEADER],
    have: usize,
    settings: u64,
}

impl Frames {
    /// The frames behind a preface of so many bytes.
    #[must_use]
    pub const fn behind(preface: usize) -> Self {
        Self { skip: preface, header: [0; HEADER], have: 0, settings: 0 }
    }

    /// How many SETTINGS have come that are no acknowledgement.
    #[must_use]
    pub const fn settings(&self) -> u64 {
        self.settings
    }

    /// Looks at what has come.
    pub fn see(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let skipped = self.skip.min(bytes.len());
            self.skip -= skipped;
            let wanted = if self.skip == 0 { HEADER - self.have } else { 0 };
            let rest = bytes.get(skipped..).unwrap_or_default();
            let (part, behind) = rest.split_at_checked(wanted).unwrap_or((rest, &[]));
            if let Some(room) = self.header.get_mut(self.have..self.have + part.len()) {
                room.copy_from_slice(part);
            }
            self.have += part.len();
            if self.have == HEADER {
                self.have = 0;
                let [high, middle, low, kind, flags, ..] = self.header;
                self.skip = u32::from_be_bytes([0, high, middle, low]) as usize;
                self.settings += u64::from(kind == SETTINGS && flags & ACK == 0);
            }
            bytes = behind;
        }
    }
}

const HEADER: usize = 9;
const SETTINGS: u8 = 4;
const ACK: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, payload: usize) -> Vec<u8> {
        let [_, high, middle, low] = u32::try_from(payload).unwrap().to_be_bytes();
        let mut frame = vec![high, middle, low, kind, flags, 0, 0, 0, 0];
        // What could be taken for a header of SETTINGS.
        frame.extend(std::iter::repeat_n(4, payload));
        frame
    }

    #[test]
    fn settings_are_counted_however_the_bytes_are_cut() {
        let mut bytes = vec![4; 24];
        for (kind, flags, payload) in
            [(4, 0, 6), (4, 1, 0), (0, 1, 300), (4, 0, 0), (1, 4, 70_000), (4, 0, 12)]
        {
            bytes.extend(frame(kind, flags, payload));
        }
        for most in [1, 2, 8, 9, 10, 24, 1_000, bytes.len()] {
            let mut frames = Frames::behind(24);
            bytes.chunks(most).for_each(|piece| frames.see(piece));
            assert_eq!(frames.settings(), 3, "by {most}");
        }
    }
}

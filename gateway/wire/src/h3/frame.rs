//! Frames (RFC 9114 §7): a type, a length, and that many bytes.

use super::varint;

/// What stands before the bytes of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHead {
    /// What it is.
    pub kind: Kind,
    /// The bytes that follow.
    pub length: u64,
}

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Bytes of a body.
    Data,
    /// Fields.
    Headers,
    /// A push is not wanted.
    CancelPush,
    /// Settings.
    Settings,
    /// A push is promised.
    PushPromise,
    /// No further requests.
    Goaway,
    /// How many pushes are wanted.
    MaxPushId,
    /// One of HTTP/2 that must not come (RFC 9114 §7.2.8).
    Forbidden,
    /// One that nobody needs to know.
    Unknown,
}

/// Collects the head of a frame, however its bytes are cut.
#[derive(Clone, Copy, Debug, Default)]
pub struct HeadReader {
    bytes: [u8; LONGEST],
    have: usize,
}

impl Kind {
    const fn of(number: u64) -> Self {
        match number {
            DATA => Self::Data,
            HEADERS => Self::Headers,
            CANCEL_PUSH => Self::CancelPush,
            SETTINGS => Self::Settings,
            PUSH_PROMISE => Self::PushPromise,
            GOAWAY => Self::Goaway,
            MAX_PUSH_ID => Self::MaxPushId,
            0x02 | 0x06 | 0x08 | 0x09 => Self::Forbidden,
            _ => Self::Unknown,
        }
    }
}

impl HeadReader {
    /// Takes bytes until the head is complete; gives how many were taken, and the head.
    pub fn advance(&mut self, bytes: &[u8]) -> (usize, Option<FrameHead>) {
        for (taken, byte) in bytes.iter().enumerate() {
            if let Some(slot) = self.bytes.get_mut(self.have) {
                *slot = *byte;
                self.have += 1;
            }
            if let Some(head) = self.read() {
                self.have = 0;
                return (taken + 1, Some(head));
            }
        }
        (bytes.len(), None)
    }

    /// Whether a head has begun and is not complete.
    #[must_use]
    pub const fn is_cut(&self) -> bool {
        self.have > 0
    }

    fn read(&self) -> Option<FrameHead> {
        let have = self.bytes.get(..self.have)?;
        let (number, taken) = varint::read(have)?;
        let (length, _) = varint::read(have.get(taken..)?)?;
        Some(FrameHead { kind: Kind::of(number), length })
    }
}

/// Writes the head of a frame with bytes of a body.
pub fn write_data(out: &mut Vec<u8>, length: u64) {
    varint::write(out, DATA);
    varint::write(out, length);
}

/// Writes a frame with a section of fields.
pub fn write_headers(out: &mut Vec<u8>, section: &[u8]) {
    varint::write(out, HEADERS);
    varint::write(out, section.len() as u64);
    out.extend_from_slice(section);
}

/// Writes a frame that says which stream, or anything after it, was not looked at any more.
pub fn write_goaway(out: &mut Vec<u8>, stream: u64) {
    let mut payload = Vec::new();
    varint::write(&mut payload, stream);
    varint::write(out, GOAWAY);
    varint::write(out, payload.len() as u64);
    out.extend_from_slice(&payload);
}

/// Writes settings, each a number and its value.
pub fn write_settings(out: &mut Vec<u8>, settings: &[(u64, u64)]) {
    let mut payload = Vec::new();
    for (id, value) in settings {
        varint::write(&mut payload, *id);
        varint::write(&mut payload, *value);
    }
    varint::write(out, SETTINGS);
    varint::write(out, payload.len() as u64);
    out.extend_from_slice(&payload);
}

/// Two numbers of eight bytes.
const LONGEST: usize = 16;
const DATA: u64 = 0x00;
const HEADERS: u64 = 0x01;
const CANCEL_PUSH: u64 = 0x03;
const SETTINGS: u64 = 0x04;
const PUSH_PROMISE: u64 = 0x05;
const GOAWAY: u64 = 0x07;
const MAX_PUSH_ID: u64 = 0x0d;

//! The streams that only the client writes: its settings, what concerns tables of fields that we do not have, and what
//! nobody knows.

use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use quinn_proto::StreamId;
use windrose_wire::h3::frame::{FrameHead, HeadReader, Kind};
use windrose_wire::h3::{settings, varint};

use super::code;
use crate::serve::quic::Link;

/// The streams that the client has opened for us to read.
#[derive(Default)]
pub(super) struct Unis {
    open: Vec<Uni>,
    /// Those of which there is one of each kind, as far as they have come.
    seen: [bool; 3],
}

/// What breaks the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Violation {
    pub(super) code: u64,
    pub(super) reason: &'static str,
}

struct Uni {
    id: StreamId,
    state: State,
}

enum State {
    /// Its type, as far as it is there.
    Type(Vec<u8>),
    Control(Control),
    /// What is written there refers to a table that has no room.
    Encoder,
    Decoder {
        held: Vec<u8>,
    },
    Over,
}

#[derive(Default)]
struct Control {
    head: HeadReader,
    frame: Option<FrameHead>,
    payload: Vec<u8>,
    has_settings: bool,
    /// The largest push that was allowed, and the last push that we were told not to begin.
    max_push: Option<u64>,
    goaway: Option<u64>,
}

impl Unis {
    /// Takes over a stream.
    pub(super) fn add(&mut self, id: StreamId) {
        self.open.push(Uni { id, state: State::Type(Vec::new()) });
    }

    /// Reads what has come.
    pub(super) fn poll(&mut self, link: &Rc<Link>, cx: &Context<'_>) -> Result<(), Violation> {
        for uni in &mut self.open {
            uni.poll(link, &mut self.seen, cx)?;
        }
        self.open.retain(|uni| !matches!(uni.state, State::Over));
        Ok(())
    }
}

impl Uni {
    fn poll(&mut self, link: &Rc<Link>, seen: &mut [bool; 3], cx: &Context<'_>) -> Result<(), Violation> {
        while let Poll::Ready(read) = link.poll_read(self.id, cx) {
            let (mut bytes, is_over) = match read {
                Ok(read) => (read.bytes, read.is_last),
                Err(_) => (Bytes::new(), true),
            };
            while !bytes.is_empty() && !matches!(self.state, State::Over) {
                self.take(&mut bytes, link, seen)?;
            }
            if is_over {
                return match self.state {
                    State::Type(_) | State::Over => {
                        self.state = State::Over;
                        Ok(())
                    }
                    // The end of the connection comes this way as well, and there it violates nothing.
                    _ if link.ended().is_some() => Ok(()),
                    _ => Err(Violation {
                        code: code::CLOSED_CRITICAL_STREAM,
                        reason: "a stream that the connection needs has ended",
                    }),
                };
            }
            if matches!(self.state, State::Over) {
                return Ok(());
            }
        }
        Ok(())
    }

    fn take(&mut self, bytes: &mut Bytes, link: &Rc<Link>, seen: &mut [bool; 3]) -> Result<(), Violation> {
        match &mut self.state {
            State::Type(held) => {
                held.push(bytes.get_u8());
                let Some((kind, _)) = varint::read(held) else { return Ok(()) };
                self.state = match kind {
                    CONTROL => once(seen, 0, State::Control(Control::default()))?,
                    ENCODER => once(seen, 1, State::Encoder)?,
                    DECODER => once(seen, 2, State::Decoder { held: Vec::new() })?,
                    PUSH => {
                        return Err(Violation {
                            code: code::STREAM_CREATION_ERROR,
                            reason: "a client pushes",
                        });
                    }
                    _ => {
                        link.stop(self.id, code::STREAM_CREATION_ERROR);
                        State::Over
                    }
                };
                Ok(())
            }
            State::Control(control) => control.take(bytes),
            State::Encoder => {
                // Only that the table is to have no room can be said without one (RFC 9204 §4.3.1).
                if bytes.get_u8() == NO_ROOM { Ok(()) } else { Err(ENCODER_VIOLATION) }
            }
            State::Decoder { held } => {
                held.push(bytes.get_u8());
                // A stream that was given up before its fields were read; all else speaks of a table.
                match held.as_slice() {
                    [first, ..] if first >> 6 != 0b01 => Err(DECODER_VIOLATION),
                    [first] if first & 0x3f < 0x3f => {
                        held.clear();
                        Ok(())
                    }
                    [_, .., last] if last & 0x80 == 0 => {
                        held.clear();
                        Ok(())
                    }
                    held if held.len() > LONGEST_NUMBER => Err(DECODER_VIOLATION),
                    _ => Ok(()),
                }
            }
            State::Over => Ok(()),
        }
    }
}

fn once(seen: &mut [bool; 3], kind: usize, state: State) -> Result<State, Violation> {
    match seen.get_mut(kind) {
        Some(seen) if !*seen => {
            *seen = true;
            Ok(state)
        }
        _ => Err(Violation { code: code::STREAM_CREATION_ERROR, reason: "a stream there can be one of" }),
    }
}

impl Control {
    fn take(&mut self, bytes: &mut Bytes) -> Result<(), Violation> {
        let frame = match self.frame {
            Some(frame) => frame,
            None => {
                let (taken, head) = self.head.advance(bytes);
                bytes.advance(taken);
                let Some(head) = head else { return Ok(()) };
                self.begin(head)?;
                self.frame = Some(head);
                head
            }
        };
        let left = frame.length - self.payload.len() as u64;
        let part = bytes.split_to(usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len()));
        if frame.kind == Kind::Unknown {
            // What nobody knows is not kept.
            let left = left - part.len() as u64;
            self.frame = (left > 0).then_some(FrameHead { length: left, ..frame });
            return Ok(());
        }
        self.payload.extend_from_slice(&part);
        if self.payload.len() as u64 == frame.length {
            let payload = std::mem::take(&mut self.payload);
            self.frame = None;
            self.finish(frame.kind, &payload)?;
        }
        Ok(())
    }

    /// Judges a frame by its head.
    fn begin(&mut self, head: FrameHead) -> Result<(), Violation> {
        if !self.has_settings && head.kind != Kind::Settings {
            return Err(Violation { code: code::MISSING_SETTINGS, reason: "settings come first" });
        }
        match head.kind {
            Kind::Settings if self.has_settings => {
                Err(Violation { code: code::FRAME_UNEXPECTED, reason: "settings come once" })
            }
            Kind::Settings | Kind::Goaway | Kind::MaxPushId | Kind::CancelPush
                if head.length > MOST_CONTROL =>
            {
                Err(Violation { code: code::EXCESSIVE_LOAD, reason: "a frame is too long" })
            }
            Kind::Data | Kind::Headers | Kind::PushPromise | Kind::Forbidden => {
                Err(Violation { code: code::FRAME_UNEXPECTED, reason: "a frame that does not belong here" })
            }
            Kind::Settings | Kind::Goaway | Kind::MaxPushId | Kind::CancelPush | Kind::Unknown => Ok(()),
        }
    }

    fn finish(&mut self, kind: Kind, payload: &[u8]) -> Result<(), Violation> {
        const WRONG_ID: Violation = Violation { code: code::ID_ERROR, reason: "a number that cannot be" };
        if kind == Kind::Settings {
            self.has_settings = true;
            return settings::check(payload).map_err(|settings::Malformed| Violation {
                code: code::SETTINGS_ERROR,
                reason: "settings that cannot be",
            });
        }
        let number = varint::read(payload).filter(|(_, taken)| *taken == payload.len());
        let Some((number, _)) = number else {
            return Err(Violation { code: code::FRAME_ERROR, reason: "a frame of another length" });
        };
        match kind {
            // It speaks of pushes, of which there are none, and may only go down.
            Kind::Goaway if self.goaway.is_some_and(|known| number > known) => Err(WRONG_ID),
            Kind::Goaway => {
                self.goaway = Some(number);
                Ok(())
            }
            Kind::MaxPushId if self.max_push.is_some_and(|known| number < known) => Err(WRONG_ID),
            Kind::MaxPushId => {
                self.max_push = Some(number);
                Ok(())
            }
            Kind::CancelPush => Err(WRONG_ID),
            _ => Ok(()),
        }
    }
}

const CONTROL: u64 = 0x00;
const PUSH: u64 = 0x01;
const ENCODER: u64 = 0x02;
const DECODER: u64 = 0x03;
/// "Set Dynamic Table Capacity" to nothing.
const NO_ROOM: u8 = 0x20;
const ENCODER_VIOLATION: Violation =
    Violation { code: code::ENCODER_STREAM_ERROR, reason: "fields for a table that has no room" };
const DECODER_VIOLATION: Violation =
    Violation { code: code::DECODER_STREAM_ERROR, reason: "word of a table that has no fields" };
/// The bytes of a number in the longest form that is taken.
const LONGEST_NUMBER: usize = 10;
/// Settings are a few numbers.
const MOST_CONTROL: u64 = 4 * 1024;

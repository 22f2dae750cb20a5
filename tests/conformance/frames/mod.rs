//! HTTP/2 by frames that no library would send.

mod abuse;
mod requests;

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use windrose_kit::DEADLINE;
use windrose_kit::peer::h2::{Frame, flags, kind, setting};
use windrose_kit::peer::wire::Socket;

use crate::client::connect;

/// A connection whose frames are written and read one by one.
pub(crate) struct Frames {
    stream: Socket,
    read: Vec<u8>,
}

/// How a stream ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// The status, when a head came.
    pub(crate) status: Option<u16>,
    pub(crate) body: Vec<u8>,
    pub(crate) end: End,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum End {
    /// In order.
    Whole,
    /// By RST_STREAM.
    Reset,
    /// By GOAWAY, or with the connection.
    #[default]
    Gone,
}

impl Frames {
    /// Sends the preface and these settings, and acknowledges those of the gateway. Heads come without references to
    /// earlier ones.
    pub(crate) async fn begin(addr: SocketAddr, settings: &[(u16, u32)]) -> Self {
        let mut frames = Self { stream: connect(addr).await.into(), read: Vec::new() };
        frames.send(PREFACE).await;
        frames.write(&Frame::settings(&[&[(setting::HEADER_TABLE_SIZE, 0)], settings].concat())).await;
        let first = frames.next().await.unwrap();
        assert_eq!((first.kind, first.flags), (kind::SETTINGS, 0), "{first:?}");
        frames.write(&Frame::new(kind::SETTINGS, flags::ACK, 0, [])).await;
        frames
    }

    /// As a server: sends settings and skips the preface; nothing when the client is no client of HTTP/2.
    pub(crate) async fn serve(socket: Socket, read: Vec<u8>) -> Option<Self> {
        let mut frames = Self { stream: socket, read };
        while frames.read.len() < PREFACE.len() {
            if !matches!(frames.stream.read_buf(&mut frames.read).await, Ok(1..)) {
                return None;
            }
        }
        frames.read.drain(..PREFACE.len());
        frames.write(&Frame::settings(&[])).await;
        Some(frames)
    }

    pub(crate) async fn write(&mut self, frame: &Frame) -> bool {
        self.send(&frame.encode()).await
    }

    /// Sends bytes; says whether the gateway took them.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> bool {
        matches!(timeout(DEADLINE, self.stream.write_all(bytes)).await, Ok(Ok(())))
    }

    /// The same, for so long.
    async fn send_within(&mut self, bytes: &[u8], limit: Duration) -> bool {
        matches!(timeout(limit, self.stream.write_all(bytes)).await, Ok(Ok(())))
    }

    /// Whether the gateway ends the connection, once it has read everything: a sign of life asked for is not given.
    async fn ends(&mut self) -> bool {
        let asked = *b"the end?";
        self.write(&Frame::ping(asked)).await;
        loop {
            match self.next().await {
                None => return true,
                Some(frame) if frame.kind == kind::GOAWAY && frame.error_code() != Some(0) => return true,
                Some(frame) if frame.kind == kind::PING && frame.payload == asked => return false,
                Some(_) => {}
            }
        }
    }

    /// Reads until the head of an answer has come on `stream`.
    pub(crate) async fn read_head_of(&mut self, stream: u32) {
        while let Some(frame) = self.next().await {
            if frame.kind == kind::HEADERS && frame.stream == stream {
                return;
            }
        }
        panic!("the connection ended before an answer on stream {stream}");
    }

    /// The next frame; nothing at the end of the connection.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        match self.next_within(DEADLINE).await {
            Ok(frame) => frame,
            Err(()) => panic!("no frame came"),
        }
    }

    /// The next frame; an error when none comes in time.
    pub(crate) async fn next_within(&mut self, limit: Duration) -> Result<Option<Frame>, ()> {
        loop {
            if let Some(frame) = self.take() {
                return Ok(Some(frame));
            }
            match timeout(limit, self.stream.read_buf(&mut self.read)).await {
                Ok(Ok(1..)) => {}
                Ok(_) => return Ok(None),
                Err(_) => return Err(()),
            }
        }
    }

    fn take(&mut self) -> Option<Frame> {
        let head: [u8; 9] = self.read.get(..9)?.try_into().ok()?;
        let [a, b, c, kind, flags, stream @ ..] = head;
        let end = 9 + usize::try_from(u32::from_be_bytes([0, a, b, c])).unwrap();
        let payload = self.read.get(9..end)?.to_vec();
        self.read.drain(..end);
        Some(Frame { kind, flags, stream: u32::from_be_bytes(stream) & 0x7fff_ffff, payload })
    }

    /// Reads until `stream` has ended.
    pub(crate) async fn outcome(&mut self, stream: u32) -> Outcome {
        let mut outcome = Outcome::default();
        while let Some(frame) = self.next().await {
            match frame.kind {
                kind::GOAWAY if frame.error_code() != Some(0) => return outcome,
                kind::PING if !frame.has(flags::ACK) => {
                    self.write(&Frame::new(kind::PING, flags::ACK, 0, frame.payload)).await;
                    continue;
                }
                _ if frame.stream != stream => continue,
                kind::RST_STREAM => {
                    // An answer may be followed by the wish that no more be sent.
                    outcome.end = End::Reset;
                    return outcome;
                }
                kind::HEADERS if outcome.status.is_none_or(|status| status < 200) => {
                    outcome.status = Some(status(&frame.payload));
                }
                kind::DATA => outcome.body.extend(&frame.payload),
                _ => {}
            }
            if frame.has(flags::END_STREAM) {
                outcome.end = End::Whole;
                return outcome;
            }
        }
        outcome
    }
}

pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A head of these fields, as bytes that need not be legal.
pub(crate) fn block(fields: &[(&[u8], &[u8])]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        for text in [name, value] {
            put_length(text.len(), &mut block);
            block.extend(*text);
        }
    }
    block
}

/// An integer of seven bits and more (RFC 7541 §5.1).
fn put_length(mut length: usize, block: &mut Vec<u8>) {
    if length < 127 {
        return block.push(u8::try_from(length).unwrap());
    }
    block.push(127);
    length -= 127;
    while length >= 128 {
        block.push(u8::try_from(length % 128).unwrap() | 128);
        length /= 128;
    }
    block.push(u8::try_from(length).unwrap());
}

/// The status at the start of a head: an entry of the static table, or digits in Huffman code behind its name.
fn status(block: &[u8]) -> u16 {
    let start = block.iter().position(|byte| byte >> 5 != 1).unwrap();
    match block[start..] {
        [index @ 0x88..=0x8e, ..] => [200, 204, 206, 304, 400, 404, 500][usize::from(index - 0x88)],
        [0x48 | 0x08 | 0x18, length, ref text @ ..] => {
            let text = &text[..usize::from(length & 0x7f)];
            if length & 0x80 == 0 {
                return std::str::from_utf8(text).unwrap().parse().unwrap();
            }
            let bits =
                text.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte)) << (64 - 8 * text.len());
            digits(bits)
        }
        ref other => panic!("no status at the start of {other:?}"),
    }
}

/// Three digits in the code of RFC 7541, appendix B.
fn digits(mut bits: u64) -> u16 {
    (0..3).fold(0, |number, _| {
        let five = u16::try_from(bits >> 59).unwrap();
        let (digit, length) =
            if five < 3 { (five, 5) } else { (u16::try_from(bits >> 58).unwrap() - 0x16, 6) };
        bits <<= length;
        number * 10 + digit
    })
}

#[test]
fn digits_are_read() {
    // 4, 2 and 1 are 011010, 00010 and 00001.
    assert_eq!(digits(0b0110_1000_0100_0001 << 48), 421);
}

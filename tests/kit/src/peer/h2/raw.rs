//! HTTP/2 frame by frame, with no rule but the shape of a frame (RFC 9113 §4.1).

use std::net::SocketAddr;

use crate::peer::wire::Wire;

/// A connection whose frames the test writes and reads itself.
#[derive(Debug)]
pub struct Raw {
    wire: Wire,
}

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it is; see [`kind`].
    pub kind: u8,
    /// Its flags; see [`flags`].
    pub flags: u8,
    /// The stream it belongs to; zero is the connection.
    pub stream: u32,
    /// What it carries.
    pub payload: Vec<u8>,
}

/// Kinds of frames (RFC 9113 §6).
pub mod kind {
    /// A part of a body.
    pub const DATA: u8 = 0;
    /// A head or trailers.
    pub const HEADERS: u8 = 1;
    /// The older form of priority.
    pub const PRIORITY: u8 = 2;
    /// The end of a stream by an error.
    pub const RST_STREAM: u8 = 3;
    /// Settings, or the answer to them.
    pub const SETTINGS: u8 = 4;
    /// A response nobody asked for.
    pub const PUSH_PROMISE: u8 = 5;
    /// A sign of life.
    pub const PING: u8 = 6;
    /// The end of the connection.
    pub const GOAWAY: u8 = 7;
    /// Room to send.
    pub const WINDOW_UPDATE: u8 = 8;
    /// The rest of a head that did not fit.
    pub const CONTINUATION: u8 = 9;
}

/// Flags of frames (RFC 9113 §6).
pub mod flags {
    /// Nothing.
    pub const NONE: u8 = 0;
    /// The last frame of a stream; on DATA and HEADERS.
    pub const END_STREAM: u8 = 1;
    /// The answer to SETTINGS or PING.
    pub const ACK: u8 = 1;
    /// The head is complete; on HEADERS and CONTINUATION.
    pub const END_HEADERS: u8 = 4;
    /// The payload begins with the length of its padding.
    pub const PADDED: u8 = 8;
}

/// Names of settings (RFC 9113 §6.5.2).
pub mod setting {
    /// The size of the table that compresses heads.
    pub const HEADER_TABLE_SIZE: u16 = 1;
    /// Whether pushes are welcome.
    pub const ENABLE_PUSH: u16 = 2;
    /// How many streams may be open.
    pub const MAX_CONCURRENT_STREAMS: u16 = 3;
    /// How much may be sent on a new stream.
    pub const INITIAL_WINDOW_SIZE: u16 = 4;
    /// How long a frame may be.
    pub const MAX_FRAME_SIZE: u16 = 5;
    /// How long a head may be.
    pub const MAX_HEADER_LIST_SIZE: u16 = 6;
    /// Whether CONNECT may name a protocol (RFC 8441).
    pub const ENABLE_CONNECT_PROTOCOL: u16 = 8;
}

impl Frame {
    /// A frame of any kind.
    #[must_use]
    pub fn new(kind: u8, flags: u8, stream: u32, payload: impl Into<Vec<u8>>) -> Self {
        Self { kind, flags, stream, payload: payload.into() }
    }

    /// SETTINGS with these values.
    #[must_use]
    pub fn settings(values: &[(u16, u32)]) -> Self {
        let payload: Vec<u8> = values
            .iter()
            .flat_map(|(name, value)| [&name.to_be_bytes()[..], &value.to_be_bytes()[..]].concat())
            .collect();
        Self::new(kind::SETTINGS, flags::NONE, 0, payload)
    }

    /// A whole head in one HEADERS frame; add [`flags::END_STREAM`] when no body follows.
    #[must_use]
    pub fn headers(stream: u32, more_flags: u8, fields: &[(&str, &str)]) -> Self {
        Self::new(kind::HEADERS, flags::END_HEADERS | more_flags, stream, header_block(fields))
    }

    /// The head of a GET without a body.
    #[must_use]
    pub fn get(stream: u32, authority: &str, path: &str) -> Self {
        let fields = [(":method", "GET"), (":scheme", "http"), (":authority", authority), (":path", path)];
        Self::headers(stream, flags::END_STREAM, &fields)
    }

    /// DATA; the flags may be [`flags::END_STREAM`].
    #[must_use]
    pub fn data(stream: u32, flags: u8, payload: impl Into<Vec<u8>>) -> Self {
        Self::new(kind::DATA, flags, stream, payload)
    }

    /// WINDOW_UPDATE.
    #[must_use]
    pub fn window_update(stream: u32, increment: u32) -> Self {
        Self::new(kind::WINDOW_UPDATE, flags::NONE, stream, increment.to_be_bytes())
    }

    /// RST_STREAM.
    #[must_use]
    pub fn reset(stream: u32, code: u32) -> Self {
        Self::new(kind::RST_STREAM, flags::NONE, stream, code.to_be_bytes())
    }

    /// PING, not an answer to one.
    #[must_use]
    pub fn ping(payload: [u8; 8]) -> Self {
        Self::new(kind::PING, flags::NONE, 0, payload)
    }

    /// Whether all of `flags` are set.
    #[must_use]
    pub fn has(&self, flags: u8) -> bool {
        self.flags & flags == flags
    }

    /// The error code of RST_STREAM or GOAWAY; none in other frames.
    #[must_use]
    pub fn error_code(&self) -> Option<u32> {
        let start = match self.kind {
            kind::RST_STREAM => 0,
            kind::GOAWAY => 4,
            _ => return None,
        };
        let code = self.payload.get(start..start + 4)?;
        Some(u32::from_be_bytes(code.try_into().ok()?))
    }

    /// The bytes of the frame, its length as it is.
    ///
    /// # Panics
    /// When the payload is longer than a frame can say.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let length = u32::try_from(self.payload.len()).unwrap().to_be_bytes();
        assert_eq!(length[0], 0, "a frame cannot be this long");
        let mut bytes = length[1..].to_vec();
        bytes.extend([self.kind, self.flags]);
        bytes.extend(self.stream.to_be_bytes());
        bytes.extend(&self.payload);
        bytes
    }
}

impl Raw {
    /// Connects to `addr` and sends nothing.
    ///
    /// # Panics
    /// When nobody accepts there.
    pub async fn connect(addr: SocketAddr) -> Self {
        Self::over(Wire::connect(addr).await)
    }

    /// Speaks over a connection that is already there and sends nothing.
    #[must_use]
    pub fn over(wire: Wire) -> Self {
        Self { wire }
    }

    /// As a client: sends the preface with settings and answers the server's.
    ///
    /// # Panics
    /// When the server does not send settings first.
    pub async fn begin(&mut self, settings: &[(u16, u32)]) {
        self.wire.send(PREFACE).await;
        self.write(&Frame::settings(settings)).await;
        self.exchange_settings().await;
    }

    /// As a server: reads the preface, sends settings and answers the client's.
    ///
    /// # Panics
    /// When the client does not begin in order.
    pub async fn serve(wire: Wire, settings: &[(u16, u32)]) -> Self {
        let mut raw = Self::over(wire);
        raw.wire.expect(PREFACE).await;
        raw.write(&Frame::settings(settings)).await;
        raw.exchange_settings().await;
        raw
    }

    async fn exchange_settings(&mut self) {
        let first = self.read().await;
        assert_eq!((first.kind, first.flags), (kind::SETTINGS, flags::NONE), "{first:?}");
        self.write(&Frame::new(kind::SETTINGS, flags::ACK, 0, [])).await;
    }

    /// Sends a frame.
    ///
    /// # Panics
    /// When the other end does not take it.
    pub async fn write(&mut self, frame: &Frame) {
        self.wire.send(frame.encode()).await;
    }

    /// Sends bytes that need not be a frame.
    ///
    /// # Panics
    /// When the other end does not take them.
    pub async fn write_bytes(&mut self, bytes: impl AsRef<[u8]>) {
        self.wire.send(bytes).await;
    }

    /// Reads the next frame, whatever it is.
    ///
    /// # Panics
    /// When the connection ends first.
    pub async fn read(&mut self) -> Frame {
        let head = self.wire.read_exact(9).await;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let stream = u32::from_be_bytes([head[5] & 0x7f, head[6], head[7], head[8]]);
        let payload = self.wire.read_exact(usize::try_from(length).unwrap()).await;
        Frame { kind: head[3], flags: head[4], stream, payload }
    }

    /// Reads frames until one of `kind` comes, and passes over the others.
    ///
    /// # Panics
    /// When the connection ends first.
    pub async fn read_until(&mut self, kind: u8) -> Frame {
        loop {
            let frame = self.read().await;
            if frame.kind == kind {
                return frame;
            }
        }
    }

    /// Reads frames until the connection is told to end by GOAWAY, and returns the error code.
    ///
    /// # Panics
    /// When the connection ends without.
    pub async fn expect_go_away(&mut self) -> u32 {
        self.read_until(kind::GOAWAY).await.error_code().unwrap()
    }

    /// Reads frames until `stream` is ended by RST_STREAM, and returns the error code.
    ///
    /// # Panics
    /// When the connection ends first.
    pub async fn expect_stream_reset(&mut self, stream: u32) -> u32 {
        loop {
            let frame = self.read_until(kind::RST_STREAM).await;
            if frame.stream == stream {
                return frame.error_code().unwrap();
            }
        }
    }

    /// The connection, as bytes.
    #[must_use]
    pub fn into_wire(self) -> Wire {
        self.wire
    }
}

/// A head in the plainest form of HPACK: every field a literal that is not remembered (RFC 7541
/// §6.2.2), names and values not compressed, in whatever case they are given.
///
/// # Panics
/// When a name or a value is unreasonably long.
#[must_use]
pub fn header_block(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        put_text(name, &mut block);
        put_text(value, &mut block);
    }
    block
}

/// A text with its length as an integer of seven bits and more (RFC 7541 §5.1).
fn put_text(text: &str, block: &mut Vec<u8>) {
    let mut length = text.len();
    if length < 127 {
        block.push(u8::try_from(length).unwrap());
    } else {
        block.push(127);
        length -= 127;
        while length >= 128 {
            block.push(u8::try_from(length % 128).unwrap() | 128);
            length /= 128;
        }
        block.push(u8::try_from(length).unwrap());
    }
    block.extend(text.as_bytes());
}

/// What a client sends first (RFC 9113 §3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

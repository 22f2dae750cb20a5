//! Servers of HTTP/2 that answer what they should not.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use windrose_kit::peer::h1::{Backend, Conn, Server};
use windrose_kit::peer::h2::{Frame, flags, kind};

use super::{ask_h1, ask_h2};
use crate::frames::{End, Frames, Outcome, block};
use crate::gateway::Gateway;

/// The frames that answer a request on a stream.
type Answer = fn(u32) -> Vec<Frame>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum See {
    /// The answer `hello`.
    Whole,
    /// An error of the gateway's, or an answer that does not end well.
    Not,
}

use See::{Not, Whole};

#[tokio::test]
async fn an_odd_answer_of_http_2_harms_nobody() {
    let turn = Arc::new(AtomicUsize::new(0));
    let backend = Backend::bind().await;
    let url = backend.url().replace("http:", "h2c:");
    let number = Arc::clone(&turn);
    let _server = Server::start(backend, move |conn| answer_all(conn, Arc::clone(&number)));
    let gateway = Gateway::to(&url).await;
    let mut failed = Vec::new();
    for (number, (name, _, see)) in CASES.iter().enumerate() {
        for http2 in [false, true] {
            turn.store(number, Ordering::Relaxed);
            let outcome =
                if http2 { ask_h2(&gateway, "GET", "/").await } else { ask_h1(&gateway, "GET", "/").await };
            if !see.is(&outcome) {
                failed.push(format!("{name} (HTTP/2: {http2}): {outcome:?}"));
            }
            // The first case is an ordinary answer; whoever asks next gets it.
            turn.store(0, Ordering::Relaxed);
            for _ in 0..3 {
                let next = ask_h1(&gateway, "GET", "/next").await;
                if !Whole.is(&next) {
                    failed.push(format!("{name}: the next got {next:?}"));
                }
            }
        }
    }
    gateway.expect_well().await;
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[tokio::test]
async fn interim_answers_of_http_2_without_end_are_given_up() {
    let backend = Backend::bind().await;
    let url = backend.url().replace("http:", "h2c:");
    let _server = Server::start(backend, |conn| async move {
        let (socket, read) = conn.into_wire().into_parts();
        let Some(mut frames) = Frames::serve(socket, read).await else { return };
        let Some(stream) = next_request(&mut frames).await else { return };
        while frames.write(&head(stream, 0, "103", &[(b"link", b"<a>")])).await {
            while let Ok(frame) = frames.next_within(Duration::ZERO).await {
                let is_over = frame.is_none_or(|frame| matches!(frame.kind, kind::RST_STREAM | kind::GOAWAY));
                if is_over {
                    return;
                }
            }
        }
    });
    let gateway = Gateway::to(&url).await;
    assert!(ask_h1(&gateway, "GET", "/").await.status.is_some_and(|status| status >= 500));
    assert!(ask_h2(&gateway, "GET", "/").await.status.is_some_and(|status| status >= 500));
}

impl See {
    fn is(self, outcome: &Outcome) -> bool {
        match self {
            Whole => (outcome.status, &outcome.body[..], outcome.end) == (Some(200), b"hello", End::Whole),
            Not => outcome.end != End::Whole || outcome.status.is_some_and(|status| status >= 500),
        }
    }
}

async fn answer_all(conn: Conn, turn: Arc<AtomicUsize>) {
    let (socket, read) = conn.into_wire().into_parts();
    let Some(mut frames) = Frames::serve(socket, read).await else { return };
    while let Some(stream) = next_request(&mut frames).await {
        let (_, answer, _) = CASES[turn.load(Ordering::Relaxed)];
        for frame in answer(stream) {
            if frame.kind == CLOSE {
                return;
            }
            frames.write(&frame).await;
        }
    }
}

/// Reads until a stream begins, and answers settings and pings.
async fn next_request(frames: &mut Frames) -> Option<u32> {
    loop {
        let frame = frames.next_within(Duration::from_secs(60)).await.ok()??;
        match frame.kind {
            kind::HEADERS => return Some(frame.stream),
            kind::SETTINGS if !frame.has(flags::ACK) => {
                frames.write(&Frame::new(kind::SETTINGS, flags::ACK, 0, [])).await;
            }
            kind::PING if !frame.has(flags::ACK) => {
                frames.write(&Frame::new(kind::PING, flags::ACK, 0, frame.payload)).await;
            }
            _ => {}
        }
    }
}

/// Stands for the end of the connection.
const CLOSE: u8 = 0xff;

fn close() -> Frame {
    Frame::new(CLOSE, 0, 0, [])
}

fn head(stream: u32, flags: u8, status: &str, fields: &[(&[u8], &[u8])]) -> Frame {
    let fields = [&[(&b":status"[..], status.as_bytes())], fields].concat();
    Frame::new(kind::HEADERS, flags::END_HEADERS | flags, stream, block(&fields))
}

fn ok(stream: u32, fields: &[(&[u8], &[u8])]) -> Vec<Frame> {
    vec![head(stream, 0, "200", fields), hello(stream)]
}

fn hello(stream: u32) -> Frame {
    Frame::data(stream, flags::END_STREAM, *b"hello")
}

fn many_fields(stream: u32) -> Vec<Frame> {
    let names: Vec<String> = (0..26_000).map(|number| format!("{number:x}")).collect();
    let mut fields = vec![(&b":status"[..], &b"200"[..])];
    fields.extend(names.iter().map(|name| (name.as_bytes(), &b""[..])));
    let block = block(&fields);
    let mut frames: Vec<Frame> =
        block.chunks(16_000).map(|piece| Frame::new(kind::CONTINUATION, 0, stream, piece)).collect();
    frames[0].kind = kind::HEADERS;
    frames.push(Frame::new(kind::CONTINUATION, flags::END_HEADERS, stream, []));
    frames.push(hello(stream));
    frames
}

const CASES: &[(&str, Answer, See)] = &[
    ("plain", |stream| ok(stream, &[]), Whole),
    ("length", |stream| ok(stream, &[(b"content-length", b"5")]), Whole),
    ("length too long", |stream| ok(stream, &[(b"content-length", b"9")]), Not),
    ("length too short", |stream| ok(stream, &[(b"content-length", b"1")]), Not),
    ("length with plus", |stream| ok(stream, &[(b"content-length", b"+5")]), Not),
    (
        "lengths that differ",
        |stream| ok(stream, &[(b"content-length", b"5"), (b"content-length", b"9")]),
        Not,
    ),
    (
        "length without a body",
        |stream| vec![head(stream, flags::END_STREAM, "200", &[(b"content-length", b"5")])],
        Not,
    ),
    (
        "no status",
        |stream| vec![Frame::new(kind::HEADERS, 4, stream, block(&[(b"x", b"y")])), hello(stream)],
        Not,
    ),
    ("status twice", |stream| ok(stream, &[(b":status", b"204")]), Not),
    ("status that is no number", |stream| vec![head(stream, 0, "2x0", &[]), hello(stream)], Not),
    ("status of four digits", |stream| vec![head(stream, 0, "2000", &[]), hello(stream)], Not),
    ("status with a line end", |stream| vec![head(stream, 0, "200\r\nX: y", &[]), hello(stream)], Not),
    (
        "change of protocol",
        |stream| vec![head(stream, 0, "101", &[]), head(stream, 0, "200", &[]), hello(stream)],
        Not,
    ),
    (
        "interim answer",
        |stream| vec![head(stream, 0, "103", &[]), head(stream, 0, "200", &[]), hello(stream)],
        Whole,
    ),
    ("interim answer that ends", |stream| vec![head(stream, flags::END_STREAM, "103", &[])], Not),
    ("line end in a value", |stream| ok(stream, &[(b"x", b"a\r\nSet-Cookie: evil")]), Not),
    ("line end in a name", |stream| ok(stream, &[(b"x\r\ny", b"z")]), Not),
    ("upper case in a name", |stream| ok(stream, &[(b"X-Any", b"z")]), Not),
    ("coding", |stream| ok(stream, &[(b"transfer-encoding", b"chunked")]), Not),
    ("connection", |stream| ok(stream, &[(b"connection", b"close")]), Not),
    // The library below forgets it, and nothing of it passes.
    ("request field", |stream| ok(stream, &[(b":path", b"/")]), Whole),
    ("many fields", many_fields, Not),
    ("data first", |stream| vec![hello(stream)], Not),
    (
        "reset",
        |stream| vec![head(stream, 0, "200", &[]), Frame::data(stream, 0, *b"hel"), Frame::reset(stream, 8)],
        Not,
    ),
    (
        "reset without error in the middle",
        |stream| {
            vec![head(stream, 0, "200", &[]), Frame::data(stream, 0, *b"hello"), Frame::reset(stream, 0)]
        },
        Not,
    ),
    ("reset at once", |stream| vec![Frame::reset(stream, 2)], Not),
    (
        "close in the middle",
        |stream| vec![head(stream, 0, "200", &[]), Frame::data(stream, 0, *b"hel"), close()],
        Not,
    ),
    ("close at once", |_| vec![close()], Not),
    (
        "farewell and close in the middle",
        |stream| {
            vec![
                head(stream, 0, "200", &[]),
                Frame::data(stream, 0, *b"hel"),
                Frame::new(kind::GOAWAY, 0, 0, [0; 8]),
                close(),
            ]
        },
        Not,
    ),
    ("push", |stream| vec![Frame::new(kind::PUSH_PROMISE, 4, stream, [0, 0, 0, 2])], Not),
    // Nothing more will be sent on the stream, so its window does not matter.
    (
        "window that grows too far",
        |stream| vec![Frame::window_update(stream, 0x7fff_ffff), head(stream, 0, "200", &[]), hello(stream)],
        Whole,
    ),
    ("head that is no HPACK", |stream| vec![Frame::new(kind::HEADERS, 5, stream, [0xff; 20])], Not),
    (
        "trailers that frame and identify",
        |stream| {
            let trailers = block(&[(b"content-length", b"9"), (b"set-cookie", b"evil"), (b"x-sum", b"1")]);
            vec![
                head(stream, 0, "200", &[]),
                Frame::data(stream, 0, *b"hello"),
                Frame::new(kind::HEADERS, 5, stream, trailers),
            ]
        },
        Whole,
    ),
    (
        "other frames between",
        |stream| {
            vec![
                Frame::ping([7; 8]),
                head(stream, 0, "200", &[]),
                Frame::new(0x0c, 0xff, stream, [1; 9]),
                Frame::data(stream, 0, []),
                hello(stream),
            ]
        },
        Whole,
    ),
];

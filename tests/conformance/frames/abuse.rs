//! Floods, and connections held open: memory and processor time stay bounded, and others are served.

use std::time::Duration;

use windrose_kit::peer::h1::{Backend, Server};
use windrose_kit::peer::h2::{Frame, flags, kind, setting};

use super::{End, Frames, block};
use crate::gateway::Gateway;
use crate::recorder::Recorder;

/// Sends `bytes` again and again until the gateway ends the connection or `times` is reached, reading what it says;
/// says whether it ended the connection.
async fn flood(frames: &mut Frames, times: usize, bytes: impl Fn(usize) -> Vec<u8>) -> bool {
    for time in 0..times {
        if !frames.send(&bytes(time)).await {
            return true;
        }
        while let Ok(frame) = frames.next_within(Duration::ZERO).await {
            if frame.is_none_or(|frame| frame.kind == kind::GOAWAY) {
                return true;
            }
        }
    }
    frames.ends().await
}

/// What a flood may cost.
async fn costs(gateway: &Gateway, memory: usize, cpu: Duration, attack: impl Future<Output = ()>) {
    let before = (gateway.memory(), gateway.cpu());
    attack.await;
    let (grown, used) = (gateway.memory().saturating_sub(before.0), gateway.cpu() - before.1);
    assert!(grown <= memory, "{} KiB more", grown >> 10);
    assert!(used <= cpu, "{used:?} of processor time");
    gateway.expect_well().await;
}

const MIB: usize = 1 << 20;

fn get(stream: u32) -> Vec<u8> {
    Frame::get(stream, "a.test", "/").encode()
}

fn odd(time: usize) -> u32 {
    u32::try_from(2 * time + 1).unwrap()
}

#[tokio::test]
async fn streams_that_are_reset_at_once_end_the_connection() {
    let recorder = Recorder::start().await;
    let gateway = Gateway::to(&recorder.url()).await;
    let mut frames = Frames::begin(gateway.addr(), &[]).await;
    let mut ended = false;
    costs(&gateway, 16 * MIB, Duration::from_secs(8), async {
        ended = flood(&mut frames, 100, |time| {
            let pair = |stream| [get(stream), Frame::reset(stream, 8).encode()].concat();
            (0..100).flat_map(|more| pair(odd(100 * time + more))).collect()
        })
        .await;
    })
    .await;
    assert!(ended);
    assert!(recorder.take().len() < 2000, "most never reach the server");
}

/// One reset at a time, each after its stream was accepted.
#[tokio::test]
async fn streams_that_are_reset_one_by_one_end_the_connection() {
    // A server that never answers, so that no stream ends by itself.
    let server = Server::start(Backend::bind().await, |mut conn| async move {
        while let Some(request) = conn.next_request().await {
            if request.target() != "/" {
                conn.answer("").await;
            }
        }
    });
    let gateway = Gateway::to(&server.url()).await;
    let mut frames = Frames::begin(gateway.addr(), &[]).await;
    let mut ended = false;
    costs(&gateway, 16 * MIB, Duration::from_secs(8), async {
        ended =
            flood(&mut frames, 4000, |time| [get(odd(time)), Frame::reset(odd(time), 8).encode()].concat())
                .await;
    })
    .await;
    assert!(ended, "4,000 resets were taken for normal");
}

/// The client makes the gateway reset its streams: by a window that grows too far, by frames that must not come.
#[tokio::test]
async fn streams_that_the_gateway_must_reset_end_the_connection() {
    let recorder = Recorder::start().await;
    let gateway = Gateway::to(&recorder.url()).await;
    let open = |stream| {
        let fields = [(":method", "POST"), (":scheme", "http"), (":authority", "a.test"), (":path", "/")];
        Frame::headers(stream, flags::NONE, &fields).encode()
    };
    let triggers: [fn(u32) -> Frame; 4] = [
        |stream| Frame::window_update(stream, 0),
        |stream| Frame::window_update(stream, 0x7fff_ffff),
        |stream| Frame::new(kind::PRIORITY, flags::NONE, stream, [0; 4]),
        |stream| {
            Frame::new(
                kind::PRIORITY,
                flags::NONE,
                stream,
                stream.to_be_bytes().into_iter().chain([1]).collect::<Vec<_>>(),
            )
        },
    ];
    for trigger in triggers {
        let mut frames = Frames::begin(gateway.addr(), &[]).await;
        let mut ended = false;
        costs(&gateway, 16 * MIB, Duration::from_secs(6), async {
            ended = flood(&mut frames, 3000, |time| [open(odd(time)), trigger(odd(time)).encode()].concat())
                .await;
        })
        .await;
        assert!(ended, "{:?}", trigger(1));
    }
}

#[tokio::test]
async fn a_head_in_pieces_without_end_ends_the_connection() {
    let recorder = Recorder::start().await;
    let gateway = Gateway::to(&recorder.url()).await;
    for piece in [block(&[(b"x", &[b'y'; 8000])]), block(&[(b"x", b"")]), Vec::new()] {
        let mut frames = Frames::begin(gateway.addr(), &[]).await;
        frames.write(&Frame::new(kind::HEADERS, flags::NONE, 1, [])).await;
        let more = Frame::new(kind::CONTINUATION, flags::NONE, 1, piece).encode();
        let mut ended = false;
        costs(&gateway, 8 * MIB, Duration::from_secs(3), async {
            ended = flood(&mut frames, 2000, |_| more.repeat(5)).await;
        })
        .await;
        assert!(ended, "pieces of {} bytes", more.len() - 9);
    }
    assert_eq!(recorder.take(), []);
}

#[tokio::test]
async fn a_head_of_many_fields_is_refused() {
    let recorder = Recorder::start().await;
    let gateway = Gateway::to(&recorder.url()).await;
    let names: Vec<String> = (0..26_000).map(|number| format!("{number:x}")).collect();
    let mut fields: Vec<(&[u8], &[u8])> =
        vec![(b":method", b"GET"), (b":scheme", b"http"), (b":authority", b"a.test"), (b":path", b"/")];
    fields.extend(names.iter().map(|name| (name.as_bytes(), &b""[..])));
    let block = block(&fields);
    let mut pieces = block.chunks(16_000);
    let mut frames = Frames::begin(gateway.addr(), &[]).await;
    let mut bytes = Frame::new(kind::HEADERS, flags::END_STREAM, 1, pieces.next().unwrap()).encode();
    pieces.for_each(|piece| bytes.extend(Frame::new(kind::CONTINUATION, flags::NONE, 1, piece).encode()));
    bytes.extend(Frame::new(kind::CONTINUATION, flags::END_HEADERS, 1, []).encode());
    frames.send(&bytes).await;
    let outcome = frames.outcome(1).await;
    assert!(outcome.status == Some(431) || outcome.end != End::Whole, "{outcome:?}");
    assert_eq!(recorder.take(), []);
    gateway.expect_well().await;
}

#[tokio::test]
async fn crumbs_of_cookies_cost_what_they_weigh() {
    let recorder = Recorder::start().await;
    let gateway = Gateway::to(&recorder.url()).await;
    let mut fields: Vec<(&[u8], &[u8])> =
        vec![(b":method", b"GET"), (b":scheme", b"http"), (b":authority", b"a.test"), (b":path", b"/")];
    fields.extend(std::iter::repeat_n((&b"cookie"[..], &b"a=b"[..]), 4096));
    let block = block(&fields);
    let mut frames = Frames::begin(gateway.addr(), &[]).await;
    costs(&gateway, 64 * MIB, Duration::from_secs(8), async {
        for stream in (1..100).step_by(2) {
            let (first, rest) = block.split_at(16_000);
            let mut bytes = Frame::new(kind::HEADERS, flags::END_STREAM, stream, first).encode();
            for piece in rest.chunks(16_000) {
                bytes.extend(Frame::new(kind::CONTINUATION, flags::NONE, stream, piece).encode());
            }
            bytes.extend(Frame::new(kind::CONTINUATION, flags::END_HEADERS, stream, []).encode());
            frames.send(&bytes).await;
            // All at once would be refused: heads that wait for their answers share their room.
            assert_eq!(frames.outcome(stream).await.status, Some(200));
        }
    })
    .await;
}

#[tokio::test]
async fn floods_on_an_idle_connection_are_bounded() {
    let recorder = Recorder::start().await;
    let gateway = Gateway::to(&recorder.url()).await;
    let floods: [(&str, Vec<u8>); 6] = [
        ("SETTINGS", Frame::settings(&[(setting::INITIAL_WINDOW_SIZE, 65_535)]).encode()),
        (
            "table sizes",
            [Frame::settings(&[(1, 0)]).encode(), Frame::settings(&[(1, 4096)]).encode()].concat(),
        ),
        ("PING", Frame::ping([7; 8]).encode()),
        ("PRIORITY", Frame::new(kind::PRIORITY, flags::NONE, 1001, [0, 0, 0, 0, 1]).encode()),
        ("unknown frames", Frame::new(0x0b, 0xff, 0, [7; 100]).encode()),
        ("WINDOW_UPDATE", Frame::window_update(0, 1).encode()),
    ];
    for (name, frame) in floods {
        let mut frames = Frames::begin(gateway.addr(), &[]).await;
        costs(&gateway, 8 * MIB, Duration::from_secs(4), async {
            flood(&mut frames, 500, |_| frame.repeat(20)).await;
        })
        .await;
        println!("{name} is survived");
    }
}

/// The client never reads: what the gateway owes it must not pile up.
#[tokio::test]
async fn answers_that_nobody_reads_do_not_pile_up() {
    let recorder = Recorder::start().await;
    let gateway = Gateway::to(&recorder.url()).await;
    for frame in [Frame::settings(&[]).encode(), Frame::ping([7; 8]).encode()] {
        let mut frames = Frames::begin(gateway.addr(), &[]).await;
        costs(&gateway, 8 * MIB, Duration::from_secs(6), async {
            let many = frame.repeat(1000);
            for _ in 0..1000 {
                if !frames.send_within(&many, Duration::from_millis(200)).await {
                    break;
                }
            }
        })
        .await;
    }
}

#[tokio::test]
async fn empty_pieces_of_a_body_are_bounded() {
    let recorder = Recorder::start().await;
    let gateway = Gateway::to(&recorder.url()).await;
    let fields = [(":method", "POST"), (":scheme", "http"), (":authority", "a.test"), (":path", "/")];
    let padded = Frame::new(kind::DATA, flags::PADDED, 1, [&[100][..], &[0; 100]].concat());
    for frame in [Frame::data(1, 0, []), padded, Frame::data(1, 0, [7])] {
        let mut frames = Frames::begin(gateway.addr(), &[]).await;
        frames.write(&Frame::headers(1, 0, &fields)).await;
        let bytes = frame.encode();
        costs(&gateway, 16 * MIB, Duration::from_secs(6), async {
            flood(&mut frames, 500, |_| bytes.repeat(20)).await;
        })
        .await;
    }
}

/// A window that stays shut holds what fits in buffers, not the whole answer; a window of one byte gets there.
#[tokio::test]
async fn windows_that_stay_shut_hold_little() {
    let server = Server::answering(Backend::bind().await, |request| {
        let length = if request.target() == "/large" { 64 * MIB } else { 200 };
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
        [head.as_bytes(), &vec![b'x'; length]].concat()
    });
    let gateway = Gateway::to(&server.url()).await;
    let mut frames = Frames::begin(gateway.addr(), &[(setting::INITIAL_WINDOW_SIZE, 0)]).await;
    costs(&gateway, 40 * MIB, Duration::from_secs(4), async {
        for stream in (1..20).step_by(2) {
            frames.write(&Frame::get(stream, "a.test", "/large")).await;
            frames.read_head_of(stream).await;
        }
    })
    .await;
    frames.write(&Frame::get(101, "a.test", "/small")).await;
    frames.read_head_of(101).await;
    for _ in 0..200 {
        frames.write(&Frame::window_update(101, 1)).await;
    }
    let outcome = frames.outcome(101).await;
    assert_eq!((outcome.body.len(), outcome.end), (200, End::Whole));
}

/// Frames that break a rule end the stream or the connection, in whatever state it is.
#[tokio::test]
async fn frames_that_must_not_come_end_the_connection() {
    let recorder = Recorder::start().await;
    let gateway = Gateway::to(&recorder.url()).await;
    let raw = |length: u32, kind, flags, stream: u32, payload: &[u8]| {
        [&length.to_be_bytes()[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
    };
    let cases: [(&str, Vec<u8>); 14] = [
        ("window of 2^31", Frame::window_update(0, 0x7fff_ffff).encode()),
        ("window of nothing", Frame::window_update(0, 0).encode()),
        ("frame above the maximum", raw(16_385, kind::DATA, 0, 1, &[0; 16_385])),
        ("frame of 16 MiB announced", raw(0xff_ffff, kind::HEADERS, 0, 1, &[0; 100])),
        ("padding larger than its frame", Frame::new(kind::HEADERS, flags::PADDED | 5, 1, [200, 0]).encode()),
        ("data on no stream", Frame::data(0, 0, [1]).encode()),
        ("data on an idle stream", Frame::data(5, 0, [1]).encode()),
        ("head on an even stream", get(2)),
        ("head on no stream", get(0)),
        ("continuation of nothing", Frame::new(kind::CONTINUATION, flags::END_HEADERS, 1, []).encode()),
        ("ping of seven bytes", Frame::new(kind::PING, 0, 0, [0; 7]).encode()),
        ("settings of seven bytes", Frame::new(kind::SETTINGS, 0, 0, [0; 7]).encode()),
        ("push", Frame::new(kind::PUSH_PROMISE, flags::END_HEADERS, 1, [0, 0, 0, 2]).encode()),
        ("head that is no HPACK", Frame::new(kind::HEADERS, 5, 1, [0xff; 20]).encode()),
    ];
    for (name, bytes) in cases {
        let mut frames = Frames::begin(gateway.addr(), &[]).await;
        frames.send(&bytes).await;
        assert!(frames.ends().await, "{name}");
    }
    // A head within another head's pieces.
    let mut frames = Frames::begin(gateway.addr(), &[]).await;
    frames.send(&[Frame::new(kind::HEADERS, 0, 1, []).encode(), get(3)].concat()).await;
    assert!(frames.ends().await);
    assert_eq!(recorder.take_requests(&"broken frames"), []);
    gateway.expect_well().await;
}

/// Each change of the window is one for every stream, so a few bytes make much work for all whose worker it is.
#[tokio::test]
async fn settings_without_end_end_the_connection() {
    let recorder = Recorder::start().await;
    let gateway = Gateway::to(&recorder.url()).await;
    let change = |time: usize| {
        let window = u32::from(time.is_multiple_of(2));
        Frame::settings(&[(setting::INITIAL_WINDOW_SIZE, window)]).encode()
    };
    let mut frames = Frames::begin(gateway.addr(), &[]).await;
    costs(&gateway, 16 * MIB, Duration::from_secs(2), async {
        let ended =
            flood(&mut frames, 10, |time| (0..100).flat_map(|more| change(100 * time + more)).collect());
        assert!(ended.await);
    })
    .await;
    // Whoever measures the line changes its window now and then.
    let mut frames = Frames::begin(gateway.addr(), &[]).await;
    for time in 0..90 {
        assert!(frames.send(&change(time)).await);
    }
    frames.send(&Frame::settings(&[(setting::INITIAL_WINDOW_SIZE, 65_535)]).encode()).await;
    frames.send(&get(1)).await;
    assert_eq!(frames.outcome(1).await.status, Some(200));
}

//! Requests whose few bytes stand for many.

use windrose_kit::peer::h2::{Frame, flags, kind};

use super::servers::silent;
use super::table::*;
use super::{measure, shut};
use crate::frames::Frames;
use crate::gateway::{Gateway, routes};

/// The head of a request for `host`, without the fields behind.
fn start(host: &str) -> Vec<u8> {
    // GET, http and / have numbers of their own (RFC 7541, appendix A); the host is written out.
    [&[0x82, 0x86, 0x84, 0x01, u8::try_from(host.len()).unwrap()], host.as_bytes()].concat()
}

/// Sends a head in as many frames as it needs.
async fn send(frames: &mut Frames, stream: u32, block: &[u8]) {
    let mut pieces = block.chunks(16_000);
    let mut bytes =
        Frame::new(kind::HEADERS, flags::END_STREAM, stream, pieces.next().unwrap_or_default()).encode();
    pieces.for_each(|piece| bytes.extend(Frame::new(kind::CONTINUATION, 0, stream, piece).encode()));
    bytes.extend(Frame::new(kind::CONTINUATION, flags::END_HEADERS, stream, []).encode());
    assert!(frames.send(&bytes).await);
}

/// 250 requests, each of 255 references to a field of 4,000 bytes.
async fn bomb(gateway: &Gateway, host: &str) -> Frames {
    let mut frames = shut(gateway).await;
    let mut first = start(host);
    // A literal that is remembered, with a new name: 127 and 3,873 more bytes of value.
    first.extend([0x40, 1, b'a', 127, 0xa1, 0x1e]);
    first.extend([b'x'; 4000]);
    send(&mut frames, 1, &first).await;
    let again = [start(host), vec![0x80 | 62; 255]].concat();
    for number in 1..250 {
        send(&mut frames, 2 * number + 1, &again).await;
    }
    frames
}

/// The host is unknown, so the answers are there at once; they cannot be sent.
#[tokio::test]
async fn requests_that_were_answered_are_forgotten() {
    let server = silent().await;
    let only = routes(&server.url()).replace("PathPrefix(`/`)", "Host(`a.test`) || Path(`/ready`)");
    let gateway = Gateway::routing("", &only).await;
    measure(BOMB_ANSWERED, &gateway, async { bomb(&gateway, "b.test").await }).await;
}

#[tokio::test]
async fn requests_that_wait_for_their_answers_share_the_room_for_heads() {
    let server = silent().await;
    let gateway = Gateway::to(&server.url()).await;
    measure(BOMB_WAITING, &gateway, async { bomb(&gateway, "a.test").await }).await;
}

#[tokio::test]
async fn fields_without_bytes_count_as_well() {
    let server = silent().await;
    let gateway = Gateway::to(&server.url()).await;
    measure(EMPTY_FIELDS, &gateway, async {
        let mut frames = shut(&gateway).await;
        let mut first = start("a.test");
        first.extend([0x40, 1, b'a', 0]);
        send(&mut frames, 1, &first).await;
        let again = [start("a.test"), vec![0x80 | 62; 19_000]].concat();
        for number in 1..250 {
            send(&mut frames, 2 * number + 1, &again).await;
        }
        frames
    })
    .await;
}

/// Whoever asks for too much is told which requests were not looked at, and may ask again.
#[tokio::test]
async fn requests_without_room_are_refused_and_the_others_answered() {
    let server = silent().await;
    let gateway = Gateway::to(&server.url()).await;
    let mut frames = bomb(&gateway, "a.test").await;
    let refused = loop {
        let frame = frames.next().await.unwrap();
        if frame.kind == kind::RST_STREAM {
            break frame.error_code();
        }
    };
    assert_eq!(refused, Some(7), "REFUSED_STREAM");
    frames.write(&Frame::get(999, "a.test", "/well")).await;
    frames.read_head_of(999).await;
}

//! Requests that a server does not read.

use tokio::io::AsyncWriteExt;
use windrose_kit::peer::h2::{Frame, flags};

use super::servers::{over_http2, unreading};
use super::table::*;
use super::{measure, wide_open};
use crate::client::connect;
use crate::frames::Frames;
use crate::gateway::Gateway;

const POST: [(&str, &str); 4] =
    [(":method", "POST"), (":scheme", "http"), (":authority", "a.test"), (":path", "/upload")];

/// Sends as much as the windows of the gateway allow at first: a share of its connection's for each stream.
async fn upload(gateway: &Gateway, streams: u32, piece: &[u8], times: usize) -> Frames {
    let mut frames = wide_open(gateway).await;
    for number in 0..streams {
        frames.write(&Frame::headers(2 * number + 1, flags::NONE, &POST)).await;
    }
    frames.read_head_of(2 * streams - 1).await;
    for _ in 0..times {
        for number in 0..streams {
            let sent = frames.send(&Frame::data(2 * number + 1, flags::NONE, piece).encode()).await;
            assert!(sent, "the gateway gave up");
        }
    }
    frames
}

#[tokio::test]
async fn bodies_in_frames_of_one_byte_are_joined() {
    let server = over_http2().await;
    let gateway = Gateway::to(&server.url()).await;
    measure(TINY_UPLOADS, &gateway, upload(&gateway, 50, b"x", 2000)).await;
}

#[tokio::test]
async fn large_bodies_stay_with_their_clients() {
    let server = over_http2().await;
    let gateway = Gateway::to(&server.url()).await;
    measure(LARGE_UPLOADS, &gateway, upload(&gateway, 250, &[b'x'; 4000], 1)).await;
}

#[tokio::test]
async fn a_large_body_stays_with_its_client() {
    let server = unreading().await;
    let gateway = Gateway::to(&server.url()).await;
    measure(UPLOAD_H1, &gateway, async {
        let mut stream = connect(gateway.addr()).await;
        let head = b"POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1000000000\r\n\r\n";
        stream.write_all(head).await.unwrap();
        let piece = vec![b'x'; 1 << 16];
        // Until nobody takes any more.
        while tokio::time::timeout(super::LOOK, stream.write_all(&piece)).await.is_ok() {}
        stream
    })
    .await;
}

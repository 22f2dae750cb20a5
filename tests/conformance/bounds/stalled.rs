//! Clients that take nothing of an answer, and clients that are slow.

use std::time::Duration;

use tokio::time::interval;
use windrose_kit::peer::h2::{Frame, kind};

use super::servers::endless;
use super::{ask, shut, wide_open};
use crate::frames::Frames;
use crate::gateway::Gateway;

const LARGE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n";
const PATIENCE: &str = "transport: {respondingTimeouts: {idleTimeout: 600ms}}";

async fn reset_of(frames: &mut Frames) -> u32 {
    loop {
        let frame = frames.next().await.unwrap();
        if frame.kind == kind::RST_STREAM {
            return frame.stream;
        }
    }
}

/// A window that stays shut ends its stream after the entry point's idle timeout, and one that opens does not.
#[tokio::test]
async fn a_window_that_stays_shut_ends_its_stream() {
    let server = endless(LARGE, &[b'x'; 4096]).await;
    let gateway = Gateway::with(PATIENCE, &server.url()).await;
    let mut frames = shut(&gateway).await;
    ask(&mut frames, 2, "/").await;
    let mut turns = interval(Duration::from_millis(50));
    let (mut taken, mut ended) = (0, false);
    // The second stream goes on in small steps until long after the first was ended.
    while taken < 60 {
        turns.tick().await;
        frames.write(&Frame::window_update(3, 100)).await;
        taken += 1;
        while let Ok(Some(frame)) = frames.next_within(Duration::ZERO).await {
            if frame.kind == kind::RST_STREAM {
                assert_eq!(frame.stream, 1, "the stream that goes on was ended");
                ended = true;
            }
        }
    }
    assert!(ended, "the window stayed shut for three seconds");
    assert_eq!(reset_of(&mut frames).await, 3);
}

/// A client that reads nothing at all loses its connection.
#[tokio::test]
async fn a_client_that_reads_nothing_loses_its_connection() {
    let server = endless(LARGE, &[b'x'; 4096]).await;
    let gateway = Gateway::with(PATIENCE, &server.url()).await;
    let mut frames = wide_open(&gateway).await;
    ask(&mut frames, 10, "/").await;
    let ended = async {
        let mut turns = interval(Duration::from_millis(50));
        // What is sent shows the end; what is read would open the window.
        while frames.write(&Frame::ping([7; 8])).await {
            turns.tick().await;
        }
    };
    windrose_kit::soon("the end of the connection", ended).await;
}

/// A stream that has nothing to send is not late, however long it says nothing.
#[tokio::test]
async fn a_quiet_answer_is_not_stalled() {
    let server = endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"").await;
    let gateway = Gateway::with(PATIENCE, &server.url()).await;
    let mut frames = wide_open(&gateway).await;
    ask(&mut frames, 1, "/").await;
    frames.read_head_of(1).await;
    let silence = frames.next_within(Duration::from_secs(2)).await;
    assert_eq!(silence, Err(()), "a quiet stream was ended");
}

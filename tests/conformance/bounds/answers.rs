//! Answers that nobody reads.

use tokio::io::AsyncWriteExt;

use super::servers::{endless, over_http2};
use super::table::*;
use super::{ask, measure, shut, wide_open};
use crate::client::connect;
use crate::gateway::Gateway;

const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const LARGE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n";
const EVENT: &[u8] =
    b"64\r\ndata: 0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890\n\n\n\r\n";

#[tokio::test]
async fn pieces_of_one_byte_are_joined() {
    let server = endless(CHUNKED, b"1\r\nx\r\n").await;
    let gateway = Gateway::to(&server.url()).await;
    measure(TINY_CHUNKS, &gateway, async {
        let mut frames = wide_open(&gateway).await;
        ask(&mut frames, 20, "/").await;
        frames
    })
    .await;
}

#[tokio::test]
async fn events_that_nobody_reads_do_not_pile_up() {
    assert_eq!(EVENT.len(), 100 + 6);
    let server = endless(CHUNKED, EVENT).await;
    let gateway = Gateway::to(&server.url()).await;
    measure(EVENTS, &gateway, async {
        let mut frames = wide_open(&gateway).await;
        ask(&mut frames, 250, "/").await;
        frames
    })
    .await;
}

#[tokio::test]
async fn large_answers_that_nobody_reads_stay_with_their_servers() {
    let server = endless(LARGE, &[b'x'; 4096]).await;
    let gateway = Gateway::to(&server.url()).await;
    measure(LARGE_H1, &gateway, async {
        let mut frames = wide_open(&gateway).await;
        ask(&mut frames, 250, "/").await;
        frames
    })
    .await;
}

#[tokio::test]
async fn large_answers_behind_shut_windows_stay_with_their_servers() {
    let server = endless(LARGE, &[b'x'; 4096]).await;
    let gateway = Gateway::to(&server.url()).await;
    measure(SHUT_H1, &gateway, async {
        let mut frames = shut(&gateway).await;
        ask(&mut frames, 250, "/").await;
        frames
    })
    .await;
}

#[tokio::test]
async fn large_answers_of_http_2_stay_with_their_server() {
    let server = over_http2().await;
    let gateway = Gateway::to(&server.url()).await;
    measure(LARGE_H2, &gateway, async {
        let mut frames = wide_open(&gateway).await;
        ask(&mut frames, 250, "/large").await;
        frames
    })
    .await;
}

#[tokio::test]
async fn large_answers_of_http_2_behind_shut_windows_stay_with_their_server() {
    let server = over_http2().await;
    let gateway = Gateway::to(&server.url()).await;
    measure(SHUT_H2, &gateway, async {
        let mut frames = shut(&gateway).await;
        ask(&mut frames, 250, "/large").await;
        frames
    })
    .await;
}

#[tokio::test]
async fn frames_of_one_byte_that_wait_are_joined() {
    let server = over_http2().await;
    let gateway = Gateway::to(&server.url()).await;
    measure(TINY_FRAMES, &gateway, async {
        let mut frames = shut(&gateway).await;
        ask(&mut frames, 50, "/tiny").await;
        frames
    })
    .await;
}

#[tokio::test]
async fn interim_answers_that_nobody_reads_are_left_out() {
    let server = endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n").await;
    let gateway = Gateway::to(&server.url()).await;
    measure(HINTS, &gateway, async {
        let mut frames = wide_open(&gateway).await;
        ask(&mut frames, 250, "/").await;
        frames
    })
    .await;
}

#[tokio::test]
async fn large_heads_that_nobody_reads_are_given_up() {
    let mut head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\nX: ".to_vec();
    head.extend(vec![b'x'; 500_000]);
    head.extend(b"\r\n\r\n");
    let server = endless(head.leak(), &[b'x'; 4096]).await;
    let gateway = Gateway::to(&server.url()).await;
    measure(LARGE_HEADS, &gateway, async {
        let mut frames = wide_open(&gateway).await;
        ask(&mut frames, 250, "/").await;
        frames
    })
    .await;
}

#[tokio::test]
async fn a_large_answer_that_nobody_reads_stays_with_its_server() {
    let server = endless(LARGE, &[b'x'; 4096]).await;
    let gateway = Gateway::to(&server.url()).await;
    measure(UNREAD_H1, &gateway, async {
        let mut stream = connect(gateway.addr()).await;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await.unwrap();
        stream
    })
    .await;
}

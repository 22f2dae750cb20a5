//! Both ways, each to its own end.

use std::future::poll_fn;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, DuplexStream, ReadBuf, duplex};

use super::*;
use crate::testing::beside;

/// A relay between two pipes, and the far ends of both.
struct Carrying {
    left: DuplexStream,
    right: DuplexStream,
    relay: tokio::task::JoinHandle<(io::Result<()>, Carried)>,
}

fn carry(room: usize) -> Carrying {
    let (left, mut first) = duplex(room);
    let (right, mut second) = duplex(room);
    let relay = beside(async move {
        let mut relay = Relay::default();
        let ended = poll_fn(|cx| relay.poll(&mut first, &mut second, cx)).await;
        (ended, relay.carried())
    });
    Carrying { left, right, relay }
}

#[tokio::test]
async fn both_directions_carry_what_they_are_given() {
    let Carrying { mut left, mut right, relay } = carry(64);
    left.write_all(b"up").await.unwrap();
    right.write_all(b"down").await.unwrap();
    let (mut up, mut down) = ([0; 2], [0; 4]);
    right.read_exact(&mut up).await.unwrap();
    left.read_exact(&mut down).await.unwrap();
    assert_eq!((&up, &down), (b"up", b"down"));
    drop((left, right));
    let (_, carried) = relay.await.unwrap();
    assert_eq!(carried, Carried { up: 2, down: 4 });
}

#[tokio::test]
async fn the_end_of_one_direction_leaves_the_other_open() {
    let Carrying { mut left, mut right, relay } = carry(64);
    left.write_all(b"question").await.unwrap();
    left.shutdown().await.unwrap();
    let mut question = Vec::new();
    right.read_to_end(&mut question).await.unwrap();
    assert_eq!(question, b"question");
    right.write_all(b"answer").await.unwrap();
    right.shutdown().await.unwrap();
    let mut answer = Vec::new();
    left.read_to_end(&mut answer).await.unwrap();
    assert_eq!(answer, b"answer");
    assert_eq!(relay.await.unwrap().1, Carried { up: 8, down: 6 });
}

#[tokio::test]
async fn a_reader_that_is_slow_loses_nothing() {
    let Carrying { mut left, mut right, relay } = carry(7);
    let sent: Vec<u8> = (0..100_000_u32).map(|number| number.to_le_bytes()[0]).collect();
    let expected = sent.clone();
    let writer = beside(async move {
        left.write_all(&sent).await.unwrap();
        left.shutdown().await.unwrap();
        left
    });
    let mut got = Vec::new();
    right.read_to_end(&mut got).await.unwrap();
    assert_eq!(got, expected);
    drop((writer.await.unwrap(), right));
    assert_eq!(relay.await.unwrap().1.up, 100_000);
}

#[tokio::test]
async fn a_broken_sink_ends_both_directions() {
    let Carrying { mut left, right, relay } = carry(64);
    drop(right);
    left.write_all(b"nobody reads this").await.unwrap();
    assert!(relay.await.unwrap().0.is_err());
}

/// What a relay says when it is looked at once.
async fn poll_once(
    relay: &mut Relay,
    first: &mut impl Duplex,
    second: &mut impl Duplex,
) -> Poll<io::Result<()>> {
    poll_fn(|cx| Poll::Ready(relay.poll(first, second, cx))).await
}

#[tokio::test]
async fn where_much_comes_the_buffer_is_large_and_in_silence_there_is_none() {
    let (mut left, mut first) = duplex(256 * 1024);
    let (mut right, mut second) = duplex(256 * 1024);
    let mut relay = Relay::default();
    let sent: Vec<u8> = (0..200_000_u32).map(|at| at as u8).collect();
    left.write_all(&sent).await.unwrap();
    let mut arrived = vec![0; sent.len()];
    for _ in 0..2 {
        assert!(poll_once(&mut relay, &mut first, &mut second).await.is_pending());
    }
    assert!(relay.up.rushes || relay.up.held.capacity() == 0, "{:?}", relay.up);
    right.read_exact(&mut arrived).await.unwrap();
    assert_eq!(arrived, sent);
    for way in [&relay.up, &relay.down] {
        assert_eq!(way.held.capacity(), 0, "nothing is held");
    }
    left.write_all(b"little").await.unwrap();
    assert!(poll_once(&mut relay, &mut first, &mut second).await.is_pending());
    assert!(!relay.up.rushes && relay.up.held.capacity() == 0, "{:?}", relay.up);
    right.read_exact(&mut arrived[..6]).await.unwrap();
    assert_eq!(&arrived[..6], b"little");
}

/// Gives and takes without end.
struct Endless;

impl Duplex for Endless {}

impl AsyncRead for Endless {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let room = buffer.initialize_unfilled().len();
        buffer.advance(room);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Endless {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(data.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn a_direction_without_an_end_lets_others_have_their_turn() {
    let (mut first, mut second) = (Endless, Endless);
    let mut relay = Relay::default();
    assert!(poll_once(&mut relay, &mut first, &mut second).await.is_pending());
    assert!(relay.carried().up >= TURN && relay.carried().up < 2 * TURN, "{:?}", relay.carried());
}

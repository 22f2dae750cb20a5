//! Both ways, each to its own end.

use std::future::poll_fn;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

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

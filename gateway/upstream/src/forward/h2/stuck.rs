//! Servers that stop reading, by frames.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinHandle;

use super::*;
use crate::testing::{Peer, beside, endpoint, local, pipe, request, run_paused};

/// A server that opens all windows and reads nothing, and a large request that fills the connection to it.
struct Stuck {
    to: Arc<Endpoint>,
    local: Rc<Local>,
    sender: Rc<Sender>,
    peer: Peer,
    large: JoinHandle<Result<Reply, Broken>>,
}

async fn stuck() -> Stuck {
    let (io, mut peer) = pipe();
    let (to, local) = (endpoint("h2c://s.test"), local());
    let sender = open(io, &to, &local).await.expect("a connection");
    // INITIAL_WINDOW_SIZE, and a WINDOW_UPDATE of the connection.
    peer.stream.write_all(&[0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0]).await.expect("room");
    peer.stream.write_all(&[0, 0, 4, 8, 0, 0, 0, 0, 0, 1, 0, 0, 0]).await.expect("room");
    sender.settled().await;
    let body = Body::Full(bytes::Bytes::from(vec![b'x'; 300_000]));
    let large = ask(&sender, &to, Exchange { body, ..request("POST /") });
    Stuck { to, local, sender, peer, large }
}

fn ask(sender: &Rc<Sender>, to: &Arc<Endpoint>, mut ex: Exchange) -> JoinHandle<Result<Reply, Broken>> {
    let (sender, to) = (Rc::clone(sender), Arc::clone(to));
    beside(async move { send(&sender, &mut ex, &to, PassHost::Client).await })
}

impl Stuck {
    /// Asks and gives up, as often as there is room for it.
    async fn give_up(&self) -> usize {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        for times in 0..5000 {
            if self.local.take_h2(&self.to, None).is_none() {
                return times;
            }
            let asked = ask(&self.sender, &self.to, request("GET /"));
            tokio::task::yield_now().await;
            asked.abort();
            assert!(asked.await.expect_err("an end").is_cancelled());
        }
        5000
    }
}

#[test]
fn requests_that_were_given_up_keep_their_places_while_nothing_is_written() {
    run_paused(async {
        let mut stuck = stuck().await;
        let times = stuck.give_up().await;
        assert!((100..400).contains(&times), "{times}");
        assert!(stuck.sender.is_alive());
        // Once the server reads, they are free, and the connection is as good as before.
        let mut read = vec![0; 1 << 16];
        while !stuck.sender.has_room() {
            let count = stuck.peer.stream.read(&mut read).await.expect("bytes");
            assert!(count > 0, "the connection has ended");
        }
        assert!(stuck.sender.is_alive() && stuck.local.take_h2(&stuck.to, None).is_some());
    });
}

#[test]
fn a_large_head_counts_as_what_it_is() {
    run_paused(async {
        let stuck = stuck().await;
        let head = format!("GET /\nX: {}", "x".repeat(200_000));
        tokio::task::yield_now().await;
        let mut times = 0;
        while stuck.sender.has_room() && times < 100 {
            let asked = ask(&stuck.sender, &stuck.to, request(&head));
            tokio::task::yield_now().await;
            asked.abort();
            assert!(asked.await.expect_err("an end").is_cancelled());
            times += 1;
        }
        assert!(times < 10, "{times}");
    });
}

#[test]
fn a_server_that_takes_nothing_for_the_time_of_connecting_is_left() {
    run_paused(async {
        let stuck = stuck().await;
        let begun = tokio::time::Instant::now();
        let broken = stuck.large.await.expect("no panic").expect_err("no answer");
        assert_eq!((broken.failure, begun.elapsed().as_secs()), (Failure::Closed, 30));
        assert!(!stuck.sender.is_alive() && stuck.local.take_h2(&stuck.to, None).is_none());
        drop(stuck.peer);
    });
}

#[test]
fn a_server_that_reads_slowly_is_not_left() {
    run_paused(async {
        let mut stuck = stuck().await;
        for _ in 0..10 {
            tokio::time::sleep(Duration::from_secs(29)).await;
            stuck.peer.stream.read_exact(&mut [0; 100]).await.expect("bytes");
            assert!(stuck.sender.is_alive());
        }
        assert!(!stuck.large.is_finished());
    });
}

#[test]
fn a_server_that_has_everything_may_take_its_time() {
    run_paused(async {
        let mut stuck = stuck().await;
        let mut read = vec![0; 1 << 16];
        let mut total = 0;
        while total < 300_000 {
            total += stuck.peer.stream.read(&mut read).await.expect("bytes");
        }
        tokio::time::sleep(Duration::from_secs(500)).await;
        assert!(stuck.sender.is_alive() && !stuck.large.is_finished());
    });
}

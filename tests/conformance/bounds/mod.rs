//! What one connection can make the gateway hold, whatever it does, and what others notice of it.
//!
//! Each attack is measured against its row of the [`table`]: by the highest memory the program ever had, and by the
//! time that another client has to wait for an answer meanwhile.

mod answers;
mod carried;
mod given_up;
mod heads;
mod resets;
mod servers;
mod stalled;
mod table;
mod uploads;

use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::interval;
use windrose_kit::peer::h2::{Frame, setting};
use windrose_kit::{soon, within};

use crate::client::connect;
use crate::frames::Frames;
use crate::gateway::Gateway;
use table::Bound;

/// Measures an attack. What it gives is held until the memory of the program grows no more.
async fn measure<T>(bound: Bound, gateway: &Gateway, attack: impl Future<Output = T>) {
    for _ in 0..20 {
        wait_for_answer(gateway.addr()).await;
    }
    let before = gateway.memory();
    let waits = Mutex::new(Vec::new());
    let attacked = async {
        let held = within(LONGEST, "the attack", attack).await;
        within(LONGEST, "the end of growth", settled(gateway)).await;
        let mut looks = interval(LOOK);
        while waits.lock().unwrap().len() < 5 {
            looks.tick().await;
        }
        held
    };
    let held = tokio::select! {
        held = attacked => held,
        () = ask_again_and_again(gateway.addr(), &waits) => unreachable!("it never ends"),
    };
    let grown = gateway.peak().saturating_sub(before) >> 10;
    let mut waits = waits.into_inner().unwrap();
    waits.sort_unstable();
    let middle = waits[waits.len() / 2];
    println!("{}, {}: {grown} KiB, another client waits {middle:?}", bound.protocol, bound.attack);
    assert!(grown <= bound.most << 10, "{bound:?}: {grown} KiB");
    assert!(middle < PATIENCE, "{bound:?}: another client waits {middle:?}");
    drop(held);
    gateway.expect_well().await;
}

/// Waits until the memory of the program stands still.
async fn settled(gateway: &Gateway) {
    let mut looks = interval(LOOK);
    let (mut most, mut still) = (gateway.peak(), 0);
    while still < 15 {
        looks.tick().await;
        let now = gateway.peak();
        still = if now > most + GROWTH { 0 } else { still + 1 };
        most = most.max(now);
    }
}

async fn ask_again_and_again(addr: SocketAddr, waits: &Mutex<Vec<Duration>>) {
    let mut turns = interval(LOOK / 4);
    loop {
        turns.tick().await;
        let wait = wait_for_answer(addr).await;
        waits.lock().unwrap().push(wait);
    }
}

/// How long a client of its own connection waits.
async fn wait_for_answer(addr: SocketAddr) -> Duration {
    let begun = Instant::now();
    let mut stream = connect(addr).await;
    stream.write_all(b"GET /well HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    soon("an answer for another client", stream.read_to_end(&mut answer)).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200 OK"), "{:?}", String::from_utf8_lossy(&answer));
    begun.elapsed()
}

/// A connection of HTTP/2 whose windows are as open as they can be.
async fn wide_open(gateway: &Gateway) -> Frames {
    let mut frames = Frames::begin(gateway.addr(), &[(setting::INITIAL_WINDOW_SIZE, i32::MAX as u32)]).await;
    frames.write(&Frame::window_update(0, i32::MAX as u32 - 65_535)).await;
    frames
}

/// A connection of HTTP/2 whose windows are shut.
async fn shut(gateway: &Gateway) -> Frames {
    Frames::begin(gateway.addr(), &[(setting::INITIAL_WINDOW_SIZE, 0)]).await
}

/// Asks for `target` on so many streams.
async fn ask(frames: &mut Frames, streams: u32, target: &str) {
    for number in 0..streams {
        assert!(frames.write(&Frame::get(2 * number + 1, "a.test", target)).await);
    }
}

/// How long an attack may take on a busy machine.
const LONGEST: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(100);
const GROWTH: usize = 64 * 1024;
/// What another client may have to wait in the middle of many times, on a busy machine too; a program that is built
/// for debugging takes many times as long.
const PATIENCE: Duration = Duration::from_millis(if cfg!(debug_assertions) { 3000 } else { 300 });

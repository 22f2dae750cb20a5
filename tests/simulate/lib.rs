//! Properties of the whole gateway: what reloads, memory and stopping promise, with the engine in this process.
//!
//! Tests that choose at random print their seed, and do the same again when it is given as `WINDROSE_SEED`. All are in
//! one test binary, whose allocator counts.

#![cfg(test)]

mod allocations;
mod course;
mod hellos;
mod inside;
mod proxy;
mod recorded;
mod reload;
mod sizes;
mod stop;

use std::time::Duration;

use tokio::time::interval;
use windrose_kit::soon;

/// Waits until `condition` holds.
async fn until(what: &str, condition: impl Fn() -> bool) {
    let holds = async {
        let mut retry = interval(Duration::from_millis(2));
        while !condition() {
            retry.tick().await;
        }
    };
    soon(what, holds).await;
}

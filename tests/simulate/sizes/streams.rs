//! What a request over HTTP/2 holds while its answer is awaited: 250 of them may be on one connection.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use windrose_http::{Exchange, Reply};
use windrose_kit::peer::h2;
use windrose_upstream::service::Internal;

use crate::inside;
use crate::proxy::Proxy;
use crate::until;

/// `waits@internal`: never answers, and counts who waits.
#[derive(Default)]
pub(crate) struct Waits(Arc<AtomicUsize>);

/// What a router to it looks like.
pub(crate) const ROUTER: &str =
    "waits: {rule: 'Host(`waits.test`)', service: waits@internal, priority: 100000}";

/// One who waits.
struct Waiting(Arc<AtomicUsize>);

impl Waits {
    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Internal for Waits {
    fn answer<'a>(&'a self, _: &'a mut Exchange) -> Pin<Box<dyn Future<Output = Reply> + 'a>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        let waiting = Waiting(Arc::clone(&self.0));
        Box::pin(async move {
            let _waiting = waiting;
            std::future::pending().await
        })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn a_stream_that_waits_holds_little() {
    let mut proxy = Proxy::start().await;
    let mut client = h2::Client::connect(proxy.gateway.address("web")).await;
    let mut calls = Vec::new();
    let mut tallies = Vec::new();
    for count in [STREAMS, 2 * STREAMS] {
        while calls.len() < count {
            let request = http::Request::get("http://waits.test/").body(()).unwrap();
            let mut call = client.open(request).await;
            call.finish();
            calls.push(call);
        }
        until("all streams", || proxy.waits.count() == count).await;
        tallies.push(inside::tally(&mut proxy.inside).await);
    }
    let held = usize::try_from(tallies[1].held - tallies[0].held).unwrap() / STREAMS;
    println!("HTTP/2 stream: {held} bytes");
    assert!((LEAST..=MOST).contains(&held), "{held} bytes for each stream, not {LEAST} to {MOST}");
    drop(calls);
    until("their end", || proxy.waits.count() == 0).await;
}

const STREAMS: usize = 100;
const LEAST: usize = 3_500;
const MOST: usize = 4_800;

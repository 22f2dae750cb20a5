//! What nobody would write by hand: every byte, every pair, every order.
//!
//! One oracle for all: whatever reaches the server is read strictly and is as many requests as were answered, each of
//! one length, with nothing of the client's in the fields that only the gateway may write.

mod bytes;
mod mutants;
mod pipelines;
mod spellings;
mod splits;

use crate::client::exchange;
use crate::gateway::Gateway;
use crate::recorder::{Recorder, Request};

/// A gateway and the server behind it.
struct Range {
    gateway: Gateway,
    recorder: Recorder,
    attacks: usize,
}

impl Range {
    async fn start() -> Self {
        let recorder = Recorder::start().await;
        let gateway = Gateway::to(&recorder.url()).await;
        Self { gateway, recorder, attacks: 0 }
    }

    /// Sends a request with a plain one behind it, and applies the oracle.
    async fn attack(&mut self, request: &[u8]) -> Vec<Request> {
        let requests = self.survive(request).await;
        assert!(requests.len() <= 2, "{}: {requests:#?}", String::from_utf8_lossy(request));
        requests
    }

    /// The same for bytes that may be any number of requests.
    async fn survive(&mut self, request: &[u8]) -> Vec<Request> {
        self.attacks += 1;
        let name = String::from_utf8_lossy(request).into_owned();
        let seen = exchange(self.gateway.addr(), &[request, NEXT].concat()).await;
        let requests = self.recorder.take_requests(&name);
        let answered = seen.statuses().iter().filter(|status| **status == 200).count();
        // The gateway answers these itself.
        let own = name.matches("OPTIONS *").count();
        let is_told = (requests.len()..=requests.len() + own).contains(&answered);
        // A gateway that waited for more was left before it could answer.
        assert!(!seen.closed || is_told, "{name}: {seen:?}, {requests:#?}");
        for request in &requests {
            match request.check_owned("http") {
                // A request may have no host to speak of.
                Err(why) if why != "x-forwarded-host is []" => panic!("{name}: {why}"),
                _ => {}
            }
            assert!(is_clean(request.target()), "{name}: {}", request.target());
        }
        requests
    }

    /// Ends the sweep; nothing may have come late.
    async fn finish(self, least: usize) {
        self.gateway.expect_well().await;
        assert_eq!(self.recorder.take_requests(&"late requests"), []);
        assert!(self.attacks >= least, "only {} attacks", self.attacks);
    }
}

/// Whether a second reader would find nothing to resolve in the path.
fn is_clean(target: &str) -> bool {
    let path = target.split('?').next().unwrap_or_default();
    let mut segments = path.split('/').skip(1).peekable();
    let mut clean = path.starts_with('/');
    while let Some(segment) = segments.next() {
        let decoded = segment.to_ascii_lowercase().replace("%2e", ".");
        clean &= !matches!(&*decoded, "." | "..") && (!segment.is_empty() || segments.peek().is_none());
    }
    clean
}

const NEXT: &[u8] = b"GET /next HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n";

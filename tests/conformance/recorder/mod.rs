//! A server that keeps what reaches it and reads it by the strictest rules.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use windrose_kit::peer::h1::{Backend, Conn, Server};

mod strict;

pub(crate) use strict::{OWNED, Read, Request, read};

/// Answers every request with 200 and its target.
pub(crate) struct Recorder {
    server: Server,
    log: Log,
}

type Log = Arc<Mutex<Vec<Event>>>;

/// What reached the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A request.
    Whole(Request),
    /// A connection ended within a request.
    Cut,
    /// Something that is no request, and why.
    Bad(String),
}

impl Recorder {
    pub(crate) async fn start() -> Self {
        let log = Log::default();
        let seen = Arc::clone(&log);
        let server = Server::start(Backend::bind().await, move |conn| record(conn, Arc::clone(&seen)));
        Self { server, log }
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// What came since this was asked last, but for requests that only ask whether the gateway is well.
    pub(crate) fn take(&self) -> Vec<Event> {
        let mut events = std::mem::take(&mut *self.log.lock().unwrap());
        events
            .retain(|event| !matches!(event, Event::Whole(it) if matches!(it.target(), "/well" | "/ready")));
        events
    }

    /// The requests that came since this was asked last; anything that is none fails the test.
    pub(crate) fn take_requests(&self, of: &dyn std::fmt::Display) -> Vec<Request> {
        let mut requests = Vec::new();
        for event in self.take() {
            match event {
                Event::Whole(request) => requests.push(request),
                Event::Cut => {}
                Event::Bad(why) => panic!("{of}: the server got {why}"),
            }
        }
        requests
    }
}

async fn record(conn: Conn, log: Log) {
    let (mut socket, mut bytes) = conn.into_wire().into_parts();
    let note = |event| log.lock().unwrap().push(event);
    let mut is_told = false;
    loop {
        match read(&bytes) {
            Read::Whole(request, used) => {
                bytes.drain(..used);
                is_told = false;
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}",
                    request.target().len(),
                    request.target()
                );
                note(Event::Whole(request));
                if socket.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
            Read::Bad(why) => {
                return note(Event::Bad(format!("{why}: {:?}", String::from_utf8_lossy(&bytes))));
            }
            Read::Part => {
                if !is_told && bytes.windows(ASKS.len()).any(|window| window == ASKS) {
                    is_told = true;
                    if socket.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.is_err() {
                        return;
                    }
                }
                if !matches!(socket.read_buf(&mut bytes).await, Ok(1..)) {
                    if !bytes.is_empty() {
                        note(Event::Cut);
                    }
                    return;
                }
            }
        }
    }
}

/// How the gateway asks whether a body is welcome, at the end of a head.
const ASKS: &[u8] = b"Expect: 100-continue\r\n\r\n";

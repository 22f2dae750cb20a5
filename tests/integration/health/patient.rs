//! A server whose health the test decides.

use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use windrose_kit::peer::h1::{Backend, Conn, Server};

/// Answers every request with its name, and health checks, which ask for `/up`, as it is told to.
pub(crate) struct Patient {
    server: Server,
    state: Arc<State>,
}

/// How a server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Mood {
    /// It answers everything.
    Well,
    /// It says that it is not well, and answers requests all the same.
    Sick,
    /// It answers requests with 500, and checks with 200.
    Failing,
    /// Every connection is reset.
    Dead,
}

#[derive(Default)]
struct State {
    mood: AtomicU8,
    served: AtomicUsize,
    checked: Mutex<Vec<Instant>>,
}

impl Patient {
    /// A server that is well.
    pub(crate) async fn new(name: &'static str) -> Self {
        let state = Arc::<State>::default();
        let of = Arc::clone(&state);
        let server = Server::start(Backend::bind().await, move |conn| serve(conn, name, Arc::clone(&of)));
        Self { server, state }
    }

    pub(crate) fn feel(&self, mood: Mood) {
        self.state.mood.store(mood as u8, Ordering::SeqCst);
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// How many requests came, checks not counted.
    pub(crate) fn served(&self) -> usize {
        self.state.served.load(Ordering::SeqCst)
    }

    /// When it was asked how it is.
    pub(crate) fn checked(&self) -> Vec<Instant> {
        self.state.checked.lock().unwrap().clone()
    }
}

async fn serve(mut conn: Conn, name: &'static str, state: Arc<State>) {
    let is = |mood: Mood| state.mood.load(Ordering::SeqCst) == mood as u8;
    while let Some(request) = conn.next_request().await {
        let is_check = request.target() == "/up";
        if is_check {
            state.checked.lock().unwrap().push(Instant::now());
        } else {
            state.served.fetch_add(1, Ordering::SeqCst);
        }
        if is(Mood::Dead) {
            return conn.reset();
        }
        let is_bad = if is_check { is(Mood::Sick) } else { is(Mood::Failing) };
        let status = if is_bad { "500 Internal Server Error" } else { "200 OK" };
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{name}", name.len());
        if conn.try_send(answer).await.is_err() {
            return;
        }
    }
}

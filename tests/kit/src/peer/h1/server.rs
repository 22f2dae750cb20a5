//! A server that answers by itself.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::task::JoinSet;

use super::backend::{Backend, Conn};
use super::message::Message;
use crate::peer::tls::Acceptor;
use crate::task::{PanicFlag, PanicWatch, Task};

/// Serves every connection in the same way until it is dropped.
///
/// When the handler of a connection panics, so does dropping the server: a failed expectation in a
/// handler fails the test.
#[derive(Debug)]
pub struct Server {
    backend: Arc<Backend>,
    requests: Arc<Mutex<Vec<Message>>>,
    _accepting: Task,
    _failed: PanicFlag,
}

impl Server {
    /// Serves each connection of `backend` with `handler`.
    pub fn start<H, F>(backend: Backend, handler: H) -> Self
    where
        H: Fn(Conn) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        Self::start_noting(backend, Arc::default(), handler)
    }

    /// Answers every request with 200 and `body`.
    ///
    /// # Panics
    /// When the system has no port left.
    pub async fn fixed(body: &'static str) -> Self {
        Self::answering(Backend::bind().await, move |_| respond(body))
    }

    /// Answers every request with 200 and the request itself: its first line, its fields as they
    /// came, a blank line and its body.
    ///
    /// # Panics
    /// When the system has no port left.
    pub async fn echo() -> Self {
        Self::answering(Backend::bind().await, |request| respond(echo(request)))
    }

    /// As [`Server::echo`], with TLS.
    ///
    /// # Panics
    /// When the system has no port left.
    pub async fn echo_tls(acceptor: Acceptor) -> Self {
        Self::answering(Backend::bind_tls(acceptor).await, |request| respond(echo(request)))
    }

    /// Answers each request with the bytes `answer` makes of it, and remembers the request.
    /// Connections stay open until the client closes.
    pub fn answering<A>(backend: Backend, answer: A) -> Self
    where
        A: Fn(&Message) -> Vec<u8> + Send + Sync + 'static,
    {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (seen, answer) = (Arc::clone(&requests), Arc::new(answer));
        Self::start_noting(backend, requests, move |mut conn| {
            let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
            async move {
                while let Some(request) = conn.next_request().await {
                    let reply = answer(&request);
                    seen.lock().unwrap().push(request);
                    // A client that goes before its answer is no failure of the server.
                    if conn.try_send(reply).await.is_err() {
                        return;
                    }
                }
            }
        })
    }

    fn start_noting<H, F>(backend: Backend, requests: Arc<Mutex<Vec<Message>>>, handler: H) -> Self
    where
        H: Fn(Conn) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let backend = Arc::new(backend);
        let failed = PanicFlag::default();
        let accepting = Task::spawn(serve(Arc::clone(&backend), failed.watch(), handler));
        Self { backend, requests, _accepting: accepting, _failed: failed }
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.backend.addr()
    }

    /// Where it listens, as the URL of a server.
    #[must_use]
    pub fn url(&self) -> String {
        self.backend.url()
    }

    /// How many connections were accepted.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.backend.connections()
    }

    /// The requests answered so far; only of servers made by [`Server::answering`] and the like.
    ///
    /// # Panics
    /// When a handler panicked while noting one.
    #[must_use]
    pub fn requests(&self) -> Vec<Message> {
        self.requests.lock().unwrap().clone()
    }
}

async fn serve<H, F>(backend: Arc<Backend>, watch: PanicWatch, handler: H)
where
    H: Fn(Conn) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            conn = backend.accept_sometime() => {
                let (watch, handled) = (watch.clone(), handler(conn));
                connections.spawn(async move {
                    let _watch = watch;
                    handled.await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

fn respond(body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut reply = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    reply.extend(body);
    reply
}

fn echo(request: &Message) -> Vec<u8> {
    let mut text = format!("{}\r\n", request.start);
    for (name, value) in &request.fields {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    let mut bytes = text.into_bytes();
    bytes.extend(&request.body);
    bytes
}

//! An HTTP/2 server that answers by itself.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use tokio::task::JoinSet;

use super::backend::{Backend, Conn, Exchange};
use crate::task::{PanicFlag, PanicWatch, Task};

/// Answers every request in the same way until it is dropped.
///
/// When the handler of a request panics, so does dropping the server.
#[derive(Debug)]
pub struct Server {
    backend: Arc<Backend>,
    _accepting: Task,
    _failed: PanicFlag,
}

impl Server {
    /// Serves each request that comes to `backend` with `handler`, side by side.
    pub fn start<H, F>(backend: Backend, handler: H) -> Self
    where
        H: Fn(Exchange) -> F + Clone + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let backend = Arc::new(backend);
        let failed = PanicFlag::default();
        let accepting = Task::spawn(serve(Arc::clone(&backend), failed.watch(), handler));
        Self { backend, _accepting: accepting, _failed: failed }
    }

    /// Answers each request, once it is read, with what `answer` makes of it.
    pub fn answering<A>(backend: Backend, answer: A) -> Self
    where
        A: Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static,
    {
        let answer = Arc::new(answer);
        Self::start(backend, move |mut exchange| {
            let answer = Arc::clone(&answer);
            async move {
                let (body, _) = exchange.read_body().await;
                let mut request = Request::new(body);
                *request.method_mut() = exchange.request.method().clone();
                *request.uri_mut() = exchange.request.uri().clone();
                *request.headers_mut() = exchange.request.headers().clone();
                exchange.reply(answer(request));
            }
        })
    }

    /// Answers 200 with the request: method and path, its fields, a blank line and its body.
    ///
    /// # Panics
    /// When the system has no port left.
    pub async fn echo() -> Self {
        Self::answering(Backend::bind().await, |request| Response::new(echo(&request)))
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
}

async fn serve<H, F>(backend: Arc<Backend>, watch: PanicWatch, handler: H)
where
    H: Fn(Exchange) -> F + Clone + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            conn = backend.accept_sometime() => {
                connections.spawn(serve_conn(conn, watch.clone(), handler.clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve_conn<H, F>(mut conn: Conn, watch: PanicWatch, handler: H)
where
    H: Fn(Exchange) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let mut exchanges = JoinSet::new();
    while let Some(exchange) = conn.next_request().await {
        let (watch, handled) = (watch.clone(), handler(exchange));
        exchanges.spawn(async move {
            let _watch = watch;
            handled.await;
        });
    }
    while exchanges.join_next().await.is_some() {}
}

fn echo(request: &Request<Bytes>) -> Bytes {
    let mut text = format!("{} {}\r\n", request.method(), request.uri());
    for (name, value) in request.headers() {
        text.push_str(&format!("{name}: {}\r\n", String::from_utf8_lossy(value.as_bytes())));
    }
    text.push_str("\r\n");
    let mut bytes = text.into_bytes();
    bytes.extend(request.body());
    bytes.into()
}

//! An HTTP/2 backend that the test drives.

use std::net::SocketAddr;
use std::sync::Arc;

use ::h2::server::{Builder, Connection, SendResponse};
use ::h2::{Reason, RecvStream, SendStream};
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use tokio::sync::{Notify, mpsc};

use super::client::read_body;
use crate::peer::listener::Listener;
use crate::peer::tls::Acceptor;
use crate::peer::wire::{Socket, Wire};
use crate::task::Task;
use crate::within::soon;

/// A port that accepts HTTP/2 connections one at a time, when the test asks.
#[derive(Debug)]
pub struct Backend {
    listener: Listener,
    settings: Builder,
}

/// A connection to a backend. It answers settings and pings by itself.
#[derive(Debug)]
pub struct Conn {
    requests: mpsc::Receiver<Exchange>,
    leave: Arc<Notify>,
    _driver: Task,
}

/// A request and the way to answer it.
#[derive(Debug)]
pub struct Exchange {
    /// The head of the request, with its body still to be read.
    pub request: Request<RecvStream>,
    /// Where the response goes.
    pub respond: SendResponse<Bytes>,
}

impl Backend {
    /// Listens, for clients that speak HTTP/2 at once.
    ///
    /// # Panics
    /// When the system has no port left.
    pub async fn bind() -> Self {
        Self { listener: Listener::bind(None).await, settings: Builder::new() }
    }

    /// Listens and speaks TLS. The acceptor should offer `h2`.
    ///
    /// # Panics
    /// When the system has no port left.
    pub async fn bind_tls(acceptor: Acceptor) -> Self {
        Self { listener: Listener::bind(Some(acceptor)).await, settings: Builder::new() }
    }

    /// As [`Backend::bind`], and puts up with any number of small frames that nobody reads.
    ///
    /// # Panics
    /// When the system has no port left.
    pub async fn bind_lenient() -> Self {
        let mut settings = Builder::new();
        settings.data_frame_budget(1 << 30);
        Self::bind().await.with_settings(settings)
    }

    /// Announces settings of the caller's.
    #[must_use]
    pub fn with_settings(self, settings: Builder) -> Self {
        Self { settings, ..self }
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.listener.addr()
    }

    /// Where it listens, as the URL of a server.
    #[must_use]
    pub fn url(&self) -> String {
        self.listener.url("h2c")
    }

    /// How many connections were accepted.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.listener.accepted()
    }

    /// Waits for a connection and its preface.
    ///
    /// # Panics
    /// When none comes.
    pub async fn accept(&self) -> Conn {
        let wire = soon("backend: a connection", self.listener.accept()).await;
        let conn = soon("backend: the HTTP/2 preface", self.handshake(wire)).await;
        conn.unwrap_or_else(|error| panic!("backend: {error}"))
    }

    /// Waits for a connection and leaves the preface, for [`Raw::serve`](super::Raw::serve).
    ///
    /// # Panics
    /// When none comes.
    pub async fn accept_wire(&self) -> Wire {
        soon("backend: a connection", self.listener.accept()).await
    }

    /// Waits for a connection for as long as it takes.
    pub(super) async fn accept_sometime(&self) -> Conn {
        loop {
            if let Ok(conn) = self.handshake(self.listener.accept().await).await {
                return conn;
            }
        }
    }

    async fn handshake(&self, wire: Wire) -> Result<Conn, ::h2::Error> {
        let (socket, _) = wire.into_parts();
        let connection = self.settings.handshake(socket).await?;
        let (sender, requests) = mpsc::channel(QUEUE);
        let leave = Arc::new(Notify::new());
        let driver = Task::spawn(drive(connection, sender, Arc::clone(&leave)));
        Ok(Conn { requests, leave, _driver: driver })
    }
}

impl Conn {
    /// Waits for a request.
    ///
    /// # Panics
    /// When the connection ends first.
    pub async fn expect_request(&mut self) -> Exchange {
        let next = soon("backend: a request", self.requests.recv()).await;
        next.unwrap_or_else(|| panic!("backend: expected a request, but the connection ended"))
    }

    /// Waits for a request for as long as the connection lives.
    pub async fn next_request(&mut self) -> Option<Exchange> {
        self.requests.recv().await
    }

    /// Expects the client to end the connection without another request.
    ///
    /// # Panics
    /// When a request comes.
    pub async fn expect_close(&mut self) {
        let next = soon("backend: the end of the connection", self.requests.recv()).await;
        assert!(next.is_none(), "backend: expected the end, got {:?}", next.map(|next| next.request));
    }

    /// Sends GOAWAY and finishes the requests that came before it.
    pub fn go_away(&self) {
        self.leave.notify_one();
    }
}

impl Exchange {
    /// Reads the body of the request and its trailers.
    ///
    /// # Panics
    /// When the stream fails.
    pub async fn read_body(&mut self) -> (Bytes, HeaderMap) {
        let body = self.try_read_body().await;
        body.unwrap_or_else(|error| panic!("backend: the request failed: {error}"))
    }

    /// The same, expecting that the stream may fail.
    ///
    /// # Errors
    /// How it ended.
    pub async fn try_read_body(&mut self) -> Result<(Bytes, HeaderMap), ::h2::Error> {
        read_body(self.request.body_mut()).await
    }

    /// Answers with a whole response.
    ///
    /// # Panics
    /// When the stream has ended.
    pub fn reply(&mut self, response: Response<Bytes>) {
        let (head, body) = response.into_parts();
        let head = Response::from_parts(head, ());
        let mut sending = self.respond.send_response(head, body.is_empty()).unwrap();
        if !body.is_empty() {
            sending.send_data(body, true).unwrap();
        }
    }

    /// Answers 200 with `body`.
    ///
    /// # Panics
    /// When the stream has ended.
    pub fn answer(&mut self, body: impl Into<Bytes>) {
        self.reply(Response::new(body.into()));
    }

    /// Answers 200 with `body` if somebody still waits for it.
    pub fn answer_if_awaited(&mut self, body: impl Into<Bytes>) {
        if let Ok(mut sending) = self.respond.send_response(Response::new(()), false) {
            let _gone = sending.send_data(body.into(), true);
        }
    }

    /// Sends the head of a response and leaves its body open.
    ///
    /// # Panics
    /// When the stream has ended.
    pub fn start(&mut self, head: Response<()>) -> SendStream<Bytes> {
        self.respond.send_response(head, false).unwrap()
    }

    /// Ends the stream with an error.
    pub fn reset(mut self, reason: Reason) {
        self.respond.send_reset(reason);
    }
}

/// Moves the connection on, whatever the test is doing.
async fn drive(
    mut connection: Connection<Socket, Bytes>,
    requests: mpsc::Sender<Exchange>,
    leave: Arc<Notify>,
) {
    loop {
        tokio::select! {
            next = connection.accept() => {
                let Some(Ok((request, respond))) = next else { return };
                // Waiting here would stop the connection, so a test that leaves this many requests
                // unread has them refused.
                let _refused = requests.try_send(Exchange { request, respond });
            }
            () = leave.notified() => connection.graceful_shutdown(),
        }
    }
}

const QUEUE: usize = 1024;

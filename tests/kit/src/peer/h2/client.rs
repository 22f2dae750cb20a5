//! An ordinary HTTP/2 client.

use std::future::poll_fn;
use std::net::SocketAddr;

use ::h2::client::{Builder, ResponseFuture, SendRequest};
use ::h2::{Reason, RecvStream, SendStream};
use bytes::Bytes;
use http::{HeaderMap, Request, Response};

use crate::peer::tls::Connector;
use crate::peer::wire::Wire;
use crate::task::Task;
use crate::within::soon;

/// A client connection; requests on it run side by side.
#[derive(Debug)]
pub struct Client {
    requests: SendRequest<Bytes>,
    driver: Task<Result<(), ::h2::Error>>,
}

/// A request on its way, with both directions open.
#[derive(Debug)]
pub struct Call {
    /// Where the body of the request goes.
    pub body: SendStream<Bytes>,
    response: ResponseFuture,
}

/// A response, read to its end.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The fields of the head.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The fields after the body; empty when there are none.
    pub trailers: HeaderMap,
}

impl Client {
    /// Connects to `addr` and speaks HTTP/2 at once.
    ///
    /// # Panics
    /// When the other end does not.
    pub async fn connect(addr: SocketAddr) -> Self {
        Self::over(Wire::connect(addr).await, &Builder::new()).await
    }

    /// Connects to `addr` with TLS, asking for `name`. The connector should offer `h2`.
    ///
    /// # Panics
    /// When the handshake fails.
    pub async fn connect_tls(addr: SocketAddr, connector: &Connector, name: &str) -> Self {
        Self::over(connector.connect(addr, name).await, &Builder::new()).await
    }

    /// Speaks HTTP/2 over a connection that is already there, with settings of the caller's.
    ///
    /// # Panics
    /// When bytes were read from it and not taken.
    pub async fn over(wire: Wire, settings: &Builder) -> Self {
        let (socket, rest) = wire.into_parts();
        assert!(rest.is_empty(), "bytes came before the preface: {:?}", String::from_utf8_lossy(&rest));
        let (requests, connection) =
            soon("the HTTP/2 preface", settings.handshake(socket)).await.unwrap_or_else(|e| panic!("{e}"));
        Self { requests, driver: Task::spawn(connection) }
    }

    /// Sends a GET for a whole URL, as `http://host/path`, and reads the reply.
    ///
    /// # Panics
    /// When the stream or the connection fails.
    pub async fn get(&mut self, url: &str) -> Reply {
        self.send(Request::get(url).body(Bytes::new()).unwrap()).await
    }

    /// Sends a request with its body and reads the reply.
    ///
    /// # Panics
    /// When the stream or the connection fails.
    pub async fn send(&mut self, request: Request<Bytes>) -> Reply {
        self.try_send(request).await.unwrap_or_else(|error| panic!("the request failed: {error}"))
    }

    /// Sends a request with its body, expecting that it may fail.
    ///
    /// # Errors
    /// How the stream or the connection ended.
    pub async fn try_send(&mut self, request: Request<Bytes>) -> Result<Reply, ::h2::Error> {
        let (head, body) = request.into_parts();
        let mut requests = soon("room for a stream", self.requests.clone().ready()).await?;
        let (response, mut sending) =
            requests.send_request(Request::from_parts(head, ()), body.is_empty())?;
        if !body.is_empty() {
            sending.send_data(body, true)?;
        }
        Call { body: sending, response }.try_reply().await
    }

    /// Sends the head of a request and leaves its body open.
    ///
    /// # Panics
    /// When the connection has no room for a stream.
    pub async fn open(&mut self, head: Request<()>) -> Call {
        let mut requests = soon("room for a stream", self.requests.clone().ready()).await.unwrap();
        let (response, body) = requests.send_request(head, false).unwrap();
        Call { body, response }
    }

    /// Waits until the other end has closed the connection, and tells how.
    ///
    /// # Errors
    /// What the connection ended with; a GOAWAY without error is no error.
    pub async fn closed(self) -> Result<(), ::h2::Error> {
        drop(self.requests);
        self.driver.join().await
    }
}

impl Call {
    /// Sends a part of the body.
    ///
    /// # Panics
    /// When the stream has ended.
    pub fn send(&mut self, part: impl Into<Bytes>) {
        self.body.send_data(part.into(), false).unwrap();
    }

    /// Ends the body.
    ///
    /// # Panics
    /// When the stream has ended.
    pub fn finish(&mut self) {
        self.body.send_data(Bytes::new(), true).unwrap();
    }

    /// Ends the stream with an error.
    pub fn reset(mut self, reason: Reason) {
        self.body.send_reset(reason);
    }

    /// Waits for an interim response (1xx); nothing when the final one comes first.
    ///
    /// # Panics
    /// When the stream fails.
    pub async fn interim(&mut self) -> Option<Response<()>> {
        let next = poll_fn(|cx| self.response.poll_informational(cx));
        soon("an interim response", next).await.map(Result::unwrap)
    }

    /// Waits for the head of the response, with its body still to be read.
    ///
    /// # Panics
    /// When the stream fails.
    pub async fn head(&mut self) -> Response<RecvStream> {
        let head = soon("the head of a response", &mut self.response).await;
        head.unwrap_or_else(|error| panic!("the request failed: {error}"))
    }

    /// Reads the response to its end.
    ///
    /// # Panics
    /// When the stream fails.
    pub async fn reply(self) -> Reply {
        self.try_reply().await.unwrap_or_else(|error| panic!("the request failed: {error}"))
    }

    /// Reads the response to its end, expecting that it may fail.
    ///
    /// # Errors
    /// How the stream or the connection ended.
    pub async fn try_reply(self) -> Result<Reply, ::h2::Error> {
        let (head, mut body) = soon("the head of a response", self.response).await?.into_parts();
        let (body, trailers) = read_body(&mut body).await?;
        Ok(Reply { status: head.status.as_u16(), headers: head.headers, body, trailers })
    }
}

impl Reply {
    /// The value of the first field called `name`.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Reads a body and its trailers, giving the sender room as it goes.
pub(super) async fn read_body(body: &mut RecvStream) -> Result<(Bytes, HeaderMap), ::h2::Error> {
    let mut all = Vec::new();
    while let Some(part) = soon("a part of a body", body.data()).await {
        let part = part?;
        body.flow_control().release_capacity(part.len())?;
        all.extend(part);
    }
    let trailers = soon("the trailers", body.trailers()).await?;
    Ok((all.into(), trailers.unwrap_or_default()))
}

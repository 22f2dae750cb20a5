//! gRPC, as far as a proxy can tell: messages with a length in front, and a status in the trailers.

use ::h2::RecvStream;
use bytes::{Buf, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Request, Response};

use super::h2::{Backend, Call, Client, Exchange, Server};
use crate::within::soon;

/// A call with both directions open.
#[derive(Debug)]
pub struct Conversation {
    call: Call,
    incoming: Option<Incoming>,
    headers: HeaderMap,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The code; zero is success.
    pub code: u16,
    /// What the server said about it.
    pub message: String,
}

/// Messages on their way in.
#[derive(Debug)]
struct Incoming {
    body: RecvStream,
    buffer: BytesMut,
}

/// Puts the length in front of a message.
///
/// # Panics
/// When the message is longer than its length can say.
#[must_use]
pub fn frame(message: &[u8]) -> Bytes {
    let mut framed = vec![0];
    framed.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    framed.extend(message);
    framed.into()
}

/// Calls `url` with one message and waits for one message.
///
/// # Panics
/// When the stream fails or the answer is not one message.
pub async fn unary(client: &mut Client, url: &str, message: &[u8]) -> (Bytes, Status) {
    let mut conversation = Conversation::start(client, url).await;
    conversation.send(message);
    conversation.finish();
    let reply = conversation.next().await;
    let status = conversation.status().await;
    (reply.unwrap_or_else(|| panic!("the call ended without a message: {status:?}")), status)
}

impl Conversation {
    /// Starts a call of `url`, as `http://host/package.Service/Method`.
    ///
    /// # Panics
    /// When the connection has no room for a stream.
    pub async fn start(client: &mut Client, url: &str) -> Self {
        let head = Request::post(url)
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(())
            .unwrap();
        Self { call: client.open(head).await, incoming: None, headers: HeaderMap::new() }
    }

    /// Sends a message.
    ///
    /// # Panics
    /// When the stream has ended.
    pub fn send(&mut self, message: &[u8]) {
        self.call.send(frame(message));
    }

    /// Sends no more.
    ///
    /// # Panics
    /// When the stream has ended.
    pub fn finish(&mut self) {
        self.call.finish();
    }

    /// Waits for a message; nothing when the server has sent its last.
    ///
    /// # Panics
    /// When the stream fails.
    pub async fn next(&mut self) -> Option<Bytes> {
        self.incoming().await.next().await
    }

    /// Waits for the end and tells how the call went. A response that is not gRPC's is told as the
    /// HTTP status it has.
    ///
    /// # Panics
    /// When a message comes instead, or the stream fails.
    pub async fn status(mut self) -> Status {
        let incoming = self.incoming().await;
        let unexpected = incoming.next().await;
        assert!(unexpected.is_none(), "expected the end of the call, got {unexpected:?}");
        let trailers = soon("the trailers of the call", incoming.body.trailers()).await.unwrap();
        // A call that fails at once carries its status in the head.
        Status::read(&trailers.unwrap_or(self.headers))
    }

    async fn incoming(&mut self) -> &mut Incoming {
        if self.incoming.is_none() {
            let (head, body) = self.call.head().await.into_parts();
            assert_eq!(head.status, 200, "the call was answered by HTTP: {:?}", head.headers);
            self.headers = head.headers;
            self.incoming = Some(Incoming { body, buffer: BytesMut::new() });
        }
        self.incoming.as_mut().unwrap()
    }
}

impl Status {
    fn read(fields: &HeaderMap) -> Self {
        let text = |name| fields.get(name).and_then(|value| value.to_str().ok());
        let code = text("grpc-status").and_then(|code| code.parse().ok());
        let code = code.unwrap_or_else(|| panic!("the call ended without a status: {fields:?}"));
        Self { code, message: text("grpc-message").unwrap_or_default().to_owned() }
    }

    fn into_trailers(self) -> HeaderMap {
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", self.code.into());
        trailers.insert("grpc-message", HeaderValue::from_str(&self.message).unwrap());
        trailers
    }
}

impl Incoming {
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(message) = self.take() {
                return Some(message);
            }
            let Some(part) = soon("a message", self.body.data()).await else {
                assert!(self.buffer.is_empty(), "the call ended within a message: {:?}", self.buffer);
                return None;
            };
            let part = part.unwrap_or_else(|error| panic!("the call failed: {error}"));
            self.body.flow_control().release_capacity(part.len()).unwrap();
            self.buffer.extend_from_slice(&part);
        }
    }

    /// Takes a message when it is there as a whole.
    fn take(&mut self) -> Option<Bytes> {
        let head: [u8; 5] = self.buffer.get(..5)?.try_into().ok()?;
        let [compressed, length @ ..] = head;
        assert_eq!(compressed, 0, "a compressed message came, which was not agreed on");
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap();
        self.buffer.get(5..5 + length)?;
        self.buffer.advance(5);
        Some(self.buffer.split_to(length).freeze())
    }
}

/// Answers every message with itself as it comes, and every call with success when the client has
/// sent its last; a call of a method whose name ends in `Fail` with code 13 and "asked to fail".
///
/// # Panics
/// When the system has no port left.
pub async fn echo_server() -> Server {
    Server::start(Backend::bind().await, echo)
}

async fn echo(mut exchange: Exchange) {
    let head = Response::builder().header("content-type", "application/grpc").body(()).unwrap();
    let mut outgoing = exchange.start(head);
    let (head, body) = exchange.request.into_parts();
    let mut incoming = Incoming { body, buffer: BytesMut::new() };
    while let Some(message) = incoming.next().await {
        // A client that leaves early is no failure of the server.
        if outgoing.send_data(frame(&message), false).is_err() {
            return;
        }
    }
    let status = if head.uri.path().ends_with("Fail") {
        Status { code: 13, message: "asked to fail".to_owned() }
    } else {
        Status { code: 0, message: String::new() }
    };
    let _gone = outgoing.send_trailers(status.into_trailers());
}

#[cfg(test)]
mod tests;

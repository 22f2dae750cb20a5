//! HTTP/1.1 towards a server.
//!
//! A [`Client`] is one connection. [`send`] writes a request and reads the head of the answer, sending the body
//! meanwhile; what is left becomes a [`Download`], which gives the connection back to the pool when both
//! messages have provably ended, and closes it otherwise.

use std::future::poll_fn;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use windrose_http::body::{BodyError, Broken as BrokenBody, Frame, Stream};
use windrose_http::exchange::Upgrade;
use windrose_http::framing::{self, Framing};
use windrose_http::{Blame, Body, Exchange, Failure, Headers, Id, Reply};
use windrose_wire::chunked::{self, Decoder, Step};
use windrose_wire::head::{self as wire, FieldSpan, ResponseHead, Version};

use super::head::{self, Coding};
use super::{Again, Broken, MOST_INTERIMS};
use crate::endpoint::Endpoint;
use crate::io::{Io, Outgoing, Prefixed, buffer};
use crate::pool::Local;
use crate::service::PassHost;

/// One connection to a server.
pub(crate) struct Client {
    io: Io,
    read: BytesMut,
    /// How far `read` was searched for the end of a head.
    searched: usize,
    out: Outgoing,
    spans: Vec<FieldSpan>,
    is_used: bool,
    /// When it has been idle too long.
    pub(crate) expires: Instant,
}

impl Client {
    pub(crate) fn new(io: Io) -> Box<Self> {
        Box::new(Self {
            io,
            read: BytesMut::new(),
            searched: 0,
            out: Outgoing::default(),
            spans: Vec::new(),
            is_used: false,
            expires: Instant::now(),
        })
    }

    /// Whether nothing happened on it while it was idle.
    pub(crate) fn is_fit(&mut self) -> bool {
        !self.io.has_news()
    }

    /// Gives its buffer back; says whether it may be used again.
    pub(crate) fn rest(&mut self) -> bool {
        if !self.read.is_empty() || !self.out.is_empty() {
            return false;
        }
        self.is_used = true;
        buffer::give(std::mem::take(&mut self.read));
        true
    }

    /// Reads more; an error also at the end of the stream.
    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match ready!(self.poll_read(cx))? {
            0 => Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
            _ => Poll::Ready(Ok(())),
        }
    }

    /// Reads more; zero at the end of the stream, which for TLS is one that the server announced.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        buffer::make_room(&mut self.read);
        self.io.poll_read_into(cx, &mut self.read)
    }

    fn poll_head(
        &mut self,
        cx: &mut Context<'_>,
        headers: &mut Headers,
    ) -> Poll<Result<ResponseHead, HeadError>> {
        loop {
            if let Some(end) = wire::find_end(&self.read, self.searched).map_err(|_| HeadError::Malformed)? {
                self.searched = 0;
                let head = self.read.split_to(end);
                let parsed =
                    wire::parse_response(&head, &mut self.spans).map_err(|_| HeadError::Malformed)?;
                headers.load(&head, &mut self.spans);
                return Poll::Ready(Ok(parsed));
            }
            self.searched = self.read.len();
            if self.searched > LARGEST_HEAD {
                return Poll::Ready(Err(HeadError::Malformed));
            }
            if ready!(self.poll_more(cx)).is_err() {
                return Poll::Ready(Err(if self.searched == 0 {
                    HeadError::Closed
                } else {
                    HeadError::Malformed
                }));
            }
        }
    }
}

enum HeadError {
    /// The server said nothing.
    Closed,
    /// The server said something that is not HTTP, or not to the end.
    Malformed,
}

/// The body of a request on its way to the server.
struct Upload {
    body: Body,
    coding: Coding,
    state: Sending,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sending {
    /// The server has not yet said that it wants the body.
    Held,
    Body,
    Flush,
    Done,
    /// The server takes no more; it may still have answered.
    Refused,
}

impl Upload {
    /// Sends what can be sent. Ready when nothing more will be; the error is the client's.
    fn poll(&mut self, client: &mut Client, cx: &mut Context<'_>) -> Poll<Result<(), BodyError>> {
        loop {
            match self.state {
                Sending::Done | Sending::Refused => return Poll::Ready(Ok(())),
                Sending::Held | Sending::Flush => {
                    let flushed = ready!(client.out.poll_flush(&mut client.io, cx));
                    self.state = match (flushed, self.state) {
                        (Err(_), _) => Sending::Refused,
                        (Ok(()), Sending::Held) => return Poll::Pending,
                        (Ok(()), _) => Sending::Done,
                    };
                }
                Sending::Body if client.out.is_full() => {
                    if ready!(client.out.poll_flush(&mut client.io, cx)).is_err() {
                        self.state = Sending::Refused;
                    }
                }
                Sending::Body => match self.body.poll_frame(cx) {
                    Poll::Ready(Some(frame)) => self.push(frame?, client),
                    Poll::Ready(None) => {
                        if self.coding == Coding::Chunked {
                            client.out.room().extend_from_slice(chunked::END);
                        }
                        self.state = Sending::Flush;
                    }
                    Poll::Pending => {
                        if ready!(client.out.poll_flush(&mut client.io, cx)).is_err() {
                            self.state = Sending::Refused;
                            continue;
                        }
                        return Poll::Pending;
                    }
                },
            }
        }
    }

    fn push(&mut self, frame: Frame, client: &mut Client) {
        match (frame, self.coding) {
            (Frame::Data(data), Coding::Plain) => client.out.push(data, b""),
            (Frame::Data(data), Coding::Chunked) => {
                chunked::write_size(data.len(), client.out.room());
                client.out.push(data, b"\r\n");
            }
            (Frame::Trailers(trailers), Coding::Chunked) => {
                client.out.room().extend_from_slice(b"0\r\n");
                trailers.write(client.out.room(), |_| true);
                client.out.room().extend_from_slice(b"\r\n");
                self.state = Sending::Flush;
            }
            (Frame::Trailers(_), Coding::Plain) => self.state = Sending::Flush,
        }
    }

    fn is_done(&self) -> bool {
        self.state == Sending::Done
    }

    fn is_over(&self) -> bool {
        matches!(self.state, Sending::Done | Sending::Refused)
    }
}

/// Sends a request over one connection and reads the head of the answer.
///
/// Dropping the future closes the connection.
pub(super) async fn send(
    mut client: Box<Client>,
    ex: &mut Exchange,
    to: &Arc<Endpoint>,
    pass_host: PassHost,
    local: &Rc<Local>,
) -> Result<Reply, Broken> {
    let coding = head::write(ex, to, pass_host, client.out.room());
    let state = if ex.body.is_empty() {
        Sending::Flush
    } else if ex.expects_continue {
        Sending::Held
    } else {
        Sending::Body
    };
    let mut upload = Upload { body: std::mem::take(&mut ex.body), coding, state };
    let mut headers = std::mem::take(&mut ex.spare);
    let mut interims = 0;
    loop {
        let head = read_head(&mut client, &mut upload, &mut headers, to.connector.answer_timeout).await?;
        match head.status {
            101 if ex.upgrade == Upgrade::WebSocket => return upgraded(*client, &upload, headers),
            101 => return Err(Failure::BadAnswer.into()),
            100 if upload.state == Sending::Held => upload.state = Sending::Body,
            100 => {}
            status @ 102..200 => {
                clean(&mut headers, Framing::None)?;
                ex.send_interim(status, &headers);
            }
            _ => return answer(client, upload, head, headers, ex, to, local),
        }
        interims += 1;
        if interims > MOST_INTERIMS {
            return Err(Failure::BadAnswer.into());
        }
    }
}

/// Reads a head, sending the body meanwhile.
async fn read_head(
    client: &mut Client,
    upload: &mut Upload,
    headers: &mut Headers,
    limit: Option<Duration>,
) -> Result<ResponseHead, Broken> {
    if upload.state == Sending::Held {
        // RFC 9110 §10.1.1: not every server says that it wants the body; then it gets it after a while.
        let wait =
            tokio::time::timeout(CONTINUE_WAIT, poll_fn(|cx| poll_answer(client, upload, headers, cx))).await;
        match wait {
            Ok(head) => return head,
            Err(_) => upload.state = Sending::Body,
        }
    }
    let Some(limit) = limit else {
        return poll_fn(|cx| poll_answer(client, upload, headers, cx)).await;
    };
    // A server cannot be late before it has the whole request.
    let early = poll_fn(|cx| match poll_answer(client, upload, headers, cx) {
        Poll::Ready(head) => Poll::Ready(Some(head)),
        Poll::Pending if upload.is_over() => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    });
    if let Some(head) = early.await {
        return head;
    }
    tokio::time::timeout(limit, poll_fn(|cx| poll_answer(client, upload, headers, cx)))
        .await
        .unwrap_or_else(|_| Err(Failure::AnswerTimeout.into()))
}

fn poll_answer(
    client: &mut Client,
    upload: &mut Upload,
    headers: &mut Headers,
    cx: &mut Context<'_>,
) -> Poll<Result<ResponseHead, Broken>> {
    if let Poll::Ready(Err(error)) = upload.poll(client, cx) {
        return Poll::Ready(Err(client_failure(error).into()));
    }
    let again = if client.is_used && client.read.is_empty() { Again::Stale } else { Again::Never };
    match ready!(client.poll_head(cx, headers)) {
        Ok(head) => Poll::Ready(Ok(head)),
        Err(HeadError::Closed) => Poll::Ready(Err(Broken { failure: Failure::Closed, again })),
        Err(HeadError::Malformed) => Poll::Ready(Err(Failure::BadAnswer.into())),
    }
}

fn client_failure(error: BodyError) -> Failure {
    match (error.blame, error.reason) {
        (Blame::Client, BrokenBody::Malformed) => Failure::BadRequest,
        (Blame::Client, BrokenBody::TimedOut) => Failure::ClientTimeout,
        (Blame::Client, _) => Failure::ClientGone,
        _ => Failure::Internal,
    }
}

/// Makes a reply of an answer whose head was read.
fn answer(
    mut client: Box<Client>,
    upload: Upload,
    head: ResponseHead,
    mut headers: Headers,
    ex: &Exchange,
    to: &Arc<Endpoint>,
    local: &Rc<Local>,
) -> Result<Reply, Broken> {
    let framing = framing::of_response(&ex.method, head.status, head.version, &headers)
        .map_err(|_| Broken::from(Failure::BadAnswer))?;
    let declared_length = framing::content_length(&headers).map_err(|_| Broken::from(Failure::BadAnswer))?;
    let stays = stays_open(head.version, &headers);
    clean(&mut headers, framing)?;
    let mut reply = Reply { headers, ..Reply::empty(head.status) };
    let whole = match framing {
        Framing::None => {
            reply.declared_length = declared_length;
            Some(Bytes::new())
        }
        Framing::Length(length) => usize::try_from(length)
            .ok()
            .filter(|length| *length <= client.read.len())
            .map(|length| client.read.split_to(length).freeze()),
        Framing::Chunked | Framing::UntilClose => None,
    };
    match whole {
        Some(bytes) => {
            reply.body = Body::from(bytes);
            if stays && upload.is_done() {
                client.expires = ex.started + to.connector.idle_timeout;
                local.give_h1(to, client);
            }
        }
        None => {
            reply.body = Body::Stream(Box::new(Download {
                client: Some(client),
                upload,
                rest: Rest::new(framing),
                stays,
                to: Arc::clone(to),
                local: Rc::clone(local),
            }));
        }
    }
    Ok(reply)
}

fn stays_open(version: Version, headers: &Headers) -> bool {
    match version {
        Version::Http11 => !headers.has_token(Id::CONNECTION, "close"),
        Version::Http10 => headers.has_token(Id::CONNECTION, "keep-alive"),
    }
}

/// Takes out what concerned our connection to the server only.
fn clean(headers: &mut Headers, framing: Framing) -> Result<(), Failure> {
    let named: Vec<Box<[u8]>> = headers
        .get_all(Id::CONNECTION)
        .flat_map(|value| value.split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|name| !name.eq_ignore_ascii_case(b"keep-alive") && !name.eq_ignore_ascii_case(b"close"))
        .filter(|name| !name.is_empty())
        .map(Box::from)
        .take(MOST_NAMED + 1)
        .collect();
    if named.len() > MOST_NAMED {
        return Err(Failure::BadAnswer);
    }
    headers.retain(|field| {
        let goes = field.id.is_framing()
            || (field.id.is_hop_by_hop() && !(field.id == Id::TRAILER && framing == Framing::Chunked))
            || named.iter().any(|name| name.eq_ignore_ascii_case(field.name));
        !goes
    });
    Ok(())
}

fn upgraded(client: Client, upload: &Upload, mut headers: Headers) -> Result<Reply, Broken> {
    if !upload.is_done() {
        return Err(Failure::BadAnswer.into());
    }
    headers.retain(|field| !field.id.is_framing() && !field.id.is_hop_by_hop());
    let mut reply = Reply { headers, ..Reply::empty(101) };
    reply.upgrade = Some(Box::new(Prefixed::new(client.read, client.io)));
    Ok(reply)
}

/// The rest of an answer.
struct Download {
    client: Option<Box<Client>>,
    upload: Upload,
    rest: Rest,
    stays: bool,
    to: Arc<Endpoint>,
    local: Rc<Local>,
}

enum Rest {
    Length(u64),
    Chunks(Decoder),
    Trailers,
    UntilClose,
}

impl Rest {
    fn new(framing: Framing) -> Self {
        match framing {
            Framing::None => Self::Length(0),
            Framing::Length(length) => Self::Length(length),
            Framing::Chunked => Self::Chunks(Decoder::default()),
            Framing::UntilClose => Self::UntilClose,
        }
    }
}

impl Download {
    fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Frame>, BodyError>> {
        let Some(client) = &mut self.client else { return Poll::Ready(Ok(None)) };
        // A client that breaks off its own request has not broken the answer.
        let _ = self.upload.poll(client, cx);
        loop {
            match &mut self.rest {
                Rest::Length(0) => return Poll::Ready(Ok(None)),
                Rest::Length(left) if !client.read.is_empty() => {
                    let len = usize::try_from(*left).unwrap_or(usize::MAX).min(client.read.len());
                    *left -= len as u64;
                    return Poll::Ready(Ok(Some(Frame::Data(client.read.split_to(len).freeze()))));
                }
                Rest::UntilClose if !client.read.is_empty() => {
                    return Poll::Ready(Ok(Some(Frame::Data(client.read.split().freeze()))));
                }
                Rest::Chunks(decoder) => match decoder.step(&client.read).map_err(|_| MALFORMED)? {
                    Step::More { skip } => bytes::Buf::advance(&mut client.read, skip),
                    Step::Data { skip, len } => {
                        bytes::Buf::advance(&mut client.read, skip);
                        return Poll::Ready(Ok(Some(Frame::Data(client.read.split_to(len).freeze()))));
                    }
                    Step::Trailers { skip } => {
                        bytes::Buf::advance(&mut client.read, skip);
                        self.rest = Rest::Trailers;
                        continue;
                    }
                },
                Rest::Trailers => {
                    if let Some(end) = trailers_end(&client.read)? {
                        let section = client.read.split_to(end);
                        self.rest = Rest::Length(0);
                        return Poll::Ready(read_trailers(&section, &mut client.spans));
                    }
                }
                Rest::Length(_) | Rest::UntilClose => {}
            }
            match ready!(client.poll_read(cx)) {
                Ok(1..) => {}
                Ok(0) if matches!(self.rest, Rest::UntilClose) => {
                    self.stays = false;
                    return Poll::Ready(Ok(None));
                }
                _ => return Poll::Ready(Err(CLOSED)),
            }
        }
    }

    /// The answer has ended: the connection goes back to the pool if it may be used again.
    fn finish(&mut self) {
        if let Some(mut client) = self.client.take()
            && self.stays
            && self.upload.is_done()
            && matches!(self.rest, Rest::Length(0))
        {
            client.expires = Instant::now() + self.to.connector.idle_timeout;
            self.local.give_h1(&self.to, client);
        }
    }
}

impl Stream for Download {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        let step = ready!(self.poll_step(cx));
        let ended = match &step {
            Ok(Some(Frame::Data(_))) => matches!(self.rest, Rest::Length(0)),
            _ => true,
        };
        if ended {
            if step.is_err() {
                self.stays = false;
            }
            self.finish();
        }
        Poll::Ready(step.transpose())
    }

    fn length(&self) -> Option<u64> {
        match &self.rest {
            Rest::Length(left) => Some(*left),
            _ => None,
        }
    }
}

/// The end of a trailer section, which may be the empty line alone.
pub fn trailers_end(read: &[u8]) -> Result<Option<usize>, BodyError> {
    if read.starts_with(b"\r\n") {
        return Ok(Some(2));
    }
    match wire::find_end(read, 0) {
        Ok(None) if read.len() > LARGEST_TRAILERS => Err(MALFORMED),
        Ok(end) => Ok(end),
        Err(_) => Err(MALFORMED),
    }
}

/// Reads a trailer section; fields that could change what was already decided are left out.
pub fn read_trailers(section: &[u8], spans: &mut Vec<FieldSpan>) -> Result<Option<Frame>, BodyError> {
    if section == b"\r\n" {
        return Ok(None);
    }
    wire::parse_fields(section, 0, spans).map_err(|_| MALFORMED)?;
    let mut trailers = Headers::new();
    trailers.load(section, spans);
    trailers.retain(|field| is_trailer(field.id, field.name));
    Ok((!trailers.is_empty()).then(|| Frame::Trailers(Box::new(trailers))))
}

/// Whether a field may come after the body (RFC 9110 §6.5.1): nothing that frames, routes, proves or is owned.
pub fn is_trailer(id: Id, name: &[u8]) -> bool {
    let refused = id.is_framing()
        || id.is_hop_by_hop()
        || id.is_owned()
        || matches!(
            id,
            Id::HOST
                | Id::AUTHORIZATION
                | Id::COOKIE
                | Id::SET_COOKIE
                | Id::CONTENT_TYPE
                | Id::CONTENT_ENCODING
        )
        || windrose_wire::field::owned_alias(name).is_some();
    !refused
}

const MALFORMED: BodyError = BodyError { blame: Blame::Upstream, reason: BrokenBody::Malformed };
const CLOSED: BodyError = BodyError { blame: Blame::Upstream, reason: BrokenBody::Closed };
const LARGEST_HEAD: usize = 1024 * 1024;
/// Small, since the search for the end starts anew with each read.
const LARGEST_TRAILERS: usize = 64 * 1024;
/// Names that a Connection field may list: each is compared with every field.
const MOST_NAMED: usize = 64;
const CONTINUE_WAIT: Duration = Duration::from_secs(1);

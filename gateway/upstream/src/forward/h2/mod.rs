//! HTTP/2 towards a server, over TLS or with prior knowledge.
//!
//! One connection carries many requests of its worker; a task of its own drives it.

mod left;
mod settled;
mod upload;
pub(super) mod web_socket;

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use h2::client::{ResponseFuture, SendRequest};
use h2::{Ping, PingPong, RecvStream};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri};
use windrose_http::body::{BodyError, Frame, Stream};
use windrose_http::trailers::Rules;
use windrose_http::{Blame, Body, Exchange, Failure, Headers, Id, Method, Reply};
use windrose_stream::h2::{Backlog, Piece, Received, Sending, Share, to_map};
use windrose_stream::{Gathered, Io};
use windrose_wire::head::MOST_FIELDS;

use super::head;
use super::{Again, Broken, MOST_INTERIMS};
use crate::endpoint::{Endpoint, Scheme};
use crate::pool::Local;
use crate::service::PassHost;
use left::Left;
use settled::{Settled, UNSAID};
use upload::Upload;

/// One connection to a server, shared by the requests of a worker.
pub(crate) struct Sender {
    /// Counts the connections of a worker.
    pub(crate) number: u64,
    send: SendRequest<Piece>,
    backlog: Rc<Backlog>,
    settled: Rc<Settled>,
    left: Rc<Left>,
    alive: Rc<Cell<bool>>,
    streams: Cell<usize>,
    /// Whether it has brought an answer.
    is_used: Cell<bool>,
    idle_since: Cell<Instant>,
    idle_timeout: Duration,
}

impl Sender {
    pub(crate) fn is_alive(&self) -> bool {
        self.alive.get()
    }

    pub(crate) fn has_room(&self) -> bool {
        let taken = self.left.streams().map(|left| self.streams.get().saturating_add(left));
        taken.is_some_and(|taken| taken < self.most().unwrap_or(1))
    }

    /// How many requests the server takes at a time, once it has said so.
    pub(crate) fn most(&self) -> Option<usize> {
        self.settled.is_known().then(|| self.send.current_max_send_streams())
    }

    /// Waits until the server has said how many requests it takes at a time, or the connection has ended.
    pub(super) async fn settled(&self) {
        self.settled.wait().await;
    }

    /// Whether its server has said that it takes no requests now.
    pub(crate) fn is_shut(&self) -> bool {
        self.most() == Some(0)
    }

    /// Waits until a server that takes no requests says something else; fails when the connection is not used any
    /// more.
    pub(super) async fn opened(&self) -> Result<(), Failure> {
        self.settled.opened().await
    }

    /// A connection that takes no requests any more is not kept for the next one.
    fn unsent(&self, error: &h2::Error) -> Broken {
        tracing::debug!(%error, "sending over HTTP/2 failed");
        self.alive.set(false);
        Broken { failure: Failure::Closed, again: Again::Unsent }
    }

    /// Whether no request has been on it for so long.
    pub(crate) fn is_idle_for(&self, time: Duration, now: Instant) -> bool {
        self.streams.get() == 0 && self.idle_since.get() + time <= now
    }

    pub(crate) fn is_idle_since(&self, now: Instant) -> bool {
        self.is_idle_for(self.idle_timeout, now)
    }
}

/// One request's place on a connection.
struct Place {
    on: Rc<Sender>,
    /// What its head keeps in memory until it is written.
    cost: usize,
}

impl Place {
    fn new(sender: &Rc<Sender>, ex: &Exchange) -> Self {
        sender.streams.set(sender.streams.get() + 1);
        let bytes = ex.headers.size() + ex.target.as_str().len();
        Self { on: Rc::clone(sender), cost: left::cost(ex.headers.len(), bytes) }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.on.streams.set(self.on.streams.get().saturating_sub(1));
        self.on.left.add(self.cost);
        self.on.idle_since.set(Instant::now());
    }
}

/// Starts HTTP/2 on a new connection and keeps it for the worker.
pub(crate) async fn open(io: Io, to: &Arc<Endpoint>, local: &Rc<Local>) -> Result<Rc<Sender>, Broken> {
    let mut builder = h2::client::Builder::new();
    builder
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .data_frame_budget(SMALL_FRAMES)
        .max_header_list_size(LARGEST_HEAD)
        .initial_max_send_streams(UNSAID)
        .enable_push(false);
    let (io, out) = Gathered::new(io);
    let mut handshake = pin!(builder.handshake::<_, Piece>(io));
    let shaken = poll_fn(|cx| {
        let shaken = handshake.as_mut().poll(cx);
        let _ = out.poll(cx);
        shaken
    });
    let (send, mut connection) = shaken.await.map_err(|_| Broken::from(Failure::Connect))?;
    let alive = Rc::new(Cell::new(true));
    let ping = to.connector.read_idle_timeout.and_then(|idle| Some((connection.ping_pong()?, idle)));
    let settled = Rc::new(Settled::default());
    let left = Rc::new(Left::default());
    let sender = Rc::new(Sender {
        number: local.open(),
        send,
        settled: Rc::clone(&settled),
        left: Rc::clone(&left),
        backlog: Backlog::new(),
        alive: Rc::clone(&alive),
        streams: Cell::new(0),
        is_used: Cell::new(false),
        idle_since: Cell::new(Instant::now()),
        idle_timeout: to.connector.idle_timeout,
    });
    local.keep_h2(to, &sender);
    let patience = to.connector.dial_timeout;
    let ping_timeout = to.connector.ping_timeout;
    let used = Rc::downgrade(&sender);
    let task = async move {
        let mut connection = pin!(connection);
        let connection = poll_fn(|cx| {
            let ended = connection.as_mut().poll(cx);
            if settled.is_open() {
                settled.see(connection.as_ref().max_concurrent_send_streams());
            }
            // All that the streams of this round have written leaves at once.
            left.flushed(out.flush(cx));
            ended
        });
        let shut = async {
            settled.shut(patience).await;
            alive.set(false);
            settled.end(Failure::ConnectTimeout);
            // What is under way goes on, unless there can be nothing.
            if !settled.was_shut() || used.upgrade().is_some_and(|sender| sender.is_used.get()) {
                std::future::pending::<()>().await;
            }
        };
        let lifeless = async {
            match ping {
                None => std::future::pending().await,
                Some((pings, idle)) => lifeless(pings, idle, ping_timeout).await,
            }
        };
        tokio::select! {
            biased;
            _ = connection => {}
            () = lifeless => {}
            () = left.stalled(patience) => tracing::debug!("a server does not read its connection of HTTP/2"),
            () = shut => {}
        }
        alive.set(false);
        settled.end(Failure::Connect);
    };
    local.spawn("upstream h2", Box::pin(task));
    Ok(sender)
}

/// Ends when the server no longer answers pings.
async fn lifeless(mut pings: PingPong, idle: Duration, timeout: Duration) {
    loop {
        tokio::time::sleep(idle).await;
        match tokio::time::timeout(timeout, pings.ping(Ping::opaque())).await {
            Ok(Ok(_)) => {}
            _ => return,
        }
    }
}

/// Sends a request and reads the head of the answer.
///
/// Dropping the future resets the stream.
pub(super) async fn send(
    sender: &Rc<Sender>,
    ex: &mut Exchange,
    to: &Arc<Endpoint>,
    pass_host: PassHost,
) -> Result<Reply, Broken> {
    let place = Place::new(sender, ex);
    let request = request(ex, to, pass_host).ok_or(Failure::BadRequest)?;
    let mut send = sender.send.clone().ready().await.map_err(|error| sender.unsent(&error))?;
    let (mut response, stream) =
        send.send_request(request, ex.body.is_empty()).map_err(|error| sender.unsent(&error))?;
    let rules = Rules::of(ex);
    let body = std::mem::take(&mut ex.body);
    let done = body.is_empty();
    let sending = Sending::new(stream, Share::new(&sender.backlog), rules);
    let mut upload = Upload { body, sending, interims: 0, done };
    let limit = ex.limits.first_byte(to.connector.answer_timeout);
    let response = match read_answer(&mut response, ex, &mut upload, limit).await {
        Err(broken) if broken.again == Again::Stale && !sender.is_used.get() => {
            return Err(broken.failure.into());
        }
        answered => answered?,
    };
    sender.is_used.set(true);
    reply(response, ex, upload, place)
}

/// Makes a reply of an answer whose head was read.
fn reply(
    response: http::Response<RecvStream>,
    ex: &mut Exchange,
    upload: Upload,
    place: Place,
) -> Result<Reply, Broken> {
    let (parts, body) = response.into_parts();
    let mut headers = std::mem::take(&mut ex.spare);
    let declared_length = load(&parts.headers, &mut headers)?;
    let mut reply = Reply { headers, ..Reply::empty(parts.status.as_u16()) };
    if ex.method == Method::Head || matches!(reply.status, 204 | 304) {
        reply.declared_length = declared_length.into();
    } else if !body.is_end_stream() {
        let length = declared_length;
        reply.body = Body::Stream(Box::new(Download {
            received: Received::new(body, length, Blame::Upstream),
            upload,
            _place: place,
        }));
    }
    Ok(reply)
}

async fn read_answer(
    response: &mut ResponseFuture,
    ex: &Exchange,
    upload: &mut Upload,
    limit: Option<Duration>,
) -> Result<http::Response<RecvStream>, Broken> {
    let Some(limit) = limit else {
        return poll_fn(|cx| poll_answer(response, ex, upload, cx)).await;
    };
    // A server cannot be late before it has the whole request.
    let early = poll_fn(|cx| match poll_answer(response, ex, upload, cx) {
        Poll::Ready(answer) => Poll::Ready(Some(answer)),
        Poll::Pending if upload.done => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    });
    if let Some(answer) = early.await {
        return answer;
    }
    tokio::time::timeout(limit, poll_fn(|cx| poll_answer(response, ex, upload, cx)))
        .await
        .unwrap_or_else(|_| Err(Failure::AnswerTimeout.into()))
}

fn poll_answer(
    response: &mut ResponseFuture,
    ex: &Exchange,
    upload: &mut Upload,
    cx: &mut Context<'_>,
) -> Poll<Result<http::Response<RecvStream>, Broken>> {
    if let Poll::Ready(Err(error)) = upload.poll(cx) {
        return Poll::Ready(Err(Failure::from(error).into()));
    }
    while let Poll::Ready(Some(Ok(interim))) = response.poll_informational(cx) {
        let mut headers = Headers::new();
        load(interim.headers(), &mut headers)?;
        upload.interims += 1;
        match interim.status().as_u16() {
            // RFC 9113 §8.6: this protocol has no change of protocol.
            101 => return Poll::Ready(Err(Failure::BadAnswer.into())),
            _ if upload.interims > MOST_INTERIMS => return Poll::Ready(Err(Failure::BadAnswer.into())),
            100 => {}
            status => ex.send_interim(status, &headers),
        }
    }
    std::pin::Pin::new(response).poll(cx).map_err(|error| {
        tracing::debug!(%error, "no answer over HTTP/2");
        // RFC 9113 §8.7: both say that the request was not looked at.
        let is_unseen =
            error.is_remote() && (error.is_go_away() || error.reason() == Some(h2::Reason::REFUSED_STREAM));
        let again = if is_unseen {
            Again::Unseen
        } else if error.is_io() {
            Again::Stale
        } else {
            Again::Never
        };
        Broken { failure: Failure::Closed, again }
    })
}

fn request(ex: &Exchange, to: &Endpoint, pass_host: PassHost) -> Option<Request<()>> {
    let scheme = if to.scheme == Scheme::Https { "https" } else { "http" };
    if ex.target.as_str().is_empty() {
        return None;
    }
    let path = format!("{}{}", to.prefix.as_deref().unwrap_or_default(), ex.target.as_str());
    let uri = Uri::builder()
        .scheme(scheme)
        .authority(head::host(ex, to, pass_host))
        .path_and_query(path)
        .build()
        .ok()?;
    let method = http::Method::from_bytes(ex.method.as_str().as_bytes()).ok()?;
    let mut request =
        Request::builder().method(method).uri(uri).version(http::Version::HTTP_2).body(()).ok()?;
    let map = request.headers_mut();
    *map = to_map(&ex.headers, |field| field.id != Id::TE && !ex.headers.is_withheld(field.name));
    if ex.headers.contains(Id::TE) {
        map.insert(http::header::TE, HeaderValue::from_static("trailers"));
    }
    if let Some(value) = head::forwarded_for(ex) {
        map.insert(HeaderName::from_static("x-forwarded-for"), HeaderValue::from_str(&value).ok()?);
    }
    if let Some(length) = ex.body.length().filter(|length| *length > 0) {
        map.insert(http::header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    Some(request)
}

/// Takes over the fields of an HTTP/2 answer; gives the length it declares.
fn load(map: &HeaderMap, headers: &mut Headers) -> Result<Option<u64>, Broken> {
    headers.clear();
    if map.len() > MOST_FIELDS {
        return Err(Failure::BadAnswer.into());
    }
    headers.reserve(map.len());
    let mut length = None;
    for (name, value) in map {
        let key = windrose_http::Key::from(name.as_str());
        let id = Id::of(name.as_str().as_bytes());
        if id == Id::CONTENT_LENGTH {
            let text = value.to_str().ok().and_then(|text| text.parse().ok());
            length = Some(text.ok_or(Failure::BadAnswer)?);
        } else if !id.is_hop_by_hop() || id == Id::TRAILER {
            headers.receive(key, value.as_bytes());
        }
    }
    Ok(length)
}

/// The rest of an answer.
struct Download {
    received: Received,
    upload: Upload,
    _place: Place,
}

impl Stream for Download {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        let _ = self.upload.poll(cx);
        self.received.poll_frame(cx)
    }

    fn settle(&mut self, cx: &mut Context<'_>) {
        let _ = self.upload.poll(cx);
        self.received.settle(cx);
    }

    fn length(&self) -> Option<u64> {
        self.received.length()
    }
}

/// What a client that does not read can make us hold for each of its streams.
const STREAM_WINDOW: u32 = 32 * 1024;
/// More than all streams together: the answers that some clients do not read must not stop those of others.
const CONNECTION_WINDOW: u32 = 1 << 30;
/// What small frames may cost beyond their data before a server is cut off: some 30,000 of them. They are joined
/// when they wait for a slow client, so this is only for those that nobody has looked at.
const SMALL_FRAMES: usize = 8 * 1024 * 1024;
const LARGEST_HEAD: u32 = 1024 * 1024;

#[cfg(test)]
mod stuck;
#[cfg(test)]
mod tests;

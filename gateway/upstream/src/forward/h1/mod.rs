//! HTTP/1.1 towards a server.
//!
//! A [`client::Client`] is one connection. [`send`] writes a request and reads the head of the answer, sending the body
//! meanwhile; what is left becomes a [`download::Download`], which gives the connection back to the pool when both
//! messages have provably ended, and closes it otherwise.

mod client;
mod download;
mod upgrade;
mod upload;

use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use windrose_http::body::{BodyError, Broken as BrokenBody};
use windrose_http::framing::{self, Framing};
use windrose_http::trailers::Rules;
use windrose_http::{Blame, Body, Exchange, Failure, Headers, Id, Reply};
use windrose_stream::h1::Rest;
use windrose_wire::head::{ResponseHead, Version};

use super::accept::accept;
use super::head;
use super::{Again, Broken, MOST_INTERIMS};
use crate::endpoint::Endpoint;
use crate::pool::Local;
use crate::service::PassHost;
use client::HeadError;
use download::Download;
use upload::{Sending, Upload};

pub(crate) use client::Client;

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
    let coding = head::write(ex, to, pass_host, client.out.room()).ok_or(Failure::BadRequest)?;
    let state = if ex.body.is_empty() {
        Sending::Flush
    } else if ex.expects_continue && !to.connector.continue_timeout.is_zero() {
        Sending::Held
    } else {
        Sending::Body
    };
    let rules = Rules::of(ex);
    let mut upload = Upload { body: std::mem::take(&mut ex.body), rules, coding, state };
    let mut headers = std::mem::take(&mut ex.spare);
    let mut interims = 0;
    loop {
        let limit = ex.limits.first_byte(to.connector.answer_timeout);
        let head = read_head(&mut client, &mut upload, &mut headers, to, limit).await?;
        match head.status {
            101 => return upgrade::agreed(*client, &upload, headers, ex),
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
    to: &Endpoint,
    limit: Option<Duration>,
) -> Result<ResponseHead, Broken> {
    if upload.state == Sending::Held {
        // RFC 9110 §10.1.1: not every server says that it wants the body; then it gets it after a while.
        let wait = tokio::time::timeout(
            to.connector.continue_timeout,
            poll_fn(|cx| poll_answer(client, upload, headers, cx)),
        )
        .await;
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
        return Poll::Ready(Err(Failure::from(error).into()));
    }
    let again = if client.is_used && client.read.is_empty() { Again::Stale } else { Again::Never };
    match ready!(client.poll_head(cx, headers)) {
        Ok(head) => Poll::Ready(Ok(head)),
        Err(HeadError::Closed) => Poll::Ready(Err(Broken { failure: Failure::Closed, again })),
        Err(HeadError::Malformed) => Poll::Ready(Err(Failure::BadAnswer.into())),
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
            reply.declared_length = declared_length.into();
            Some(Bytes::new())
        }
        Framing::Length(length) => usize::try_from(length)
            .ok()
            .filter(|length| *length <= client.read.len())
            .map(|length| take(&mut client.read, length)),
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

/// Takes a whole body out of a read buffer. A small one is copied: sharing it would cost the worker the buffer.
fn take(read: &mut BytesMut, length: usize) -> Bytes {
    if length > COPIED {
        return read.split_to(length).freeze();
    }
    let bytes = Bytes::copy_from_slice(read.get(..length).unwrap_or_default());
    read.advance(length);
    bytes
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
    // Nor may a trailer bring them back.
    named.iter().for_each(|name| headers.claim(&**name));
    headers.retain(|field| {
        let goes = field.id.is_framing()
            || (field.id.is_hop_by_hop() && !(field.id == Id::TRAILER && framing == Framing::Chunked))
            || named.iter().any(|name| name.eq_ignore_ascii_case(field.name));
        !goes
    });
    Ok(())
}

const MALFORMED: BodyError = BodyError { blame: Blame::Upstream, reason: BrokenBody::Malformed };
const CLOSED: BodyError = BodyError { blame: Blame::Upstream, reason: BrokenBody::Closed };
/// Up to here a copy costs less than a new buffer.
const COPIED: usize = 4 * 1024;
const LARGEST_HEAD: usize = 1024 * 1024;
/// Names that a Connection field may list: each is compared with every field.
const MOST_NAMED: usize = 64;

#[cfg(test)]
mod tests;

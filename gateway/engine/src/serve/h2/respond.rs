//! A reply as HTTP/2 frames.

use std::cell::RefCell;
use std::future::poll_fn;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, SendStream};
use http::header::{CONTENT_LENGTH, DATE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use windrose_http::body::Frame;
use windrose_http::exchange::Interim;
use windrose_http::{Body, Exchange, Headers, Method, Reply};
use windrose_upstream::to_map;

use crate::worker::{SlotGuard, write_date};

/// Answers that come before the answer, on their way to the stream.
#[derive(Default)]
pub(super) struct Interims {
    waiting: RefCell<Vec<(u16, HeaderMap)>>,
}

impl Interims {
    /// Sends what is waiting.
    pub(super) fn flush(&self, respond: &mut SendResponse<Bytes>) {
        for (status, map) in self.waiting.borrow_mut().drain(..) {
            if let Some(response) = head(status, map) {
                let _ = respond.send_informational(response);
            }
        }
    }
}

impl Interim for Interims {
    fn send(&self, status: u16, headers: &Headers) {
        self.waiting.borrow_mut().push((status, to_map(headers, |field| !field.id.is_framing())));
    }
}

/// Sends a reply and its body.
pub(super) async fn send(
    mut reply: Reply,
    ex: &Exchange,
    mut respond: SendResponse<Bytes>,
    slot: &SlotGuard,
) {
    let mut map = to_map(&reply.headers, |field| !field.id.is_framing() && !field.id.is_hop_by_hop());
    if !map.contains_key(DATE) {
        let mut date = Vec::with_capacity(32);
        write_date(&mut date);
        if let Ok(value) = HeaderValue::from_bytes(&date) {
            map.insert(DATE, value);
        }
    }
    let bodiless = ex.method == Method::Head || matches!(reply.status, 204 | 304);
    let length = if bodiless { reply.declared_length } else { reply.body.length() };
    if let Some(length) = length.filter(|_| reply.status != 204) {
        map.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    let ends = bodiless || reply.body.is_empty();
    let Some(response) = head(reply.status, map) else {
        respond.send_reset(Reason::INTERNAL_ERROR);
        return;
    };
    let Ok(stream) = respond.send_response(response, ends) else { return };
    if !ends {
        let mut sending = Sending { stream, waiting: None };
        poll_fn(|cx| {
            slot.watch(cx);
            if slot.is_answer_late() {
                sending.stream.send_reset(Reason::CANCEL);
                return Poll::Ready(());
            }
            sending.poll(&reply.headers, &mut reply.body, cx)
        })
        .await;
    }
}

fn head(status: u16, map: HeaderMap) -> Option<Response<()>> {
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::from_u16(status).ok()?;
    *response.headers_mut() = map;
    Some(response)
}

struct Sending {
    stream: SendStream<Bytes>,
    waiting: Option<Bytes>,
}

impl Sending {
    fn poll(&mut self, head: &Headers, body: &mut Body, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if self.waiting.is_some() {
                match ready!(self.poll_data(cx, body.is_empty())) {
                    Ok(true) => return Poll::Ready(()),
                    Ok(false) => continue,
                    Err(_) => return Poll::Ready(()),
                }
            }
            if let Body::Full(data) = body {
                self.stream.reserve_capacity(data.len());
                self.waiting = Some(std::mem::take(data));
                *body = Body::Empty;
                continue;
            }
            // A stream that was reset is not worth reading the rest of an answer for.
            if self.stream.poll_reset(cx).is_ready() {
                return Poll::Ready(());
            }
            match ready!(body.poll_frame(cx)) {
                Some(Ok(Frame::Data(data))) => {
                    self.stream.reserve_capacity(data.len());
                    self.waiting = Some(data);
                }
                Some(Ok(Frame::Trailers(trailers))) => {
                    let fields = trailers.for_client(head);
                    let _ = if fields.is_empty() {
                        self.stream.send_data(Bytes::new(), true)
                    } else {
                        self.stream.send_trailers(to_map(&fields, |_| true))
                    };
                    return Poll::Ready(());
                }
                Some(Err(_)) => {
                    self.stream.send_reset(Reason::INTERNAL_ERROR);
                    return Poll::Ready(());
                }
                None => {
                    let _ = self.stream.send_data(Bytes::new(), true);
                    return Poll::Ready(());
                }
            }
        }
    }

    /// Sends as much of the waiting piece as the window allows; says whether the stream has ended with it.
    fn poll_data(&mut self, cx: &mut Context<'_>, is_last: bool) -> Poll<Result<bool, h2::Error>> {
        let Some(mut data) = self.waiting.take() else { return Poll::Ready(Ok(false)) };
        let mut capacity = self.stream.capacity();
        if capacity == 0 {
            match self.stream.poll_capacity(cx) {
                Poll::Pending => {
                    self.waiting = Some(data);
                    // Without this a reset would go unseen while the window is shut.
                    return self.stream.poll_reset(cx).map(|_| Ok(true));
                }
                Poll::Ready(None) => return Poll::Ready(Ok(true)),
                Poll::Ready(Some(granted)) => capacity = granted?,
            }
        }
        if capacity < data.len() {
            let part = data.split_to(capacity);
            self.waiting = Some(data);
            self.stream.send_data(part, false)?;
            return Poll::Ready(Ok(false));
        }
        self.stream.send_data(data, is_last)?;
        Poll::Ready(Ok(is_last))
    }
}

//! A reply as HTTP/2 frames.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use h2::Reason;
use h2::server::SendResponse;
use http::header::{CONTENT_LENGTH, DATE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use windrose_http::course::End;
use windrose_http::exchange::Interim;
use windrose_http::trailers::Rules;
use windrose_http::{Body, Headers, Id, Method, Reply};
use windrose_stream::h2::{Backlog, Piece, Sending, Sent, Share, to_map};

use crate::serve::stalled::Stalled;
use crate::worker::{SlotGuard, date};

/// Answers that come before the answer, on their way to the stream.
#[derive(Default)]
pub(super) struct Interims {
    waiting: RefCell<Vec<(u16, HeaderMap)>>,
    /// The bytes of those that came.
    taken: Cell<usize>,
}

impl Interims {
    /// Sends what is waiting.
    pub(super) fn flush(&self, respond: &mut SendResponse<Piece>) {
        for (status, map) in self.waiting.borrow_mut().drain(..) {
            if let Some(response) = head(status, map) {
                let _ = respond.send_informational(response);
            }
        }
    }
}

impl Interim for Interims {
    fn send(&self, status: u16, headers: &Headers) {
        // They are hints: a client that is sent too many of them does without.
        self.taken.set(self.taken.get() + size(headers));
        if self.taken.get() > MOST_INTERIM {
            return;
        }
        self.waiting.borrow_mut().push((status, to_map(headers, |field| !field.id.is_framing())));
    }
}

fn size(headers: &Headers) -> usize {
    headers.iter().map(|field| field.name.len() + field.value.len()).sum()
}

/// The head of a reply, ready to be sent, and what is to be known of it while its body is.
pub(super) struct Answer {
    status: u16,
    map: HeaderMap,
    /// What the head keeps in memory until the piece behind it is written.
    owed: usize,
    rules: Option<Box<Rules>>,
    body: Body,
}

impl Answer {
    /// Takes the head of a reply over, and gives its fields back.
    pub(super) fn new(mut reply: Reply, method: &Method) -> (Self, Headers) {
        let mut map = to_map(&reply.headers, |field| !field.id.is_framing() && !field.id.is_hop_by_hop());
        if !reply.headers.contains(Id::DATE)
            && let Ok(value) = HeaderValue::from_maybe_shared(date())
        {
            map.insert(DATE, value);
        }
        let bodiless = *method == Method::Head || matches!(reply.status, 204 | 304);
        let length = if bodiless {
            reply.declared_length.get().or_else(|| reply.body.length().filter(|length| *length > 0))
        } else {
            reply.body.length()
        };
        if let Some(length) = length.filter(|_| reply.status != 204)
            && let Ok(value) = HeaderValue::from_str(itoa::Buffer::new().format(length))
        {
            map.insert(CONTENT_LENGTH, value);
        }
        if bodiless {
            reply.body = Body::Empty;
        }
        let owed = Some(size(&reply.headers)).filter(|size| *size > SMALL_HEAD).unwrap_or_default();
        let rules = Rules::of_answer(&reply.headers, &reply.body);
        (Self { status: reply.status, map, owed, rules, body: reply.body }, reply.headers)
    }

    /// Sends head and body; gives how many bytes of the body were sent, and how it ended. A client that takes nothing of it for as long as `patience` gets no more.
    pub(super) async fn send(
        mut self,
        mut respond: SendResponse<Piece>,
        slot: &Rc<SlotGuard>,
        backlog: &Rc<Backlog>,
        patience: Option<Duration>,
    ) -> (u64, End) {
        if self.owed > LARGE_HEAD && backlog.is_full() {
            respond.send_reset(Reason::ENHANCE_YOUR_CALM);
            return (0, End::Broken);
        }
        // The account of what is unread takes pieces, not heads; a large one is put to that of the piece behind it.
        let ends = self.body.is_empty() && self.owed == 0;
        let Some(response) = head(self.status, std::mem::take(&mut self.map)) else {
            respond.send_reset(Reason::INTERNAL_ERROR);
            return (0, End::Broken);
        };
        let Ok(stream) = respond.send_response(response, ends) else { return (0, End::Gone) };
        if ends {
            return (0, End::Whole);
        }
        let mut sending = Sending::new(stream, Share::new(backlog), self.rules.take()).owing(self.owed);
        let mut stalled = Stalled::new(slot, patience);
        let end = poll_fn(|cx| {
            slot.watch(cx);
            if slot.is_answer_late() {
                sending.reset(Reason::CANCEL);
                return Poll::Ready(End::Broken);
            }
            Poll::Ready(match sending.poll(&mut self.body, cx) {
                Poll::Pending if stalled.is_late(sending.stuck(), cx) => {
                    sending.reset(Reason::CANCEL);
                    End::Gone
                }
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Sent::Broken(_)) => {
                    sending.reset(Reason::INTERNAL_ERROR);
                    End::Broken
                }
                Poll::Ready(Sent::Refused) => End::Gone,
                Poll::Ready(Sent::Whole) => End::Whole,
            })
        })
        .await;
        (sending.handed(), end)
    }
}

fn head(status: u16, map: HeaderMap) -> Option<Response<()>> {
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::from_u16(status).ok()?;
    *response.headers_mut() = map;
    Some(response)
}

/// Room for a page full of early hints.
const MOST_INTERIM: usize = 8 * 1024;
/// What a head costs no more than the stream it belongs to.
const SMALL_HEAD: usize = 4 * 1024;
/// A head that need not wait for a client that does not read.
const LARGE_HEAD: usize = 16 * 1024;

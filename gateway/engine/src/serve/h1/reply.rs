//! Replies as HTTP/1 bytes. Framing is computed from the body, and from nothing else.

use std::io;
use std::task::{Context, Poll, ready};

use windrose_http::body::{BodyError, Frame};
use windrose_http::course::End;
use windrose_http::exchange::Upgrade;
use windrose_http::headers::write_field;
use windrose_http::reply::text;
use windrose_http::{Body, Exchange, Failure, Headers, Id, Method, Protocol, Reply};
use windrose_stream::Outgoing;
use windrose_wire::chunked;

use super::link::Link;
use crate::worker::date;

/// What becomes of the connection after a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    KeepAlive,
    Close,
}

/// What came of writing a reply.
pub(super) struct Written {
    /// The bytes of its body.
    pub(super) sent: u64,
    /// Whether all of it was written.
    pub(super) end: End,
}

/// How the body of a reply is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    None,
    Plain,
    Chunked,
}

/// Writes the head of a reply.
pub(super) fn write_head(reply: &Reply, ex: &Exchange, ending: Ending, out: &mut Vec<u8>) -> Coding {
    write_status(reply.status, out);
    reply.headers.write(out, |field| !field.id.is_framing());
    if !reply.headers.contains(Id::DATE) {
        out.extend_from_slice(b"Date: ");
        out.extend_from_slice(&date());
        out.extend_from_slice(b"\r\n");
    }
    let coding = if reply.status == 204 {
        Coding::None
    } else if ex.method == Method::Head || reply.status == 304 {
        if let Some(length) =
            reply.declared_length.get().or_else(|| reply.body.length().filter(|length| *length > 0))
        {
            write_length(length, out);
        }
        Coding::None
    } else {
        match reply.body.length() {
            Some(length) => {
                write_length(length, out);
                Coding::Plain
            }
            None if ex.protocol == Protocol::Http10 => Coding::Plain,
            None => {
                out.extend_from_slice(b"Transfer-Encoding: chunked\r\n");
                Coding::Chunked
            }
        }
    };
    match ending {
        Ending::Close => out.extend_from_slice(b"Connection: close\r\n"),
        Ending::KeepAlive if ex.protocol == Protocol::Http10 => {
            out.extend_from_slice(b"Connection: keep-alive\r\n")
        }
        Ending::KeepAlive => {}
    }
    out.extend_from_slice(b"\r\n");
    coding
}

/// The body of a reply on its way out.
pub(super) struct Writing<'a> {
    reply: &'a mut Reply,
    coding: Coding,
    sent: u64,
    broken: Option<BodyError>,
}

impl<'a> Writing<'a> {
    pub(super) const fn new(reply: &'a mut Reply, coding: Coding) -> Self {
        Self { reply, coding, sent: 0, broken: None }
    }

    /// The bytes of the body that were handed over so far.
    pub(super) const fn sent(&self) -> u64 {
        self.sent
    }

    /// How the exchange has ended, given what came of writing.
    pub(super) const fn end(&self, result: &io::Result<()>) -> End {
        match result {
            Ok(()) => End::Whole,
            Err(_) if self.broken.is_some() => End::Broken,
            Err(_) => End::Gone,
        }
    }

    /// Sends what is out and the body behind it, each piece as soon as it is there.
    pub(super) fn poll(&mut self, link: &Link, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let is_full = link.with_out(|out| out.is_full());
            if let Some(error) = self.broken {
                // Without the last chunk or byte, so that the client sees it.
                ready!(link.poll_flush(cx))?;
                return Poll::Ready(Err(io::Error::other(error)));
            }
            if self.coding == Coding::None || matches!(self.reply.body, Body::Empty) && !is_full {
                // The body is at its end, or there is none.
                return link.poll_flush(cx);
            }
            if is_full {
                let Poll::Ready(flushed) = link.poll_flush(cx) else {
                    self.reply.body.settle(cx);
                    return Poll::Pending;
                };
                flushed?;
            }
            // Nothing of the link is borrowed here: a server may answer while the rest of the request is read.
            match self.reply.body.poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => link.with_out(|out| self.push(frame, out)),
                Poll::Ready(None) => {
                    self.reply.body = Body::Empty;
                    if self.coding == Coding::Chunked {
                        link.with_out(|out| out.room().extend_from_slice(chunked::END));
                    }
                }
                Poll::Ready(Some(Err(error))) => self.broken = Some(error),
                Poll::Pending => {
                    ready!(link.poll_flush(cx))?;
                    return Poll::Pending;
                }
            }
        }
    }

    fn push(&mut self, frame: Frame, out: &mut Outgoing) {
        if let Frame::Data(data) = &frame {
            self.sent += data.len() as u64;
        }
        match (frame, self.coding) {
            (Frame::Data(data), Coding::Chunked) => {
                chunked::write_size(data.len(), out.room());
                out.push(data, b"\r\n");
            }
            (Frame::Data(data), _) => out.push(data, b""),
            (Frame::Trailers(trailers), coding) => {
                self.reply.body = Body::Empty;
                if coding == Coding::Chunked {
                    out.room().extend_from_slice(b"0\r\n");
                    trailers.for_client(&self.reply.headers).write(out.room(), |_| true);
                    out.room().extend_from_slice(b"\r\n");
                }
            }
        }
    }
}

/// Writes an answer that comes before the answer.
pub(super) fn write_interim(status: u16, headers: &Headers, out: &mut Vec<u8>) {
    write_status(status, out);
    headers.write(out, |field| !field.id.is_framing() && !field.id.is_hop_by_hop());
    out.extend_from_slice(b"\r\n");
}

/// Writes the head that ends HTTP on a connection.
pub(super) fn write_upgrade(reply: &Reply, to: &Upgrade, out: &mut Vec<u8>) {
    write_status(101, out);
    reply.headers.write(out, |field| !field.id.is_framing() && !field.id.is_hop_by_hop());
    out.extend_from_slice(b"Connection: Upgrade\r\n");
    write_field(out, b"Upgrade", to.as_str().as_bytes());
    out.extend_from_slice(b"\r\n");
}

/// Writes the answer to something that is no request.
pub(super) fn write_refusal(failure: Failure, out: &mut Vec<u8>) {
    let status = failure.status();
    write_status(status, out);
    out.extend_from_slice(b"Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n");
    out.extend_from_slice(itoa::Buffer::new().format(status).as_bytes());
    out.push(b' ');
    out.extend_from_slice(text(status).as_bytes());
}

fn write_status(status: u16, out: &mut Vec<u8>) {
    if status == 200 {
        out.extend_from_slice(b"HTTP/1.1 200 OK\r\n");
        return;
    }
    let mut digits = itoa::Buffer::new();
    let digits = digits.format(status);
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(digits.as_bytes());
    out.push(b' ');
    match text(status) {
        "" => {
            out.extend_from_slice(b"status code ");
            out.extend_from_slice(digits.as_bytes());
        }
        text => out.extend_from_slice(text.as_bytes()),
    }
    out.extend_from_slice(b"\r\n");
}

fn write_length(length: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(b"Content-Length: ");
    out.extend_from_slice(itoa::Buffer::new().format(length).as_bytes());
    out.extend_from_slice(b"\r\n");
}

//! A body that is packed while it is sent.
//!
//! It is pulled: nothing is read that nobody wants, and in one turn no more than a bounded number of bytes is worked on, so
//! that one large answer does not hold up the others of its worker.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::time::{Duration, Sleep, sleep};

use windrose_http::body::{Broken, Stream};
use windrose_http::{Blame, Body, BodyError, Frame};

use super::accept::Coding;
use super::encoder::Encoder;

/// When bytes that were taken in must go out although more would pack better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// As soon as the server has nothing more for now.
    AtOnce,
    /// After this time at the latest.
    Every(Duration),
}

/// A body that is packed while it is sent.
pub(super) struct Packed {
    body: Body,
    encoder: Option<Encoder>,
    /// Bytes that were read and not yet taken in.
    left: Bytes,
    /// What comes after the packed bytes.
    last: Option<Result<Frame, BodyError>>,
    pace: Pace,
    is_dirty: bool,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Packed {
    /// # Errors
    /// The library refuses its own settings, or there is no memory.
    pub(super) fn new(coding: Coding, body: Body, length: Option<u64>, pace: Pace) -> io::Result<Self> {
        let encoder = Some(Encoder::new(coding, length)?);
        Ok(Self { body, encoder, left: Bytes::new(), last: None, pace, is_dirty: false, timer: None })
    }

    /// Works until there is a piece worth sending, the body has ended, or this turn is over.
    fn step(&mut self, cx: &mut Context<'_>, encoder: &mut Encoder) -> io::Result<Step> {
        let mut worked = 0;
        loop {
            if !self.left.is_empty() {
                let part = self.left.split_to(self.left.len().min(AT_ONCE));
                encoder.write(&part)?;
                self.is_dirty = true;
                worked += part.len();
                if encoder.ready() >= WORTH_SENDING {
                    return Ok(Step::Send);
                }
                if worked >= IN_ONE_TURN {
                    cx.waker().wake_by_ref();
                    return Ok(Step::Wait);
                }
                continue;
            }
            match self.body.poll_frame(cx) {
                Poll::Ready(Some(Ok(Frame::Data(bytes)))) => self.left = bytes,
                Poll::Ready(last) => {
                    self.last = last;
                    return Ok(Step::Finish);
                }
                Poll::Pending => return self.pause(cx, encoder),
            }
        }
    }

    /// The server has nothing for now.
    fn pause(&mut self, cx: &mut Context<'_>, encoder: &mut Encoder) -> io::Result<Step> {
        if !self.is_dirty {
            return Ok(Step::Wait);
        }
        if let Pace::Every(time) = self.pace {
            let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(time)));
            if timer.as_mut().poll(cx).is_pending() {
                return Ok(Step::Wait);
            }
        }
        self.timer = None;
        encoder.flush()?;
        self.is_dirty = false;
        Ok(if encoder.ready() > 0 { Step::Send } else { Step::Wait })
    }
}

enum Step {
    Send,
    Wait,
    Finish,
}

impl Stream for Packed {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        let Some(mut encoder) = self.encoder.take() else { return Poll::Ready(self.last.take()) };
        let sent = match self.step(cx, &mut encoder) {
            Ok(Step::Send) => {
                let bytes = encoder.take();
                self.encoder = Some(encoder);
                Ok(bytes)
            }
            Ok(Step::Wait) => {
                self.encoder = Some(encoder);
                return Poll::Pending;
            }
            // What broke is not given an end.
            Ok(Step::Finish) if matches!(self.last, Some(Err(_))) => return Poll::Ready(self.last.take()),
            Ok(Step::Finish) => encoder.finish(),
            Err(error) => Err(error),
        };
        Poll::Ready(Some(match sent {
            Ok(bytes) => Ok(Frame::Data(bytes)),
            Err(_) => Err(BodyError { blame: Blame::Us, reason: Broken::Malformed }),
        }))
    }

    fn length(&self) -> Option<u64> {
        None
    }

    fn settle(&mut self, cx: &mut Context<'_>) {
        self.body.settle(cx);
    }
}

/// How much is taken in before anybody asks how much has come out.
const AT_ONCE: usize = 16 << 10;

/// How much is taken in before others have their turn.
const IN_ONE_TURN: usize = 128 << 10;

/// Smaller pieces wait for more.
const WORTH_SENDING: usize = 8 << 10;

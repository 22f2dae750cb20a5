//! A span as it is sent.

use std::time::{Duration, Instant};

use super::super::context::Context;
use super::Span;
use crate::otlp::wire::Message;

/// What the spans of an exchange have in common.
pub(super) struct Of<'a> {
    pub(super) context: Context,
    pub(super) state: &'a [u8],
    /// The same time by the clock that never goes back, and since 1970.
    pub(super) began: Instant,
    pub(super) wall: Duration,
    /// The end of those that have none of their own.
    pub(super) last: Instant,
}

/// Where the span above is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parent {
    /// Here, or nowhere.
    Own,
    /// The client has it.
    Remote,
}

/// Appends a span, as a field of `ScopeSpans`.
pub(super) fn span(out: &mut Vec<u8>, span: &Span, parent: Parent, of: &Of<'_>) {
    let nanos = |at: Instant| {
        let since = of.wall + at.saturating_duration_since(of.began);
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    };
    let began = span.began.unwrap_or(of.began);
    Message(out).message(SPAN, |message| {
        message.bytes(1, &of.context.trace.0);
        message.bytes(2, &span.id.0);
        if !of.state.is_empty() {
            message.text(3, of.state);
        }
        if !span.parent.is_none() {
            message.bytes(4, &span.parent.0);
        }
        message.text(5, span.name.as_bytes());
        message.number(6, span.kind as u64);
        message.fixed64(7, nanos(began));
        message.fixed64(8, nanos(span.ended.unwrap_or(of.last).max(began)));
        message.0.extend_from_slice(&span.attributes);
        message.message(15, |status| {
            if !span.message.is_empty() {
                status.text(2, span.message.as_bytes());
            }
            status.number(3, if span.failed { ERROR } else { 0 });
        });
        let remote = if parent == Parent::Remote { IS_REMOTE } else { 0 };
        message.fixed32(16, SAMPLED | KNOWS_REMOTE | remote);
    });
}

/// The field of `ScopeSpans` that is a span.
const SPAN: u32 = 2;
const ERROR: u64 = 2;
const SAMPLED: u32 = 1;
/// Whether it is said where the parent is, and that it is elsewhere.
const KNOWS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;

//! Jaeger: `trace:span:parent:flags`, in a field that may be called otherwise.

use std::borrow::Cow;

use windrose_http::Headers;
use windrose_http::path::decode;

use super::text::{span, trace};
use super::{Context, Decision, Text};

pub(super) fn extract(headers: &Headers, field: &str) -> Option<Context> {
    let text = headers.get_str(field)?.trim();
    // Clients in browsers write %3A for the colon.
    let text = if text.contains('%') { decode(text) } else { Cow::Borrowed(text.as_bytes()) };
    let mut parts = text.split(|byte| *byte == b':');
    let (trace, span) = (trace(parts.next()?)?, span(parts.next()?)?);
    let (_parent, flags) = (parts.next()?, parts.next()?);
    let flags = u8::from_str_radix(std::str::from_utf8(flags).ok()?, 16).ok()?;
    let decision = match (flags & SAMPLED, flags & DEBUG) {
        (0, _) => Decision::No,
        (_, 0) => Decision::Yes,
        _ => Decision::Debug,
    };
    parts.next().is_none().then_some(Context { trace, span, decision })
}

pub(super) fn inject(context: &Context, field: &str, headers: &mut Headers) {
    let flags = match context.decision {
        Decision::Debug => ":0:3",
        Decision::Yes => ":0:1",
        Decision::No | Decision::Open => ":0:0",
    };
    headers.set(field, Text::new().with(context.trace.hex()).with(":").with(context.span.hex()).with(flags));
}

/// The field where nothing else is said.
pub(super) const FIELD: &str = "Uber-Trace-Id";
const SAMPLED: u8 = 1;
const DEBUG: u8 = 2;

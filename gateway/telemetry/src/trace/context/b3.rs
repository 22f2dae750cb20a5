//! B3, in one field or in several.

use windrose_http::Headers;

use super::text::{span, trace};
use super::{Context, Decision, Text};

/// Reads the one field, else the several.
pub(super) fn extract(headers: &Headers) -> Option<Context> {
    headers.get(FIELD).and_then(single).or_else(|| multi(headers))
}

fn single(text: &[u8]) -> Option<Context> {
    let mut parts = text.trim_ascii().split(|byte| *byte == b'-');
    let (trace, span) = (trace(parts.next()?)?, span(parts.next()?)?);
    let decision = match parts.next() {
        None => Decision::Open,
        Some(b"0" | b"false") => Decision::No,
        Some(b"1" | b"true") => Decision::Yes,
        Some(b"d") => Decision::Debug,
        Some(_) => return None,
    };
    Some(Context { trace, span, decision })
}

fn multi(headers: &Headers) -> Option<Context> {
    let (trace, span) = (trace(headers.get(TRACE)?)?, span(headers.get(SPAN)?)?);
    let decision = match (headers.get(FLAGS), headers.get(SAMPLED)) {
        (Some(b"1"), _) => Decision::Debug,
        (_, Some(b"1" | b"true")) => Decision::Yes,
        (_, Some(b"0" | b"false")) => Decision::No,
        _ => Decision::Open,
    };
    Some(Context { trace, span, decision })
}

pub(super) fn inject(context: &Context, headers: &mut Headers) {
    let decision = match context.decision {
        Decision::Debug => "-d",
        Decision::Yes => "-1",
        Decision::No => "-0",
        Decision::Open => "",
    };
    let ids = Text::new().with(context.trace.hex()).with("-").with(context.span.hex());
    headers.set(FIELD, ids.with(decision));
}

pub(super) fn inject_multi(context: &Context, headers: &mut Headers) {
    headers.set(TRACE, context.trace.hex());
    headers.set(SPAN, context.span.hex());
    // The parent of the client's span is none of this one.
    for gone in [PARENT, FLAGS, SAMPLED] {
        if headers.contains(gone) {
            headers.remove(gone);
        }
    }
    match context.decision {
        Decision::Debug => headers.set(FLAGS, "1"),
        Decision::Yes => headers.set(SAMPLED, "1"),
        Decision::No => headers.set(SAMPLED, "0"),
        Decision::Open => {}
    }
}

const FIELD: &str = "B3";
const TRACE: &str = "X-B3-Traceid";
const SPAN: &str = "X-B3-Spanid";
const PARENT: &str = "X-B3-Parentspanid";
const SAMPLED: &str = "X-B3-Sampled";
const FLAGS: &str = "X-B3-Flags";

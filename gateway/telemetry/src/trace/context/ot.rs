//! OpenTracing's basic tracer: 64 bits of the trace.

use windrose_http::Headers;

use super::text::{span, trace};
use super::{Context, Decision};

pub(super) fn extract(headers: &Headers) -> Option<Context> {
    let (trace, span) = (trace(headers.get(TRACE)?)?, span(headers.get(SPAN)?)?);
    let decision = match headers.get(SAMPLED) {
        Some(b"true" | b"1") => Decision::Yes,
        Some(b"false" | b"0") => Decision::No,
        _ => Decision::Open,
    };
    Some(Context { trace, span, decision })
}

pub(super) fn inject(context: &Context, headers: &mut Headers) {
    let hex = context.trace.hex();
    headers.set(TRACE, &hex[16..]);
    headers.set(SPAN, context.span.hex());
    headers.set(SAMPLED, if context.decision.is_yes() { "true" } else { "false" });
}

const TRACE: &str = "Ot-Tracer-Traceid";
const SPAN: &str = "Ot-Tracer-Spanid";
const SAMPLED: &str = "Ot-Tracer-Sampled";

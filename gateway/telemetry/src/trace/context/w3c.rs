//! `traceparent` and `tracestate` (W3C Trace Context).

use data_encoding::HEXLOWER;
use windrose_http::Headers;

use super::super::id::{SpanId, TraceId};
use super::{Context, Decision, Format, Text};

pub(super) fn extract(headers: &Headers) -> Option<Context> {
    let mut all = headers.get_all(FIELD);
    let (text, None) = (all.next()?, all.next()) else { return None };
    let text = text.trim_ascii();
    let mut parts = text.split(|byte| *byte == b'-');
    let version: [u8; 1] = exact(parts.next()?)?;
    let context = Context {
        trace: TraceId(exact(parts.next()?)?),
        span: SpanId(exact(parts.next()?)?),
        decision: {
            let [flags] = exact(parts.next()?)?;
            if flags & SAMPLED != 0 { Decision::Yes } else { Decision::No }
        },
    };
    // A later version may say more; 255 is none.
    let is_known = version == [0] && parts.next().is_none();
    (is_known || matches!(version, [1..=254])).then_some(context)
}

pub(super) fn inject(context: &Context, by: Option<Format>, headers: &mut Headers) {
    let flags = if context.decision.is_yes() { "-01" } else { "-00" };
    let text =
        Text::new().with("00-").with(context.trace.hex()).with("-").with(context.span.hex()).with(flags);
    headers.set(FIELD, text);
    // It speaks of a trace that this is not.
    if by != Some(Format::TraceContext) && headers.contains(STATE) {
        headers.remove(STATE);
    }
}

/// Small letters only.
fn exact<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.len() != 2 * N {
        return None;
    }
    HEXLOWER.decode_mut(text, &mut bytes).ok()?;
    Some(bytes)
}

const FIELD: &str = "Traceparent";
pub(super) const STATE: &str = "Tracestate";
const SAMPLED: u8 = 1;

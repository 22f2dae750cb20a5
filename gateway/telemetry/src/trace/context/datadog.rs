//! Datadog: decimal numbers of 64 bits; the other half of a trace stands among the tags.

use windrose_http::Headers;

use super::super::id::{SpanId, TraceId};
use super::{Context, Decision, Format, Text};

pub(super) fn extract(headers: &Headers) -> Option<Context> {
    let low: u64 = headers.get_str(TRACE)?.trim().parse().ok()?;
    let span: u64 = headers.get_str(SPAN)?.trim().parse().ok()?;
    let tags = headers.get_str(TAGS).unwrap_or_default();
    let high = tags.split(',').find_map(|tag| tag.trim().strip_prefix(HIGH));
    let high = high.filter(|high| high.len() == 16).and_then(|high| u64::from_str_radix(high, 16).ok());
    let decision = match headers.get_str(PRIORITY).map(str::trim).and_then(|text| text.parse::<i64>().ok()) {
        None => Decision::Open,
        Some(priority) if priority > 0 => Decision::Yes,
        Some(_) => Decision::No,
    };
    let trace = TraceId::of(high.unwrap_or_default(), low);
    Some(Context { trace, span: SpanId(span.to_be_bytes()), decision })
}

pub(super) fn inject(context: &Context, by: Option<Format>, headers: &mut Headers) {
    headers.set(TRACE, Text::new().number(context.trace.low()));
    headers.set(SPAN, Text::new().number(context.span.number()));
    // How urgent it is and what else is said of the trace stays as the client wrote it.
    if by == Some(Format::Datadog) && headers.contains(PRIORITY) {
        return;
    }
    headers.set(PRIORITY, if context.decision.is_yes() { "1" } else { "0" });
    if by == Some(Format::Datadog) {
        return;
    }
    if context.trace.high() == 0 {
        headers.remove(TAGS);
    } else {
        let hex = context.trace.hex();
        headers.set(TAGS, Text::new().with(HIGH).with(&hex[..16]));
    }
}

const TRACE: &str = "X-Datadog-Trace-Id";
const SPAN: &str = "X-Datadog-Parent-Id";
const PRIORITY: &str = "X-Datadog-Sampling-Priority";
const TAGS: &str = "X-Datadog-Tags";
const HIGH: &str = "_dd.p.tid=";

//! AWS X-Ray: `Root=1-TIME-REST;Parent=SPAN;Sampled=1`.

use windrose_http::Headers;

use super::text::{span, trace};
use super::{Context, Decision, Text};

pub(super) fn extract(headers: &Headers) -> Option<Context> {
    let (mut root, mut parent, mut decision) = (None, None, Decision::Open);
    for part in headers.get(FIELD)?.split(|byte| *byte == b';') {
        let Some(place) = part.iter().position(|byte| *byte == b'=') else { continue };
        let (name, value) = part.split_at(place);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        match name.trim_ascii() {
            b"Root" => root = ids(value),
            b"Parent" => parent = span(value).filter(|_| value.len() == SPAN),
            b"Sampled" => {
                decision = match value {
                    b"1" => Decision::Yes,
                    b"0" => Decision::No,
                    _ => Decision::Open,
                };
            }
            _ => {}
        }
    }
    Some(Context { trace: root?, span: parent?, decision })
}

/// `1-TIME-REST` without what stands between.
fn ids(root: &[u8]) -> Option<super::TraceId> {
    let rest = root.strip_prefix(b"1-")?;
    let (time, rest) = rest.split_at_checked(TIME)?;
    let rest = rest.strip_prefix(b"-").filter(|rest| rest.len() == REST)?;
    trace(Text::new().with(time).with(rest).as_ref())
}

pub(super) fn inject(context: &Context, headers: &mut Headers) {
    let hex = context.trace.hex();
    let (time, rest) = hex.split_at(TIME);
    let sampled = match context.decision {
        Decision::Yes | Decision::Debug => ";Sampled=1",
        Decision::No => ";Sampled=0",
        Decision::Open => "",
    };
    let root = Text::new().with("Root=1-").with(time).with("-").with(rest);
    headers.set(FIELD, root.with(";Parent=").with(context.span.hex()).with(sampled));
}

const FIELD: &str = "X-Amzn-Trace-Id";
const TIME: usize = 8;
const REST: usize = 24;
const SPAN: usize = 16;

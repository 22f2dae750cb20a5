//! Where a request belongs: what its fields say of it, in the languages that there are, and how a server is told.
//!
//! Pure. Invariant: what cannot be read is as if it were not there, and a request whose origin is not known takes nothing
//! with it that speaks of another trace.

mod b3;
mod datadog;
mod jaeger;
mod ot;
mod text;
mod w3c;
mod xray;

use windrose_http::Headers;

use super::id::{SpanId, TraceId};
use text::Text;

/// A place in a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Context {
    pub(crate) trace: TraceId,
    pub(crate) span: SpanId,
    pub(crate) decision: Decision,
}

/// Whether a trace is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Whoever comes next decides.
    Open,
    No,
    Yes,
    /// It is, and somebody looks at it.
    Debug,
}

impl Decision {
    pub(crate) const fn is_yes(self) -> bool {
        matches!(self, Self::Yes | Self::Debug)
    }
}

/// A language in which a place is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// `traceparent` and `tracestate`.
    TraceContext,
    /// `b3`
    B3,
    /// `x-b3-traceid` and so on.
    B3Multi,
    /// `uber-trace-id`, or another name.
    Jaeger,
    /// `x-amzn-trace-id`
    XRay,
    /// `x-datadog-trace-id` and so on.
    Datadog,
    /// `ot-tracer-traceid` and so on.
    OtTrace,
}

/// The languages that are understood and spoken.
#[derive(Clone, Debug)]
pub(crate) struct Propagation {
    pub(crate) formats: Box<[Format]>,
    /// The field of [`Format::Jaeger`].
    pub(crate) jaeger: Box<str>,
}

/// What a client says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parent {
    pub(crate) context: Context,
    pub(crate) by: Format,
}

impl Default for Propagation {
    fn default() -> Self {
        Self { formats: Box::new([Format::TraceContext]), jaeger: jaeger::FIELD.into() }
    }
}

impl Propagation {
    /// Where a request comes from. The last language in which anything can be understood counts.
    pub(crate) fn extract(&self, headers: &Headers) -> Option<Parent> {
        let said = |by: Format| {
            let context = match by {
                Format::TraceContext => w3c::extract(headers),
                Format::B3 | Format::B3Multi => b3::extract(headers),
                Format::Jaeger => jaeger::extract(headers, &self.jaeger),
                Format::XRay => xray::extract(headers),
                Format::Datadog => datadog::extract(headers),
                Format::OtTrace => ot::extract(headers),
            }?;
            (!context.trace.is_none() && !context.span.is_none()).then_some(Parent { context, by })
        };
        self.formats.iter().rev().copied().find_map(said)
    }

    /// Tells where a request belongs whose client said `parent`.
    pub(crate) fn inject(&self, context: &Context, parent: Option<&Parent>, headers: &mut Headers) {
        let by = parent.map(|parent| parent.by);
        for format in &self.formats {
            match format {
                Format::TraceContext => w3c::inject(context, by, headers),
                Format::B3 => b3::inject(context, headers),
                Format::B3Multi => b3::inject_multi(context, headers),
                Format::Jaeger => jaeger::inject(context, &self.jaeger, headers),
                Format::XRay => xray::inject(context, headers),
                Format::Datadog => datadog::inject(context, by, headers),
                Format::OtTrace => ot::inject(context, headers),
            }
        }
    }

    /// Whether numbers of traces have to begin with the time.
    pub(crate) fn wants_time(&self) -> bool {
        self.formats.contains(&Format::XRay)
    }
}

#[cfg(test)]
mod tests;

//! What an operator says of traces.

use windrose_config::static_config;

use super::{Format, Propagation};
use crate::settings::Internals;

/// Traces, as they are made.
#[derive(Clone, Debug)]
pub(crate) struct Tracing {
    /// Below this half of the number of a trace it is recorded.
    pub(super) below: u64,
    pub(super) propagation: Propagation,
    pub(super) width: Width,
    /// Fields that are recorded, each with the name of its attribute.
    pub(super) request_fields: Box<[Captured]>,
    pub(super) answer_fields: Box<[Captured]>,
    /// Parameters of queries that are shown.
    pub(super) safe_parameters: Box<[Box<str>]>,
    pub(crate) internals: Internals,
}

/// How long the numbers of new traces are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    Whole,
    /// 64 bits, for those who know no others.
    Half,
}

/// A field that is recorded.
#[derive(Clone, Debug)]
pub(super) struct Captured {
    pub(super) field: Box<str>,
    pub(super) attribute: Box<str>,
}

impl Tracing {
    /// The languages that are spoken.
    #[cfg(test)]
    pub(crate) const fn propagation(&self) -> &Propagation {
        &self.propagation
    }

    /// Reads what is written; the share of requests is one from 0 to 1 by now.
    pub(crate) fn new(written: &static_config::Tracing, propagation: Propagation, width: Width) -> Self {
        let captured = |side: &str, names: &[std::sync::Arc<str>]| {
            let one = |name: &std::sync::Arc<str>| Captured {
                field: (**name).into(),
                attribute: format!("http.{side}.header.{}", name.to_lowercase()).into(),
            };
            names.iter().map(one).collect()
        };
        Self {
            below: threshold(written.sample_rate),
            propagation,
            width,
            request_fields: captured("request", &written.captured_request_headers),
            answer_fields: captured("response", &written.captured_response_headers),
            safe_parameters: written.safe_query_params.iter().map(|name| (**name).into()).collect(),
            internals: if written.add_internals { Internals::Recorded } else { Internals::LeftOut },
        }
    }
}

/// The share as a bound for numbers of 63 bits: every program that decides by the same rule decides the same.
fn threshold(share: f64) -> u64 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the share is from 0 to 1")]
    let below = (share.clamp(0.0, 1.0) * (1_u64 << 63) as f64) as u64;
    below
}

/// The languages that `OTEL_PROPAGATORS` names, and the names that are none. Baggage is passed on by every proxy.
pub(crate) fn formats(text: &str) -> (Vec<Format>, Vec<String>) {
    let (mut formats, mut unknown) = (Vec::new(), Vec::new());
    for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        formats.push(match name {
            "tracecontext" => Format::TraceContext,
            "b3" => Format::B3,
            "b3multi" => Format::B3Multi,
            "jaeger" => Format::Jaeger,
            "xray" => Format::XRay,
            "datadog" => Format::Datadog,
            "ottrace" => Format::OtTrace,
            "baggage" | "none" => continue,
            other => {
                unknown.push(other.to_owned());
                continue;
            }
        });
    }
    formats.dedup();
    (formats, unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_bound_for_numbers() {
        assert_eq!((threshold(0.0), threshold(1.0)), (0, 1 << 63));
        assert_eq!((threshold(0.5), threshold(0.25)), (1 << 62, 1 << 61));
    }

    #[test]
    fn languages_are_named_as_the_variable_of_opentelemetry_has_them() {
        let (known, unknown) =
            formats("tracecontext, baggage,b3 ,b3multi,jaeger,xray,ottrace,datadog,none,zipkin");
        assert_eq!((known.len(), unknown), (7, vec!["zipkin".to_owned()]));
    }
}

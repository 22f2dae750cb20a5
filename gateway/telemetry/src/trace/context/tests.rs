//! What clients say in each language, and what servers are told.

use windrose_http::Headers;

use super::*;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";

fn all(formats: &[Format]) -> Propagation {
    Propagation { formats: formats.into(), ..Propagation::default() }
}

fn headers(fields: &[(&str, &str)]) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in fields {
        headers.receive(*name, value);
    }
    headers
}

fn shown(format: Format, fields: &[(&str, &str)]) -> Option<(String, String, Decision)> {
    let parent = all(&[format]).extract(&headers(fields))?;
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let Context { trace, span, decision } = parent.context;
    Some((text(&trace.hex()), text(&span.hex()), decision))
}

#[test]
fn every_language_is_understood() {
    let wide = "00000000000000008448eb211c80319c";
    for (format, fields, trace, decision) in [
        (
            Format::TraceContext,
            &[("traceparent", &*format!("00-{TRACE}-{SPAN}-01"))][..],
            TRACE,
            Decision::Yes,
        ),
        (Format::TraceContext, &[("traceparent", &*format!("00-{TRACE}-{SPAN}-02"))], TRACE, Decision::No),
        (
            Format::TraceContext,
            &[("traceparent", &*format!("cc-{TRACE}-{SPAN}-01-more"))],
            TRACE,
            Decision::Yes,
        ),
        (Format::B3, &[("b3", &*format!("{TRACE}-{SPAN}-1-05e3ac9a4f6e3b90"))], TRACE, Decision::Yes),
        (Format::B3, &[("b3", &*format!("{TRACE}-{SPAN}"))], TRACE, Decision::Open),
        (Format::B3, &[("b3", &*format!("8448eb211c80319c-{SPAN}-d"))], wide, Decision::Debug),
        (
            Format::B3Multi,
            &[("X-B3-TraceId", TRACE), ("X-B3-SpanId", SPAN), ("X-B3-Sampled", "0")],
            TRACE,
            Decision::No,
        ),
        (Format::Jaeger, &[("uber-trace-id", &*format!("{TRACE}:{SPAN}:0:1"))], TRACE, Decision::Yes),
        (Format::Jaeger, &[("uber-trace-id", &*format!("{TRACE}%3A{SPAN}%3A0%3A3"))], TRACE, Decision::Debug),
        (Format::Jaeger, &[("uber-trace-id", &*format!("8448eb211c80319c:{SPAN}:1:0"))], wide, Decision::No),
        (
            Format::XRay,
            &[(
                "X-Amzn-Trace-Id",
                &*format!("Root=1-0af76519-16cd43dd8448eb211c80319c;Parent={SPAN};Sampled=1"),
            )],
            TRACE,
            Decision::Yes,
        ),
        (
            Format::Datadog,
            &[
                ("x-datadog-trace-id", "9532127138774266268"),
                ("x-datadog-parent-id", "13235353014750950193"),
                ("x-datadog-sampling-priority", "2"),
                ("x-datadog-tags", "_dd.p.dm=-4,_dd.p.tid=0af7651916cd43dd"),
            ],
            TRACE,
            Decision::Yes,
        ),
        (
            Format::OtTrace,
            &[
                ("ot-tracer-traceid", "8448eb211c80319c"),
                ("ot-tracer-spanid", SPAN),
                ("ot-tracer-sampled", "true"),
            ],
            wide,
            Decision::Yes,
        ),
    ] {
        let expected = Some((trace.to_owned(), SPAN.to_owned(), decision));
        assert_eq!(shown(format, fields), expected, "{format:?} {fields:?}");
    }
}

#[test]
fn what_cannot_be_read_is_as_if_it_were_not_there() {
    let zero = "0".repeat(32);
    for (format, fields) in [
        (Format::TraceContext, &[("traceparent", &*format!("00-{TRACE}-{SPAN}"))][..]),
        (Format::TraceContext, &[("traceparent", &*format!("00-{TRACE}-{SPAN}-01-"))]),
        (Format::TraceContext, &[("traceparent", &*format!("ff-{TRACE}-{SPAN}-01"))]),
        (Format::TraceContext, &[("traceparent", &*format!("00-{}-{SPAN}-01", TRACE.to_uppercase()))]),
        (Format::TraceContext, &[("traceparent", &*format!("00-{zero}-{SPAN}-01"))]),
        (Format::TraceContext, &[("traceparent", &*format!("00-{TRACE}-0000000000000000-01"))]),
        (
            Format::TraceContext,
            &[
                ("traceparent", &*format!("00-{TRACE}-{SPAN}-01")),
                ("traceparent", &*format!("00-{TRACE}-{SPAN}-01")),
            ],
        ),
        (Format::B3, &[("b3", "0")]),
        (Format::B3, &[("b3", &*format!("{TRACE}0-{SPAN}-1"))]),
        (Format::B3Multi, &[("x-b3-traceid", TRACE)]),
        (Format::Jaeger, &[("uber-trace-id", &*format!("{TRACE}:{SPAN}:0"))]),
        (Format::Jaeger, &[("uber-trace-id", &*format!("{TRACE}:{SPAN}:0:zz"))]),
        (Format::XRay, &[("x-amzn-trace-id", &*format!("Root=1-0af76519-16cd43dd;Parent={SPAN}"))]),
        (Format::Datadog, &[("x-datadog-trace-id", "x"), ("x-datadog-parent-id", "1")]),
        (Format::OtTrace, &[("ot-tracer-traceid", "")]),
    ] {
        assert_eq!(shown(format, fields), None, "{format:?} {fields:?}");
    }
}

#[test]
fn servers_are_told_in_every_language_that_is_spoken() {
    let formats = [
        Format::TraceContext,
        Format::B3,
        Format::B3Multi,
        Format::Jaeger,
        Format::XRay,
        Format::Datadog,
        Format::OtTrace,
    ];
    let parent = all(&[Format::TraceContext])
        .extract(&headers(&[("traceparent", &format!("00-{TRACE}-{SPAN}-01"))]))
        .unwrap();
    let mut fields = headers(&[("x-b3-parentspanid", "1"), ("tracestate", "a=b")]);
    all(&formats).inject(&parent.context, Some(&parent), &mut fields);
    let mut told: Vec<String> = fields
        .iter()
        .map(|field| {
            format!("{}: {}", String::from_utf8_lossy(field.name), String::from_utf8_lossy(field.value))
        })
        .collect();
    told.sort_unstable_by_key(|line| line.to_lowercase());
    assert_eq!(
        told,
        [
            &*format!("B3: {TRACE}-{SPAN}-1"),
            "Ot-Tracer-Sampled: true",
            &format!("Ot-Tracer-Spanid: {SPAN}"),
            "Ot-Tracer-Traceid: 8448eb211c80319c",
            &format!("Traceparent: 00-{TRACE}-{SPAN}-01"),
            "tracestate: a=b",
            &format!("Uber-Trace-Id: {TRACE}:{SPAN}:0:1"),
            &format!("X-Amzn-Trace-Id: Root=1-0af76519-16cd43dd8448eb211c80319c;Parent={SPAN};Sampled=1"),
            "X-B3-Sampled: 1",
            &format!("X-B3-Spanid: {SPAN}"),
            &format!("X-B3-Traceid: {TRACE}"),
            "X-Datadog-Parent-Id: 13235353014750950193",
            "X-Datadog-Sampling-Priority: 1",
            "X-Datadog-Tags: _dd.p.tid=0af7651916cd43dd",
            "X-Datadog-Trace-Id: 9532127138774266268",
        ]
    );
}

#[test]
fn what_is_told_is_understood_again() {
    let context = all(&[Format::TraceContext])
        .extract(&headers(&[("traceparent", &format!("00-{TRACE}-{SPAN}-01"))]))
        .unwrap()
        .context;
    for format in
        [Format::TraceContext, Format::B3, Format::B3Multi, Format::Jaeger, Format::XRay, Format::Datadog]
    {
        for decision in [Decision::Yes, Decision::No] {
            let context = Context { decision, ..context };
            let mut fields = Headers::new();
            all(&[format]).inject(&context, None, &mut fields);
            assert_eq!(all(&[format]).extract(&fields), Some(Parent { context, by: format }), "{format:?}");
        }
    }
}

#[test]
fn the_state_of_a_trace_that_cannot_be_followed_does_not_go_on() {
    let propagation = Propagation::default();
    let mut fields = headers(&[("traceparent", "nonsense"), ("tracestate", "a=b")]);
    assert_eq!(propagation.extract(&fields), None);
    let context = Context { trace: TraceId([1; 16]), span: SpanId([2; 8]), decision: Decision::No };
    propagation.inject(&context, None, &mut fields);
    assert!(!fields.contains("tracestate"));
}

#[test]
fn the_last_language_that_is_understood_counts() {
    let fields = headers(&[
        ("traceparent", &format!("00-{TRACE}-{SPAN}-01")),
        ("b3", "463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-0"),
    ]);
    let by = |formats: &[Format]| all(formats).extract(&fields).unwrap().by;
    assert_eq!(by(&[Format::TraceContext, Format::B3]), Format::B3);
    assert_eq!(by(&[Format::B3, Format::TraceContext, Format::Jaeger]), Format::TraceContext);
}

//! Requests of HTTP/2 that would mean something else in HTTP/1.

use windrose_kit::peer::h2::{Frame, flags, kind};

use super::{End, Frames, Outcome, block};
use crate::gateway::Gateway;
use crate::recorder::Recorder;

type Field = (&'static [u8], &'static [u8]);

/// Fields, a body and trailers, and what must be seen.
struct Case {
    name: &'static str,
    fields: &'static [Field],
    body: Option<&'static [u8]>,
    trailers: &'static [Field],
    see: See,
}

enum See {
    /// Nothing reaches the server, and the client is told so by a reset or a status.
    Refused,
    /// This request, in normal form.
    Sent(&'static str),
}

use See::{Refused, Sent};

const fn get(name: &'static str, fields: &'static [Field], see: See) -> Case {
    Case { name, fields, body: None, trailers: &[], see }
}

const fn post(name: &'static str, fields: &'static [Field], body: &'static [u8], see: See) -> Case {
    Case { name, fields, body: Some(body), trailers: &[], see }
}

macro_rules! head {
    ($(($name:expr, $value:expr)),* $(,)?) => {
        &[(b":method", b"GET"), (b":scheme", b"http"), (b":authority", b"a.test"), (b":path", b"/"),
          $(($name, $value)),*]
    };
}

macro_rules! post_head {
    ($(($name:expr, $value:expr)),* $(,)?) => {
        &[(b":method", b"POST"), (b":scheme", b"http"), (b":authority", b"a.test"), (b":path", b"/"),
          $(($name, $value)),*]
    };
}

macro_rules! pseudo {
    ($method:expr, $scheme:expr, $authority:expr, $path:expr) => {
        &[(b":method", $method), (b":scheme", $scheme), (b":authority", $authority), (b":path", $path)]
    };
}

#[tokio::test]
async fn a_request_of_http_2_is_one_of_http_1() {
    let recorder = Recorder::start().await;
    let gateway = Gateway::to(&recorder.url()).await;
    let mut failed = Vec::new();
    for case in CASES {
        let outcome = run(&gateway, case.fields, case.body, case.trailers).await;
        let requests = recorder.take_requests(&case.name);
        let sent: Vec<String> = requests.iter().map(|request| request.normal()).collect();
        let owned = requests.iter().try_for_each(|request| request.check_owned("http"));
        let is_right = match case.see {
            Refused => is_refusal(&outcome) && sent.is_empty(),
            Sent(normal) => outcome.status == Some(200) && outcome.end == End::Whole && sent == [normal],
        };
        if !is_right || owned.is_err() {
            failed.push(format!("{}: {outcome:?}, sent on {sent:#?}, {owned:?}", case.name));
        }
    }
    gateway.expect_well().await;
    assert!(failed.is_empty(), "{} of {}:\n{}", failed.len(), CASES.len(), failed.join("\n"));
}

/// `OPTIONS *` asks about the gateway; no server hears of it, with a body or without.
#[tokio::test]
async fn options_of_a_star_are_answered_by_the_gateway() {
    let recorder = Recorder::start().await;
    let dynamic = crate::gateway::routes(&recorder.url()).replace("PathPrefix(`/`)", "HostRegexp(`.`)");
    let gateway = Gateway::routing("", &dynamic).await;
    let fields: &[Field] = pseudo!(b"OPTIONS", b"http", b"a.test", b"*");
    for body in [None, Some(&b"hello"[..])] {
        let outcome = run(&gateway, fields, body, &[]).await;
        assert_eq!((outcome.status, &outcome.body[..]), (Some(200), &b""[..]), "{body:?}");
    }
    let others: [&[Field]; 2] =
        [pseudo!(b"GET", b"http", b"a.test", b"*"), pseudo!(b"OPTIONS", b"http", b"a.test", b"**")];
    for fields in others {
        assert!(is_refusal(&run(&gateway, fields, None, &[]).await));
    }
    let requests = recorder.take_requests(&"options of a star");
    assert!(requests.is_empty(), "{requests:?}");
    gateway.expect_well().await;
}

/// Every byte in every part of a head; the strict server is the oracle.
#[tokio::test]
async fn every_byte_in_every_part() {
    let recorder = Recorder::start().await;
    let gateway = Gateway::to(&recorder.url()).await;
    for part in 0..8 {
        for byte in 0..=u8::MAX {
            let odd = |text: &'static str, at| if part == at { spoil(text, byte) } else { text.into() };
            let (method, scheme, host) = (odd("GET", 0), odd("http", 1), odd("a.test", 2));
            let (path, name, value) = (odd("/v", 3), odd("x-any", 4), odd("value", 5));
            let (trailer, trailing) = (odd("x-sum", 6), odd("value", 7));
            let fields: &[(&[u8], &[u8])] = &[
                (b":method", &method),
                (b":scheme", &scheme),
                (b":authority", &host),
                (b":path", &path),
                (&name, &value),
            ];
            let outcome = run(&gateway, fields, Some(b"hello"), &[(&trailer, &trailing)]).await;
            let case = format!("byte {byte:#x} in part {part}");
            let requests = recorder.take_requests(&case);
            assert!(requests.len() <= 1, "{case}: {requests:?}");
            let answered = outcome.status == Some(200);
            assert_eq!(requests.len() == 1, answered, "{case}: {outcome:?} {requests:?}");
            requests.iter().for_each(|request| request.check_owned("http").unwrap());
        }
    }
    gateway.expect_well().await;
}

fn spoil(text: &str, byte: u8) -> Vec<u8> {
    let (before, behind) = text.as_bytes().split_at(1);
    [before, &[byte], behind].concat()
}

fn is_refusal(outcome: &Outcome) -> bool {
    outcome.end != End::Whole || outcome.status.is_some_and(|status| (400..=501).contains(&status))
}

async fn run(
    gateway: &Gateway,
    fields: &[(&[u8], &[u8])],
    body: Option<&[u8]>,
    trailers: &[(&[u8], &[u8])],
) -> Outcome {
    let mut frames = Frames::begin(gateway.addr(), &[]).await;
    let last = |ends: bool| if ends { flags::END_STREAM } else { flags::NONE };
    let head = Frame::new(kind::HEADERS, flags::END_HEADERS | last(body.is_none()), 1, block(fields));
    let mut bytes = head.encode();
    if let Some(body) = body {
        bytes.extend(Frame::data(1, last(trailers.is_empty()), body).encode());
    }
    if !trailers.is_empty() {
        let flags = flags::END_HEADERS | flags::END_STREAM;
        bytes.extend(Frame::new(kind::HEADERS, flags, 1, block(trailers)).encode());
    }
    frames.send(&bytes).await;
    frames.outcome(1).await
}

const PLAIN: &str = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n";
const HELLO: &str = "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhello";
const CHUNKED: &str = "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\nhello";

const CASES: &[Case] = &[
    get("plain", head!(), Sent(PLAIN)),
    get("line end in a value", head!((b"x", b"a\r\nX-B: b")), Refused),
    get("LF in a value", head!((b"x", b"a\nb")), Refused),
    get("CR in a value", head!((b"x", b"a\rb")), Refused),
    get("NUL in a value", head!((b"x", b"a\0b")), Refused),
    get("DEL in a value", head!((b"x", b"a\x7fb")), Refused),
    get("line end in a name", head!((b"x\r\ny", b"z")), Refused),
    get("colon in a name", head!((b"x:y", b"z")), Refused),
    get("upper case in a name", head!((b"X-Any", b"z")), Refused),
    get("blank in a name", head!((b"x y", b"z")), Refused),
    get("empty name", head!((b"", b"z")), Refused),
    get("transfer-encoding", head!((b"transfer-encoding", b"chunked")), Refused),
    post(
        "transfer-encoding with a body",
        post_head!((b"transfer-encoding", b"chunked")),
        b"0\r\n\r\n",
        Refused,
    ),
    post("length", post_head!((b"content-length", b"5")), b"hello", Sent(HELLO)),
    post(
        "length twice, equal",
        post_head!((b"content-length", b"5"), (b"content-length", b"5")),
        b"hello",
        Sent(HELLO),
    ),
    post("length too short", post_head!((b"content-length", b"1")), b"hello", Refused),
    post("length too long", post_head!((b"content-length", b"9")), b"hello", Refused),
    get("length without a body", head!((b"content-length", b"5")), Refused),
    post(
        "lengths that differ",
        post_head!((b"content-length", b"5"), (b"content-length", b"9")),
        b"hello",
        Refused,
    ),
    post(
        "lengths that differ, shorter first",
        post_head!((b"content-length", b"1"), (b"content-length", b"5")),
        b"hello",
        Refused,
    ),
    post("length with plus", post_head!((b"content-length", b"+5")), b"hello", Refused),
    post("length empty", post_head!((b"content-length", b"")), b"hello", Refused),
    post("length that is a list", post_head!((b"content-length", b"5, 5")), b"hello", Refused),
    post("length with underscore", post_head!((b"content_length", b"9")), b"hello", Sent(CHUNKED)),
    post(
        "coding with underscore",
        post_head!((b"transfer_encoding", b"chunked"), (b"content-length", b"5")),
        b"hello",
        Sent(HELLO),
    ),
    post("no length", post_head!(), b"hello", Sent(CHUNKED)),
    post(
        "request in a body",
        post_head!((b"content-length", b"38")),
        b"GET /within HTTP/1.1\r\nHost: b.test\r\n\r\n",
        Sent(
            "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 38\r\n\r\nGET /within HTTP/1.1\r\nHost: b.test\r\n\r\n",
        ),
    ),
    get("connection", head!((b"connection", b"close")), Refused),
    get("upgrade", head!((b"upgrade", b"h2c")), Refused),
    get("upgrade to web sockets", head!((b"connection", b"upgrade"), (b"upgrade", b"websocket")), Refused),
    get("keep-alive", head!((b"keep-alive", b"x")), Refused),
    get("proxy-connection", head!((b"proxy-connection", b"x")), Refused),
    get("te that is not trailers", head!((b"te", b"gzip")), Refused),
    get("http2-settings", head!((b"http2-settings", b"x")), Sent(PLAIN)),
    get("host that differs", head!((b"host", b"evil")), Refused),
    get("host that is equal", head!((b"host", b"A.test")), Sent(PLAIN)),
    get("two hosts", head!((b"host", b"a.test"), (b"host", b"a.test")), Refused),
    get(
        "host without authority",
        &[(b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/"), (b"host", b"a.test")],
        Sent(PLAIN),
    ),
    get("authority twice", head!((b":authority", b"a.test")), Refused),
    get(
        "method twice",
        &[
            (b":method", b"GET"),
            (b":method", b"POST"),
            (b":scheme", b"http"),
            (b":authority", b"a.test"),
            (b":path", b"/"),
        ],
        Refused,
    ),
    get(
        "path twice",
        &[
            (b":method", b"GET"),
            (b":scheme", b"http"),
            (b":authority", b"a.test"),
            (b":path", b"/"),
            (b":path", b"/x"),
        ],
        Refused,
    ),
    get("line end in the path", pseudo!(b"GET", b"http", b"a.test", b"/ HTTP/1.1\r\nX: y"), Refused),
    get("blank in the path", pseudo!(b"GET", b"http", b"a.test", b"/a b"), Refused),
    get(
        "fragment in the path",
        pseudo!(b"GET", b"http", b"a.test", b"/x#/../y"),
        Sent("GET /x HTTP/1.1\r\nHost: a.test\r\n\r\n"),
    ),
    get("path without a slash", pseudo!(b"GET", b"http", b"a.test", b"x"), Refused),
    get("path empty", pseudo!(b"GET", b"http", b"a.test", b""), Refused),
    get("path that is a URL", pseudo!(b"GET", b"http", b"a.test", b"http://evil/"), Refused),
    get("path that is a star", pseudo!(b"GET", b"http", b"a.test", b"*"), Refused),
    get("method with a blank", pseudo!(b"GET /x HTTP/1.1", b"http", b"a.test", b"/"), Refused),
    get("method with a line end", pseudo!(b"GET\r\n", b"http", b"a.test", b"/"), Refused),
    get("method empty", pseudo!(b"", b"http", b"a.test", b"/"), Refused),
    get(
        "method in lower case",
        pseudo!(b"get", b"http", b"a.test", b"/"),
        Sent("get / HTTP/1.1\r\nHost: a.test\r\n\r\n"),
    ),
    get("scheme that is a URL", pseudo!(b"GET", b"http://evil/x", b"a.test", b"/"), Refused),
    get("scheme with a line end", pseudo!(b"GET", b"http\r\nx", b"a.test", b"/"), Refused),
    get("authority with a path", pseudo!(b"GET", b"http", b"a.test/evil", b"/"), Refused),
    get("authority with a user", pseudo!(b"GET", b"http", b"user@a.test", b"/"), Refused),
    get("authority with a bad port", pseudo!(b"GET", b"http", b"a.test:x", b"/"), Refused),
    get("authority with a large port", pseudo!(b"GET", b"http", b"a.test:65536", b"/"), Refused),
    get("authority with a line end", pseudo!(b"GET", b"http", b"a.test\r\nx", b"/"), Refused),
    get("authority that is only a port", pseudo!(b"GET", b"http", b":80", b"/"), Refused),
    get("no host at all", &[(b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/")], Refused),
    get("no method", &[(b":scheme", b"http"), (b":authority", b"a.test"), (b":path", b"/")], Refused),
    get("no path", &[(b":method", b"GET"), (b":scheme", b"http"), (b":authority", b"a.test")], Refused),
    get(
        "pseudo field behind others",
        &[
            (b":method", b"GET"),
            (b":scheme", b"http"),
            (b":authority", b"a.test"),
            (b"x", b"y"),
            (b":path", b"/"),
        ],
        Refused,
    ),
    get("pseudo field nobody knows", head!((b":x", b"y")), Refused),
    get("status in a request", head!((b":status", b"200")), Refused),
    get("connect with a path", pseudo!(b"CONNECT", b"http", b"a.test", b"/"), Refused),
    get("connect", &[(b":method", b"CONNECT"), (b":authority", b"a.test:1")], Refused),
    get(
        "connect of another protocol",
        &[
            (b":method", b"CONNECT"),
            (b":protocol", b"connect-udp"),
            (b":scheme", b"http"),
            (b":authority", b"a.test"),
            (b":path", b"/"),
        ],
        Refused,
    ),
    get(
        "blanks around a value",
        head!((b"x", b" \ty ")),
        Sent("GET / HTTP/1.1\r\nHost: a.test\r\nx: y\r\n\r\n"),
    ),
    get(
        "crumbs of a cookie",
        head!((b"cookie", b"a=1"), (b"x", b"y"), (b"cookie", b"b=2")),
        Sent("GET / HTTP/1.1\r\nHost: a.test\r\nx: y\r\nCookie: a=1; b=2\r\n\r\n"),
    ),
    get(
        "owned names",
        head!(
            (b"x-forwarded-for", b"6.6.6.6"),
            (b"x_real_ip", b"6.6.6.6"),
            (b"x-forwarded-tls-client-cert", b"evil")
        ),
        Sent(PLAIN),
    ),
    get(
        "authority in upper case with a dot",
        pseudo!(b"GET", b"http", b"A.test.", b"/"),
        Sent("GET / HTTP/1.1\r\nHost: A.test.\r\n\r\n"),
    ),
    get("expectation without a body", head!((b"expect", b"100-continue")), Sent(PLAIN)),
    get("expectation nobody knows", head!((b"expect", b"x")), Refused),
    get("two expectations", head!((b"expect", b"100-continue"), (b"expect", b"x")), Refused),
    get(
        "path with dot segments",
        pseudo!(b"GET", b"http", b"a.test", b"/x/%2e%2e//./y"),
        Sent("GET /y HTTP/1.1\r\nHost: a.test\r\n\r\n"),
    ),
    Case {
        name: "pseudo field in trailers",
        fields: post_head!(),
        body: Some(b"hello"),
        trailers: &[(b":path", b"/evil")],
        // The library below forgets it; what counts is that nothing of it passes.
        see: Sent(CHUNKED),
    },
    Case {
        name: "line end in trailers",
        fields: post_head!(),
        body: Some(b"hello"),
        trailers: &[(b"x", b"y\r\nz: z")],
        see: Refused,
    },
    Case {
        name: "trailers that identify or frame",
        fields: post_head!(),
        body: Some(b"hello"),
        trailers: &[
            (b"x-forwarded-for", b"6.6.6.6"),
            (b"x_real_ip", b"6"),
            (b"content-length", b"9"),
            (b"host", b"evil"),
            (b"authorization", b"evil"),
        ],
        see: Sent(CHUNKED),
    },
];

use windrose_http::{Body, Failure, Frame, Headers, Reply, Trailers};

use super::Form;
use super::body::Decoded;
use crate::chain::run;
use crate::testing::{Piece, Pieces, Scripted, build, fields, read, request, stage};

const BINARY: &str = "POST /\nContent-Type: application/grpc-web+proto";
const TEXT: &str = "POST /\nContent-Type: application/grpc-web-text";

type Field = (&'static str, &'static str);

/// What came back: the head, the body as text, and what the service was sent.
struct Seen {
    reply: Reply,
    body: String,
    asked: Vec<String>,
}

async fn send(options: &str, head: &str, body: Body, answer: impl Fn() -> Reply) -> Seen {
    let mut ex = request(head);
    ex.body = body;
    let service = Scripted::new(|_| answer());
    let mut reply = run(&[stage(&format!("grpcWeb: {{{options}}}"))], &mut ex, &service).await;
    let (bytes, end) = read(&mut reply.body).await;
    assert!(end.is_none(), "{end:?}");
    let body = bytes.escape_ascii().to_string();
    Seen { reply, body, asked: service.asked.into_inner() }
}

fn grpc(pieces: &[&str], trailers: &[Field]) -> Reply {
    let mut steps: Vec<Piece> = pieces.iter().map(|piece| Piece::Bytes(piece.as_bytes().to_vec())).collect();
    let mut fields = Headers::new();
    trailers.iter().for_each(|(name, value)| fields.receive(*name, value));
    if let Some(trailers) = Trailers::new(fields) {
        steps.push(Piece::End(Ok(Frame::Trailers(Box::new(trailers)))));
    }
    let mut reply = Reply::with_body(200, Pieces::body(steps));
    reply.headers.receive("Content-Type", "application/grpc+proto");
    reply.headers.receive("Trailer", "Grpc-Status");
    reply
}

#[tokio::test]
async fn trailers_follow_the_body_as_a_message() {
    let status = [("Grpc-Status", "0")];
    let cases: [(&[&str], &[Field], &str); 5] = [
        (&["hi"], &status, r"hi\x80\x00\x00\x00\x10grpc-status: 0\r\n"),
        (
            &["a", "b"],
            &[("X-B", "1"), ("A", "2"), ("X-B", "3")],
            r"ab\x80\x00\x00\x00\x16a: 2\r\nx-b: 1\r\nx-b: 3\r\n",
        ),
        (&[], &status, r"\x80\x00\x00\x00\x10grpc-status: 0\r\n"),
        (&["hi"], &[], r"hi\x80\x00\x00\x00\x00"),
        // What may not come after a body does not come.
        (
            &["hi"],
            &[("Content-Length", "5"), ("Grpc-Status", "0")],
            r"hi\x80\x00\x00\x00\x10grpc-status: 0\r\n",
        ),
    ];
    for (pieces, trailers, expected) in cases {
        let seen = send("", BINARY, Body::from("body"), || grpc(pieces, trailers)).await;
        assert_eq!(seen.body, expected);
        assert_eq!(seen.asked, ["POST / body"]);
        assert_eq!(seen.reply.headers.get_str("Content-Type"), Some("application/grpc-web+proto"));
        assert!(!seen.reply.headers.contains("Trailer"));
    }
}

#[tokio::test]
async fn text_is_taken_out_of_base64_and_put_into_it() {
    let pieces = |texts: &[&str]| {
        Pieces::body(texts.iter().map(|text| Piece::Bytes(text.as_bytes().to_vec())).collect::<Vec<_>>())
    };
    for texts in [&["aGVsbG8="][..], &["a", "GVs", "bG8", "="], &["aGVs\r\nbG8=\n"], &["aGU=bGxv"]] {
        let seen = send("", TEXT, pieces(texts), || grpc(&["hi", "you"], &[("Grpc-Status", "0")])).await;
        assert_eq!(seen.asked[0].replace(' ', ""), "POST/hello", "{texts:?}");
        assert_eq!(seen.body, "aGk=eW91gAAAABBncnBjLXN0YXR1czogMA0K");
        assert_eq!(seen.reply.headers.get_str("Content-Type"), Some("application/grpc-web-text+proto"));
    }
}

#[tokio::test]
async fn text_that_is_no_base64_breaks_the_request() {
    for text in ["aGVsbG8", "a!==", "====", "aGVsbG8=x"] {
        let mut body = Body::Stream(Box::new(Decoded::new(Body::from(text), Form::Text)));
        let (_, end) = read(&mut body).await;
        assert!(
            matches!(end, Some(Err(error)) if Failure::from(error) == Failure::BadRequest),
            "{text} {end:?}"
        );
    }
}

#[tokio::test]
async fn what_has_a_length_gets_no_message_more() {
    let known = || Reply::with_body(200, Pieces::with_length([Piece::Bytes(b"hi".to_vec())], Some(2)));
    assert_eq!(send("", BINARY, Body::Empty, known).await.body, "hi");
    assert_eq!(send("", TEXT, Body::Empty, known).await.body, "aGk=gAAAAAA=");
    let seen = send("", BINARY, Body::Empty, || Failure::Connect.reply()).await;
    assert_eq!(seen.body, r"Bad Gateway\x80\x00\x00\x00\x00");
    assert_eq!(send("", BINARY, Body::Empty, || Reply::empty(200)).await.body, "");
}

#[tokio::test]
async fn other_requests_pass_untouched() {
    for head in [
        "POST /\nContent-Type: application/grpc",
        "PUT /\nContent-Type: application/grpc-web",
        "GET /",
        "OPTIONS /\nAccess-Control-Request-Headers: x-user\nAccess-Control-Request-Method: POST",
    ] {
        let mut ex = request(head);
        let before = fields(&ex.headers);
        let service = Scripted::new(|_| grpc(&["hi"], &[("Grpc-Status", "0")]));
        let mut reply = run(&[stage("grpcWeb: {allowOrigins: ['*']}")], &mut ex, &service).await;
        assert_eq!(fields(&ex.headers), before);
        assert_eq!(fields(&reply.headers), ["Content-Type: application/grpc+proto", "Trailer: Grpc-Status"]);
        assert!(matches!(read(&mut reply.body).await.1, Some(Ok(Frame::Trailers(_)))));
    }
}

#[tokio::test]
async fn answers_tell_pages_what_they_may_read() {
    let cases = [
        ("allowOrigins: [http://a.test]", "\nOrigin: http://a.test", Some("http://a.test")),
        ("allowOrigins: ['*']", "\nOrigin: http://b.test", Some("http://b.test")),
        ("allowOrigins: [http://a.test]", "\nOrigin: http://b.test", None),
        ("allowOrigins: [http://a.test]", "", None),
    ];
    for (options, origin, expected) in cases {
        let seen = send(options, &format!("{BINARY}{origin}"), Body::Empty, || grpc(&["hi"], &[])).await;
        let headers = &seen.reply.headers;
        assert_eq!(headers.get_str("Access-Control-Allow-Origin"), expected);
        assert_eq!(headers.contains("Access-Control-Allow-Credentials"), expected.is_some());
        assert_eq!(headers.get_str("Vary"), Some("Origin"));
        let exposed = headers.get_str("Access-Control-Expose-Headers").expect("names");
        assert!(
            exposed.starts_with("Content-Type, Vary") && exposed.ends_with(", grpc-status, grpc-message")
        );
    }
}

#[tokio::test]
async fn preflights_are_answered_whatever_they_ask() {
    let ask = |origin: &str, method: &str| {
        format!(
            "OPTIONS /\nOrigin: {origin}\nAccess-Control-Request-Method: {method}\n\
             Access-Control-Request-Headers: content-type, X-GRPC-WEB,x-user"
        )
    };
    let cases = [
        ("http://a.test", "POST", true),
        ("http://a.test", "get", true),
        ("http://b.test", "POST", false),
        ("http://a.test", "DELETE", false),
    ];
    for (origin, method, allowed) in cases {
        let seen =
            send("allowOrigins: [http://a.test]", &ask(origin, method), Body::Empty, || grpc(&[], &[])).await;
        assert!(seen.asked.is_empty() && seen.reply.status == 200);
        let vary =
            ["Vary: Origin", "Vary: Access-Control-Request-Method", "Vary: Access-Control-Request-Headers"];
        let allow = [
            format!("Access-Control-Allow-Origin: {origin}"),
            format!("Access-Control-Allow-Methods: {}", method.to_uppercase()),
            "Access-Control-Allow-Headers: Content-Type, X-Grpc-Web, X-User".to_owned(),
            "Access-Control-Allow-Credentials: true".to_owned(),
            "Access-Control-Max-Age: 600".to_owned(),
        ];
        let mut expected = vary.map(str::to_owned).to_vec();
        expected.extend(allow.into_iter().filter(|_| allowed));
        assert_eq!(fields(&seen.reply.headers), expected, "{origin} {method}");
    }
}

#[test]
fn no_origins_are_warned_about() {
    let built = build("grpcWeb: {allowOrigins: []}");
    assert!(built.result.is_ok() && built.warnings[0].contains("allowOrigins is empty"), "{built:?}");
}

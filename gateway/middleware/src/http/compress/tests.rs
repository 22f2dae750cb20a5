use std::io::Read;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use windrose_http::{Blame, Body, BodyError, Exchange, Failure, Frame, Headers, Reply, Trailers, body};

use crate::chain::run;
use crate::testing::{Piece, Pieces, Scripted, fields, problems, read, request, stage};

/// What comes of an answer.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    coding: Option<String>,
    fields: Vec<String>,
    length: Option<u64>,
    body: Vec<u8>,
}

async fn send(options: &str, head: &str, answer: impl Fn() -> Reply) -> Seen {
    let mut reply = answered(options, &mut request(head), answer).await;
    let coding = reply.headers.get_str("Content-Encoding").map(str::to_owned);
    let length = reply.body.length();
    let (bytes, end) = read(&mut reply.body).await;
    assert!(end.is_none(), "{end:?}");
    let body = match coding.as_deref() {
        Some(coding) if bytes != text(bytes.len()) => unpacked(coding, &bytes),
        _ => bytes,
    };
    Seen { coding, fields: fields(&reply.headers), length, body }
}

async fn answered(options: &str, ex: &mut Exchange, answer: impl Fn() -> Reply) -> Reply {
    let stages = [stage(&format!("compress: {{{options}}}"))];
    run(&stages, ex, &Scripted::new(|_| answer())).await
}

fn unpacked(coding: &str, packed: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    match coding {
        "gzip" => flate2::read::MultiGzDecoder::new(packed).read_to_end(&mut plain).expect("gzip"),
        "br" => brotli::Decompressor::new(packed, 4096).read_to_end(&mut plain).expect("brotli"),
        "zstd" => {
            zstd::stream::read::Decoder::new(packed).expect("zstd").read_to_end(&mut plain).expect("zstd")
        }
        other => panic!("no coding: {other}"),
    };
    plain
}

fn text(length: usize) -> Vec<u8> {
    b"All work and no play makes Jack a dull boy. ".iter().copied().cycle().take(length).collect()
}

/// Bytes that cannot be packed.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let step = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(step).flatten().take(length).collect()
}

fn answer(head: &str, body: impl Into<Body>) -> Reply {
    let mut reply = Reply::with_body(200, body);
    for line in head.lines() {
        let (name, value) = line.split_once(": ").expect("a field");
        reply.headers.receive(name, value);
    }
    reply
}

fn whole(length: usize) -> Body {
    Body::Full(text(length).into())
}

#[tokio::test]
async fn the_client_and_the_order_of_encodings_decide() {
    let cases = [
        ("", "gzip", Some("gzip")),
        ("", "br", Some("br")),
        ("", "zstd", Some("zstd")),
        ("", "zstd, br, gzip", Some("gzip")),
        ("encodings: [br, gzip]", "gzip, br", Some("br")),
        ("encodings: [br]", "gzip", None),
        ("encodings: []", "gzip", Some("gzip")),
        ("", "gzip;q=0.5, br;q=0.9", Some("br")),
        ("", "gzip; q=0.5 , br ;q=0.9", Some("br")),
        ("", "gzip;q=0, br", Some("br")),
        ("", "gzip;q=0", None),
        ("", "gzip;q=x", None),
        ("", "identity", None),
        ("", "identity, gzip", Some("gzip")),
        ("", "identity, gzip;q=0.5", None),
        ("", "deflate", None),
        ("", "GZIP", None),
        ("", "", None),
        // Traefik's gzip wants to be named.
        ("", "*", None),
        ("encodings: [br, gzip]", "*", Some("br")),
        ("encodings: [br, gzip]", "br, *", Some("br")),
        ("encodings: [br, zstd], defaultEncoding: zstd", "*", Some("zstd")),
        ("encodings: [br, zstd], defaultEncoding: zstd", "br", Some("br")),
    ];
    for (options, accepted, expected) in cases {
        let head = format!("GET /\nAccept-Encoding: {accepted}");
        let seen = send(options, &head, || answer("", whole(5000))).await;
        assert_eq!(seen.coding.as_deref(), expected, "{options} {accepted}");
        assert!(seen.body == text(5000), "{options} {accepted}");
    }
}

#[tokio::test]
async fn a_client_that_says_nothing_gets_the_default() {
    let cases = [
        ("", None),
        ("defaultEncoding: br", Some("br")),
        ("defaultEncoding: zstd", Some("zstd")),
        // Traefik's gzip wants to be named.
        ("defaultEncoding: gzip", None),
    ];
    for (options, expected) in cases {
        let seen = send(options, "GET /", || answer("", whole(5000))).await;
        assert_eq!(seen.coding.as_deref(), expected, "{options}");
        let is_varied = seen.fields.contains(&"Vary: Accept-Encoding".to_owned());
        assert_eq!(is_varied, !options.is_empty(), "{options}");
    }
}

#[tokio::test]
async fn only_what_is_worth_it_is_packed() {
    let cases = [
        ("", "", 1023, [false, false]),
        ("", "", 1024, [true, true]),
        ("minResponseBodyBytes: 10", "", 9, [false, false]),
        ("minResponseBodyBytes: 10", "", 10, [true, true]),
        ("minResponseBodyBytes: 0", "", 1023, [false, false]),
        ("minResponseBodyBytes: -5", "", 1024, [true, true]),
        ("", "Content-Encoding: x", 5000, [false, false]),
        ("", "Content-Encoding: identity", 5000, [false, false]),
        ("", "Content-Range: bytes 0-4999/9000", 5000, [false, true]),
        ("", "No-Gzip-Compression: 1", 5000, [false, true]),
        ("", "Content-Type: application/grpc", 5000, [false, false]),
        ("", "Content-Type: application/grpc+proto", 5000, [false, false]),
        ("", "Content-Type: application/grpc-web", 5000, [true, true]),
        ("", "Content-Type: text/html; charset", 5000, [true, false]),
        ("excludedContentTypes: [text/html]", "Content-Type: Text/HTML; charset=utf-8", 5000, [false, false]),
        ("excludedContentTypes: ['text/html;a=b']", "Content-Type: text/html", 5000, [false, false]),
        ("excludedContentTypes: [text/html]", "Content-Type: text/plain", 5000, [true, true]),
        ("excludedContentTypes: [text/plain]", "", 5000, [false, true]),
        ("includedContentTypes: [text/html]", "Content-Type: text/html;a=b", 5000, [true, true]),
        ("includedContentTypes: [text/html]", "Content-Type: text/plain", 5000, [false, false]),
        ("includedContentTypes: [text/html]", "Content-Type: x/", 5000, [false, false]),
        ("includedContentTypes: [text/html]", "", 5000, [false, true]),
    ];
    for (options, head, length, expected) in cases {
        for (coding, expected) in ["gzip", "br"].into_iter().zip(expected) {
            let seen =
                send(options, &format!("GET /\nAccept-Encoding: {coding}"), || answer(head, whole(length)))
                    .await;
            let is_packed = seen.coding.as_deref() == Some(coding) && !head.contains("Encoding");
            assert!(seen.body == text(length), "{options} {head}");
            assert_eq!(is_packed, expected, "{options} {head} {length} {coding}");
            assert!(seen.fields.contains(&"Vary: Accept-Encoding".to_owned()));
            assert!(coding == "br" || !seen.fields.iter().any(|line| line.starts_with("No-Gzip")));
        }
    }
}

#[tokio::test]
async fn requests_that_want_nothing_packed_are_left_alone() {
    let cases = [
        ("", "HEAD /\nAccept-Encoding: gzip"),
        ("", "POST /\nAccept-Encoding: gzip\nContent-Type: application/grpc"),
        ("", "POST /\nAccept-Encoding: gzip\nContent-Type: application/grpc+proto"),
        (
            "excludedContentTypes: [text/event-stream]",
            "GET /\nAccept-Encoding: br\nContent-Type: text/event-stream",
        ),
    ];
    for (options, head) in cases {
        let seen = send(options, head, || answer("", whole(5000))).await;
        assert_eq!((seen.coding, seen.fields), (None, Vec::new()), "{head}");
    }
}

#[tokio::test]
async fn a_head_tells_what_was_done() {
    let from = "Vary: Origin\nETag: \"x\"\nAccept-Ranges: bytes";
    let seen = send("", "GET /\nAccept-Encoding: gzip", || answer(from, whole(5000))).await;
    let expected = ["ETag: \"x\"", "Vary: Accept-Encoding", "Vary: Origin", "Content-Encoding: gzip"];
    assert_eq!(seen.fields, expected);
    let seen = send("", "GET /\nAccept-Encoding: br", || answer(from, whole(5000))).await;
    assert!(seen.fields.contains(&"Accept-Ranges: bytes".to_owned()), "{:?}", seen.fields);
}

#[tokio::test]
async fn a_short_packed_body_has_a_length_and_a_long_one_is_streamed() {
    for coding in ["gzip", "br", "zstd"] {
        let head = format!("GET /\nAccept-Encoding: {coding}");
        let seen = send("", &head, || answer("", whole(20_000))).await;
        assert!(seen.length.is_some_and(|length| length < 2048), "{coding} {:?}", seen.length);
        let seen = send("", &head, || answer("", Body::Full(noise(3000).into()))).await;
        assert_eq!(seen.length, None, "{coding}");
        assert!(seen.body == noise(3000), "{coding}");
    }
}

#[tokio::test]
async fn large_bodies_come_out_as_they_went_in() {
    for coding in ["gzip", "br", "zstd"] {
        for length in [100_000, 3_000_000] {
            for make in [text, noise] {
                let head = format!("GET /\nAccept-Encoding: {coding}");
                let pieces = || {
                    let bytes = make(length);
                    Pieces::body(
                        bytes.chunks(30_011).map(|chunk| Piece::Bytes(chunk.to_vec())).collect::<Vec<_>>(),
                    )
                };
                let seen = send("", &head, || answer("", pieces())).await;
                assert!(seen.body == make(length), "{coding} {length}");
                let seen = send("", &head, || answer("", Body::Full(make(length).into()))).await;
                assert!(seen.body == make(length), "{coding} {length}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_server_sent_so_far_is_not_held_back() {
    for coding in ["gzip", "br", "zstd"] {
        let mut ex = request(&format!("GET /\nAccept-Encoding: {coding}"));
        let pieces = || {
            let hour = 3_600_000;
            let end =
                [Piece::Bytes(b"two".to_vec()), Piece::pause(2 * hour), Piece::Bytes(b"three".to_vec())];
            Pieces::body([Piece::Bytes(b"one".to_vec()), Piece::pause(hour)].into_iter().chain(end))
        };
        let begun = Instant::now();
        let mut reply = answered("", &mut ex, || answer("", pieces())).await;
        let mut packed = Vec::new();
        for (hours, expected) in [(0, "one"), (1, "onetwo"), (2, "onetwothree")] {
            while partly(coding, &packed) != expected.as_bytes() {
                let frame =
                    timeout(Duration::from_secs(9_000), reply.body.frame()).await.expect("bytes in time");
                let Some(Ok(Frame::Data(bytes))) = frame else { panic!("{coding}: no bytes: {frame:?}") };
                packed.extend_from_slice(&bytes);
            }
            assert_eq!(begun.elapsed().as_secs() / 3600, hours, "{coding} {expected}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_comes_of_an_answer_of_known_length_is_held_back_for_a_moment_only() {
    let mut ex = request("GET /\nAccept-Encoding: gzip");
    let pieces = || {
        let hour = Piece::pause(3_600_000);
        Pieces::with_length([Piece::Bytes(text(2000)), hour, Piece::Bytes(text(2000))], Some(4000))
    };
    let begun = Instant::now();
    let mut reply = answered("", &mut ex, || answer("", pieces())).await;
    let Some(Ok(Frame::Data(bytes))) = reply.body.frame().await else { panic!("no bytes") };
    assert!(partly("gzip", &bytes) == text(2000));
    assert_eq!(begun.elapsed(), Duration::from_millis(100));
}

/// What can be unpacked of packed bytes that have not ended.
fn partly(coding: &str, packed: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut decoder: Box<dyn Read + '_> = match coding {
        "gzip" => Box::new(flate2::read::GzDecoder::new(packed)),
        "br" => Box::new(brotli::Decompressor::new(packed, 4096)),
        _ => Box::new(zstd::stream::read::Decoder::new(packed).expect("zstd")),
    };
    let mut byte = [0];
    while decoder.read(&mut byte).is_ok_and(|length| length == 1) {
        plain.extend(byte);
    }
    plain
}

#[tokio::test]
async fn an_empty_answer_stays_empty() {
    let seen = send("", "GET /\nAccept-Encoding: br", || answer("", Pieces::body([]))).await;
    assert_eq!((seen.coding, seen.length, seen.body), (None, Some(0), Vec::new()));
    let seen = send("", "GET /\nAccept-Encoding: gzip", || Reply::empty(204)).await;
    assert_eq!((seen.coding, seen.fields), (None, vec!["Vary: Accept-Encoding".to_owned()]));
}

#[tokio::test]
async fn trailers_come_after_the_packed_bytes() {
    for pieces in [vec![], vec![Piece::Bytes(text(9000))]] {
        let is_packed = !pieces.is_empty();
        let pieces = std::cell::RefCell::new(pieces);
        let mut ex = request("GET /\nAccept-Encoding: zstd");
        let mut reply = answered("", &mut ex, || {
            let mut fields = Headers::new();
            fields.receive("X-Sum", "1");
            let end = Piece::End(Ok(Frame::Trailers(Box::new(Trailers::new(fields).expect("a field")))));
            answer("", Pieces::body(pieces.take().into_iter().chain([end])))
        })
        .await;
        assert_eq!(reply.headers.contains("Content-Encoding"), is_packed);
        let (bytes, end) = read(&mut reply.body).await;
        assert!(matches!(end, Some(Ok(Frame::Trailers(_)))), "{end:?}");
        assert!(!is_packed || unpacked("zstd", &bytes) == text(9000));
    }
}

#[tokio::test]
async fn what_broke_is_not_given_an_end() {
    for coding in ["gzip", "br", "zstd"] {
        let error = BodyError { blame: Blame::Upstream, reason: body::Broken::Closed };
        let pieces = || Pieces::body([Piece::Bytes(text(100_000)), Piece::End(Err(error))]);
        let mut ex = request(&format!("GET /\nAccept-Encoding: {coding}"));
        let mut reply = answered("", &mut ex, || answer("", pieces())).await;
        let (_, end) = read(&mut reply.body).await;
        assert!(matches!(end, Some(Err(found)) if found == error), "{coding} {end:?}");
    }
}

#[tokio::test]
async fn answers_of_the_gateway_itself_are_treated_alike() {
    let options = "minResponseBodyBytes: 5";
    let seen = send(options, "GET /\nAccept-Encoding: br", || Failure::Connect.reply()).await;
    assert_eq!((seen.coding.as_deref(), &*seen.body), (Some("br"), &b"Bad Gateway"[..]));
}

#[test]
fn options_that_cannot_be_used_are_problems() {
    let cases = [
        ("encodings: [gzip, lzma]", "1:30: error: `lzma` cannot be used, write gzip, br or zstd"),
        ("defaultEncoding: lzma", "1:29: error: `lzma` cannot be used, write gzip, br or zstd"),
        ("encodings: [gzip], defaultEncoding: br", "1:48: error: br is none of encodings, add it there"),
        (
            "excludedContentTypes: [text/]",
            "1:35: error: `text/` is no media type, write for example text/html",
        ),
        ("includedContentTypes: [a b]", "1:35: error: `a b` is no media type, write for example text/html"),
        (
            "includedContentTypes: [text/a], excludedContentTypes: [text/b]",
            "1:35: error: includedContentTypes and excludedContentTypes exclude each other, remove one",
        ),
    ];
    for (options, expected) in cases {
        assert_eq!(
            problems(&format!("compress: {{{options}}}")),
            [format!("test.yaml:{expected}")],
            "{options}"
        );
    }
}

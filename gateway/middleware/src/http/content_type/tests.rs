use std::time::Duration;

use tokio::time::Instant;

use windrose_http::{Body, Frame, Headers, Reply, Trailers};

use crate::chain::run;
use crate::testing::{Piece, Pieces, Scripted, build, read, request, stage};

async fn answered(head: &str, answer: impl Fn() -> Reply) -> Reply {
    let stages = [stage("contentType: {}")];
    run(&stages, &mut request(head), &Scripted::new(|_| answer())).await
}

async fn named(head: &str, answer: impl Fn() -> Reply) -> (Option<String>, Vec<u8>) {
    let mut reply = answered(head, answer).await;
    let name = reply.headers.get_str("Content-Type").map(str::to_owned);
    let (bytes, _) = read(&mut reply.body).await;
    (name, bytes)
}

fn bytes(text: &str) -> Piece {
    Piece::Bytes(text.as_bytes().to_vec())
}

#[tokio::test]
async fn an_answer_without_a_type_gets_the_one_it_looks_like() {
    let html = Some("text/html; charset=utf-8".to_owned());
    assert_eq!(named("GET /", || Reply::with_body(200, "<html>")).await, (html.clone(), b"<html>".to_vec()));
    let split = || Pieces::with_length([bytes("<ht"), bytes("ml>")], Some(6));
    assert_eq!(named("GET /", || Reply::with_body(200, split())).await, (html, b"<html>".to_vec()));
    // Traefik looks at the first piece of what has no length.
    let split = || Pieces::body([bytes("<ht"), bytes("ml>")]);
    let plain = Some("text/plain; charset=utf-8".to_owned());
    assert_eq!(named("GET /", || Reply::with_body(200, split())).await, (plain, b"<html>".to_vec()));
}

#[tokio::test]
async fn what_has_a_type_or_none_to_be_seen_is_left_alone() {
    let with = |name: &'static str, value: &'static str, body: &'static str| {
        move || {
            let mut reply = Reply::with_body(200, body);
            reply.headers.receive(name, value);
            reply
        }
    };
    assert_eq!(named("GET /", with("Content-Type", "a/b", "<html>")).await.0.as_deref(), Some("a/b"));
    assert_eq!(named("GET /", with("Content-Type", "", "<html>")).await.0.as_deref(), Some(""));
    assert_eq!(named("GET /", with("Content-Encoding", "br", "<html>")).await.0, None);
    assert_eq!(named("GET /", with("X", "y", "")).await.0, None);
    assert_eq!(named("HEAD /", with("X", "y", "<html>")).await.0, None);
    assert_eq!(named("GET /", || Reply::with_body(200, Pieces::body([]))).await, (None, Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn late_pieces_are_neither_waited_for_nor_lost() {
    let pieces = || Pieces::with_length([bytes("GIF8"), Piece::pause(3_600_000), bytes("9a")], Some(6));
    let begun = Instant::now();
    let mut reply = answered("GET /", || Reply::with_body(200, pieces())).await;
    assert_eq!(begun.elapsed(), Duration::from_millis(100));
    assert_eq!(reply.headers.get_str("Content-Type"), Some("text/plain; charset=utf-8"));
    assert_eq!((reply.body.length(), read(&mut reply.body).await.0), (Some(6), b"GIF89a".to_vec()));
}

#[tokio::test]
async fn trailers_after_the_first_bytes_are_kept() {
    let mut reply = answered("GET /", || {
        let mut fields = Headers::new();
        fields.receive("X-Sum", "1");
        let end = Piece::End(Ok(Frame::Trailers(Box::new(Trailers::new(fields).expect("a field")))));
        Reply::with_body(200, Pieces::with_length([bytes("<html>"), end], Some(6)))
    })
    .await;
    let (bytes, end) = read(&mut reply.body).await;
    assert_eq!(bytes, b"<html>");
    assert!(matches!(end, Some(Ok(Frame::Trailers(_)))), "{end:?}");
}

#[tokio::test]
async fn the_deprecated_option_switches_it_off() {
    for (detects, expected) in [(true, Some("text/plain; charset=utf-8")), (false, None)] {
        let built = build(&format!("contentType: {{autoDetect: {detects}}}"));
        assert_eq!(built.warnings.len(), 1, "{built:?}");
        let stages = [built.result.expect("a stage")];
        let reply =
            run(&stages, &mut request("GET /"), &Scripted::new(|_| Reply::with_body(200, Body::from("x"))))
                .await;
        assert_eq!(reply.headers.get_str("Content-Type"), expected);
    }
}

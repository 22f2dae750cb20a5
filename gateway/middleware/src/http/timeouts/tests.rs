use std::time::Duration;

use tokio::time::{Instant, sleep};

use windrose_http::body::Broken;
use windrose_http::{Blame, Body, Exchange, Failure, Frame, Reply};

use crate::chain::{Service, run};
use crate::testing::{Piece, Pieces, build, problems, read, request, stage};

/// A server that reads the request, thinks, and answers with a body.
struct Slow {
    thinks: Duration,
    body: fn() -> Body,
}

impl Service for Slow {
    async fn call(&self, ex: &mut Exchange) -> Reply {
        while let Some(Ok(Frame::Data(_))) = ex.body.frame().await {}
        sleep(self.thinks).await;
        Reply { body: (self.body)(), ..Reply::empty(200) }
    }
}

const NOTHING: fn() -> Body = || Body::Empty;

/// So many bytes, each after so many milliseconds.
fn drip(count: u64, milliseconds: u64) -> Body {
    let piece = |number: u64| [Piece::pause((number + 1) * milliseconds), Piece::Bytes(b"x".to_vec())];
    Pieces::body((0..count).flat_map(piece))
}

async fn send(options: &str, ex: &mut Exchange, server: Slow) -> Reply {
    run(&[stage(&format!("timeouts: {{{options}}}"))], ex, &server).await
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_is_given_up() {
    for (options, seconds) in
        [("idle: 2s", 2), ("total: 3s", 3), ("idle: 5s, total: 2s", 2), ("total: 20s", 20)]
    {
        let begun = Instant::now();
        let server = Slow { thinks: Duration::from_secs(3600), body: NOTHING };
        let reply = send(options, &mut request("GET /"), server).await;
        assert_eq!((reply.status, reply.failure), (504, Some(Failure::AnswerTimeout)), "{options}");
        assert_eq!(begun.elapsed().as_secs(), seconds, "{options}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_in_time_notices_nothing() {
    let server = Slow { thinks: Duration::from_secs(1), body: NOTHING };
    let reply = send("connect: 1s, firstByte: 2s, idle: 2s, total: 3s", &mut request("GET /"), server).await;
    assert_eq!((reply.status, reply.failure), (200, None));
}

#[tokio::test(start_paused = true)]
async fn what_moves_is_never_cut() {
    let mut ex = request("POST /");
    ex.body = drip(30, 900);
    let server = Slow { thinks: Duration::ZERO, body: || drip(30, 900) };
    let mut reply = send("idle: 1s, total: 2s", &mut ex, server).await;
    assert_eq!(reply.status, 200, "the upload took 27 s");
    let (bytes, end) = read(&mut reply.body).await;
    assert_eq!((bytes.len(), end.is_none()), (30, true));
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_stands_still_is_given_up() {
    let mut ex = request("POST /");
    ex.body =
        Pieces::body([Piece::Bytes(b"a".to_vec()), Piece::pause(3_600_000), Piece::Bytes(b"b".to_vec())]);
    let begun = Instant::now();
    let reply = send("idle: 4s", &mut ex, Slow { thinks: Duration::ZERO, body: NOTHING }).await;
    assert_eq!((reply.status, begun.elapsed().as_secs()), (504, 4));
}

#[tokio::test(start_paused = true)]
async fn a_download_that_stands_still_breaks() {
    for (options, seconds) in
        [("idle: 4s", 4), ("total: 3s", 3), ("total: 30s", 30), ("idle: 9s, total: 3s", 3)]
    {
        let begun = Instant::now();
        let body = || {
            Pieces::body([
                Piece::Bytes(b"a".to_vec()),
                Piece::pause(3_600_000),
                Piece::End(Ok(Frame::Data("b".into()))),
            ])
        };
        let mut reply = send(options, &mut request("GET /"), Slow { thinks: Duration::ZERO, body }).await;
        let (bytes, end) = read(&mut reply.body).await;
        assert_eq!(bytes, b"a");
        let error = end.expect("an end").expect_err("a broken one");
        assert_eq!((error.blame, error.reason), (Blame::Upstream, Broken::TimedOut));
        assert_eq!(begun.elapsed().as_secs(), seconds, "{options}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_client_that_reads_slowly_is_not_the_servers() {
    let server = Slow { thinks: Duration::ZERO, body: || drip(2, 500) };
    let mut reply = send("idle: 1s", &mut request("GET /"), server).await;
    assert!(reply.body.frame().await.is_some());
    sleep(Duration::from_secs(60)).await;
    let (bytes, end) = read(&mut reply.body).await;
    assert_eq!((bytes.len(), end.is_none()), (1, true));
}

#[tokio::test]
async fn limits_for_servers_hold_behind_the_middleware_alone() {
    struct Looks;
    impl Service for Looks {
        async fn call(&self, ex: &mut Exchange) -> Reply {
            assert_eq!(ex.limits.connect(), Some(Duration::from_secs(1)));
            assert_eq!(ex.limits.first_byte(None), Some(Duration::from_secs(2)));
            assert_eq!(ex.limits.first_byte(Some(Duration::from_secs(1))), Some(Duration::from_secs(1)));
            Reply::empty(200)
        }
    }
    let stages =
        [stage("timeouts: {connect: 1s, firstByte: 9s}"), stage("timeouts: {connect: 5s, firstByte: 2s}")];
    let mut ex = request("GET /");
    assert_eq!(run(&stages, &mut ex, &Looks).await.status, 200);
    assert_eq!((ex.limits.connect(), ex.limits.first_byte(None)), (None, None));
}

#[test]
fn options_that_make_no_sense_are_problems() {
    let nothing = "timeouts limits nothing, write connect, firstByte, idle or total";
    for (options, expected) in [
        ("", nothing),
        ("idle: 0s", nothing),
        ("idle: -1s", "idle is negative, write a time such as 10s"),
        ("total: 5s, firstByte: -1ms", "firstByte is negative, write a time such as 10s"),
    ] {
        let problems = problems(&format!("timeouts: {{{options}}}"));
        assert!(problems.len() == 1 && problems[0].ends_with(expected), "{problems:?}");
    }
    assert!(build("timeouts: {connect: 5}").result.is_ok());
}

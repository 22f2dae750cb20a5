//! Whole exchanges with a server made of `h2`, at the other end of a pipe.

use ::h2::server::{Connection, SendResponse};
use ::h2::{Reason, RecvStream as Received2};
use bytes::Bytes;
use tokio::io::DuplexStream;
use windrose_http::body::Broken as BrokenBody;

use super::*;
use crate::connect::Connector;
use crate::testing::{
    Interims, beside, connector, data, endpoint, endpoint_by, fields, local, pieces, pipe, request, run,
    run_paused, text,
};

type Asked = (Request<Received2>, SendResponse<Bytes>);

/// A connection, and what the server sees on it.
struct Play {
    to: Arc<Endpoint>,
    local: Rc<Local>,
    sender: Rc<Sender>,
    asked: tokio::sync::mpsc::Receiver<Asked>,
    server: tokio::task::JoinHandle<()>,
}

async fn play() -> Play {
    play_to(endpoint("h2c://s.test")).await
}

async fn play_to(to: Arc<Endpoint>) -> Play {
    let (io, peer) = pipe();
    let (asks, asked) = tokio::sync::mpsc::channel(16);
    let server = beside(async move {
        let mut connection: Connection<DuplexStream, Bytes> =
            ::h2::server::handshake(peer.stream).await.expect("a client");
        while let Some(Ok(one)) = connection.accept().await {
            // A test that is over asks for nothing more.
            let _ = asks.send(one).await;
        }
    });
    let local = local();
    let sender = open(io, &to, &local).await.expect("a connection");
    Play { to, local, sender, asked, server }
}

impl Play {
    fn send(&self, mut ex: Exchange) -> tokio::task::JoinHandle<Result<Reply, Broken>> {
        let (sender, to) = (Rc::clone(&self.sender), Arc::clone(&self.to));
        beside(async move { send(&sender, &mut ex, &to, PassHost::Client).await })
    }

    async fn asked(&mut self) -> Asked {
        self.asked.recv().await.expect("a request")
    }
}

fn head(status: u16) -> http::Response<()> {
    http::Response::builder().status(status).body(()).expect("a head")
}

#[test]
fn a_request_is_sent_and_its_answer_read() {
    run(async {
        let mut play = play().await;
        let answer = play.send(request("GET /a?b\nAccept: x\nTE: trailers"));
        let (asked, mut respond) = play.asked().await;
        assert_eq!((asked.method().as_str(), asked.uri().to_string().as_str()), ("GET", "http://a.test/a?b"));
        let field = |name: &str| asked.headers().get(name).and_then(|value| value.to_str().ok());
        assert_eq!((field("accept"), field("te")), (Some("x"), Some("trailers")));
        assert_eq!((field("x-forwarded-for"), field("content-length")), (Some("192.0.2.1"), None));
        assert!(asked.body().is_end_stream());
        let mut answered = head(203);
        answered.headers_mut().insert("x-a", HeaderValue::from_static("1"));
        let mut body = respond.send_response(answered, false).expect("a stream");
        body.send_data(Bytes::from_static(b"ok"), true).expect("a stream");
        let mut reply = answer.await.expect("no panic").expect("an answer");
        assert_eq!((reply.status, fields(&reply.headers)), (203, vec!["x-a: 1".to_owned()]));
        assert_eq!(play.sender.streams.get(), 1);
        assert_eq!(text(&mut reply).await, "ok");
        drop(reply);
        assert_eq!(play.sender.streams.get(), 0, "its place is free again");
        assert!(play.local.take_h2(&play.to, None).is_some());
    });
}

#[test]
fn until_the_server_has_spoken_a_connection_carries_one_request() {
    run(async {
        let (io, peer) = pipe();
        let (to, local) = (endpoint("h2c://s.test"), local());
        let sender = open(io, &to, &local).await.expect("a connection");
        assert!(sender.has_room() && sender.most().is_none());
        let place = Place::new(&sender, &request("GET /"));
        assert!(!sender.has_room());
        let _server = beside(async move {
            let mut builder = ::h2::server::Builder::new();
            let shaken = builder.max_concurrent_streams(3).handshake::<_, Bytes>(peer.stream).await;
            shaken.expect("a client").accept().await.is_some()
        });
        sender.settled().await;
        assert_eq!((sender.most(), sender.has_room()), (Some(3), true));
        let _more = (Place::new(&sender, &request("GET /")), Place::new(&sender, &request("GET /")));
        assert!(!sender.has_room());
        drop(place);
        assert!(sender.has_room());
    });
}

#[test]
fn a_connection_that_ends_is_no_secret() {
    run(async {
        let play = play().await;
        play.sender.settled().await;
        assert!(play.sender.is_alive());
        play.server.abort();
        while play.sender.is_alive() {
            tokio::task::yield_now().await;
        }
        assert!(play.local.take_h2(&play.to, None).is_none());
    });
}

#[test]
fn whether_the_server_has_looked_at_a_request_decides_on_another_attempt() {
    let cases = [(Reason::REFUSED_STREAM, Again::Unseen), (Reason::INTERNAL_ERROR, Again::Never)];
    for (reason, again) in cases {
        run(async {
            let mut play = play().await;
            let answer = play.send(request("GET /"));
            play.asked().await.1.send_reset(reason);
            let broken = answer.await.expect("no panic").expect_err("no answer");
            assert_eq!((broken.failure, broken.again), (Failure::Closed, again), "{reason}");
        });
    }
}

#[test]
fn only_a_connection_that_brought_an_answer_may_have_ended_before() {
    run(async {
        for is_used in [false, true] {
            let mut play = play().await;
            if is_used {
                let answer = play.send(request("GET /"));
                play.asked().await.1.send_response(head(204), true).expect("a stream");
                answer.await.expect("no panic").expect("an answer");
            }
            let answer = play.send(request("GET /"));
            let asked = play.asked().await;
            play.server.abort();
            let broken = answer.await.expect("no panic").expect_err("no answer");
            let again = if is_used { Again::Stale } else { Again::Never };
            assert_eq!((broken.failure, broken.again), (Failure::Closed, again));
            drop(asked);
        }
    });
}

#[test]
fn a_retry_wants_a_connection_that_was_opened_later() {
    run(async {
        let play = play().await;
        play.sender.settled().await;
        let since = play.local.opened();
        assert!(play.local.take_h2(&play.to, None).is_some());
        assert!(play.local.take_h2(&play.to, Some(since)).is_none());
        assert!(play.local.take_h2(&play.to, Some(since - 1)).is_some());
    });
}

#[test]
fn interim_answers_go_to_the_client_as_they_come() {
    run(async {
        let mut play = play().await;
        let interims = Rc::new(Interims::default());
        let mut ex = request("GET /");
        ex.interim = Some(Rc::clone(&interims) as _);
        let answer = play.send(ex);
        let (_, mut respond) = play.asked().await;
        let mut hints = head(103);
        hints.headers_mut().insert("link", HeaderValue::from_static("x"));
        respond.send_informational(hints).expect("a stream");
        respond.send_response(head(204), true).expect("a stream");
        assert_eq!(answer.await.expect("no panic").expect("an answer").status, 204);
        assert_eq!(*interims.0.borrow(), ["103 link: x"]);
    });
}

#[test]
fn a_body_and_its_trailers_reach_the_server() {
    run(async {
        let mut play = play().await;
        let (pieces, body) = pieces();
        let answer = play.send(Exchange { body, ..request("POST /") });
        let (asked, mut respond) = play.asked().await;
        let mut body = asked.into_body();
        pieces.send(data("one")).await.expect("somebody reads");
        assert_eq!(body.data().await.expect("a piece").expect("no error"), "one");
        let mut trailers = Headers::new();
        trailers.append("X-Sum", "1");
        trailers.append("Content-Length", "5");
        pieces
            .send(Ok(Frame::Trailers(Box::new(windrose_http::Trailers::new(trailers).expect("fields")))))
            .await
            .expect("somebody reads");
        assert!(body.data().await.is_none());
        let trailers = body.trailers().await.expect("no error").expect("trailers");
        assert_eq!(trailers.len(), 1, "{trailers:?}");
        respond.send_response(head(204), true).expect("a stream");
        answer.await.expect("no panic").expect("an answer");
    });
}

#[test]
fn a_client_that_breaks_off_its_body_is_to_blame() {
    for (reason, failure) in [
        (BrokenBody::Closed, Failure::ClientGone),
        (BrokenBody::Malformed, Failure::BadRequest),
        (BrokenBody::TimedOut, Failure::ClientTimeout),
    ] {
        run(async {
            let mut play = play().await;
            let (pieces, body) = pieces();
            let answer = play.send(Exchange { body, ..request("POST /") });
            let mut asked = play.asked().await.0.into_body();
            pieces.send(Err(BodyError { blame: Blame::Client, reason })).await.expect("somebody reads");
            let broken = answer.await.expect("no panic").expect_err("no answer");
            assert_eq!((broken.failure, broken.again), (failure, Again::Never));
            let reset = asked.data().await.expect("an end").expect_err("a reset");
            assert_eq!(reset.reason(), Some(Reason::CANCEL));
        });
    }
}

#[test]
fn a_body_that_breaks_off_is_the_servers_fault() {
    run(async {
        let mut play = play().await;
        let answer = play.send(request("GET /"));
        let (_, mut respond) = play.asked().await;
        let mut body = respond.send_response(head(200), false).expect("a stream");
        body.send_data(Bytes::from_static(b"ab"), false).expect("a stream");
        let mut reply = answer.await.expect("no panic").expect("an answer");
        assert!(matches!(reply.body.frame().await, Some(Ok(Frame::Data(data))) if data == "ab"));
        body.send_reset(Reason::INTERNAL_ERROR);
        let error = reply.body.frame().await.expect("an end").expect_err("a reset");
        assert_eq!(error, BodyError { blame: Blame::Upstream, reason: BrokenBody::Closed });
    });
}

#[test]
fn an_answer_that_does_not_begin_in_time_is_given_up_and_the_connection_is_not() {
    run_paused(async {
        let connector = Connector { answer_timeout: Some(Duration::from_secs(3)), ..connector() };
        let mut play = play_to(endpoint_by("h2c://s.test", connector)).await;
        let answer = play.send(request("GET /"));
        let (mut asked, _respond) = play.asked().await;
        let begun = tokio::time::Instant::now();
        let broken = answer.await.expect("no panic").expect_err("no answer");
        assert_eq!((broken.failure, begun.elapsed().as_secs()), (Failure::AnswerTimeout, 3));
        let _ = asked.body_mut().data().await;
        assert!(play.sender.is_alive() && play.local.take_h2(&play.to, None).is_some());
    });
}

#[test]
fn a_server_that_answers_no_ping_is_left() {
    run_paused(async {
        let connector = Connector {
            read_idle_timeout: Some(Duration::from_secs(5)),
            ping_timeout: Duration::from_secs(2),
            ..connector()
        };
        let (to, local) = (endpoint_by("h2c://s.test", connector), local());
        let (io, peer) = pipe();
        let begun = tokio::time::Instant::now();
        let sender = open(io, &to, &local).await.expect("a connection");
        sender.settled().await;
        assert!(!sender.is_alive());
        assert_eq!(begun.elapsed().as_secs(), 7);
        drop(peer);
    });
}

#[test]
fn an_idle_connection_is_closed_after_its_time() {
    run(async {
        let mut play = play().await;
        let answer = play.send(request("GET /"));
        let (_, mut respond) = play.asked().await;
        let later = Instant::now() + play.to.connector.idle_timeout + Duration::from_secs(1);
        play.local.sweep(later);
        assert!(!play.local.is_empty(), "a request is on it");
        respond.send_response(head(204), true).expect("a stream");
        answer.await.expect("no panic").expect("an answer");
        play.local.sweep(later);
        assert!(play.local.is_empty());
        drop(play.sender);
        play.server.await.expect("the end of the connection");
    });
}

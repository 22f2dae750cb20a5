//! Whole exchanges with a scripted server at the other end of a pipe.

use tokio::task::JoinHandle;
use windrose_http::body::Frame;

use super::*;
use crate::connect::Connector;
use crate::testing::{
    Interims, Peer, beside, connector, data, endpoint, endpoint_by, fields, local, pieces, pipe, request,
    run, run_paused, text,
};

/// An exchange under way: the answer to be, and the server's end.
struct Play {
    to: Arc<Endpoint>,
    local: Rc<Local>,
    peer: Peer,
    answer: JoinHandle<Result<Reply, Broken>>,
}

fn play(ex: Exchange) -> Play {
    play_to(ex, endpoint("http://s.test"))
}

fn play_to(mut ex: Exchange, to: Arc<Endpoint>) -> Play {
    let (io, peer) = pipe();
    let (asked, local) = (Arc::clone(&to), local());
    let pools = Rc::clone(&local);
    let answer =
        beside(async move { send(Client::new(io), &mut ex, &asked, PassHost::Client, &pools).await });
    Play { to, local, peer, answer }
}

impl Play {
    async fn reply(&mut self) -> Reply {
        match (&mut self.answer).await.expect("no panic") {
            Ok(reply) => reply,
            Err(broken) => panic!("no answer: {}", broken.failure),
        }
    }

    async fn broken(&mut self) -> (Failure, Again) {
        let broken = (&mut self.answer).await.expect("no panic").expect_err("no answer");
        (broken.failure, broken.again)
    }

    fn is_kept(&self) -> bool {
        self.local.take_h1(&self.to).is_some()
    }
}

/// The answer to `GET /`, its body, and whether the connection was kept.
async fn answered(method: &str, answer: &str) -> (Reply, String, bool) {
    let mut play = play(request(&format!("{method} /")));
    play.peer.expect("\r\n\r\n").await;
    play.peer.send(answer).await;
    let mut reply = play.reply().await;
    let body = text(&mut reply).await;
    let is_kept = play.is_kept();
    (reply, body, is_kept)
}

#[test]
fn a_request_is_written_and_its_answer_read() {
    run(async {
        let mut play = play(request("GET /a?b=c\nAccept: x"));
        let head = play.peer.expect("\r\n\r\n").await;
        assert_eq!(
            head,
            "GET /a?b=c HTTP/1.1\r\nHost: a.test\r\nAccept: x\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n"
        );
        play.peer
            .send("HTTP/1.1 203 Fine\r\nX-A: 1\r\nConnection: x-b\r\nX-B: 2\r\nContent-Length: 2\r\n\r\nok")
            .await;
        let mut reply = play.reply().await;
        assert_eq!((reply.status, fields(&reply.headers)), (203, vec!["X-A: 1".to_owned()]));
        assert_eq!(text(&mut reply).await, "ok");
        assert!(play.is_kept());
    });
}

#[test]
fn a_connection_is_kept_only_when_both_messages_have_ended() {
    let cases = [
        ("GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok", true),
        ("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "ok", true),
        ("GET", "HTTP/1.1 204 No Content\r\n\r\n", "", true),
        ("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "", true),
        ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "", true),
        ("GET", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", "ok", true),
        ("GET", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok", false),
        ("GET", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", "ok", false),
        ("GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokmore", "ok", false),
        ("GET", "HTTP/1.1 204 No Content\r\n\r\nmore", "", false),
        ("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nmore", "", false),
    ];
    for (method, answer, body, is_kept) in cases {
        let (reply, read, kept) = run(answered(method, answer));
        assert_eq!((read.as_str(), kept), (body, is_kept), "{method}: {answer:?}, {}", reply.status);
    }
}

#[test]
fn an_answer_without_a_length_ends_with_the_connection() {
    run(async {
        let mut play = play(request("GET /"));
        play.peer.expect("\r\n\r\n").await;
        play.peer.send("HTTP/1.1 200 OK\r\n\r\nall of it").await;
        let mut reply = play.reply().await;
        drop(play.peer);
        assert_eq!(text(&mut reply).await, "all of it");
        assert!(play.local.is_empty());
    });
}

#[test]
fn what_is_no_answer_is_not_passed_on() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n",
        "SSH-2.0-OpenSSH\r\n\r\n",
    ] {
        run(async {
            let mut play = play(request("GET /"));
            play.peer.expect("\r\n\r\n").await;
            play.peer.send(answer).await;
            assert_eq!(play.broken().await, (Failure::BadAnswer, Again::Never), "{answer:?}");
            play.peer.expect_end().await;
        });
    }
}

#[test]
fn a_change_of_protocol_that_nobody_asked_for_is_not_passed_on() {
    run(async {
        let mut play = play(request("GET /"));
        play.peer.expect("\r\n\r\n").await;
        play.peer.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n").await;
        assert_eq!(play.broken().await, (Failure::BadUpgrade, Again::Never));
        play.peer.expect_end().await;
    });
}

#[test]
fn only_a_kept_connection_may_have_ended_before() {
    run(async {
        let mut first = play(request("GET /"));
        first.peer.expect("\r\n\r\n").await;
        first.peer.send("HTTP/1.1 204 No Content\r\n\r\n").await;
        first.reply().await;
        let mut client = first.local.take_h1(&first.to).expect("a kept connection");
        drop(first.peer);
        let mut ex = request("GET /");
        let sent = send(client, &mut ex, &first.to, PassHost::Client, &first.local).await;
        assert!(matches!(
            sent.expect_err("no answer"),
            Broken { failure: Failure::Closed, again: Again::Stale }
        ));

        let (io, peer) = pipe();
        client = Client::new(io);
        drop(peer);
        let sent = send(client, &mut ex, &first.to, PassHost::Client, &first.local).await;
        assert!(matches!(
            sent.expect_err("no answer"),
            Broken { failure: Failure::Closed, again: Again::Never }
        ));
    });
}

#[test]
fn a_half_answer_was_an_answer() {
    run(async {
        let mut play = play(request("GET /"));
        play.peer.expect("\r\n\r\n").await;
        play.peer.send("HTTP/1.1 200").await;
        drop(play.peer);
        let broken = play.answer.await.expect("no panic").expect_err("no answer");
        assert_eq!((broken.failure, broken.again), (Failure::BadAnswer, Again::Never));
    });
}

#[test]
fn a_body_that_breaks_off_is_the_servers_fault() {
    for (answer, reason) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", BrokenBody::Closed),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", BrokenBody::Closed),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\nzz\r\n", BrokenBody::Malformed),
    ] {
        run(async {
            let mut play = play(request("GET /"));
            play.peer.expect("\r\n\r\n").await;
            play.peer.send(answer).await;
            let mut reply = play.reply().await;
            drop(play.peer);
            let error = reply.body.collect(100, Blame::Upstream).await.expect_err(answer);
            assert_eq!(error, BodyError { blame: Blame::Upstream, reason }, "{answer:?}");
            assert!(play.local.is_empty());
        });
    }
}

#[test]
fn trailers_come_after_the_body_without_what_would_change_its_meaning() {
    run(async {
        let mut play = play(request("GET /"));
        play.peer.expect("\r\n\r\n").await;
        play.peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n").await;
        play.peer.send("X-Sum: 1\r\nContent-Length: 5\r\nHost: evil\r\nConnection: close\r\n\r\n").await;
        let mut reply = play.reply().await;
        assert!(matches!(reply.body.frame().await, Some(Ok(Frame::Data(data))) if data == "ok"));
        let Some(Ok(Frame::Trailers(trailers))) = reply.body.frame().await else { panic!("no trailers") };
        assert_eq!(fields(&trailers.for_client(&Headers::new())), ["X-Sum: 1"]);
        assert!(play.is_kept());
    });
}

#[test]
fn interim_answers_go_to_the_client_as_they_come() {
    run(async {
        let interims = Rc::new(Interims::default());
        let mut ex = request("GET /");
        ex.interim = Some(Rc::clone(&interims) as _);
        let mut play = play(ex);
        play.peer.expect("\r\n\r\n").await;
        play.peer.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n").await;
        play.peer.send("HTTP/1.1 204 No Content\r\n\r\n").await;
        assert_eq!(play.reply().await.status, 204);
        assert_eq!(*interims.0.borrow(), ["103 Link: x"]);
    });
}

#[test]
fn a_server_that_never_comes_to_its_answer_is_left() {
    run(async {
        let mut play = play(request("GET /"));
        play.peer.expect("\r\n\r\n").await;
        for _ in 0..=MOST_INTERIMS {
            play.peer.send("HTTP/1.1 103 Early Hints\r\n\r\n").await;
        }
        assert_eq!(play.broken().await, (Failure::BadAnswer, Again::Never));
    });
}

#[test]
fn an_answer_that_does_not_begin_in_time_is_given_up() {
    run_paused(async {
        let connector = Connector { answer_timeout: Some(Duration::from_secs(3)), ..connector() };
        let mut play = play_to(request("GET /"), endpoint_by("http://s.test", connector));
        let begun = tokio::time::Instant::now();
        assert_eq!(play.broken().await, (Failure::AnswerTimeout, Again::Never));
        assert_eq!(begun.elapsed().as_secs(), 3);
        play.peer.expect("\r\n\r\n").await;
        play.peer.expect_end().await;
    });
}

#[test]
fn a_server_is_not_late_before_it_has_the_whole_request() {
    run_paused(async {
        let connector = Connector { answer_timeout: Some(Duration::from_secs(3)), ..connector() };
        let (pieces, body) = pieces();
        let ex = Exchange { body, ..request("POST /") };
        let mut play = play_to(ex, endpoint_by("http://s.test", connector));
        tokio::time::sleep(Duration::from_secs(60)).await;
        pieces.send(data("late")).await.expect("somebody reads");
        drop(pieces);
        play.peer.expect("4\r\nlate\r\n0\r\n\r\n").await;
        play.peer.send("HTTP/1.1 204 No Content\r\n\r\n").await;
        assert_eq!(play.reply().await.status, 204);
    });
}

#[test]
fn a_body_of_known_length_is_sent_as_it_is() {
    run(async {
        let mut play = play(Exchange { body: Body::from("12345"), ..request("POST /") });
        let sent = play.peer.expect("12345").await;
        assert!(sent.contains("\r\nContent-Length: 5\r\n\r\n"), "{sent:?}");
        play.peer.send("HTTP/1.1 204 No Content\r\n\r\n").await;
        play.reply().await;
        assert!(play.is_kept());
    });
}

#[test]
fn the_pieces_of_a_body_leave_as_they_come() {
    run(async {
        let (pieces, body) = pieces();
        let mut play = play(Exchange { body, ..request("POST /") });
        play.peer.expect("Transfer-Encoding: chunked\r\n\r\n").await;
        pieces.send(data("one")).await.expect("somebody reads");
        assert_eq!(play.peer.expect("one\r\n").await, "3\r\none\r\n");
        let mut trailers = Headers::new();
        trailers.append("X-Sum", "1");
        pieces
            .send(Ok(Frame::Trailers(Box::new(windrose_http::Trailers::new(trailers).expect("fields")))))
            .await
            .expect("somebody reads");
        assert_eq!(play.peer.expect("\r\n\r\n").await, "0\r\nX-Sum: 1\r\n\r\n");
        play.peer.send("HTTP/1.1 204 No Content\r\n\r\n").await;
        play.reply().await;
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
            let (pieces, body) = pieces();
            let mut play = play(Exchange { body, ..request("POST /") });
            pieces.send(Err(BodyError { blame: Blame::Client, reason })).await.expect("somebody reads");
            assert_eq!(play.broken().await, (failure, Again::Never));
        });
    }
}

#[test]
fn a_body_waits_for_leave_but_not_for_ever() {
    run_paused(async {
        for says_so in [true, false] {
            let mut ex = request("POST /");
            (ex.body, ex.expects_continue) = (Body::from("body"), true);
            let mut play = play(ex);
            let begun = tokio::time::Instant::now();
            let head = play.peer.expect("\r\n\r\n").await;
            assert!(head.ends_with("Expect: 100-continue\r\n\r\n"), "{head:?}");
            if says_so {
                play.peer.send("HTTP/1.1 100 Continue\r\n\r\n").await;
            }
            play.peer.expect("body").await;
            assert_eq!(begun.elapsed(), if says_so { Duration::ZERO } else { Duration::from_secs(1) });
            play.peer.send("HTTP/1.1 204 No Content\r\n\r\n").await;
            play.reply().await;
        }
    });
}

#[test]
fn an_early_answer_keeps_no_connection_whose_request_is_not_whole() {
    run(async {
        let (pieces, body) = pieces();
        let mut play = play(Exchange { body, ..request("POST /") });
        play.peer.expect("\r\n\r\n").await;
        play.peer.send("HTTP/1.1 413 Too Much\r\nContent-Length: 2\r\n\r\nno").await;
        let mut reply = play.reply().await;
        assert_eq!((reply.status, text(&mut reply).await.as_str()), (413, "no"));
        assert!(!play.is_kept());
        drop(pieces);
    });
}

//! Copies of requests, which nobody waits for.

use windrose_kit::peer::h1::{Backend, Server};
use windrose_kit::soon;

use crate::gateway::{EVERYTHING, Gateway, Http, Setup, dynamic, until};

/// Everything goes to `main`, with copies for `mirror`.
async fn mirroring(main: &str, mirror: &str, percent: usize) -> Gateway {
    let to = |url: &str| format!("{{loadBalancer: {{servers: [{{url: '{url}'}}]}}}}");
    let (main, mirror) = (to(main), to(mirror));
    let app = format!("{{mirroring: {{service: main, mirrors: [{{name: mirror, percent: {percent}}}]}}}}");
    let services = [("main", &*main), ("mirror", &*mirror), ("app", &*app)];
    let text = dynamic(&Http { routers: EVERYTHING, services: &services, ..Http::default() });
    Gateway::start(Setup { dynamic: &text, ..Setup::default() }).await
}

#[tokio::test]
async fn a_mirror_gets_its_share_and_its_answers_go_nowhere() {
    let (main, mirror) = (Server::fixed("main").await, Backend::bind().await);
    let mirror = Server::answering(mirror, |_| b"HTTP/1.1 500 Oh\r\nContent-Length: 3\r\n\r\nbad".to_vec());
    let gateway = mirroring(&main.url(), &mirror.url(), 25).await;
    let mut client = gateway.client().await;
    for number in 0..40 {
        let answer = client.get("a.test", &format!("/{number}")).await;
        assert_eq!((answer.status(), answer.text().as_str()), (200, "main"));
    }
    until("ten copies", || mirror.requests().len() == 10).await;
    let mut seen: Vec<usize> =
        mirror.requests().iter().map(|request| request.target()[1..].parse().unwrap()).collect();
    seen.sort_unstable();
    assert!(seen.windows(2).all(|pair| pair[1] - pair[0] == 4), "{seen:?}");
}

#[tokio::test]
async fn a_mirror_that_never_answers_delays_nothing() {
    let (main, mirror) = (Server::echo().await, Backend::bind().await);
    let gateway = mirroring(&main.url(), &mirror.url(), 100).await;
    let mut client = gateway.client().await;
    let body = "x".repeat(100_000);
    // More than may be on their way at once: the rest is not copied.
    for number in 0..1500 {
        let post = format!("POST /{number} HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhello");
        client.send(post).await;
        assert!(client.read_response().await.text().ends_with("hello"));
    }
    client.send(format!("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100000\r\n\r\n{body}")).await;
    assert!(client.read_response().await.text().ends_with(&body));
    // It has them nevertheless.
    let mut copy = mirror.accept().await;
    assert_eq!(copy.expect_request().await.body, b"hello");
}

#[tokio::test]
async fn a_mirror_that_is_dead_delays_nothing() {
    let main = Server::fixed("main").await;
    let gone = Backend::bind().await.url();
    let gateway = mirroring(&main.url(), &gone, 100).await;
    let mut client = gateway.client().await;
    for _ in 0..50 {
        assert_eq!(client.get("a.test", "/").await.text(), "main");
    }
}

#[tokio::test]
async fn a_copy_comes_after_the_whole_body() {
    let (main, mirror) = (Backend::bind().await, Backend::bind().await);
    let gateway = mirroring(&main.url(), &mirror.url(), 100).await;
    let mut client = gateway.client().await;
    client.send("POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n").await;
    let mut conn = main.accept().await;
    conn.expect_head().await;
    // The server gets it as it comes.
    assert_eq!(conn.read_chunk().await, Some(b"one".to_vec()));
    client.send("3\r\ntwo\r\n0\r\n\r\n").await;
    assert_eq!(conn.read_chunk().await, Some(b"two".to_vec()));
    assert_eq!(conn.read_chunk().await, None);
    conn.read_trailers().await;
    conn.answer("done").await;
    assert_eq!(client.read_response().await.text(), "done");
    let mut copy = mirror.accept().await;
    assert_eq!(copy.expect_request().await.body, b"onetwo");
}

#[tokio::test]
async fn without_the_whole_body_there_is_no_copy() {
    let (main, mirror) = (Backend::bind().await, Backend::bind().await);
    let gateway = mirroring(&main.url(), &mirror.url(), 100).await;
    let mut client = gateway.client().await;
    client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\nhalf").await;
    let mut conn = main.accept().await;
    conn.expect_head().await;
    conn.expect("half").await;
    client.close().await;
    soon("the end of the request", conn.expect_gone()).await;
    // The next one has a copy, the first had none.
    let mut client = gateway.client().await;
    client.send("GET /next HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    let mut conn = main.accept().await;
    conn.expect_request().await;
    conn.answer("done").await;
    client.read_response().await;
    let mut copy = mirror.accept().await;
    assert_eq!(copy.expect_request().await.target(), "/next");
}

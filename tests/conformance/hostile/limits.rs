//! Answers without end, and answers larger than anyone needs.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use windrose_kit::peer::h1::{Backend, Client, Server};

use super::{Then, ask_h1, ask_h2, server};
use crate::frames::End;
use crate::gateway::Gateway;

#[tokio::test]
async fn a_head_of_many_fields_is_passed_or_refused() {
    let many = |count: usize| {
        let mut text = String::from("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n");
        (0..count).for_each(|number| write!(text, "x{number:x}: \r\n").unwrap());
        (text + "\r\nhello").into_bytes()
    };
    let large = format!("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: {}\r\n\r\nhello", "x".repeat(64 * 1024));
    let answers = vec![
        (many(10_000), Then::Stay),
        (large.into_bytes(), Then::Stay),
        (many(25_000), Then::Stay),
        (many(50_000), Then::Stay),
        (many(110_000), Then::Stay),
    ];
    let server = server(Arc::new(answers)).await;
    let gateway = Gateway::to(&server.url()).await;
    for number in 0..5 {
        let target = format!("/{number}");
        for outcome in [ask_h1(&gateway, "GET", &target).await, ask_h2(&gateway, "GET", &target).await] {
            let is_passed =
                outcome.status == Some(200) && outcome.body == b"hello" && outcome.end == End::Whole;
            let is_refused = outcome.status.is_some_and(|status| status >= 500) || outcome.end == End::Reset;
            assert!(is_passed || (number >= 2 && is_refused), "{target}: {outcome:?}");
        }
    }
    gateway.expect_well().await;
}

#[tokio::test]
async fn a_head_without_end_is_given_up() {
    let server = Server::start(Backend::bind().await, |mut conn| async move {
        if conn.next_request().await.is_some() {
            let _gone = conn.try_send("HTTP/1.1 200 OK\r\n").await;
            while conn
                .try_send("X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n".repeat(1000))
                .await
                .is_ok()
            {}
        }
    });
    let gateway = Gateway::to(&server.url()).await;
    let before = gateway.memory();
    for _ in 0..8 {
        assert!(ask_h1(&gateway, "GET", "/").await.status.is_some_and(|status| status >= 500));
    }
    assert!(gateway.memory() < before + (32 << 20), "{} MiB", gateway.memory() >> 20);
}

#[tokio::test]
async fn interim_answers_without_end_are_given_up() {
    let server = Server::start(Backend::bind().await, |mut conn| async move {
        if conn.next_request().await.is_some() {
            while conn.try_send("HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n".repeat(100)).await.is_ok() {}
        }
    });
    let gateway = Gateway::to(&server.url()).await;
    for _ in 0..4 {
        assert!(ask_h1(&gateway, "GET", "/").await.status.is_some_and(|status| status >= 500));
        assert!(ask_h2(&gateway, "GET", "/").await.status.is_some_and(|status| status >= 500));
    }
}

/// A field of a million names costs a bounded time.
#[tokio::test]
async fn a_connection_field_of_many_names_costs_little() {
    let mut text = String::from("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: ");
    text.push_str(&"b,".repeat(250_000));
    text.push_str("\r\n");
    text.push_str(&"a:\r\n".repeat(100_000));
    text.push_str("\r\nhello");
    let server = server(Arc::new(vec![(text.into_bytes(), Then::Stay)])).await;
    let gateway = Gateway::to(&server.url()).await;
    let before = gateway.cpu();
    let _either = ask_h1(&gateway, "GET", "/0").await;
    assert!(gateway.cpu() - before < Duration::from_secs(2), "{:?}", gateway.cpu() - before);
    gateway.expect_well().await;
}

/// An early answer is heard although the request is not over, and neither connection is used again.
#[tokio::test]
async fn an_early_answer_ends_both_connections() {
    let backend = Backend::bind().await;
    let url = backend.url();
    let (gateway, ()) = tokio::join!(Gateway::to(&url), async {
        let mut conn = backend.accept().await;
        conn.expect_request().await;
        conn.answer("").await;
        conn.close().await;
    });
    let mut client = Client::connect(gateway.addr()).await;
    client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1000000\r\n\r\nhello").await;
    let mut conn = backend.accept().await;
    conn.expect_head().await;
    conn.send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno").await;
    let response = client.read_response().await;
    assert_eq!((response.status(), response.header("connection")), (413, Some("close")));
    client.send("GET /within HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    client.expect_gone().await;
    conn.expect("hello").await;
    conn.expect_gone().await;
}

//! Answers that come before the answer: the leave to send a body, and early hints.

use windrose_kit::peer::h1::{Backend, Client, Conn};
use windrose_kit::peer::h2;

use crate::gateway::Gateway;

const ASKING: &str = "POST / HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";

async fn ask(gateway: &Gateway, backend: &Backend) -> (Client, Conn) {
    let mut client = gateway.client().await;
    client.send(ASKING).await;
    let mut conn = backend.accept().await;
    assert_eq!(conn.expect_head().await.header("expect"), Some("100-continue"));
    (client, conn)
}

#[tokio::test]
async fn a_client_may_send_its_body_when_the_server_says_so() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let (mut client, mut conn) = ask(&gateway, &backend).await;
    conn.send("HTTP/1.1 100 Continue\r\n\r\n").await;
    client.expect("HTTP/1.1 100 Continue\r\n\r\n").await;
    client.send("body").await;
    conn.expect("body").await;
    conn.answer("done").await;
    assert_eq!(client.read_response().await.text(), "done");
    client.send("GET /next HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    assert_eq!(conn.expect_request().await.target(), "/next", "both connections go on");
}

#[tokio::test]
async fn a_client_may_send_its_body_when_the_server_is_silent() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let (mut client, mut conn) = ask(&gateway, &backend).await;
    client.expect("HTTP/1.1 100 Continue\r\n\r\n").await;
    client.send("body").await;
    conn.expect("body").await;
    conn.answer("done").await;
    assert_eq!(client.read_response().await.text(), "done");
}

#[tokio::test]
async fn a_client_that_does_not_wait_is_served_as_well() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;
    client.send(ASKING).await;
    client.send("body").await;
    let mut conn = backend.accept().await;
    conn.expect_head().await;
    conn.send("HTTP/1.1 100 Continue\r\n\r\n").await;
    conn.expect("body").await;
    conn.answer("done").await;
    let mut response = client.read_response().await;
    if response.status() == 100 {
        response = client.read_response().await;
    }
    assert_eq!(response.text(), "done");
}

#[tokio::test]
async fn a_server_that_refuses_is_heard_and_gets_no_body() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let (mut client, mut conn) = ask(&gateway, &backend).await;
    conn.send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno").await;
    let response = client.read_response().await;
    assert_eq!((response.status(), response.text().as_str()), (401, "no"));
    assert_eq!(response.header("connection"), Some("close"), "nobody knows whether the body still comes");
    conn.expect_gone().await;
}

#[tokio::test]
async fn an_expectation_without_a_body_is_not_passed_on() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;
    client.send("GET / HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\n\r\n").await;
    let mut conn = backend.accept().await;
    assert_eq!(conn.expect_request().await.header("expect"), None);
    conn.answer("done").await;
    assert_eq!(client.read_response().await.text(), "done");
}

#[tokio::test]
async fn early_hints_are_relayed_before_the_answer() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;
    client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    for number in 1..=2 {
        conn.send(format!("HTTP/1.1 103 Early Hints\r\nLink: <{number}>\r\nConnection: x\r\nX: y\r\n\r\n"))
            .await;
        let hint = client.read_response().await;
        let link = format!("<{number}>");
        assert_eq!((hint.status(), hint.header("link")), (103, Some(&*link)));
        assert_eq!((hint.header("connection"), hint.header("x")), (None, None));
    }
    conn.answer("done").await;
    assert_eq!(client.read_response().await.text(), "done");
}

#[tokio::test]
async fn early_hints_are_relayed_to_a_client_of_http_2() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.h2_client().await;
    let mut call = client.open(http::Request::get("http://a.test/").body(()).unwrap()).await;
    call.finish();
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    conn.send("HTTP/1.1 103 Early Hints\r\nLink: <1>\r\n\r\n").await;
    let hint = call.interim().await.unwrap();
    assert_eq!((hint.status().as_u16(), &hint.headers()["link"]), (103, &"<1>".parse().unwrap()));
    conn.answer("done").await;
    assert_eq!(call.reply().await.text(), "done");
}

#[tokio::test]
async fn early_hints_of_a_server_of_http_2_are_relayed() {
    let backend = h2::Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;
    client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    let mut conn = backend.accept().await;
    let mut exchange = conn.expect_request().await;
    let hint = http::Response::builder().status(103).header("link", "<1>").body(()).unwrap();
    exchange.respond.send_informational(hint).unwrap();
    let hint = client.read_response().await;
    assert_eq!((hint.status(), hint.header("link")), (103, Some("<1>")));
    exchange.answer("done");
    assert_eq!(client.read_response().await.text(), "done");
}

#[tokio::test]
async fn a_client_of_http_1_0_gets_only_the_answer() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;
    client.send("GET / HTTP/1.0\r\nHost: a.test\r\n\r\n").await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    conn.send("HTTP/1.1 103 Early Hints\r\nLink: <1>\r\n\r\n").await;
    conn.answer("done").await;
    assert_eq!(client.read_response().await.status(), 200, "RFC 9110 section 15.2 forbids others");
}

#[tokio::test]
async fn a_server_that_only_hints_is_given_up() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;
    client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    while conn.try_send("HTTP/1.1 103 Early Hints\r\n\r\n").await.is_ok() {}
    let mut response = client.read_response().await;
    while response.status() == 103 {
        response = client.read_response().await;
    }
    assert_eq!(response.status(), 500);
}

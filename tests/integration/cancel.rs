//! Clients that go away before they have their answer.

use windrose_kit::peer::h1::{Backend, Client, Conn};

use crate::gateway::Gateway;

const GET: &str = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n";

async fn asked(gateway: &Gateway, backend: &Backend) -> (Client, Conn) {
    let mut client = gateway.client().await;
    client.send(GET).await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    (client, conn)
}

#[tokio::test]
async fn a_request_is_given_up_when_its_client_closes() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let (client, mut conn) = asked(&gateway, &backend).await;
    client.close().await;
    conn.expect_gone().await;
    let (client, mut conn) = asked(&gateway, &backend).await;
    client.reset();
    conn.expect_gone().await;
}

#[tokio::test]
async fn a_request_by_tls_is_given_up_when_its_client_closes() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let connector = crate::gateway::offering(&[]);
    let mut client = Client::connect_tls(gateway.addr(), &connector, "a.test").await;
    client.send(GET).await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    client.close().await;
    conn.expect_gone().await;
}

#[tokio::test]
async fn a_request_is_given_up_when_its_client_closes_after_sending_ahead() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let (mut client, mut conn) = asked(&gateway, &backend).await;
    client.send(GET).await;
    client.close().await;
    conn.expect_gone().await;
}

#[tokio::test]
async fn a_silent_answer_is_given_up_when_its_client_closes() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let (mut client, mut conn) = asked(&gateway, &backend).await;
    conn.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        .await;
    client.read_response_head().await;
    client.close().await;
    conn.expect_gone().await;
}

#[tokio::test]
async fn an_answer_under_way_is_given_up_when_its_client_closes() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let (mut client, mut conn) = asked(&gateway, &backend).await;
    conn.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await;
    client.read_response_head().await;
    client.reset();
    while conn.try_send("1\r\nx\r\n").await.is_ok() {}
}

#[tokio::test]
async fn a_request_of_http_2_is_given_up_when_its_stream_is_reset() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.h2_client().await;
    for answers in [false, true] {
        let mut call = client.open(http::Request::get("http://a.test/").body(()).unwrap()).await;
        call.finish();
        let mut conn = backend.accept().await;
        conn.expect_request().await;
        if answers {
            conn.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await;
            call.head().await;
        }
        call.reset(h2::Reason::CANCEL);
        conn.expect_gone().await;
    }
}

#[tokio::test]
async fn requests_of_http_2_are_given_up_when_their_connection_ends() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.h2_client().await;
    let mut call = client.open(http::Request::get("http://a.test/").body(()).unwrap()).await;
    call.finish();
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    drop((call, client));
    conn.expect_gone().await;
}

#[tokio::test]
async fn a_client_that_has_sent_its_last_request_still_gets_the_answer() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let (mut client, mut conn) = asked(&gateway, &backend).await;
    conn.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n").await;
    client.read_response_head().await;
    conn.send("done").await;
    client.expect("done").await;
}

//! What a server that no configuration names any more still costs: nothing that is idle.

use windrose_kit::peer::h1::{Backend, Client};
use windrose_kit::peer::h2;

use crate::gateway::{Gateway, Setup, to, to_by};

const FOR_EVER: &str = "forwardingTimeouts: {idleConnTimeout: 0}";

async fn reaching(url: &str) -> Gateway {
    Gateway::start(Setup { dynamic: &to_by(url, FOR_EVER), ..Setup::default() }).await
}

async fn ask(client: &mut Client) {
    client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
}

#[tokio::test]
async fn an_idle_connection_ends_with_its_server() {
    let (backend, other) = (Backend::bind().await, Backend::bind().await);
    let gateway = reaching(&backend.url()).await;
    let mut client = gateway.client().await;
    ask(&mut client).await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    conn.answer("warm").await;
    client.read_response().await;
    gateway.apply(&to(&other.url())).await;
    conn.expect_gone().await;
}

#[tokio::test]
async fn an_idle_connection_ends_with_its_server_although_no_client_is_there() {
    let (backend, other) = (Backend::bind().await, Backend::bind().await);
    let gateway = reaching(&backend.url()).await;
    let mut client = gateway.client().await;
    ask(&mut client).await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    conn.answer("warm").await;
    client.read_response().await;
    drop(client);
    gateway.write_dynamic(&to(&other.url()));
    conn.expect_gone().await;
}

#[tokio::test]
async fn an_idle_http2_connection_ends_with_its_server() {
    let (backend, other) = (h2::Backend::bind().await, Backend::bind().await);
    let gateway = reaching(&backend.url()).await;
    let mut client = gateway.client().await;
    ask(&mut client).await;
    let mut conn = backend.accept().await;
    conn.expect_request().await.answer("warm");
    client.read_response().await;
    gateway.apply(&to(&other.url())).await;
    conn.expect_close().await;
}

#[tokio::test]
async fn a_request_outlives_its_server_and_its_connection_does_not() {
    let (backend, other) = (Backend::bind().await, Backend::bind().await);
    let gateway = reaching(&backend.url()).await;
    let mut client = gateway.client().await;
    ask(&mut client).await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    conn.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha").await;
    gateway.apply(&to(&other.url())).await;
    conn.send("lf").await;
    assert_eq!(client.read_response().await.text(), "half");
    conn.expect_gone().await;
}

#[tokio::test]
async fn a_server_that_is_named_as_before_keeps_its_connections() {
    let backend = Backend::bind().await;
    let gateway = reaching(&backend.url()).await;
    let mut client = gateway.client().await;
    ask(&mut client).await;
    let mut conn = backend.accept().await;
    for round in 0..3 {
        conn.expect_request().await;
        conn.answer("warm").await;
        client.read_response().await;
        if round < 2 {
            gateway.apply(&to_by(&backend.url(), FOR_EVER)).await;
            ask(&mut client).await;
        }
    }
    assert_eq!(backend.connections(), 1);
}

//! What connections cost while nothing happens on them.

use windrose_kit::peer::h1::{Client, Server};

use crate::gateway::{Gateway, offering};

const COUNT: usize = 2000;
const GET: &str = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n";

/// The memory of each of many connections that have had an answer and wait.
async fn idle(gateway: &Gateway, connect: impl AsyncFn() -> Client) -> usize {
    // What the first connections need once is not counted.
    let mut clients = Vec::new();
    for _ in 0..200 {
        clients.push(answered(connect().await).await);
    }
    let before = gateway.memory();
    for _ in 0..COUNT {
        clients.push(answered(connect().await).await);
    }
    gateway.memory().saturating_sub(before) / COUNT
}

async fn answered(mut client: Client) -> Client {
    client.send(GET).await;
    assert_eq!(client.read_response().await.text(), "hello");
    client
}

#[tokio::test]
async fn an_idle_connection_takes_little_memory() {
    let server = Server::fixed("hello").await;
    let gateway = Gateway::to(&server.url()).await;
    let each = idle(&gateway, async || gateway.client().await).await;
    assert!(each <= 10 << 10, "{each} bytes each");
}

#[tokio::test]
async fn an_idle_connection_by_tls_holds_no_buffers() {
    let server = Server::fixed("hello").await;
    let gateway = Gateway::to(&server.url()).await;
    let connector = offering(&[]);
    let each = idle(&gateway, async || Client::connect_tls(gateway.addr(), &connector, "a.test").await).await;
    assert!(each <= 24 << 10, "{each} bytes each");
}

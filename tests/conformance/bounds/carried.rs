//! Connections that are carried and not looked into.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::measure;
use super::servers::silent;
use super::table::{CARRIED_DOWN, CARRIED_UP};
use crate::gateway::{Gateway, routes};

/// A gateway that carries what comes from this address, and a connection from there.
async fn carried(url: &str, server: SocketAddr) -> (Gateway, TcpStream) {
    let tcp = format!(
        "tcp:\n  routers: {{raw: {{rule: 'HostSNI(`*`) && ClientIP(`127.0.0.2`)', service: raw}}}}\n  \
         services: {{raw: {{loadBalancer: {{servers: [{{address: '{server}'}}]}}}}}}\n"
    );
    let gateway = Gateway::routing("", &format!("{}{tcp}", routes(url))).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    let mut stream = socket.connect(gateway.addr()).await.unwrap();
    stream.write_all(b"hello").await.unwrap();
    (gateway, stream)
}

/// Writes until nothing more is taken.
async fn flood(stream: &mut TcpStream) {
    let piece = vec![b'x'; 64 * 1024];
    while let Ok(Ok(())) = tokio::time::timeout(Duration::from_millis(300), stream.write_all(&piece)).await {}
}

#[tokio::test]
async fn what_a_server_sends_and_nobody_reads_stays_with_it() {
    let (web, listener) = (silent().await, TcpListener::bind("127.0.0.1:0").await.unwrap());
    let (gateway, client) = carried(&web.url(), listener.local_addr().unwrap()).await;
    let (mut server, _) = listener.accept().await.unwrap();
    measure(CARRIED_DOWN, &gateway, async {
        flood(&mut server).await;
        (client, server)
    })
    .await;
}

#[tokio::test]
async fn what_a_client_sends_and_no_server_reads_stays_with_it() {
    let (web, listener) = (silent().await, TcpListener::bind("127.0.0.1:0").await.unwrap());
    let (gateway, mut client) = carried(&web.url(), listener.local_addr().unwrap()).await;
    let (server, _) = listener.accept().await.unwrap();
    measure(CARRIED_UP, &gateway, async {
        flood(&mut client).await;
        (client, server)
    })
    .await;
}

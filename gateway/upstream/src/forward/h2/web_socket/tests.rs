//! Tunnels that share a connection to a server.

use std::future::poll_fn;
use std::rc::Rc;

use bytes::Bytes;
use h2::server::Builder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use windrose_stream::{Io, Relay};

use super::super::{open, web_socket};
use crate::service::PassHost;
use crate::testing::{beside, endpoint, local, pipe, request, run};

const KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";

/// A server that says a lot in small frames to whoever asks for `/flood`, and says again what others say.
async fn serve(stream: tokio::io::DuplexStream) {
    let mut builder = Builder::new();
    let mut connection =
        builder.enable_connect_protocol().handshake::<_, Bytes>(stream).await.expect("a client");
    while let Some(Ok((asked, mut respond))) = connection.accept().await {
        beside(async move {
            let mut sending = respond.send_response(http::Response::new(()), false).expect("a stream");
            let is_flood = asked.uri().path() == "/flood";
            for _ in 0..if is_flood { 8_000 } else { 0 } {
                // The test may be over.
                let _ = sending.send_data(Bytes::from_static(b"0123456789"), false);
            }
            let mut body = asked.into_body();
            while let Some(Ok(data)) = body.data().await {
                let _ = body.flow_control().release_capacity(data.len());
                let _ = sending.send_data(data, false);
            }
        });
    }
}

#[test]
fn tunnels_that_nobody_reads_cost_others_nothing() {
    run(async {
        let (io, peer) = pipe();
        let _server = beside(serve(peer.stream));
        let (to, local) = (endpoint("h2c://s.test"), local());
        let sender = open(io, &to, &local).await.expect("a connection");
        sender.settled().await;
        let tunnel = async |path: &str| {
            let mut ex = request(&format!("GET {path}\n{KEY}"));
            let reply = web_socket::send(&sender, &mut ex, &to, PassHost::Client).await;
            reply.ok().and_then(|reply| reply.upgrade).expect("a tunnel")
        };
        let mut calm = tunnel("/calm").await;
        let mut unread = Vec::new();
        for _ in 0..20 {
            let mut server = tunnel("/flood").await;
            let (near, far) = tokio::io::duplex(1);
            unread.push(far);
            beside(async move {
                let (mut client, mut relay) = (Io::other(near), Relay::default());
                let _ = poll_fn(|cx| relay.poll(&mut client, &mut *server, cx)).await;
            });
        }
        for _ in 0..300 {
            calm.write_all(b"still there").await.expect("room");
            let mut heard = [0; 11];
            calm.read_exact(&mut heard).await.expect("the echo");
            assert_eq!(&heard, b"still there");
        }
        assert!(sender.is_alive());
        assert_eq!(Rc::strong_count(&sender), 1 + 1 + 21, "ours, the pool's and the tunnels'");
    });
}

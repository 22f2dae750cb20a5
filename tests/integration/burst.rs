//! Many requests at once for a server without a connection.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use tokio::sync::Barrier;
use windrose_kit::peer::h2::{Backend, Server};

use crate::gateway::Gateway;

const MANY: usize = 100;

#[tokio::test]
async fn a_burst_at_a_cold_http2_server_is_one_connection_to_it() {
    // Nobody is answered before all have been asked for, so they are under way together.
    let together = Arc::new(Barrier::new(MANY));
    let server = Server::start(Backend::bind().await, move |mut exchange| {
        let together = Arc::clone(&together);
        async move {
            together.wait().await;
            exchange.reply(Response::new(Bytes::from_static(b"ok")));
        }
    });
    let gateway = Gateway::to(&server.url()).await;
    let mut client = gateway.h2_client().await;
    let mut calls = Vec::new();
    for _ in 0..MANY {
        let mut call = client.open(Request::get("http://a.test/").body(()).unwrap()).await;
        call.finish();
        calls.push(call);
    }
    for call in calls {
        assert_eq!(call.reply().await.text(), "ok");
    }
    assert_eq!(server.connections(), 1);
}

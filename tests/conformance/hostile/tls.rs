//! Ends of answers over TLS.

use windrose_kit::peer::h1::{Backend, Server};
use windrose_kit::peer::tls::{Acceptor, Authority, ServerOptions};

use super::{ask_h1, ask_h2};
use crate::frames::End;
use crate::gateway::Gateway;

/// Whoever cuts the connection below TLS must not be able to shorten an answer unseen.
#[tokio::test]
async fn an_end_that_was_not_announced_is_none() {
    let authority = Authority::new("ca");
    let acceptor = Acceptor::new(&authority.issue(&["a.test"]), ServerOptions::default());
    let server = Server::start(Backend::bind_tls(acceptor).await, |mut conn| async move {
        while let Some(request) = conn.next_request().await {
            match request.target() {
                "/announced" => {
                    conn.send("HTTP/1.1 200 OK\r\n\r\nhello").await;
                    return conn.close().await;
                }
                "/cut" => {
                    conn.send("HTTP/1.1 200 OK\r\n\r\nhello").await;
                    // The connection ends with what is below TLS.
                    return;
                }
                _ => conn.answer("").await,
            }
        }
    });
    let gateway = Gateway::routing("", &routes(&server.url())).await;
    for outcome in [ask_h1(&gateway, "GET", "/announced").await, ask_h2(&gateway, "GET", "/announced").await]
    {
        assert_eq!((outcome.status, &outcome.body[..], outcome.end), (Some(200), &b"hello"[..], End::Whole));
    }
    for outcome in [ask_h1(&gateway, "GET", "/cut").await, ask_h2(&gateway, "GET", "/cut").await] {
        assert_ne!(outcome.end, End::Whole, "{outcome:?}");
    }
}

fn routes(url: &str) -> String {
    crate::gateway::routes(url).replace("servers:", "serversTransport: any, servers:")
        + "  serversTransports:\n    any: {insecureSkipVerify: true}\n"
}

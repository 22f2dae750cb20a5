use super::{Acceptor, Authority, ClientOptions, Connector, ServerNameUse, ServerOptions, Versions};
use crate::peer::listener::Listener;
use crate::peer::wire::Wire;

async fn meet(acceptor: Acceptor, connector: &Connector, name: &str) -> (Wire, Wire) {
    let listener = Listener::bind(Some(acceptor)).await;
    tokio::join!(connector.connect(listener.addr(), name), listener.accept())
}

#[tokio::test]
async fn both_ends_learn_what_was_agreed() {
    let authority = Authority::new("test authority");
    let (server, client) = (authority.issue(&["a.test"]), authority.issue(&["client"]));
    let acceptor =
        Acceptor::new(&server, ServerOptions { alpn: &["h2", "http/1.1"], clients: Some(&authority) });
    let connector = Connector::new(ClientOptions {
        trust: Some(&authority),
        identity: Some(&client),
        alpn: &["http/1.1"],
        versions: Versions::Only12,
        ..ClientOptions::default()
    });
    let (mut near, mut far) = meet(acceptor, &connector, "a.test").await;

    assert_eq!(near.socket().alpn().as_deref(), Some("http/1.1"));
    assert_eq!(near.socket().tls_version().as_deref(), Some("TLSv1_2"));
    assert_eq!(near.socket().peer_certificate().as_deref(), Some(server.certificate_der()));
    assert_eq!(far.socket().peer_certificate().as_deref(), Some(client.certificate_der()));
    assert_eq!(far.socket().server_name().as_deref(), Some("a.test"));
    near.send("ping").await;
    far.expect("ping").await;
    far.close().await;
    near.expect_close().await;
}

#[tokio::test]
async fn a_stranger_is_believed_only_on_request() {
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let acceptor = Acceptor::new(&theirs.issue(&["a.test"]), ServerOptions::default());
    let listener = Listener::bind(Some(acceptor.clone())).await;
    let strict = Connector::new(ClientOptions { trust: Some(&ours), ..ClientOptions::default() });
    let error = tokio::select! {
        refused = strict.try_connect(listener.addr(), "a.test") => refused.unwrap_err(),
        _ = listener.accept() => panic!("the handshake succeeded"),
    };
    assert!(error.to_string().contains("UnknownIssuer"), "{error}");

    let lenient =
        Connector::new(ClientOptions { server_name: ServerNameUse::Withheld, ..ClientOptions::default() });
    let (_near, far) = meet(acceptor, &lenient, "b.test").await;
    assert_eq!(far.socket().server_name(), None);
}

use ::h2::Reason;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};

use super::{Backend, Client, Frame, Raw, Server, flags, kind, setting};
use crate::peer::tls::{Acceptor, Authority, ClientOptions, Connector, ServerOptions};

const PROTOCOL_ERROR: u32 = 1;

#[tokio::test]
async fn a_conversation_reads_in_order() {
    let backend = Backend::bind().await;
    let (mut client, mut conn) = tokio::join!(Client::connect(backend.addr()), backend.accept());

    let mut call = client.open(Request::post("http://a.test/up").body(()).unwrap()).await;
    let mut exchange = conn.expect_request().await;
    assert_eq!(exchange.request.uri().path(), "/up");
    exchange.respond.send_informational(Response::builder().status(103).body(()).unwrap()).unwrap();
    assert_eq!(call.interim().await.unwrap().status(), 103);

    call.send("one ");
    call.send("two");
    call.finish();
    assert_eq!(exchange.read_body().await.0, "one two");
    let mut body = exchange.start(Response::new(()));
    body.send_data(Bytes::from("reply"), false).unwrap();
    let trailers = HeaderMap::from_iter([("x-sum".parse().unwrap(), "1".parse().unwrap())]);
    body.send_trailers(trailers).unwrap();

    let reply = call.reply().await;
    assert_eq!((reply.status, reply.text().as_str()), (200, "reply"));
    assert_eq!(reply.trailers["x-sum"], "1");
}

#[tokio::test]
async fn a_reset_and_a_goodbye_reach_the_client() {
    let backend = Backend::bind().await;
    let (mut client, mut conn) = tokio::join!(Client::connect(backend.addr()), backend.accept());
    let call = client.open(Request::get("http://a.test/").body(()).unwrap()).await;
    conn.expect_request().await.reset(Reason::ENHANCE_YOUR_CALM);
    assert_eq!(call.try_reply().await.unwrap_err().reason(), Some(Reason::ENHANCE_YOUR_CALM));
    conn.go_away();
    client.closed().await.unwrap();
    conn.expect_close().await;
}

#[tokio::test]
async fn a_server_echoes_large_bodies_side_by_side_over_tls() {
    let authority = Authority::new("ca");
    let acceptor =
        Acceptor::new(&authority.issue(&["a.test"]), ServerOptions { alpn: &["h2"], clients: None });
    let backend = Backend::bind_tls(acceptor).await;
    let server = Server::answering(backend, |request| Response::new(request.into_body()));
    let options = ClientOptions { trust: Some(&authority), alpn: &["h2"], ..ClientOptions::default() };
    let mut client = Client::connect_tls(server.addr(), &Connector::new(options), "a.test").await;

    let large = Bytes::from(vec![7; 300_000]);
    let call = client.open(Request::post("https://a.test/").body(()).unwrap()).await;
    let reply = client.send(Request::post("https://a.test/").body(large.clone()).unwrap()).await;
    assert_eq!(reply.body, large);
    let mut call = call;
    call.finish();
    assert_eq!(call.reply().await.body, "");
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn frames_written_by_hand_are_understood() {
    let server = Server::echo().await;
    let mut raw = Raw::connect(server.addr()).await;
    raw.begin(&[(setting::INITIAL_WINDOW_SIZE, 65_535)]).await;

    let long = "v".repeat(300);
    let fields = [
        (":method", "POST"),
        (":scheme", "http"),
        (":authority", "a.test"),
        (":path", "/p"),
        ("x-long", &*long),
    ];
    raw.write(&Frame::headers(1, flags::NONE, &fields)).await;
    raw.write(&Frame::data(1, flags::END_STREAM, *b"body")).await;
    let head = raw.read_until(kind::HEADERS).await;
    assert_eq!(head.stream, 1);
    let data = raw.read_until(kind::DATA).await;
    let text = String::from_utf8(data.payload).unwrap();
    assert_eq!(text, format!("POST http://a.test/p\r\nx-long: {long}\r\n\r\nbody"));

    raw.write(&Frame::ping(*b"12345678")).await;
    let pong = raw.read_until(kind::PING).await;
    assert!(pong.has(flags::ACK));
    assert_eq!(pong.payload, b"12345678");

    raw.write(&Frame::data(0, flags::NONE, *b"x")).await;
    assert_eq!(raw.expect_go_away().await, PROTOCOL_ERROR);
}

#[tokio::test]
async fn a_backend_can_be_played_by_hand() {
    let backend = Backend::bind().await;
    let serve = async {
        let mut raw = Raw::serve(backend.accept_wire().await, &[]).await;
        let request = raw.read_until(kind::HEADERS).await;
        raw.write(&Frame::headers(request.stream, flags::END_STREAM, &[(":status", "204")])).await;
        raw
    };
    let ask = async {
        let mut client = Client::connect(backend.addr()).await;
        client.get("http://a.test/").await
    };
    let (_raw, reply) = tokio::join!(serve, ask);
    assert_eq!(reply.status, 204);
}

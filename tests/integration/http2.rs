//! HTTP/2 towards clients and towards servers, in every combination with HTTP/1.

use bytes::Bytes;
use h2::Reason;
use http::{HeaderMap, Request, Response};
use windrose_kit::peer::h2::{Backend, Client, Frame, Raw, Server, flags, kind, setting};
use windrose_kit::peer::tls::{Acceptor, Authority, ServerOptions};
use windrose_kit::peer::{h1, wire::Wire};
use windrose_kit::soon;

use crate::gateway::{Gateway, Http, Setup, dynamic, offering, to_by};

const URL: &str = "http://a.test/p";

fn post() -> Request<()> {
    Request::post(URL).body(()).unwrap()
}

/// The server side of TLS with a certificate that nobody signed for.
fn acceptor(alpn: &[&str]) -> Acceptor {
    let identity = Authority::new("ca").issue(&["127.0.0.1"]);
    Acceptor::new(&identity, ServerOptions { alpn, clients: None })
}

async fn by_tls(url: &str) -> Gateway {
    let dynamic = to_by(url, "insecureSkipVerify: true");
    Gateway::start(Setup { dynamic: &dynamic, ..Setup::default() }).await
}

#[tokio::test]
async fn every_pair_of_versions_carries_bodies_both_ways() {
    let large = vec![b'x'; 300_000];
    for backend in ["h1", "h1 by tls", "h2c", "h2 by tls"] {
        let (h1, h2);
        let url = match backend {
            "h1" => {
                h1 = h1::Server::echo().await;
                h1.url()
            }
            "h1 by tls" => {
                h1 = h1::Server::echo_tls(acceptor(&["http/1.1"])).await;
                h1.url()
            }
            "h2c" => {
                h2 = Server::echo().await;
                h2.url()
            }
            _ => {
                let bound = Backend::bind_tls(acceptor(&["h2", "http/1.1"])).await;
                h2 = Server::answering(bound, |request| Response::new(request.into_body()));
                h2.url()
            }
        };
        let gateway = by_tls(&url).await;
        let mut plain = h1::Client::connect(gateway.addr()).await;
        let mut tls = h1::Client::connect_tls(gateway.addr(), &offering(&["http/1.1"]), "a.test").await;
        for client in [&mut plain, &mut tls] {
            client
                .send(format!("POST /p HTTP/1.1\r\nHost: a.test\r\nContent-Length: {}\r\n\r\n", large.len()))
                .await;
            client.send(&large).await;
            let response = client.read_response().await;
            assert_eq!(response.status(), 200, "{backend}");
            assert!(response.body.ends_with(&large), "{backend}: {} bytes", response.body.len());
        }
        for mut client in [gateway.h2_client().await, gateway.h2_tls_client("a.test").await] {
            for _ in 0..2 {
                let request = Request::post(URL).body(Bytes::from(large.clone())).unwrap();
                let reply = client.send(request).await;
                assert_eq!(reply.status, 200, "{backend}");
                assert!(reply.body.ends_with(&large), "{backend}: {} bytes", reply.body.len());
            }
        }
    }
}

#[tokio::test]
async fn streams_of_a_connection_are_served_side_by_side() {
    let backend = h1::Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.h2_client().await;
    let mut calls = Vec::new();
    let mut conns = Vec::new();
    for _ in 0..20 {
        let mut call = client.open(Request::get(URL).body(()).unwrap()).await;
        call.finish();
        calls.push(call);
        let mut conn = backend.accept().await;
        conn.expect_request().await;
        conns.push(conn);
    }
    for (number, conn) in conns.iter_mut().enumerate().rev() {
        conn.answer(number.to_string()).await;
        assert_eq!(calls.pop().unwrap().reply().await.text(), number.to_string());
    }
}

#[tokio::test]
async fn requests_share_a_connection_to_a_server_of_http_2() {
    let server = Server::echo().await;
    let gateway = Gateway::to(&server.url()).await;
    let mut client = gateway.h2_client().await;
    assert_eq!(client.get(URL).await.status, 200);
    let calls: Vec<_> = {
        let mut calls = Vec::new();
        for _ in 0..50 {
            let mut call = client.open(Request::get(URL).body(()).unwrap()).await;
            call.finish();
            calls.push(call);
        }
        calls
    };
    for call in calls {
        assert_eq!(call.reply().await.status, 200);
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn fields_keep_their_values_and_lose_those_of_one_connection() {
    let server = Server::echo().await;
    let gateway = Gateway::to(&server.url()).await;
    let mut client = gateway.client().await;
    client
        .send(
            "GET /p?q=1 HTTP/1.1\r\nHost: a.test\r\nConnection: X-Drop\r\nX-Drop: 1\r\nKeep-Alive: 5\r\n\
             Te: trailers, gzip\r\nX-Keep: a\r\nX-Keep: b\r\nCookie: a=1\r\n\r\n",
        )
        .await;
    let text = client.read_response().await.text();
    assert!(text.starts_with("GET http://a.test/p?q=1\r\n"), "{text}");
    for part in ["x-keep: a\r\n", "x-keep: b\r\n", "te: trailers\r\n", "cookie: a=1\r\n"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    for part in ["x-drop", "keep-alive", "connection", "gzip"] {
        assert!(!text.contains(part), "{part} is in {text}");
    }
}

#[tokio::test]
async fn crumbs_of_a_cookie_are_joined() {
    let server = h1::Server::echo().await;
    let gateway = Gateway::to(&server.url()).await;
    let mut client = gateway.h2_client().await;
    let request =
        Request::get(URL).header("cookie", "a=1").header("cookie", "b=2").body(Bytes::new()).unwrap();
    client.send(request).await;
    assert_eq!(server.requests()[0].headers("cookie"), ["a=1; b=2"]);
}

#[tokio::test]
async fn trailers_pass_between_versions() {
    let backend = h1::Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.h2_client().await;
    let mut call = client.open(post()).await;
    call.send("abc");
    call.body
        .send_trailers(HeaderMap::from_iter([("x-sum".parse().unwrap(), "6".parse().unwrap())]))
        .unwrap();
    let mut conn = backend.accept().await;
    let request = conn.expect_request().await;
    assert_eq!((request.text().as_str(), request.trailer("x-sum")), ("abc", Some("6")));
    conn.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nxyz\r\n0\r\nX-Sum: 9\r\n\r\n").await;
    let reply = call.reply().await;
    assert_eq!((reply.text().as_str(), &reply.trailers["x-sum"]), ("xyz", &"9".parse().unwrap()));

    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;
    client
        .send("POST /p HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 6\r\n\r\n")
        .await;
    let mut conn = backend.accept().await;
    let mut exchange = conn.expect_request().await;
    let (body, trailers) = exchange.read_body().await;
    assert_eq!((&body[..], &trailers["x-sum"]), (&b"abc"[..], &"6".parse().unwrap()));
    let mut answer = exchange.start(Response::new(()));
    answer.send_data(Bytes::from("xyz"), false).unwrap();
    answer.send_trailers(HeaderMap::from_iter([("x-sum".parse().unwrap(), "9".parse().unwrap())])).unwrap();
    let response = client.read_response().await;
    assert_eq!((response.text().as_str(), response.trailer("x-sum")), ("xyz", Some("9")));
}

#[tokio::test]
async fn both_directions_of_a_stream_flow_at_once() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.h2_client().await;
    let mut call = client.open(post()).await;
    let mut conn = backend.accept().await;
    let mut exchange = conn.expect_request().await;
    let mut answer = exchange.start(Response::new(()));
    let mut reply = call.head().await.into_body();
    for number in 0..5 {
        let text = number.to_string();
        call.send(text.clone());
        let heard = soon("a part of the request", exchange.request.body_mut().data()).await.unwrap().unwrap();
        assert_eq!(heard, text);
        answer.send_data(heard, false).unwrap();
        let heard = soon("a part of the answer", reply.data()).await.unwrap().unwrap();
        assert_eq!(heard, text);
    }
    call.finish();
    assert!(exchange.read_body().await.0.is_empty());
    answer.send_data(Bytes::new(), true).unwrap();
    while let Some(rest) = soon("the end of the answer", reply.data()).await {
        assert_eq!(rest.unwrap(), "");
    }
}

#[tokio::test]
async fn a_reset_by_the_client_reaches_the_server() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.h2_client().await;
    let mut call = client.open(post()).await;
    call.send("abc");
    let mut conn = backend.accept().await;
    let mut exchange = conn.expect_request().await;
    call.reset(Reason::CANCEL);
    let body = exchange.request.body_mut();
    let error = soon("the reset", async {
        loop {
            match body.data().await {
                Some(Ok(_)) => {}
                Some(Err(error)) => return error,
                None => panic!("the request ended as if it were whole"),
            }
        }
    })
    .await;
    assert_eq!(error.reason(), Some(Reason::CANCEL));
    // The connection goes on.
    let mut call = client.open(Request::get(URL).body(()).unwrap()).await;
    call.finish();
    conn.expect_request().await.answer("next");
    assert_eq!(call.reply().await.text(), "next");
}

#[tokio::test]
async fn a_reset_by_the_server_reaches_the_client() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.h2_client().await;
    let mut call = client.open(Request::get(URL).body(()).unwrap()).await;
    call.finish();
    let mut conn = backend.accept().await;
    let mut exchange = conn.expect_request().await;
    let mut answer = exchange.start(Response::new(()));
    answer.send_data(Bytes::from("abc"), false).unwrap();
    let mut reply = call.head().await.into_body();
    assert_eq!(reply.data().await.unwrap().unwrap(), "abc");
    answer.send_reset(Reason::INTERNAL_ERROR);
    assert!(soon("the reset", reply.data()).await.unwrap().unwrap_err().is_reset());

    let mut call = client.open(Request::get(URL).body(()).unwrap()).await;
    call.finish();
    conn.expect_request().await.reset(Reason::INTERNAL_ERROR);
    assert_eq!(call.reply().await.status, 502, "before its head an answer can still be another one");
}

#[tokio::test]
async fn a_request_that_was_not_looked_at_is_sent_again_on_a_new_connection() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.h2_client().await;
    for method in ["GET", "DELETE", "PATCH"] {
        let request = Request::builder().method(method).uri(URL).body(Bytes::new()).unwrap();
        let serve = async {
            let mut refusing = backend.accept().await;
            refusing.expect_request().await.reset(Reason::REFUSED_STREAM);
            let mut taking = backend.accept().await;
            let mut exchange = taking.expect_request().await;
            exchange.answer("done");
            // Both say goodbye, so that the next request needs a new connection.
            drop(exchange);
            for mut conn in [refusing, taking] {
                conn.go_away();
                conn.expect_close().await;
            }
        };
        let (reply, ()) = tokio::join!(client.send(request), serve);
        assert_eq!(reply.text(), "done", "{method}");
    }
}

#[tokio::test]
async fn a_server_that_says_goodbye_finishes_what_it_has_and_gets_no_more() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.h2_client().await;
    let mut old = client.open(post()).await;
    let mut conn = backend.accept().await;
    let mut exchange = conn.expect_request().await;
    conn.go_away();
    // Requests that come before the goodbye has arrived are still served by it; none is lost, whatever its method.
    let mut next = loop {
        let mut call = client.open(post()).await;
        call.send("a body that cannot be sent twice");
        call.finish();
        tokio::select! {
            again = conn.next_request() => {
                again.expect("the first request is not answered yet").answer("before");
                assert_eq!(call.reply().await.text(), "before");
            }
            mut next = backend.accept() => {
                next.expect_request().await.answer("after");
                assert_eq!(call.reply().await.text(), "after");
                break next;
            }
        }
    };
    old.finish();
    exchange.answer("old");
    assert_eq!(old.reply().await.text(), "old");
    drop(exchange);
    conn.expect_close().await;
    let mut call = client.open(post()).await;
    call.finish();
    next.expect_request().await.answer("again");
    assert_eq!(call.reply().await.text(), "again");
}

#[tokio::test]
async fn a_lost_connection_to_a_server_is_replaced() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.h2_client().await;
    for _ in 0..5 {
        // The request finds the old connection lost, or loses it with itself on the way; both are repaired.
        let serve = async {
            let mut conn = backend.accept().await;
            conn.expect_request().await.answer("done");
            conn
        };
        let (reply, conn) = tokio::join!(client.get(URL), serve);
        assert_eq!(reply.text(), "done");
        drop(conn);
    }
}

#[tokio::test]
async fn a_client_may_open_its_most_streams_and_no_more() {
    let backend = h1::Backend::bind().await;
    let gateway = Gateway::with("http2: {maxConcurrentStreams: 2}", &backend.url()).await;
    let mut raw = Raw::connect(gateway.addr()).await;
    raw.begin(&[]).await;
    for stream in [1, 3, 5] {
        raw.write(&Frame::get(stream, "a.test", "/")).await;
    }
    assert_eq!(raw.expect_stream_reset(5).await, u32::from(Reason::REFUSED_STREAM));
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let server = h1::Server::fixed("hello").await;
    let gateway = Gateway::with("http: {maxHeaderBytes: 4096}", &server.url()).await;
    let mut client = gateway.h2_client().await;
    let request = Request::get(URL).header("x-fill", "x".repeat(8000)).body(Bytes::new()).unwrap();
    match client.try_send(request).await {
        Ok(reply) => assert_eq!(reply.status, 431),
        Err(error) => assert!(error.is_reset(), "{error}"),
    }
    assert_eq!(client.get(URL).await.text(), "hello", "the connection goes on");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn what_is_no_request_does_not_reach_a_server() {
    let server = h1::Server::fixed("hello").await;
    let gateway = Gateway::to(&server.url()).await;
    let bases = [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "a.test")];
    let without = |name: &str| bases.iter().copied().filter(|(known, _)| *known != name).collect::<Vec<_>>();
    let with = |more: &[(&'static str, &'static str)]| [&bases[..], more].concat();
    for fields in [
        without(":method"),
        without(":path"),
        without(":scheme"),
        with(&[("connection", "close")]),
        with(&[("transfer-encoding", "chunked")]),
        with(&[("te", "gzip")]),
        with(&[("X-Upper", "1")]),
        with(&[("x-a", "b\r\nx-injected: 1")]),
        with(&[("x a", "b")]),
        with(&[("host", "b.test")]),
        with(&[(":path", "/2")]),
    ] {
        let mut raw = Raw::connect(gateway.addr()).await;
        raw.begin(&[]).await;
        raw.write(&Frame::headers(1, flags::END_STREAM, &fields)).await;
        loop {
            let frame = raw.read().await;
            match frame.kind {
                kind::RST_STREAM | kind::GOAWAY => break,
                kind::HEADERS => {
                    // The static table holds 400 as entry 12.
                    assert_eq!(frame.payload[0], 0x8c, "{fields:?}: {frame:?}");
                    break;
                }
                _ => {}
            }
        }
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_request_whose_body_is_not_as_long_as_it_says_does_not_end_well() {
    let backend = h1::Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    for (length, body) in [("5", "abc"), ("2", "abc")] {
        let mut raw = Raw::connect(gateway.addr()).await;
        raw.begin(&[]).await;
        let fields = [
            (":method", "POST"),
            (":scheme", "http"),
            (":path", "/"),
            (":authority", "a.test"),
            ("content-length", length),
        ];
        raw.write(&Frame::headers(1, flags::NONE, &fields)).await;
        let mut conn = backend.accept().await;
        conn.expect_head().await;
        raw.write(&Frame::data(1, flags::END_STREAM, body.as_bytes())).await;
        assert_eq!(raw.expect_stream_reset(1).await, u32::from(Reason::PROTOCOL_ERROR));
        let body = conn.read_rest().await;
        assert!(body.len() < length.parse().unwrap(), "the server believes it has all");
    }
}

#[tokio::test]
async fn a_client_that_gives_no_room_takes_no_memory() {
    let backend = h1::Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut raw = Raw::connect(gateway.addr()).await;
    raw.begin(&[(setting::INITIAL_WINDOW_SIZE, 0)]).await;
    raw.write(&Frame::get(1, "a.test", "/")).await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    let before = gateway.memory();
    let length = 256 << 20;
    conn.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n")).await;
    let sent = conn.send_until_stuck(length).await;
    assert!(sent < 32 << 20, "{sent} bytes were taken for a client that gives no room");
    let grown = gateway.memory().saturating_sub(before);
    assert!(grown < 8 << 20, "{grown} bytes more than before");
    // A little room lets a little through.
    raw.write(&Frame::window_update(1, 1000)).await;
    assert_eq!(raw.read_until(kind::DATA).await.payload.len(), 1000);
}

#[tokio::test]
async fn a_server_that_gives_no_room_takes_no_memory() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;
    let length = 256 << 20;
    client.send(format!("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: {length}\r\n\r\n")).await;
    let mut conn = backend.accept().await;
    let mut exchange = conn.expect_request().await;
    let before = gateway.memory();
    let sent = client.send_until_stuck(length).await;
    assert!(sent < 32 << 20, "{sent} bytes were taken for a server that gives no room");
    let grown = gateway.memory().saturating_sub(before);
    assert!(grown < 8 << 20, "{grown} bytes more than before");
    exchange.answer("enough");
    assert_eq!(client.read_response().await.text(), "enough");
}

#[tokio::test]
async fn a_flood_of_resets_ends_the_connection() {
    let server = h1::Server::fixed("hello").await;
    let gateway = Gateway::to(&server.url()).await;
    let mut raw = Raw::connect(gateway.addr()).await;
    raw.begin(&[]).await;
    let mut flood = Vec::new();
    for number in 0..5000 {
        flood.extend(Frame::get(number * 2 + 1, "a.test", "/").encode());
        flood.extend(Frame::reset(number * 2 + 1, u32::from(Reason::CANCEL)).encode());
    }
    let mut wire = raw.into_wire();
    let _cut = wire.try_send(flood).await;
    wire.read_rest().await;
    // Others are served.
    assert_eq!(gateway.h2_client().await.get(URL).await.text(), "hello");
}

#[tokio::test]
async fn a_preface_in_pieces_is_understood() {
    let server = h1::Server::fixed("hello").await;
    let gateway = Gateway::to(&server.url()).await;
    let mut wire = Wire::connect(gateway.addr()).await;
    for byte in b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" {
        wire.send([*byte]).await;
    }
    wire.send(Frame::settings(&[]).encode()).await;
    wire.send(Frame::get(1, "a.test", "/").encode()).await;
    let mut raw = Raw::over(wire);
    assert_eq!(raw.read_until(kind::DATA).await.payload, b"hello");
}

#[tokio::test]
async fn a_connection_ends_after_its_most_requests() {
    let server = h1::Server::fixed("hello").await;
    let gateway = Gateway::with("transport: {keepAliveMaxRequests: 3}", &server.url()).await;
    let mut client = gateway.h2_client().await;
    for _ in 0..3 {
        assert_eq!(client.get(URL).await.text(), "hello");
    }
    client.closed().await.unwrap();
}

#[tokio::test]
async fn a_client_without_alpn_speaks_http_1() {
    let server = h1::Server::fixed("hello").await;
    let gateway = Gateway::to(&server.url()).await;
    let mut client = h1::Client::connect_tls(gateway.addr(), &offering(&[]), "a.test").await;
    assert_eq!(client.get("a.test", "/").await.text(), "hello");
    let client = Client::connect_tls(gateway.addr(), &offering(&["h2", "http/1.1"]), "a.test").await;
    let mut client = client;
    assert_eq!(client.get("https://a.test/").await.text(), "hello");
}

#[tokio::test]
async fn an_early_answer_reaches_a_client_that_sends_on() {
    let backend = h1::Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.h2_client().await;
    let mut call = client.open(post()).await;
    call.send("abc");
    let mut conn = backend.accept().await;
    conn.read_until("abc").await;
    conn.send("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig").await;
    let reply = call.reply().await;
    assert_eq!((reply.status, reply.text().as_str()), (413, "big"));
    conn.read_rest().await;
    let mut call = client.open(post()).await;
    call.finish();
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    conn.answer("next").await;
    assert_eq!(call.reply().await.text(), "next");
}

#[tokio::test]
async fn a_client_that_reads_nothing_of_a_server_of_http_2_takes_no_memory() {
    let length = 128 << 20;
    let server =
        Server::answering(Backend::bind().await, move |_| Response::new(Bytes::from(vec![b'x'; length])));
    let gateway = Gateway::to(&server.url()).await;
    let mut client = gateway.client().await;
    gateway.forget_peak();
    let before = gateway.memory();
    client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    client.read_response_head().await;
    for _ in 0..length >> 20 {
        client.read_exact(1 << 20).await;
    }
    let grown = gateway.peak_memory().saturating_sub(before);
    assert!(grown < 8 << 20, "{grown} bytes more than before");
}

#[tokio::test]
async fn a_server_may_hold_back_its_most_streams() {
    let mut settings = h2::server::Builder::new();
    settings.max_concurrent_streams(2);
    let backend = Backend::bind().await.with_settings(settings);
    let server = Server::start(backend, |mut exchange| async move {
        exchange.read_body().await;
        exchange.answer("done");
    });
    let gateway = Gateway::to(&server.url()).await;
    let mut client = gateway.h2_client().await;
    let mut calls = Vec::new();
    for _ in 0..20 {
        let mut call = client.open(post()).await;
        call.send("abc");
        calls.push(call);
    }
    for mut call in calls {
        call.finish();
        assert_eq!(call.reply().await.text(), "done");
    }
}

/// The length of an answer to HEAD is told alike over both versions, of a server's answer and of the gateway's own.
#[tokio::test]
async fn the_answer_to_head_tells_the_same_length_over_both_versions() {
    let backend = h1::Backend::bind().await;
    let server = h1::Server::answering(backend, |request| match request.target() {
        "/told" => b"HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n".to_vec(),
        _ => b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec(),
    });
    let service = format!("{{loadBalancer: {{servers: [{{url: '{}'}}]}}}}", server.url());
    let text = dynamic(&Http {
        routers: &[("only", "{rule: 'Host(`a.test`)', service: app}")],
        services: &[("app", &service)],
        ..Http::default()
    });
    let gateway = Gateway::start(Setup { dynamic: &text, ..Setup::default() }).await;
    let cases = [("a.test", "/told", 200), ("a.test", "/untold", 200), ("b.test", "/", 404)];
    let lengths = [Some("1234"), None, Some("19")];
    for ((host, target, status), length) in cases.into_iter().zip(lengths) {
        let mut plain = gateway.client().await;
        plain.send(format!("HEAD {target} HTTP/1.1\r\nHost: {host}\r\n\r\n")).await;
        let response = plain.read_response_to("HEAD").await;
        assert_eq!(
            (response.status(), response.header("content-length")),
            (status, length),
            "{host}{target}"
        );
        let request = Request::head(format!("http://{host}{target}")).body(Bytes::new()).unwrap();
        let reply = gateway.h2_client().await.send(request).await;
        let told = reply.headers.get("content-length").map(|value| value.to_str().unwrap());
        assert_eq!((reply.status, told), (status, length), "{host}{target} over HTTP/2");
    }
}

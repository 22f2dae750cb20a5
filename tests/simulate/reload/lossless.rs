//! Lossless: no connection is cut by a reload, whatever it does meanwhile.

use windrose_kit::peer::h1::{Backend, Client, Conn, Server};
use windrose_kit::peer::h2;

use super::gateway;
use crate::random::Random;

/// The servers a configuration may lead to.
struct Servers {
    answering: [Server; 2],
    scripted: Backend,
}

/// Where requests for `a.test` go: to one of the answering servers, or nowhere.
type Route = Option<usize>;

impl Servers {
    async fn start() -> Self {
        let answering = [Server::fixed("0").await, Server::fixed("1").await];
        Self { answering, scripted: Backend::bind().await }
    }

    /// A configuration in which anything may differ from the one before, and where requests go with it.
    fn any(&self, random: &mut Random, stamp: usize) -> (String, Route) {
        if random.once_in(10) {
            return ("{}".to_owned(), None);
        }
        let route = (!random.once_in(5)).then(|| random.below(2));
        // What goes to the scripted server is there at first, and later may be gone.
        let scripted = random.once_in(3).then(|| self.scripted.url());
        (self.to(route, scripted.as_deref(), stamp), route)
    }

    fn to(&self, route: Route, scripted: Option<&str>, stamp: usize) -> String {
        let mut text =
            String::from("http:\n  routers:\n    other: {rule: 'Host(`other.test`)', service: other}\n");
        if route.is_some() {
            text.push_str("    a: {rule: 'Host(`a.test`)', service: a, middlewares: [stamp]}\n");
        }
        if scripted.is_some() {
            text.push_str("    long: {rule: 'Host(`long.test`)', service: long}\n");
        }
        text.push_str(&format!(
            "  middlewares: {{stamp: {{headers: {{customResponseHeaders: {{X-Stamp: '{stamp}'}}}}}}}}\n  services:\n    \
             other: {{loadBalancer: {{servers: []}}}}\n"
        ));
        let server = |name: &str, url: &str| {
            format!("    {name}: {{loadBalancer: {{servers: [{{url: '{url}'}}]}}}}\n")
        };
        if let Some(route) = route {
            text.push_str(&server("a", &self.answering[route].url()));
        }
        if let Some(url) = scripted {
            text.push_str(&server("long", url));
        }
        text
    }
}

/// Exchanges that go on all the time.
struct Long {
    downloading: (Client, Conn),
    uploading: (Client, Conn),
    upgraded: (Client, Conn),
    streaming: (h2::Client, h2::Call, Conn),
}

impl Long {
    async fn start(addr: std::net::SocketAddr, backend: &Backend) -> Self {
        let mut client = Client::connect(addr).await;
        client.send("GET / HTTP/1.1\r\nHost: long.test\r\n\r\n").await;
        let mut conn = backend.accept().await;
        conn.expect_request().await;
        conn.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await;
        client.read_response_head().await;
        let downloading = (client, conn);

        let mut client = Client::connect(addr).await;
        client.send("POST / HTTP/1.1\r\nHost: long.test\r\nTransfer-Encoding: chunked\r\n\r\n").await;
        let mut conn = backend.accept().await;
        conn.expect_head().await;
        let uploading = (client, conn);

        let mut client = Client::connect(addr).await;
        let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
        client.send(format!("GET / HTTP/1.1\r\nHost: long.test\r\n{upgrade}")).await;
        let mut conn = backend.accept().await;
        conn.expect_request().await;
        conn.send(format!("HTTP/1.1 101 Switching Protocols\r\n{upgrade}")).await;
        assert_eq!(client.read_response().await.status(), 101);
        let upgraded = (client, conn);

        let mut client = h2::Client::connect(addr).await;
        let call = client.open(http::Request::post("http://long.test/").body(()).unwrap()).await;
        let mut conn = backend.accept().await;
        conn.expect_head().await;
        Self { downloading, uploading, upgraded, streaming: (client, call, conn) }
    }

    /// Something goes each way.
    async fn go_on(&mut self, stamp: usize) {
        let piece = format!("{stamp:08}");
        let chunk = format!("8\r\n{piece}\r\n");
        let (client, conn) = &mut self.downloading;
        conn.send(&chunk).await;
        assert_eq!(client.read_chunk().await.as_deref(), Some(piece.as_bytes()));
        let (client, conn) = &mut self.uploading;
        client.send(&chunk).await;
        assert_eq!(conn.read_chunk().await.as_deref(), Some(piece.as_bytes()));
        let (client, conn) = &mut self.upgraded;
        client.send(&piece).await;
        conn.expect(&piece).await;
        conn.send(&piece).await;
        client.expect(&piece).await;
        let (_, call, conn) = &mut self.streaming;
        call.send(piece.clone());
        assert_eq!(conn.read_chunk().await.as_deref(), Some(piece.as_bytes()));
    }

    /// All of them end as they would have.
    async fn end(self) {
        let (mut client, mut conn) = self.downloading;
        conn.send("0\r\n\r\n").await;
        assert_eq!(client.read_chunk().await, None);
        let (mut client, mut conn) = self.uploading;
        client.send("0\r\n\r\n").await;
        assert_eq!(conn.read_chunk().await, None);
        conn.answer("taken").await;
        assert_eq!(client.read_response().await.text(), "taken");
        let (mut client, mut conn) = self.upgraded;
        client.half_close().await;
        conn.expect_close().await;
        let (_client, mut call, mut conn) = self.streaming;
        call.finish();
        assert_eq!(conn.read_chunk().await, None);
        conn.answer("taken").await;
        assert_eq!(call.reply().await.text(), "taken");
    }
}

#[tokio::test]
async fn no_connection_is_cut_by_a_reload() {
    let mut random = Random::new();
    let servers = Servers::start().await;
    let gateway = gateway(2);
    let addr = gateway.address("web");
    gateway.publish("test", &servers.to(None, Some(&servers.scripted.url()), 0)).await;
    let mut long = Long::start(addr, &servers.scripted).await;
    let mut clients = Vec::new();
    for _ in 0..4 {
        clients.push(Client::connect(addr).await);
    }
    let mut h2_client = h2::Client::connect(addr).await;
    for stamp in 1..=GENERATIONS {
        let (config, route) = servers.any(&mut random, stamp);
        gateway.publish("test", &config).await;
        let expected = route.map_or((404, None), |route| (200, Some(route.to_string())));
        let told = route.map(|_| stamp.to_string());
        for client in &mut clients {
            let answer = client.get("a.test", "/").await;
            let text = (answer.status() == 200).then(|| answer.text());
            assert_eq!((answer.status(), text), expected, "{config}");
            assert_eq!(answer.header("x-stamp"), told.as_deref());
        }
        let reply = h2_client.get("http://a.test/").await;
        assert_eq!((reply.status, reply.header("x-stamp")), (expected.0, told.as_deref()));
        long.go_on(stamp).await;
    }
    assert!(gateway.current().generation() > GENERATIONS as u64 / 2);
    long.end().await;
    assert!(gateway.stop().await);
}

const GENERATIONS: usize = 300;

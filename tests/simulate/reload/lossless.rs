//! Lossless: no connection is cut by a reload, whatever it does meanwhile.

use windrose_kit::peer::h1::{Backend, Client, Conn, Server};
use windrose_kit::peer::h2;
use windrose_kit::peer::tls::{Authority, ClientOptions, Connector, Identity};
use windrose_kit::temp::TempDir;
use windrose_random::Random;

use super::gateway;

/// What a configuration may refer to.
struct Servers {
    answering: [Server; 2],
    scripted: Backend,
    identities: [Identity; 2],
    folder: TempDir,
}

/// What a configuration says.
#[derive(Clone, Copy, Default)]
struct Said {
    stamp: usize,
    /// Where requests for `a.test` go: to one of the answering servers, or nowhere.
    route: Option<usize>,
    /// Whether requests for `long.test` still go to the scripted server.
    scripted: bool,
    /// Which certificate is shown to who connects now.
    certificate: usize,
}

impl Servers {
    async fn start() -> Self {
        let authority = Authority::new("ca");
        let identities = [authority.issue(&["a.test"]), authority.issue(&["a.test"])];
        let folder = TempDir::new();
        for (number, identity) in identities.iter().enumerate() {
            folder.write(&format!("{number}.pem"), identity.certificate_pem());
            folder.write(&format!("{number}.key"), identity.key_pem());
        }
        let answering = [Server::fixed("0").await, Server::fixed("1").await];
        Self { answering, scripted: Backend::bind().await, identities, folder }
    }

    fn text(&self, said: Said) -> String {
        let Said { stamp, route, scripted, certificate } = said;
        let (mut routers, mut services) = (String::new(), String::new());
        if let Some(route) = route {
            for (name, tls) in [("plain", ""), ("secure", ", tls: {}")] {
                let router = format!("{{rule: 'Host(`a.test`)', service: a, middlewares: [stamp]{tls}}}");
                routers.push_str(&format!("    {name}: {router}\n"));
            }
            services.push_str(&service("a", &self.answering[route].url()));
        }
        if scripted {
            routers.push_str("    long: {rule: 'Host(`long.test`)', service: long}\n");
            services.push_str(&service("long", &self.scripted.url()));
        }
        let file = |ending: &str| self.folder.path().join(format!("{certificate}.{ending}"));
        format!(
            "http:
  routers:
    other: {{rule: 'Host(`other.test`)', service: other, tls: {{}}}}
{routers}  middlewares: {{stamp: {{headers: {{customResponseHeaders: {{X-Stamp: '{stamp}'}}}}}}}}
  services:
    other: {{loadBalancer: {{servers: []}}}}
{services}tls: {{certificates: [{{certFile: '{}', keyFile: '{}'}}]}}
",
            file("pem").display(),
            file("key").display()
        )
    }
}

fn service(name: &str, url: &str) -> String {
    format!("    {name}: {{loadBalancer: {{servers: [{{url: '{url}'}}]}}}}\n")
}

impl Said {
    /// Anything may differ from what was said before.
    fn any(stamp: usize, random: &mut Random) -> Self {
        let route = (!random.once_in(5)).then(|| random.below(2));
        Self { stamp, route, scripted: random.once_in(3), certificate: random.below(2) }
    }

    /// Expects the answer that it leads to.
    fn expect(self, status: u16, stamp: Option<&str>, text: &str) {
        let Some(route) = self.route else {
            assert_eq!((status, stamp), (404, None));
            return;
        };
        assert_eq!((status, text), (200, route.to_string().as_str()));
        assert_eq!(stamp, Some(self.stamp.to_string().as_str()));
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
        let upgrade = "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
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
    let first = Said { scripted: true, route: Some(0), ..Said::default() };
    gateway.publish("test", &servers.text(first)).await;
    let mut long = Long::start(addr, &servers.scripted).await;
    let connector = Connector::new(ClientOptions::default());
    let h2_connector = Connector::new(ClientOptions { alpn: &["h2"], ..ClientOptions::default() });
    let mut clients = Vec::new();
    for _ in 0..2 {
        clients.push(Client::connect(addr).await);
        clients.push(Client::connect_tls(addr, &connector, "a.test").await);
    }
    let mut h2_clients =
        [h2::Client::connect(addr).await, h2::Client::connect_tls(addr, &h2_connector, "a.test").await];
    for stamp in 1..=GENERATIONS {
        let said = Said::any(stamp, &mut random);
        gateway.publish("test", &servers.text(said)).await;
        for client in &mut clients {
            let answer = client.get("a.test", "/").await;
            said.expect(answer.status(), answer.header("x-stamp"), &answer.text());
        }
        for (client, scheme) in h2_clients.iter_mut().zip(["http", "https"]) {
            let reply = client.get(&format!("{scheme}://a.test/")).await;
            said.expect(reply.status, reply.header("x-stamp"), &reply.text());
        }
        long.go_on(stamp).await;
        if random.once_in(10) {
            // What is new sees what is new, also of TLS.
            let fresh = Connector::new(ClientOptions::default()).connect(addr, "a.test").await;
            let shown = fresh.socket().peer_certificate().unwrap();
            assert_eq!(shown, servers.identities[said.certificate].certificate_der());
        }
    }
    // Few are equal to the one before.
    assert!(gateway.current().generation() > GENERATIONS as u64 * 9 / 10);
    long.end().await;
    assert!(gateway.stop().await);
}

const GENERATIONS: usize = 300;

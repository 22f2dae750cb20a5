//! Stopping: it ends in time whatever clients do, and nothing of the engine is left (invariant 9).

mod entries;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use windrose_engine::drain::Stage;
use windrose_kit::gateway::{Gateway, Settings};
use windrose_kit::peer::h1::{Backend, Client, Conn};
use windrose_kit::peer::h2;
use windrose_kit::peer::tls::{ClientOptions, Connector};
use windrose_kit::peer::wire::Wire;
use windrose_kit::{soon, within};

use crate::inside::{self, Inside};
use crate::until;

/// A gateway of two workers, and the threads they are.
struct Stopping {
    gateway: Gateway,
    backend: Backend,
    threads: Vec<PathBuf>,
}

impl Stopping {
    /// Starts it; running requests may go on for `grace` after the signal to stop.
    async fn start(grace: Duration) -> Self {
        let static_config = format!(
            "entryPoints: {{web: {{address: '127.0.0.1:0', transport: {{lifeCycle: {{graceTimeOut: {}ms}}}}}}}}",
            grace.as_millis()
        );
        let gateway = Gateway::with(Settings {
            static_config: &static_config,
            workers: 2,
            services: vec![("inside", Arc::new(Inside))],
            ..Settings::default()
        });
        let backend = Backend::bind().await;
        let dynamic = format!(
            "http:\n  routers:\n    {}\n    all: {{rule: 'PathPrefix(`/`)', service: app}}\n  \
             services: {{app: {{loadBalancer: {{servers: [{{url: '{}'}}]}}}}}}",
            inside::ROUTER,
            backend.url()
        );
        gateway.publish("test", &dynamic).await;
        let mut threads = Vec::new();
        // The system chooses the worker of each connection.
        while threads.len() < 2 {
            let mut client = Client::connect(gateway.address("web")).await;
            let thread = inside::thread(&mut client).await;
            if !threads.contains(&thread) {
                let name = std::fs::read_to_string(thread.join("comm")).unwrap();
                assert!(name.starts_with("worker-"), "{name}");
                threads.push(thread);
            }
            client.close().await;
        }
        until("the end of the first connections", || gateway.status().open_connections() == 0).await;
        Self { gateway, backend, threads }
    }

    async fn client(&self) -> Client {
        Client::connect(self.gateway.address("web")).await
    }

    /// A request that the server has and does not answer.
    async fn busy(&self) -> (Client, Conn) {
        let mut client = self.client().await;
        client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
        let mut conn = self.backend.accept().await;
        conn.expect_request().await;
        (client, conn)
    }

    /// Stops; tells whether all ended by itself, and how long that took. Nothing of the engine is left then.
    async fn stop(self) -> (bool, Duration) {
        let Self { gateway, threads, .. } = self;
        let current = Arc::clone(gateway.current());
        let begun = Instant::now();
        let ended = soon("the end of the engine", gateway.stop()).await;
        let took = begun.elapsed();
        // A thread that was joined is off the list a moment later.
        until("the end of the threads", || threads.iter().all(|thread| !thread.exists())).await;
        // Each worker has one, and each task has its worker.
        assert_eq!(Arc::strong_count(&current), 1, "a task was not dropped");
        (ended, took)
    }
}

#[tokio::test]
async fn idle_connections_do_not_hold_up_the_end() {
    let stopping = Stopping::start(LONG).await;
    let mut clients = Vec::new();
    for _ in 0..20 {
        let mut client = stopping.client().await;
        assert_eq!(client.get("inside.test", "/tally").await.status(), 200);
        clients.push(client);
    }
    let mut h2_client = h2::Client::connect(stopping.gateway.address("web")).await;
    assert_eq!(h2_client.get("http://inside.test/tally").await.status, 200);
    let (ended, took) = stopping.stop().await;
    assert!(ended && took < SOON, "{ended} {took:?}");
    for mut client in clients {
        client.expect_close().await;
    }
    h2_client.closed().await.unwrap();
}

/// What a client says first to have TLS; it names `a.test`.
pub(crate) async fn client_hello() -> Vec<u8> {
    let backend = Backend::bind().await;
    let connector = Connector::new(ClientOptions::default());
    let listen = async {
        let mut conn = backend.accept().await;
        let mut hello = conn.read_exact(5).await;
        hello.extend(conn.read_exact(usize::from(u16::from_be_bytes([hello[3], hello[4]]))).await);
        hello
    };
    let (refused, hello) = tokio::join!(connector.try_connect(backend.addr(), "a.test"), listen);
    assert!(refused.is_err());
    hello
}

/// Stops, and expects each of these connections to end soon, though the grace time is long.
async fn expect_hurried(stopping: Stopping, wires: Vec<(String, Wire)>) {
    let count = wires.len();
    until("all connections", || stopping.gateway.status().open_connections() == count).await;
    let ends = async {
        for (name, mut wire) in wires {
            within(SOON, format!("the end of {name}"), wire.read_rest()).await;
        }
    };
    let ((ended, took), ()) = tokio::join!(stopping.stop(), ends);
    assert!(ended && took < SOON, "{ended} {took:?}");
}

#[tokio::test]
async fn half_open_connections_have_little_time() {
    let stopping = Stopping::start(LONG).await;
    let mut wires = Vec::new();
    let beginnings: [&[u8]; 7] = [
        b"",
        b"G",
        b"PRI * HTTP/2.0\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a.test\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"POST / HTTP/1.1\r\nHost: inside.test\r\nTransfer-Encoding: chunked\r\n",
    ];
    for beginning in beginnings {
        let mut wire = Wire::connect(stopping.gateway.address("web")).await;
        wire.send(beginning).await;
        wires.push((format!("{:?}", String::from_utf8_lossy(beginning)), wire));
    }
    expect_hurried(stopping, wires).await;
}

#[tokio::test]
async fn a_handshake_that_has_begun_has_little_time() {
    let stopping = Stopping::start(LONG).await;
    let mut wire = Wire::connect(stopping.gateway.address("web")).await;
    wire.send(client_hello().await).await;
    wire.read_exact(5).await;
    expect_hurried(stopping, vec![("a handshake".to_owned(), wire)]).await;
}

#[tokio::test]
async fn a_second_request_that_has_begun_has_little_time() {
    let stopping = Stopping::start(LONG).await;
    let mut client = stopping.client().await;
    assert_eq!(client.get("inside.test", "/tally").await.status(), 200);
    client.send("GET / HTTP/1.1\r\n").await;
    expect_hurried(stopping, vec![("a second request".to_owned(), client.into_wire())]).await;
}

#[tokio::test]
async fn a_busy_connection_may_finish_within_the_grace_time() {
    let stopping = Stopping::start(LONG).await;
    let (mut client, mut conn) = stopping.busy().await;
    let status = stopping.gateway.status();
    let finish = async {
        until("draining", || status.stage() == Stage::Draining).await;
        conn.answer("at last").await;
        let answer = client.read_response().await;
        assert_eq!((answer.text().as_str(), answer.header("connection")), ("at last", Some("close")));
        client.expect_close().await;
    };
    let ((ended, took), ()) = tokio::join!(stopping.stop(), finish);
    assert!(ended && took < SOON, "{ended} {took:?}");
    assert_eq!(status.stage(), Stage::Draining, "nothing was forced");
}

#[tokio::test]
async fn busy_connections_are_cut_when_the_grace_time_is_over() {
    let stopping = Stopping::start(SHORT).await;
    let address = stopping.gateway.address("web");
    // An answer that does not come, one that does not end, a request that does not, an upgrade, and a stream.
    let (mut unanswered, _first) = stopping.busy().await;
    let (mut unended, mut second) = stopping.busy().await;
    second.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbeginning").await;
    unended.read_until("beginning").await;
    let mut unsent = stopping.client().await;
    unsent.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100\r\n\r\nbeginning").await;
    let mut third = stopping.backend.accept().await;
    third.read_until("beginning").await;
    let mut upgraded = stopping.client().await;
    upgraded.send(UPGRADE).await;
    let mut fourth = stopping.backend.accept().await;
    fourth.expect_request().await;
    fourth.send(UPGRADED).await;
    assert_eq!(upgraded.read_response().await.status(), 101);
    let mut client = h2::Client::connect(address).await;
    let stream = client.open(http::Request::post("http://a.test/").body(()).unwrap()).await;
    let mut fifth = stopping.backend.accept().await;
    fifth.expect_head().await;

    let (ended, took) = stopping.stop().await;
    assert!(!ended && took >= SHORT && took < SHORT + SOON, "{ended} {took:?}");
    for client in [&mut unanswered, &mut unended, &mut unsent, &mut upgraded] {
        client.read_rest().await;
    }
    assert!(stream.try_reply().await.is_err());
    for conn in [&mut second, &mut third, &mut fourth, &mut fifth] {
        conn.read_rest().await;
    }
}

#[tokio::test]
async fn a_gateway_that_is_dropped_ends_at_once() {
    let stopping = Stopping::start(LONG).await;
    let (mut client, mut conn) = stopping.busy().await;
    let Stopping { gateway, threads, .. } = stopping;
    let current = Arc::clone(gateway.current());
    let begun = Instant::now();
    drop(gateway);
    until("the end of the threads", || threads.iter().all(|thread| !thread.exists())).await;
    until("the end of the reload task", || Arc::strong_count(&current) == 1).await;
    assert!(begun.elapsed() < SOON);
    client.expect_gone().await;
    conn.expect_gone().await;
}

const UPGRADE: &str = "GET /chat HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
const UPGRADED: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
/// Not reached, or a test has failed.
const LONG: Duration = Duration::from_secs(60);
/// Reached by what does not end by itself.
const SHORT: Duration = Duration::from_millis(300);
/// What is given up without a grace time ends within this: a second to say what it wants, and a busy machine.
const SOON: Duration = Duration::from_secs(4);

//! Servers, requests and workers for tests: scripted peers on the other end of a pipe or of a loopback socket.

mod server;

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::runtime::{Builder, LocalOptions};
use windrose_http::exchange::{Interim, OddNames, Trust};
use windrose_http::path::{Cleaning, Semicolons};
use windrose_http::{Body, Conn, Exchange, Headers, Method, Reply};
use windrose_stream::Io;

use crate::health::Checks;
use crate::service::{
    Answer, Balancing, Canary, Child, Internal, Kind, LoadBalancer, Member, Sharing, Weighted,
};
use crate::{Connector, Endpoint, Local, Upstream};

pub(crate) use server::{Server, socket};

/// Runs a test on a worker's kind of runtime, with a deadline.
pub(crate) fn run<T>(test: impl Future<Output = T>) -> T {
    work(Builder::new_current_thread().enable_all(), test)
}

/// The same, with a clock that moves when everything waits.
pub(crate) fn run_paused<T>(test: impl Future<Output = T>) -> T {
    work(Builder::new_current_thread().enable_all().start_paused(true), test)
}

fn work<T>(builder: &mut Builder, test: impl Future<Output = T>) -> T {
    let runtime = builder.build_local(LocalOptions::default()).expect("a runtime");
    runtime.block_on(async { tokio::time::timeout(DEADLINE, test).await.expect("the end of the test") })
}

/// Runs beside the test.
#[allow(clippy::disallowed_methods, reason = "a test owns its tasks: they end with its runtime")]
pub(crate) fn beside<T: 'static>(task: impl Future<Output = T> + 'static) -> tokio::task::JoinHandle<T> {
    tokio::task::spawn_local(task)
}

/// A worker's pools.
pub(crate) fn local() -> Rc<Local> {
    Local::new(Box::new(|_, task| drop(beside(task))))
}

/// The usual way to reach servers.
pub(crate) fn connector() -> Connector {
    trusting(RootCertStore::empty())
}

/// The usual way, for servers with certificates.
pub(crate) fn trusting(roots: RootCertStore) -> Connector {
    let tls = |alpn: &[&str]| {
        let mut tls = ClientConfig::builder().with_root_certificates(roots.clone()).with_no_client_auth();
        tls.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        Arc::new(tls)
    };
    Connector {
        tls: tls(&["h2", "http/1.1"]),
        tls_http1: tls(&["http/1.1"]),
        names: crate::names::Names::system(),
        server_name: None,
        dial_timeout: Duration::from_secs(30),
        answer_timeout: None,
        idle_timeout: Duration::from_secs(90),
        max_idle: 2,
        read_idle_timeout: None,
        ping_timeout: Duration::from_secs(15),
        max_idle_of_all: None,
        continue_timeout: Duration::from_secs(1),
    }
}

/// A server that is reached in the usual way.
pub(crate) fn endpoint(url: &str) -> Arc<Endpoint> {
    endpoint_by(url, connector())
}

/// A server.
pub(crate) fn endpoint_by(url: &str, connector: Connector) -> Arc<Endpoint> {
    Arc::new(Endpoint::new(url, true, Arc::new(connector)).expect("a URL"))
}

/// A server that is reached as others are.
pub(crate) fn endpoint_through(url: &str, connector: &Arc<Connector>) -> Arc<Endpoint> {
    Arc::new(Endpoint::new(url, true, Arc::clone(connector)).expect("a URL"))
}

/// A request as `GET /path` and then lines of fields, for the host `a.test` from 192.0.2.1.
pub(crate) fn request(head: &str) -> Exchange {
    let peer: std::net::SocketAddr = "192.0.2.1:4000".parse().expect("an address");
    let conn = Conn {
        entry_point: "web".into(),
        peer,
        peer_ip: peer.ip().to_string().into(),
        local: "127.0.0.1:80".parse().expect("an address"),
        accepted: std::time::Instant::now(),
        desk: Rc::default(),
        trust: Trust::Stranger,
        odd_names: OddNames::KEPT,
        tls: None,
    };
    let mut ex = Exchange::new(Rc::new(conn));
    let mut lines = head.lines();
    let (method, target) = lines.next().and_then(|line| line.split_once(' ')).expect("a method and a target");
    ex.method = Method::from_token(method.as_bytes());
    ex.target.parse(target.as_bytes(), Cleaning::Sanitize, Semicolons::Separate).expect("a target");
    ex.set_host(b"a.test").expect("a host");
    for line in lines {
        let (name, value) = line.split_once(": ").expect("a field");
        ex.headers.receive(name, value.as_bytes());
    }
    ex
}

/// A service of ours that says one thing.
struct Says(&'static str);

impl Internal for Says {
    fn answer<'a>(&'a self, _: &'a mut Exchange) -> Answer<'a> {
        Box::pin(async { Reply::with_body(200, self.0) })
    }
}

/// A service that says one thing, which is its name too.
pub(crate) fn says(text: &'static str) -> Arc<Upstream> {
    Arc::new(Upstream { name: text.into(), kind: Kind::Internal(Arc::new(Says(text))) })
}

/// Services that share requests by weight.
pub(crate) fn weighted(of: &[(Arc<Upstream>, i64)]) -> Arc<Upstream> {
    sharing(of, Sharing::default())
}

/// Services that share requests.
pub(crate) fn sharing(of: &[(Arc<Upstream>, i64)], how: Sharing) -> Arc<Upstream> {
    let child = |(service, weight): &(Arc<Upstream>, i64)| Child {
        name: (*service.name).into(),
        service: Arc::clone(service),
        weight: *weight,
        canary: Canary::default(),
    };
    let made = Weighted::new("weighted", of.iter().map(child).collect(), how, None).expect("health");
    Arc::new(Upstream { name: "weighted".into(), kind: Kind::Weighted(made) })
}

/// Servers that share requests.
pub(crate) fn balancer(servers: &[(&str, i64)], of: Balancing, checks: &Checks) -> LoadBalancer {
    let member = |(url, weight): &(&str, i64)| Member::new(endpoint(url), *weight);
    LoadBalancer::new("s@test", servers.iter().map(member).collect(), of, checks, None)
}

/// The same as a service.
pub(crate) fn balanced(servers: &[(&str, i64)], of: Balancing, checks: &Checks) -> Arc<Upstream> {
    let kind = Kind::LoadBalancer(balancer(servers, of, checks));
    Arc::new(Upstream { name: "s@test".into(), kind })
}

/// The texts of so many answers to one request.
pub(crate) fn answers(service: &Upstream, count: usize) -> String {
    run(async {
        let local = local();
        let mut all = String::new();
        for _ in 0..count {
            let mut reply = service.answer(&mut request("GET /"), &local).await;
            all.push_str(&text(&mut reply).await);
        }
        all
    })
}

/// Interim answers as they come.
#[derive(Default)]
pub(crate) struct Interims(pub(crate) RefCell<Vec<String>>);

impl Interim for Interims {
    fn send(&self, status: u16, headers: &Headers) {
        self.0.borrow_mut().push(format!("{status} {}", fields(headers).join(", ")));
    }
}

/// The fields as lines.
pub(crate) fn fields(headers: &Headers) -> Vec<String> {
    let mut out = Vec::new();
    headers.write(&mut out, |_| true);
    String::from_utf8(out).expect("text").lines().map(str::to_owned).collect()
}

/// The whole body of an answer, as text.
pub(crate) async fn text(reply: &mut Reply) -> String {
    let body = reply.body.collect(1 << 20, windrose_http::Blame::Upstream).await.expect("a whole body");
    String::from_utf8(body.into()).expect("text")
}

/// A body that comes in pieces which the test sends when it likes.
pub(crate) fn pieces() -> (tokio::sync::mpsc::Sender<Piece>, Body) {
    let (sender, receiver) = tokio::sync::mpsc::channel(8);
    (sender, Body::Stream(Box::new(Pieces(receiver))))
}

pub(crate) type Piece = Result<windrose_http::Frame, windrose_http::BodyError>;

/// A piece of data.
pub(crate) fn data(text: &'static str) -> Piece {
    Ok(windrose_http::Frame::Data(bytes::Bytes::from_static(text.as_bytes())))
}

struct Pieces(tokio::sync::mpsc::Receiver<Piece>);

impl windrose_http::body::Stream for Pieces {
    fn poll_frame(&mut self, cx: &mut std::task::Context<'_>) -> std::task::Poll<Option<Piece>> {
        self.0.poll_recv(cx)
    }

    fn length(&self) -> Option<u64> {
        None
    }
}

/// A connection, and the server's end of it.
pub(crate) fn pipe() -> (Io, Peer) {
    let (near, far) = tokio::io::duplex(64 * 1024);
    (Io::other(near), Peer { stream: far, read: Vec::new() })
}

/// The server's end of a connection.
pub(crate) struct Peer {
    pub(crate) stream: DuplexStream,
    read: Vec<u8>,
}

impl Peer {
    /// Reads until what came ends so; gives all of it.
    pub(crate) async fn expect(&mut self, end: &str) -> String {
        while !self.read.ends_with(end.as_bytes()) {
            let count = self.stream.read_buf(&mut self.read).await.expect("bytes");
            assert!(count > 0, "the connection ended after {:?}", String::from_utf8_lossy(&self.read));
        }
        String::from_utf8(std::mem::take(&mut self.read)).expect("text")
    }

    /// Sends something.
    pub(crate) async fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.expect("room");
    }

    /// Waits for the end of the connection.
    pub(crate) async fn expect_end(&mut self) {
        let count = self.stream.read_buf(&mut self.read).await.unwrap_or(0);
        assert_eq!(count, 0, "{:?}", String::from_utf8_lossy(&self.read));
    }
}

/// Reached only by tests that fail.
const DEADLINE: Duration = Duration::from_secs(600);

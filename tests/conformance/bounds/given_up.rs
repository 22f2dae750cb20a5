//! Servers of HTTP/2 that take nothing or no requests, and clients that give up.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use windrose_kit::peer::h2::{Frame, setting};

use super::measure;
use super::servers::silent;
use super::table::*;
use crate::client::connect;
use crate::gateway::Gateway;

/// A server that sends its settings and then reads nothing. Its connections end with it.
struct Mute {
    url: String,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Mute {
    #[allow(clippy::disallowed_methods, reason = "a test owns its tasks")]
    fn start(settings: &[(u16, u32)]) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let listener = socket.listen(1024).unwrap();
        let url = format!("h2c://{}", listener.local_addr().unwrap());
        let first = [Frame::settings(settings).encode(), Frame::window_update(0, 1 << 30).encode()].concat();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        let task = tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                let _gone = stream.write_all(&first).await;
                held.push(stream);
            }
        });
        Self { url, connections, task }
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Mute {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// `/mute` goes to one server, everything else to another.
async fn gateway(mute: &Mute, other: &str) -> Gateway {
    let routes = format!(
        "http:\n  routers:\n    mute: {{rule: 'PathPrefix(`/mute`)', service: mute}}\n    \
         other: {{rule: 'PathPrefix(`/`)', service: other}}\n  \
         services:\n    mute: {{loadBalancer: {{servers: [{{url: '{}'}}]}}}}\n    \
         other: {{loadBalancer: {{servers: [{{url: '{other}'}}]}}}}\n",
        mute.url
    );
    Gateway::routing("", &routes).await
}

async fn ask(gateway: &Gateway) -> TcpStream {
    let mut stream = connect(gateway.addr()).await;
    stream.write_all(b"GET /mute HTTP/1.1\r\nHost: a.test\r\n\r\n").await.unwrap();
    stream
}

/// Asks a hundred times at once, and gives up.
async fn give_up(gateway: &Gateway) {
    let mut asked = Vec::new();
    for _ in 0..100 {
        asked.push(ask(gateway).await);
    }
    tokio::time::sleep(super::LOOK / 4).await;
}

#[tokio::test]
async fn requests_that_were_given_up_do_not_pile_up() {
    let mute =
        Mute::start(&[(setting::MAX_CONCURRENT_STREAMS, 1000), (setting::INITIAL_WINDOW_SIZE, 1 << 24)]);
    let other = silent().await;
    let gateway = gateway(&mute, &other.url()).await;
    measure(GIVEN_UP, &gateway, async {
        let mut held = Vec::new();
        for _ in 0..100 {
            let mut stream = connect(gateway.addr()).await;
            let head = b"POST /mute HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10000000\r\n\r\n";
            stream.write_all(head).await.unwrap();
            held.push(stream);
        }
        let piece = [b'x'; 10_000];
        // Until nobody takes any more.
        for stream in &mut held {
            while let Ok(1..) = stream.try_write(&piece) {}
        }
        tokio::time::sleep(super::LOOK).await;
        for _ in 0..100 {
            give_up(&gateway).await;
        }
        held
    })
    .await;
    assert!(mute.connections() < 50, "{} connections", mute.connections());
}

#[tokio::test]
async fn a_server_that_takes_no_requests_costs_few_connections() {
    let mute = Mute::start(&[(setting::MAX_CONCURRENT_STREAMS, 0)]);
    let other = silent().await;
    let gateway = gateway(&mute, &other.url()).await;
    measure(NONE_TAKEN, &gateway, async {
        let mut held = Vec::new();
        for _ in 0..500 {
            held.push(ask(&gateway).await);
        }
        for _ in 0..10 {
            give_up(&gateway).await;
        }
        held
    })
    .await;
    let workers = std::thread::available_parallelism().unwrap().get();
    assert!((1..=workers).contains(&mute.connections()), "{} connections", mute.connections());
}

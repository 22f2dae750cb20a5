//! Datagrams: sessions, their servers and their end.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::task::JoinSet;
use windrose_kit::{soon, within};

use crate::gateway::{Gateway, Http, Setup, dynamic, until};

async fn socket() -> UdpSocket {
    UdpSocket::bind("127.0.0.1:0").await.unwrap()
}

/// An address that nobody has bound.
async fn free() -> SocketAddr {
    socket().await.local_addr().unwrap()
}

/// A server that answers every datagram by its own name and what it got.
struct Named {
    address: SocketAddr,
    _task: JoinSet<()>,
}

async fn named(name: &'static str) -> Named {
    let socket = socket().await;
    let address = socket.local_addr().unwrap();
    let mut task = JoinSet::new();
    task.spawn(async move {
        let mut buffer = vec![0; 65_535];
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            let answer = [name.as_bytes(), b" ", &buffer[..length]].concat();
            let _ = socket.send_to(&answer, from).await;
        }
    });
    Named { address, _task: task }
}

/// A routing configuration of these parts below `udp:`.
fn udp(text: &str) -> String {
    dynamic(&Http { more: &format!("udp:\n{text}"), ..Http::default() })
}

fn to(servers: &[&Named]) -> String {
    let servers: Vec<String> =
        servers.iter().map(|server| format!("{{address: '{}'}}", server.address)).collect();
    udp(&format!(
        "  routers: {{all: {{service: app}}}}\n  services: {{app: {{loadBalancer: {{servers: [{}]}}}}}}\n",
        servers.join(", ")
    ))
}

/// A program with an entry point of UDP.
async fn start(address: SocketAddr, options: &str, dynamic: &str) -> Gateway {
    let options = format!("{{address: '{address}/udp', {options}}}");
    Gateway::start(Setup { entry_points: &[("dns", &options)], dynamic, ..Setup::default() }).await
}

async fn client(gateway: SocketAddr) -> UdpSocket {
    let socket = socket().await;
    socket.connect(gateway).await.unwrap();
    socket
}

async fn ask(client: &UdpSocket, question: &[u8]) -> String {
    client.send(question).await.unwrap();
    let mut buffer = vec![0; 65_535];
    let length = soon("an answer", client.recv(&mut buffer)).await.unwrap();
    String::from_utf8(buffer[..length].to_vec()).unwrap()
}

#[tokio::test]
async fn a_client_stays_with_its_server_and_the_next_has_the_next() {
    let address = free().await;
    let servers = [named("one").await, named("two").await];
    let _gateway = start(address, "", &to(&[&servers[0], &servers[1]])).await;
    let (first, second) = (client(address).await, client(address).await);
    let one = ask(&first, b"a").await;
    let other = ask(&second, b"a").await;
    assert_ne!(one, other);
    for _ in 0..20 {
        assert_eq!(ask(&first, b"a").await, one);
        assert_eq!(ask(&second, b"a").await, other);
    }
    let large = vec![b'x'; 60_000];
    assert_eq!(ask(&first, &large).await.len(), one.len() - 1 + large.len());
}

#[tokio::test]
async fn a_session_ends_after_silence_and_the_next_chooses_again() {
    let address = free().await;
    let servers = [named("one").await, named("two").await];
    let _gateway = start(address, "udp: {timeout: 200ms}", &to(&[&servers[0], &servers[1]])).await;
    let client = client(address).await;
    let first = ask(&client, b"a").await;
    for _ in 0..6 {
        tokio::time::sleep(Duration::from_millis(80)).await;
        assert_eq!(ask(&client, b"a").await, first, "it is used");
    }
    let other = async {
        loop {
            tokio::time::sleep(Duration::from_millis(300)).await;
            if ask(&client, b"a").await != first {
                return;
            }
        }
    };
    soon("another server", other).await;
}

#[tokio::test]
async fn sessions_outlive_a_reload_and_new_ones_see_it() {
    let address = free().await;
    let (old, new) = (named("old").await, named("new").await);
    let gateway = start(address, "", &to(&[&old])).await;
    let running = client(address).await;
    assert_eq!(ask(&running, b"a").await, "old a");
    gateway.apply(&to(&[&new])).await;
    assert_eq!(ask(&running, b"b").await, "old b");
    assert_eq!(ask(&client(address).await, b"b").await, "new b");
}

#[tokio::test]
async fn weights_share_out_sessions() {
    let address = free().await;
    let (heavy, light) = (named("heavy").await, named("light").await);
    let text = format!(
        "  routers: {{all: {{service: both, entryPoints: [dns]}}}}\n  services:\n    both: {{weighted: {{services: \
         [{{name: heavy, weight: 2}}, {{name: light}}]}}}}\n    heavy: {{loadBalancer: {{servers: [{{address: \
         '{}'}}]}}}}\n    light: {{loadBalancer: {{servers: [{{address: '{}'}}]}}}}\n",
        heavy.address, light.address
    );
    let _gateway = start(address, "", &udp(&text)).await;
    let mut counts = [0, 0];
    for _ in 0..9 {
        let answer = ask(&client(address).await, b"a").await;
        counts[usize::from(answer.starts_with("light"))] += 1;
    }
    assert_eq!(counts, [6, 3]);
}

#[tokio::test]
async fn the_last_router_by_name_counts_even_if_it_cannot_be_used() {
    let address = free().await;
    let server = named("one").await;
    let service =
        format!("  services: {{app: {{loadBalancer: {{servers: [{{address: '{}'}}]}}}}}}\n", server.address);
    let gateway = start(address, "", &udp(&format!("  routers: {{a: {{service: app}}}}\n{service}"))).await;
    assert_eq!(ask(&client(address).await, b"a").await, "one a");
    for broken in ["{service: gone}", "{service: app, entryPoint: [dns]}"] {
        gateway.apply(&udp(&format!("  routers: {{a: {{service: app}}, b: {broken}}}\n{service}"))).await;
        let client = client(address).await;
        client.send(b"a").await.unwrap();
        let heard = tokio::time::timeout(Duration::from_millis(200), client.recv(&mut [0; 64])).await;
        assert!(heard.is_err(), "{broken}: {heard:?}");
    }
    until("what is said of it", || gateway.log().contains("counts, as its name sorts last")).await;
}

#[tokio::test]
async fn a_stop_waits_for_sessions_and_takes_no_new_ones() {
    let address = free().await;
    let server = named("one").await;
    let gateway = start(address, "udp: {timeout: 500ms}", &to(&[&server])).await;
    let running = client(address).await;
    assert_eq!(ask(&running, b"a").await, "one a");
    let mut program = gateway.into_program();
    program.signal(windrose_kit::program::Signal::Terminate);
    program.wait_for_log("draining").await;
    assert_eq!(ask(&running, b"b").await, "one b");
    let stranger = client(address).await;
    stranger.send(b"c").await.unwrap();
    let heard = tokio::time::timeout(Duration::from_millis(100), stranger.recv(&mut [0; 64])).await;
    assert!(heard.is_err(), "{heard:?}");
    let (status, log) =
        within(Duration::from_secs(10), "the end", program.wait(Duration::from_secs(9))).await;
    assert_eq!(status.code(), Some(0), "{log}");
}

/// Datagram number `at` of a client: it says whose and which it is, and has one of many sizes.
fn numbered(client: usize, at: usize) -> Vec<u8> {
    let mut data = format!("{client} {at} ").into_bytes();
    data.resize([100, 100, 100, 30, 100, 700, 700, 1_200, 12][(client + at) % 9], b'.');
    data
}

#[tokio::test]
async fn datagrams_of_many_sessions_in_one_burst_come_and_go_in_their_order() {
    let address = free().await;
    let server = named("one").await;
    let gateway = start(address, "", &to(&[&server])).await;
    let mut clients = Vec::new();
    for _ in 0..8 {
        clients.push(client(address).await);
        assert_eq!(ask(clients.last().unwrap(), b"a").await, "one a");
    }
    let program = gateway.into_program();
    for round in 0..20 {
        // While it stands still they gather, so that it has them all at once.
        program.signal(windrose_kit::program::Signal::Halt);
        for at in round * 10..(round + 1) * 10 {
            for (number, client) in clients.iter().enumerate() {
                client.send(&numbered(number, at)).await.unwrap();
            }
        }
        program.signal(windrose_kit::program::Signal::Continue);
        for (number, client) in clients.iter().enumerate() {
            for at in round * 10..(round + 1) * 10 {
                let mut buffer = vec![0; 65_535];
                let length = soon("an answer", client.recv(&mut buffer)).await.unwrap();
                let expected = [b"one ", &numbered(number, at)[..]].concat();
                assert_eq!(String::from_utf8_lossy(&buffer[..length]), String::from_utf8_lossy(&expected));
            }
        }
    }
}

#[tokio::test]
async fn a_session_that_begins_with_a_burst_loses_none_of_it() {
    let address = free().await;
    let server = named("one").await;
    let gateway = start(address, "", &to(&[&server])).await;
    let program = gateway.into_program();
    let client = client(address).await;
    program.signal(windrose_kit::program::Signal::Halt);
    for at in 0..12 {
        client.send(&numbered(0, at)).await.unwrap();
    }
    program.signal(windrose_kit::program::Signal::Continue);
    for at in 0..12 {
        let mut buffer = vec![0; 65_535];
        let length = soon("an answer", client.recv(&mut buffer)).await.unwrap();
        assert_eq!(buffer[..length], [b"one ", &numbered(0, at)[..]].concat());
    }
}

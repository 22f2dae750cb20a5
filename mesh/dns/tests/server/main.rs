//! The server on real sockets: what clients get over UDP and TCP, and what they can make it hold.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod dig;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use hickory_proto::op::{Message, MessageType, OpCode, Query};
use hickory_proto::rr::{Name, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;
use tokio::time::timeout;
use windrose_mesh_dns::{Names, Options, Server, Table};

const DEADLINE: Duration = Duration::from_secs(20);

/// A server that ends with the test.
struct Running {
    address: SocketAddr,
    names: Names,
    _task: JoinSet<()>,
}

impl Running {
    async fn start(options: Options) -> Self {
        let (udp, tcp) = sockets().await;
        let address = tcp.local_addr().unwrap();
        let names = Names::new();
        names.replace(table(3));
        let server = Server::new(names.clone(), options);
        let mut task = JoinSet::new();
        task.spawn(async move {
            server.run(udp, tcp).await;
        });
        Self { address, names, _task: task }
    }

    async fn over_udp(&self, name: &str) -> Message {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.connect(self.address).await.unwrap();
        socket.send(&question(name)).await.unwrap();
        let mut answer = [0; 2000];
        let length = timeout(DEADLINE, socket.recv(&mut answer)).await.unwrap().unwrap();
        Message::from_vec(&answer[..length]).unwrap()
    }
}

/// Both sockets at one port, which the kernel chooses for TCP alone.
async fn sockets() -> (UdpSocket, TcpListener) {
    for _ in 0..100 {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        if let Ok(udp) = UdpSocket::bind(tcp.local_addr().unwrap()).await {
            return (udp, tcp);
        }
    }
    panic!("there is no port that is free for UDP and TCP");
}

fn table(addresses: u32) -> Table {
    let mut table = Table::new();
    let many = (0..addresses).map(|number| IpAddr::from(Ipv4Addr::from(0x0a00_0000 + number)));
    table.add("whoami", "default", many).unwrap();
    table
}

fn question(name: &str) -> Vec<u8> {
    let mut message = Message::new(7, MessageType::Query, OpCode::Query);
    message.add_query(Query::query(Name::from_ascii(name).unwrap(), RecordType::A));
    message.to_vec().unwrap()
}

fn framed(message: &[u8]) -> Vec<u8> {
    let mut framed = u16::try_from(message.len()).unwrap().to_be_bytes().to_vec();
    framed.extend_from_slice(message);
    framed
}

/// The next answer on a connection; nothing when the server has closed it.
async fn next(stream: &mut TcpStream) -> Option<Message> {
    let read = async {
        let length = stream.read_u16().await.ok()?;
        let mut answer = vec![0; length.into()];
        stream.read_exact(&mut answer).await.ok()?;
        Some(Message::from_vec(&answer).unwrap())
    };
    timeout(DEADLINE, read).await.expect("an answer or an end")
}

#[tokio::test]
async fn a_table_that_is_replaced_is_answered_from_at_once() {
    let server = Running::start(Options::default()).await;
    assert_eq!(server.over_udp("whoami.default.maesh.").await.answers.len(), 3);
    server.names.replace(table(4));
    assert_eq!(server.over_udp("whoami.default.maesh.").await.answers.len(), 4);
}

#[tokio::test]
async fn a_connection_carries_one_question_after_the_other() {
    let server = Running::start(Options::default()).await;
    server.names.replace(table(2000));
    assert!(server.over_udp("whoami.default.maesh.").await.metadata.truncation);

    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let both =
        [framed(&question("whoami.default.maesh.")), framed(&question("other.default.maesh."))].concat();
    let (first, rest) = both.split_at(9);
    stream.write_all(first).await.unwrap();
    stream.write_all(rest).await.unwrap();
    let answer = next(&mut stream).await.unwrap();
    assert!(!answer.metadata.truncation);
    assert_eq!(answer.answers.len(), 2000);
    assert_eq!(next(&mut stream).await.unwrap().answers.len(), 0);
}

#[tokio::test]
async fn a_silent_connection_ends() {
    let server = Running::start(Options { idle: Duration::from_millis(50), ..Options::default() }).await;
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    assert!(next(&mut silent).await.is_none());
    let mut half = TcpStream::connect(server.address).await.unwrap();
    half.write_all(&[0, 40, 1]).await.unwrap();
    assert!(next(&mut half).await.is_none());
}

#[tokio::test]
async fn connections_are_bounded() {
    let server = Running::start(Options { connections: 2, ..Options::default() }).await;
    let asked = framed(&question("whoami.default.maesh."));
    let mut kept = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(&asked).await.unwrap();
        assert!(next(&mut stream).await.is_some());
        kept.push(stream);
    }
    let mut third = TcpStream::connect(server.address).await.unwrap();
    assert!(next(&mut third).await.is_none());
    // Those that are there go on, and a place that gets free is taken.
    kept[1].write_all(&asked).await.unwrap();
    assert!(next(&mut kept[1]).await.is_some());
    kept.pop();
    let again = async {
        loop {
            let mut stream = TcpStream::connect(server.address).await.unwrap();
            if stream.write_all(&asked).await.is_ok() && next(&mut stream).await.is_some() {
                return;
            }
        }
    };
    timeout(DEADLINE, again).await.expect("a place gets free");
}

#[tokio::test]
async fn what_cannot_be_a_question_ends_a_connection_and_no_server() {
    let server = Running::start(Options::default()).await;
    let mut answer = question("whoami.default.maesh.");
    answer[2] |= 0x80;
    for bytes in [framed(&[]), framed(&[0; 5]), framed(&answer), vec![0xff; 70_000]] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        // The server may have closed before all of it was sent.
        let _ = stream.write_all(&bytes).await;
        assert!(next(&mut stream).await.is_none(), "{} bytes", bytes.len());
    }
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.send_to(&answer, server.address).await.unwrap();
    socket.send_to(&[], server.address).await.unwrap();
    socket.send_to(&vec![0xff; 9000], server.address).await.unwrap();
    assert_eq!(server.over_udp("whoami.default.maesh.").await.answers.len(), 3);
}

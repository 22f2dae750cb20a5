//! Clients that are gone, and servers that stall, in every phase of an exchange: nothing of it stays behind.
//!
//! What stays is counted where nobody can forget it: in the program's table of descriptors. The server's end is kept
//! open all the while, so that only the gateway can end it.

use std::collections::HashSet;
use std::fs;

use windrose_kit::peer::h1::{Backend, Client, Conn};

use crate::gateway::{Gateway, offering, until};

/// The TCP connections that a program holds, whatever their state.
fn connections(gateway: &Gateway) -> usize {
    let proc = format!("/proc/{}", gateway.pid());
    let mut others = HashSet::new();
    for (table, column) in [("tcp", 9), ("tcp6", 9), ("unix", 6)] {
        let text = fs::read_to_string(format!("{proc}/net/{table}")).unwrap_or_default();
        for line in text.lines().skip(1) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let is_listening = table == "unix" || words.get(3) == Some(&"0A");
            if is_listening && let Some(inode) = words.get(column) {
                others.insert(format!("socket:[{inode}]"));
            }
        }
    }
    let links = fs::read_dir(format!("{proc}/fd")).unwrap();
    let targets = links.filter_map(|link| fs::read_link(link.ok()?.path()).ok());
    let sockets = targets.filter_map(|target| target.into_os_string().into_string().ok());
    sockets.filter(|target| target.starts_with("socket:") && !others.contains(target)).count()
}

async fn expect_nothing_left(gateway: &Gateway, what: &str) {
    until(&format!("the end of all connections after: {what}"), || connections(gateway) == 0).await;
}

/// How a client goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leave {
    Close,
    Reset,
}

impl Leave {
    async fn run(self, client: Client) {
        match self {
            Self::Close => client.close().await,
            Self::Reset => client.reset(),
        }
    }
}

/// How far an exchange has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Idle,
    HalfAHead,
    HalfABody,
    /// The whole of a body that the server does not read.
    BodyNobodyReads,
    Waiting,
    WaitingWithMuchSentAhead,
    HalfAnAnswer,
    AnswerNobodyReads,
    AnswerBeforeTheBody,
    Tunnel,
    TunnelHalfClosed,
}

const PHASES: &[Phase] = &[
    Phase::Idle,
    Phase::HalfAHead,
    Phase::HalfABody,
    Phase::BodyNobodyReads,
    Phase::Waiting,
    Phase::WaitingWithMuchSentAhead,
    Phase::HalfAnAnswer,
    Phase::AnswerNobodyReads,
    Phase::AnswerBeforeTheBody,
    Phase::Tunnel,
    Phase::TunnelHalfClosed,
];

const POST: &str = "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100000000\r\n\r\n";
const GET: &str = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n";
const UPGRADE: &str =
    "POST / HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n";
const MUCH: usize = 100_000_000;

/// Takes a new exchange so far; gives the server's end of it, if there is one.
async fn begin(phase: Phase, client: &mut Client, backend: &Backend) -> Option<Conn> {
    match phase {
        Phase::Idle => return None,
        Phase::HalfAHead => {
            client.send("GET / HTTP/1.1\r\nHost: a").await;
            return None;
        }
        Phase::HalfABody | Phase::BodyNobodyReads | Phase::AnswerBeforeTheBody => client.send(POST).await,
        Phase::Waiting | Phase::HalfAnAnswer | Phase::AnswerNobodyReads => client.send(GET).await,
        Phase::WaitingWithMuchSentAhead => client.send([GET, &GET.repeat(1000)].concat()).await,
        Phase::Tunnel | Phase::TunnelHalfClosed => client.send(UPGRADE).await,
    }
    let mut conn = backend.accept().await;
    conn.expect_head().await;
    match phase {
        Phase::HalfABody => {
            client.send("half").await;
            conn.expect("half").await;
        }
        Phase::BodyNobodyReads => assert!(client.send_until_stuck(MUCH).await < MUCH),
        Phase::AnswerBeforeTheBody => {
            conn.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf").await;
            client.read_response_head().await;
            assert!(client.send_until_stuck(MUCH).await < MUCH);
        }
        Phase::HalfAnAnswer => {
            conn.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf").await;
            client.read_response_head().await;
            client.expect("half").await;
        }
        Phase::AnswerNobodyReads => {
            conn.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {MUCH}\r\n\r\n")).await;
            assert!(conn.send_until_stuck(MUCH).await < MUCH);
        }
        Phase::Tunnel | Phase::TunnelHalfClosed => {
            conn.send("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n").await;
            client.read_response_head().await;
            if phase == Phase::TunnelHalfClosed {
                client.half_close().await;
                conn.expect_close().await;
            }
        }
        _ => {}
    }
    Some(conn)
}

async fn leave_in_every_phase(leave: Leave, phases: &[Phase]) {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    expect_nothing_left(&gateway, "the start").await;
    for phase in phases {
        for tls in [false, true] {
            let mut client = if tls {
                Client::connect_tls(gateway.addr(), &offering(&["http/1.1"]), "a.test").await
            } else {
                gateway.client().await
            };
            let conn = begin(*phase, &mut client, &backend).await;
            assert!(connections(&gateway) > 0, "{phase:?}");
            leave.run(client).await;
            expect_nothing_left(&gateway, &format!("{phase:?} {leave:?}, TLS {tls}")).await;
            drop(conn);
        }
    }
}

#[tokio::test]
async fn nothing_stays_of_a_client_that_resets_its_connection_in_any_phase() {
    leave_in_every_phase(Leave::Reset, PHASES).await;
}

/// A close says no more than that nothing else comes. It is not seen behind a body that nobody reads, and in a tunnel
/// it is the end of one direction only; both have their tests below.
#[tokio::test]
async fn nothing_stays_of_a_client_that_closes_its_connection() {
    let behind = [
        Phase::BodyNobodyReads,
        Phase::AnswerBeforeTheBody,
        Phase::AnswerNobodyReads,
        Phase::Tunnel,
        Phase::TunnelHalfClosed,
    ];
    let phases: Vec<Phase> = PHASES.iter().copied().filter(|phase| !behind.contains(phase)).collect();
    leave_in_every_phase(Leave::Close, &phases).await;
}

#[tokio::test]
async fn a_client_of_http_2_is_told_that_its_server_does_not_take_the_body() {
    let backend = Backend::bind().await;
    let gateway = Gateway::with(READ, &backend.url()).await;
    let mut client = gateway.h2_client().await;
    let mut call = client.open(http::Request::post("http://a.test/").body(()).unwrap()).await;
    call.send(vec![b'x'; MUCH]);
    let mut conn = backend.accept().await;
    conn.expect_head().await;
    assert_eq!(call.head().await.status(), 504);
    drop((call, client));
    expect_nothing_left(&gateway, "an upload by HTTP/2").await;
}

const READ: &str = "transport: {respondingTimeouts: {readTimeout: 3s}}";
const BOTH: &str = "transport: {respondingTimeouts: {readTimeout: 3s, writeTimeout: 6s}}";

#[tokio::test]
async fn nothing_stays_of_a_client_whose_end_stands_behind_a_body_that_nobody_reads() {
    let backend = Backend::bind().await;
    let gateway = Gateway::with(READ, &backend.url()).await;
    for phase in [Phase::BodyNobodyReads, Phase::AnswerBeforeTheBody] {
        let mut client = gateway.client().await;
        let conn = begin(phase, &mut client, &backend).await;
        client.close().await;
        expect_nothing_left(&gateway, &format!("{phase:?} and a close")).await;
        drop(conn);
    }
}

#[tokio::test]
async fn a_client_that_sends_and_does_not_read_is_given_up_at_the_deadline_of_the_answer() {
    let backend = Backend::bind().await;
    let gateway = Gateway::with(BOTH, &backend.url()).await;
    for phase in [Phase::HalfAnAnswer, Phase::AnswerNobodyReads, Phase::AnswerBeforeTheBody] {
        let mut client = gateway.client().await;
        let conn = begin(phase, &mut client, &backend).await;
        expect_nothing_left(&gateway, &format!("{phase:?}")).await;
        drop((client, conn));
    }
}

#[tokio::test]
async fn a_server_that_stalls_is_given_up_at_the_entry_points_deadline() {
    let backend = Backend::bind().await;
    for (deadlines, phase) in
        [(READ, Phase::BodyNobodyReads), (BOTH, Phase::Waiting), (BOTH, Phase::HalfAnAnswer)]
    {
        let gateway = Gateway::with(deadlines, &backend.url()).await;
        let mut client = gateway.client().await;
        let conn = begin(phase, &mut client, &backend).await;
        expect_nothing_left(&gateway, &format!("a server that stalls: {phase:?}")).await;
        drop((client, conn));
    }
}

#[tokio::test]
async fn a_client_is_told_that_its_server_does_not_take_the_body() {
    let backend = Backend::bind().await;
    let gateway = Gateway::with(READ, &backend.url()).await;
    let mut client = gateway.client().await;
    let _conn = begin(Phase::BodyNobodyReads, &mut client, &backend).await;
    let response = client.read_response().await;
    assert_eq!((response.status(), response.header("connection")), (504, Some("close")));
    client.expect_close().await;
}

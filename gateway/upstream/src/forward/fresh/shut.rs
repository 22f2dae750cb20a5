//! Servers that take no requests, by frames.

use std::cell::{Cell, RefCell};
use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use windrose_http::Reply;

use super::*;
use crate::connect::Connector;
use crate::forward::forward;
use crate::service::PassHost;
use crate::testing::{beside, connector, endpoint_by, local, request, run};

/// A server that says how many requests it takes, and answers those that come all the same.
struct Server {
    most: Cell<u8>,
    connections: RefCell<Vec<Option<OwnedWriteHalf>>>,
    requests: Cell<usize>,
    changed: Notify,
}

impl Server {
    async fn start(most: u8) -> (Rc<Self>, Arc<Endpoint>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = Rc::new(Self {
            most: Cell::new(most),
            connections: RefCell::default(),
            requests: Cell::new(0),
            changed: Notify::new(),
        });
        let seen = Rc::clone(&server);
        beside(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let (read, write) = tcp.into_split();
                seen.connections.borrow_mut().push(Some(write));
                let number = seen.connections.borrow().len() - 1;
                seen.write(number, &settings(seen.most.get()));
                seen.changed.notify_waiters();
                beside(serve(read, number, Rc::clone(&seen)));
            }
        });
        let connector = Connector { dial_timeout: Duration::from_millis(400), ..connector() };
        (server, endpoint_by(&format!("h2c://{address}"), connector))
    }

    fn count(&self) -> usize {
        self.connections.borrow().len()
    }

    fn write(&self, number: usize, bytes: &[u8]) {
        let connections = self.connections.borrow();
        let write = connections.get(number).and_then(Option::as_ref).expect("a connection");
        assert_eq!(write.try_write(bytes).expect("room"), bytes.len());
    }

    /// Says another number on all connections.
    fn say(&self, most: u8) {
        self.most.set(most);
        (0..self.count()).for_each(|number| self.write(number, &settings(most)));
    }
}

/// MAX_CONCURRENT_STREAMS.
const fn settings(most: u8) -> [u8; 15] {
    [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, most]
}

async fn serve(mut read: OwnedReadHalf, number: usize, server: Rc<Server>) {
    read.read_exact(&mut [0; 24]).await.expect("a preface");
    let mut head = [0; 9];
    while read.read_exact(&mut head).await.is_ok() {
        let [a, b, c, kind, _, stream @ ..] = head;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        read.read_exact(&mut payload).await.expect("a frame");
        if kind == 1 {
            server.requests.set(server.requests.get() + 1);
            // 200, and nothing more.
            let mut answer = vec![0, 0, 1, 1, 5];
            answer.extend(stream);
            answer.push(0x88);
            server.write(number, &answer);
        }
    }
}

fn ask(to: &Arc<Endpoint>, local: &Rc<Local>) -> JoinHandle<Result<Reply, Failure>> {
    let (to, local) = (Arc::clone(to), Rc::clone(local));
    beside(async move { forward(&mut request("GET /"), &to, PassHost::Client, &local).await })
}

/// Asks until the server has said that it takes none, on a connection of its own.
async fn shut() -> (Rc<Server>, Arc<Endpoint>, Rc<Local>) {
    let ((server, to), local) = (Server::start(5).await, local());
    ask(&to, &local).await.expect("no panic").expect("an answer");
    server.say(0);
    while local.shut_h2(&to, None).is_none() {
        tokio::task::yield_now().await;
    }
    (server, to, local)
}

#[test]
fn a_server_that_takes_none_costs_one_connection_and_the_time_of_connecting() {
    run(async {
        let ((server, to), local) = (Server::start(0).await, local());
        let asked: Vec<_> = (0..50).map(|_| ask(&to, &local)).collect();
        let mut answered = 0;
        for one in asked {
            match one.await.expect("no panic") {
                // The first of a connection need not wait for what the server says.
                Ok(_) => answered += 1,
                Err(failure) => assert!(matches!(failure.status(), 502 | 504), "{failure}"),
            }
        }
        assert!(answered <= 1, "{answered}");
        assert_eq!(server.count(), 1);
    });
}

#[test]
fn clients_that_give_up_make_no_connections() {
    run(async {
        let (server, to, local) = shut().await;
        for _ in 0..50 {
            let asked: Vec<_> = (0..20).map(|_| ask(&to, &local)).collect();
            for _ in 0..5 {
                tokio::task::yield_now().await;
            }
            asked.iter().for_each(JoinHandle::abort);
        }
        assert_eq!((server.count(), server.requests.get()), (1, 1));
    });
}

#[test]
fn a_server_that_takes_none_for_long_is_asked_on_another_connection() {
    run(async {
        let (server, to, local) = shut().await;
        let asked: Vec<_> = (0..20).map(|_| ask(&to, &local)).collect();
        for one in asked {
            assert_eq!(one.await.expect("no panic").expect_err("no answer"), Failure::ConnectTimeout);
        }
        assert_eq!((server.count(), server.requests.get()), (1, 1));
        server.most.set(5);
        ask(&to, &local).await.expect("no panic").expect("an answer");
        assert_eq!((server.count(), server.requests.get()), (2, 2));
    });
}

#[test]
fn a_server_that_takes_requests_again_gets_those_that_wait() {
    run(async {
        let (server, to, local) = shut().await;
        let asked: Vec<_> = (0..5).map(|_| ask(&to, &local)).collect();
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        assert_eq!(server.requests.get(), 1);
        server.say(5);
        for one in asked {
            one.await.expect("no panic").expect("an answer");
        }
        assert_eq!((server.count(), server.requests.get()), (1, 6));
    });
}

#[test]
fn a_connection_that_ends_before_it_takes_any_is_a_failure() {
    run(async {
        let (server, to, local) = shut().await;
        let asked: Vec<_> = (0..5).map(|_| ask(&to, &local)).collect();
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        server.connections.borrow_mut().iter_mut().for_each(|write| drop(write.take()));
        for one in asked {
            assert_eq!(one.await.expect("no panic").expect_err("no answer"), Failure::Connect);
        }
        assert_eq!(server.count(), 1);
    });
}

#[test]
fn whoever_comes_later_fails_with_the_first() {
    run(async {
        let (server, to, local) = shut().await;
        let patience = to.connector.dial_timeout;
        let first = ask(&to, &local);
        tokio::time::sleep(patience / 2).await;
        let (second, begun) = (ask(&to, &local), tokio::time::Instant::now());
        for one in [first, second] {
            assert_eq!(one.await.expect("no panic").expect_err("no answer"), Failure::ConnectTimeout);
        }
        assert!(begun.elapsed() < patience, "{:?}", begun.elapsed());
        assert_eq!(server.count(), 1);
    });
}

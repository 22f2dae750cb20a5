//! Sessions of UDP: what one client address sends goes to one server, and what that answers comes back.
//!
//! A session is a task of its worker; the kernel gives all datagrams of a client to the same worker. It ends when
//! neither side has sent anything for a while, or its server is not there. What finds no room is dropped, as datagrams
//! are: a worker has so many sessions and no more, and a session holds few datagrams while its server's name is looked up.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use tokio::net::UdpSocket;
use windrose_upstream::HostPort;
use windrose_upstream::udp;

use crate::entry::EntryOptions;
use crate::tasks;
use crate::worker::{Deadline, Phase, SlotGuard, Worker};

/// The sessions of one socket.
pub struct Sessions {
    worker: Rc<Worker>,
    listener: usize,
    socket: Rc<UdpSocket>,
    options: Arc<EntryOptions>,
    by_client: Rc<RefCell<HashMap<SocketAddr, Rc<Session>, RandomState>>>,
    most: usize,
}

/// Which datagrams are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Also those that begin a session.
    New,
    /// Those of sessions that are there.
    Known,
}

/// One client's way to one server.
struct Session {
    slot: SlotGuard,
    /// The socket towards the server, once there is one.
    server: RefCell<Option<Rc<UdpSocket>>>,
    /// What came before.
    waiting: RefCell<VecDeque<Box<[u8]>>>,
    timeout: Duration,
    /// Whether its task has ended.
    is_over: Cell<bool>,
}

impl Sessions {
    /// None yet.
    #[must_use]
    pub fn new(
        worker: Rc<Worker>,
        listener: usize,
        socket: Rc<UdpSocket>,
        options: Arc<EntryOptions>,
    ) -> Self {
        Self {
            worker,
            listener,
            socket,
            options,
            by_client: Rc::default(),
            most: most(windrose_sys::fd_limit()),
        }
    }

    /// Takes a datagram of a client.
    pub fn take(&self, client: SocketAddr, data: &[u8], takes: Takes) {
        let known = self.by_client.borrow().get(&client).cloned();
        if let Some(session) = known.filter(|session| !session.is_over.get()) {
            return session.send(data);
        }
        if takes == Takes::Known || self.by_client.borrow().len() >= self.most {
            return;
        }
        let snapshot = self.worker.snapshot();
        let service = snapshot.listeners.get(self.listener).and_then(|listener| listener.udp.as_ref());
        let Some(server) = service.and_then(|service| service.pick()).cloned() else { return };
        drop(snapshot);
        let session = Rc::new(Session {
            slot: self.worker.register(self.listener, Phase::Busy),
            server: RefCell::default(),
            waiting: RefCell::default(),
            timeout: self.options.session_timeout,
            is_over: Cell::new(false),
        });
        session.send(data);
        self.by_client.borrow_mut().insert(client, Rc::clone(&session));
        let (by_client, socket) = (Rc::clone(&self.by_client), Rc::clone(&self.socket));
        tasks::spawn_local("session", async move {
            session.run(&server, client, &socket).await;
            session.is_over.set(true);
            let mut by_client = by_client.borrow_mut();
            if by_client.get(&client).is_some_and(|now| Rc::ptr_eq(now, &session)) {
                by_client.remove(&client);
            }
        });
    }
}

impl Session {
    /// Sends a datagram to the server.
    fn send(&self, data: &[u8]) {
        self.slot.set_deadline(Deadline::In(self.timeout));
        match &*self.server.borrow() {
            // What does not fit into the kernel's buffer is lost; errors show themselves to whoever receives.
            Some(server) => drop(server.try_send(data)),
            None => {
                let mut waiting = self.waiting.borrow_mut();
                if waiting.len() < MOST_WAITING {
                    waiting.push_back(data.into());
                }
            }
        }
    }

    fn next_waiting(&self) -> Option<Box<[u8]>> {
        self.waiting.borrow_mut().pop_front()
    }

    /// Brings back what the server answers, until the session ends.
    async fn run(&self, to: &HostPort, client: SocketAddr, socket: &UdpSocket) {
        let mut connecting = Box::pin(udp::connect(to));
        let connected = poll_fn(|cx| {
            self.slot.watch(cx);
            if self.slot.is_late() { Poll::Ready(None) } else { connecting.as_mut().poll(cx).map(Some) }
        });
        let server = match connected.await {
            Some(Ok(server)) => Rc::new(server),
            Some(Err(error)) => {
                tracing::debug!(server = %to, %error, "the server of a session cannot be reached");
                return;
            }
            None => return,
        };
        drop(connecting);
        while let Some(data) = self.next_waiting() {
            // A socket is thought full until the system says that it is not.
            let _ = server.send(&data).await;
        }
        *self.server.borrow_mut() = Some(Rc::clone(&server));
        if let Err(error) = self.answer(&server, client, socket).await {
            tracing::debug!(server = %to, %error, "session ended");
        }
    }

    async fn answer(&self, server: &UdpSocket, client: SocketAddr, socket: &UdpSocket) -> io::Result<()> {
        loop {
            let readable = poll_fn(|cx| {
                self.slot.watch(cx);
                if self.slot.is_late() { Poll::Ready(None) } else { server.poll_recv_ready(cx).map(Some) }
            });
            match readable.await {
                None => return Ok(()),
                Some(ready) => ready?,
            }
            let held: io::Result<Option<Box<[u8]>>> = with_buffer(|buffer| {
                let length = server.try_recv(buffer)?;
                let data = buffer.get(..length).unwrap_or_default();
                match socket.try_send_to(data, client) {
                    // The client is only slower than the server: this one waits, and what comes after it.
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Some(data.into())),
                    _ => Ok(None),
                }
            });
            match held {
                Ok(held) => {
                    self.slot.set_deadline(Deadline::In(self.timeout));
                    if let Some(data) = held {
                        let _ = socket.send_to(&data, client).await;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// Lends room for the largest datagram; there is one for each worker, as nobody keeps it.
pub fn with_buffer<T>(lend: impl FnOnce(&mut [u8]) -> T) -> T {
    thread_local! {
        static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }
    BUFFER.with_borrow_mut(|buffer| {
        if buffer.is_empty() {
            buffer.resize(LARGEST, 0);
        }
        lend(buffer)
    })
}

/// How many sessions a socket may have: each holds a file of its own, and anybody can begin one by a false address, so
/// that half of the files the process may open stay for others.
fn most(files: Option<u64>) -> usize {
    let workers = u64::try_from(windrose_sys::worker_count()).unwrap_or(1);
    let share = files.map_or(MOST, |files| files / 2 / workers.max(1));
    usize::try_from(share.clamp(FEWEST, MOST)).unwrap_or(usize::MAX)
}

/// The largest datagram there is.
const LARGEST: usize = 65_535;
/// Sessions of one socket, however few files there are, and however many.
const FEWEST: u64 = 64;
const MOST: u64 = 16_384;
/// Datagrams that wait for a server's name to be looked up.
const MOST_WAITING: usize = 16;

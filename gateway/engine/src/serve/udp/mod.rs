//! Sessions of UDP: what one client address sends goes to one server, and what that answers comes back.
//!
//! A session is a task of its worker; the kernel gives all datagrams of a client to the same worker. It ends when
//! neither side has sent anything for a while, or its server is not there. What finds no room is dropped, as datagrams
//! are: a worker has so many sessions and no more, and a session holds few datagrams while its server's name is looked up.
//! One call receives many datagrams, and those of one session that have the same size leave in one call, in their order.

mod batch;
mod outgoing;

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
use quinn_udp::UdpSocketState;
use tokio::net::UdpSocket;
use windrose_upstream::HostPort;
use windrose_upstream::udp;

pub use self::batch::Left;
use self::batch::{BATCH, Batch, Parts};
use self::outgoing::{Bond, Full, Held, Largest, Outgoing, Way};
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
    /// How many sessions have answers that the socket did not take.
    stuck: Rc<Cell<usize>>,
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
    server: RefCell<Option<Server>>,
    /// What came before.
    waiting: RefCell<VecDeque<Box<[u8]>>>,
    timeout: Duration,
    largest: Largest,
    /// Whether its task has ended.
    is_over: Cell<bool>,
}

#[derive(Clone)]
struct Server {
    socket: Rc<UdpSocket>,
    address: SocketAddr,
    largest: Rc<Largest>,
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
            stuck: Rc::default(),
            most: most(windrose_sys::fd_limit()),
        }
    }

    /// Receives datagrams of clients once and sends them to their servers.
    ///
    /// # Errors
    /// `WouldBlock` when there are none; otherwise what the kernel said, of datagrams that could not be delivered, too.
    pub fn receive(&self, takes: Takes) -> io::Result<Left> {
        batch::with(|batch| {
            let left = batch.receive(&self.socket, BATCH)?;
            self.take(batch, takes);
            Ok(left)
        })
    }

    fn take(&self, batch: &mut Batch, takes: Takes) {
        let mut whose: [Option<Rc<Session>>; BATCH] =
            std::array::from_fn(|at| self.session(batch.from(at)?, takes));
        let (parts, gathered, calls) = batch.split();
        for at in 0..BATCH {
            let Some(session) = whose.get_mut(at).and_then(Option::take) else { continue };
            // What came of the others between them goes on its own way, so those of one session stand together.
            let mut mine = 1_u32 << at;
            for (other, whose) in whose.iter_mut().enumerate().skip(at + 1) {
                if whose.as_ref().is_some_and(|whose| Rc::ptr_eq(whose, &session)) {
                    *whose = None;
                    mine |= 1 << other;
                }
            }
            session.send(parts, mine, gathered, calls);
        }
    }

    /// The session of a client, which begins if there is none.
    fn session(&self, client: SocketAddr, takes: Takes) -> Option<Rc<Session>> {
        let known = self.by_client.borrow().get(&client).cloned();
        if let Some(session) = known.filter(|session| !session.is_over.get()) {
            return Some(session);
        }
        if takes == Takes::Known || self.by_client.borrow().len() >= self.most {
            return None;
        }
        let snapshot = self.worker.snapshot();
        let service = snapshot.listeners.get(self.listener).and_then(|listener| listener.udp.as_ref());
        let server = service.and_then(|service| service.pick())?.clone();
        drop(snapshot);
        let session = Rc::new(Session {
            slot: self.worker.register(self.listener, Phase::Busy),
            server: RefCell::default(),
            waiting: RefCell::default(),
            timeout: self.options.session_timeout,
            largest: Largest::default(),
            is_over: Cell::new(false),
        });
        self.by_client.borrow_mut().insert(client, Rc::clone(&session));
        let (by_client, socket) = (Rc::clone(&self.by_client), Rc::clone(&self.socket));
        let (begun, stuck) = (Rc::clone(&session), Rc::clone(&self.stuck));
        tasks::spawn_local("session", async move {
            session.run(&server, client, &socket, &stuck).await;
            session.is_over.set(true);
            let mut by_client = by_client.borrow_mut();
            if by_client.get(&client).is_some_and(|now| Rc::ptr_eq(now, &session)) {
                by_client.remove(&client);
            }
        });
        Some(begun)
    }
}

impl Session {
    /// Sends the datagrams whose bits are set in `mine` to the server.
    fn send(&self, parts: Parts<'_>, mine: u32, gathered: &mut Vec<u8>, calls: &UdpSocketState) {
        self.slot.set_deadline(Deadline::In(self.timeout));
        let mine = parts.all().enumerate().filter(|(at, _)| mine & (1 << at) != 0).map(|(_, part)| part);
        match &*self.server.borrow() {
            // What does not fit into the kernel's buffer is lost; errors show themselves to whoever receives.
            Some(server) => {
                let (socket, to) = (&*server.socket, server.address);
                let way = Way { socket, to, bond: Bond::Connected, largest: &server.largest };
                let mut outgoing = Outgoing::new(&way, calls, gathered, Full::Drop);
                mine.for_each(|part| outgoing.add(part));
                outgoing.finish();
            }
            None => {
                let mut waiting = self.waiting.borrow_mut();
                let room = MOST_WAITING.saturating_sub(waiting.len());
                waiting.extend(mine.flat_map(batch::Part::datagrams).take(room).map(Box::from));
            }
        }
    }

    fn next_waiting(&self) -> Option<Box<[u8]>> {
        self.waiting.borrow_mut().pop_front()
    }

    /// Brings back what the server answers, until the session ends.
    async fn run(&self, to: &HostPort, client: SocketAddr, socket: &UdpSocket, stuck: &Rc<Cell<usize>>) {
        let mut connecting = Box::pin(udp::connect(to));
        let connected = poll_fn(|cx| {
            self.slot.watch(cx);
            if self.slot.is_late() { Poll::Ready(None) } else { connecting.as_mut().poll(cx).map(Some) }
        });
        let connected = match connected.await {
            Some(Ok(server)) => server.peer_addr().map(|address| (server, address)),
            Some(Err(error)) => Err(error),
            None => return,
        };
        let (server, address) = match connected {
            Ok((server, address)) => {
                // Where the kernel cannot join what comes, it comes one by one.
                let _ = windrose_sys::join_datagrams(&server);
                (Rc::new(server), address)
            }
            Err(error) => {
                tracing::debug!(server = %to, %error, "the server of a session cannot be reached");
                return;
            }
        };
        drop(connecting);
        while let Some(data) = self.next_waiting() {
            // A socket is thought full until the system says that it is not.
            let _ = server.send(&data).await;
        }
        let socket_of_server = Rc::clone(&server);
        *self.server.borrow_mut() =
            Some(Server { socket: socket_of_server, address, largest: Rc::default() });
        if let Err(error) = self.answer(&server, client, socket, stuck).await {
            tracing::debug!(server = %to, %error, "session ended");
        }
    }

    async fn answer(
        &self,
        server: &UdpSocket,
        client: SocketAddr,
        socket: &UdpSocket,
        stuck: &Rc<Cell<usize>>,
    ) -> io::Result<()> {
        let way = Way { socket, to: client, bond: Bond::Free, largest: &self.largest };
        let mut in_a_row = 0;
        loop {
            let readable = poll_fn(|cx| {
                self.slot.watch(cx);
                if self.slot.is_late() { Poll::Ready(None) } else { server.poll_recv_ready(cx).map(Some) }
            });
            match readable.await {
                None => return Ok(()),
                Some(ready) => ready?,
            }
            // What the socket does not take is held here, so while others hold something this one takes little more.
            let most = if stuck.get() == 0 { BATCH } else { 1 };
            let brought = batch::with(|batch| {
                let left = batch.receive(server, most)?;
                let (parts, gathered, calls) = batch.split();
                let mut outgoing = Outgoing::new(&way, calls, gathered, Full::Keep);
                parts.all().for_each(|part| outgoing.add(part));
                Ok((left, outgoing.finish()))
            });
            match brought {
                Ok((left, held)) => {
                    self.slot.set_deadline(Deadline::In(self.timeout));
                    if !held.is_empty() {
                        // The client is only slower than the server: this one waits, and what comes after it.
                        wait(socket, client, &held, stuck).await;
                    }
                    in_a_row = if left == Left::More { in_a_row + 1 } else { 0 };
                    if in_a_row >= ROUND {
                        in_a_row = 0;
                        tokio::task::yield_now().await;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// Sends what the socket did not take.
async fn wait(socket: &UdpSocket, client: SocketAddr, held: &[Held], stuck: &Rc<Cell<usize>>) {
    struct Counted<'a>(&'a Cell<usize>);
    impl Drop for Counted<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() - 1);
        }
    }
    stuck.set(stuck.get() + 1);
    let _counted = Counted(stuck);
    for datagram in held.iter().flat_map(Held::datagrams) {
        let _ = socket.send_to(datagram, client).await;
    }
}

/// How many sessions a socket may have: each holds a file of its own, and anybody can begin one by a false address, so
/// that half of the files the process may open stay for others.
fn most(files: Option<u64>) -> usize {
    let workers = u64::try_from(windrose_sys::worker_count()).unwrap_or(1);
    let share = files.map_or(MOST, |files| files / 2 / workers.max(1));
    usize::try_from(share.clamp(FEWEST, MOST)).unwrap_or(usize::MAX)
}

/// Calls that bring something before others have their turn.
pub const ROUND: usize = 4;
/// Sessions of one socket, however few files there are, and however many.
const FEWEST: u64 = 64;
const MOST: u64 = 16_384;
/// Datagrams that wait for a server's name to be looked up.
const MOST_WAITING: usize = 16;

#[cfg(test)]
mod tests;

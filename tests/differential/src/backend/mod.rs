//! The scripted servers behind a proxy.
//!
//! Each reads requests byte for byte, notes them, and answers with the script of the current case: request number *n*
//! of the case, counted over all servers, gets answer *n*, the last answer is repeated. One set of servers belongs to
//! one proxy, and cases run one after the other, so nothing has to tell two cases apart.
//!
//! Only whole requests count. Whether a server sees the start of a request that then proves bad is a matter of timing in
//! every proxy that streams.

use std::{
    io::{self, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use crate::{
    group::{Answers, Then},
    message::{End, Fault, Kind, Message, Wire},
    text::{self, Names},
};

/// Names of the servers that every group has; each answers with its name.
pub const NAMES: [&str; 3] = ["a", "b", "c"];

/// The servers of one proxy.
#[derive(Debug)]
pub struct Servers {
    shared: Arc<Shared>,
}

/// A request as a server saw it.
#[derive(Debug, Clone)]
pub struct Received {
    /// Name of the server.
    pub server: String,
    /// The request; of a tunnel, the body is what came through it.
    pub message: Message,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    case: u64,
    script: Vec<Prepared>,
    received: Vec<Received>,
    busy: usize,
}

#[derive(Debug, Clone, Default)]
struct Prepared {
    bytes: Option<Vec<u8>>,
    early: bool,
    then: Then,
}

impl Servers {
    /// Starts the servers and adds their addresses to `names`.
    ///
    /// # Errors
    /// When no port can be opened.
    pub fn start(names: &mut Names) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        for name in NAMES {
            let listener = TcpListener::bind("127.0.0.1:0")?;
            names.add(name, listener.local_addr()?.port());
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                for stream in listener.incoming().map_while(Result::ok) {
                    let shared = Arc::clone(&shared);
                    thread::spawn(move || shared.converse(name, stream));
                }
            });
        }
        Ok(Self { shared })
    }

    /// Forgets the last case and takes the script of the next.
    pub fn begin(&self, answers: &Answers, names: &Names, host: &str) {
        let prepare = |written: &Option<String>| written.as_ref().map(|written| names.fill(written, host));
        let script = answers.0.iter().map(|answer| Prepared {
            bytes: prepare(&answer.send)
                .map(|filled| text::lines(&filled))
                .or_else(|| prepare(&answer.raw).map(|filled| text::exact(&filled))),
            early: answer.early,
            then: answer.then,
        });
        let mut state = self.shared.state();
        *state = State { case: state.case + 1, script: script.collect(), ..State::default() };
        self.shared.changed.notify_all();
    }

    /// Waits until so many requests were read, or for a while.
    pub fn wait_for(&self, count: usize) {
        let state = self.shared.state();
        let waited = self
            .shared
            .changed
            .wait_timeout_while(state, LONGEST_SETTLING, |state| state.received.len() < count);
        drop(waited);
    }

    /// Waits until every request that arrived is read and answered, and there are so many, and hands them out.
    #[must_use]
    pub fn end(&self, expected: usize) -> Vec<Received> {
        let state = self.shared.state();
        let (state, _) = self
            .shared
            .changed
            .wait_timeout_while(state, LONGEST_SETTLING, |state| {
                state.busy > 0 || state.received.len() < expected
            })
            .unwrap_or_else(PoisonError::into_inner);
        state.received.clone()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn converse(&self, name: &'static str, stream: TcpStream) {
        let mut wire = Wire::new(stream);
        loop {
            let message = match wire.head() {
                Ok(message) => message,
                Err(Fault::Garbage(bytes)) => Message { start: text::show(&bytes), ..Message::default() },
                Err(Fault::Closed | Fault::Silence) => return,
            };
            let case = self.enter();
            let done = self.exchange(name, &mut wire, message, case);
            self.leave(case);
            let Some((turn, then)) = done else { break };
            match then {
                Then::Next => continue,
                Then::Close => {}
                Then::Hang => until_closed(&mut wire),
                Then::Echo => self.echo(&mut wire, &turn),
            }
            break;
        }
        wire.stream().shutdown(Shutdown::Both).ok();
    }

    /// Reads the body, notes the request and answers it; nothing if the connection is of no more use.
    fn exchange(
        &self,
        name: &str,
        wire: &mut Wire<TcpStream>,
        mut message: Message,
        case: u64,
    ) -> Option<(Turn, Then)> {
        let early = self.answer(self.noted());
        if early.early {
            wire.stream().write_all(&early.bytes_for(name, &message)).ok()?;
        } else if message.header("expect").is_some() {
            wire.stream().write_all(b"HTTP/1.1 100 Continue\r\n\r\n").ok()?;
        }
        wire.body(&mut message, Kind::Request);
        if message.end == End::Cut {
            return None;
        }
        let number = self.note(name, &message);
        let answer = if early.early { early } else { self.answer(number) };
        if !answer.early {
            wire.stream().write_all(&answer.bytes_for(name, &message)).ok()?;
        }
        message.start.contains("HTTP/").then_some((Turn { case, number }, answer.then))
    }

    fn enter(&self) -> u64 {
        let mut state = self.state();
        state.busy += 1;
        state.case
    }

    fn leave(&self, case: u64) {
        let mut state = self.state();
        if state.case == case {
            state.busy -= 1;
            self.changed.notify_all();
        }
    }

    fn noted(&self) -> usize {
        self.state().received.len()
    }

    fn note(&self, server: &str, message: &Message) -> usize {
        let mut state = self.state();
        state.received.push(Received { server: server.to_owned(), message: message.clone() });
        self.changed.notify_all();
        state.received.len() - 1
    }

    fn answer(&self, number: usize) -> Prepared {
        let state = self.state();
        state.script.get(number).or_else(|| state.script.last()).cloned().unwrap_or_default()
    }

    fn echo(&self, wire: &mut Wire<TcpStream>, turn: &Turn) {
        loop {
            let bytes = wire.some();
            if bytes.is_empty() {
                return;
            }
            self.note_tunnelled(turn, &bytes);
            if wire.stream().write_all(&bytes).is_err() {
                return;
            }
        }
    }

    fn note_tunnelled(&self, turn: &Turn, bytes: &[u8]) {
        let mut state = self.state();
        if state.case == turn.case
            && let Some(received) = state.received.get_mut(turn.number)
        {
            received.message.body.extend(bytes);
        }
    }
}

/// Waits until the proxy gives up. A server that closed first would be asked again by a proxy which has not yet seen that
/// its client is gone, and that request would be counted in the next case.
fn until_closed(wire: &mut Wire<TcpStream>) {
    while !wire.some().is_empty() {}
}

impl Prepared {
    /// The bytes of the answer; where nothing is scripted, a short body that names the server.
    fn bytes_for(&self, server: &str, message: &Message) -> Vec<u8> {
        self.bytes.clone().unwrap_or_else(|| {
            let body = if message.start.starts_with("HEAD ") { "" } else { server };
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", server.len()).into_bytes()
        })
    }
}

/// Which request of which case a connection is at.
#[derive(Debug)]
struct Turn {
    case: u64,
    number: usize,
}

/// A request body that is never finished must not hold up the suite.
const LONGEST_SETTLING: Duration = Duration::from_secs(2);

//! The scripted servers behind a proxy.
//!
//! Each reads requests byte for byte, notes them, and answers with the script of the current case: request number *n*
//! of the case, counted over all servers, gets answer *n*, the last answer is repeated. One set of servers belongs to
//! one proxy, and cases run one after the other, so nothing has to tell two cases apart.

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

    /// Waits until every request that arrived is read and answered, and hands them out.
    #[must_use]
    pub fn end(&self) -> Vec<Received> {
        let state = self.shared.state();
        let (state, _) = self
            .shared
            .changed
            .wait_timeout_while(state, LONGEST_SETTLING, |state| state.busy > 0)
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
                Ok(message) => Message { end: End::Cut, ..message },
                Err(Fault::Garbage(bytes)) => Message { start: text::show(&bytes), ..Message::default() },
                Err(Fault::Closed | Fault::Silence) => return,
            };
            let garbage = !message.start.contains("HTTP/");
            let (turn, answer) = self.enter(name, message.clone());
            let usable = !garbage && self.exchange(name, &mut wire, message, &turn, &answer);
            self.leave(&turn);
            if !usable {
                break;
            }
            match answer.then {
                Then::Next => {}
                Then::Close => break,
                Then::Hang => {
                    self.wait_for_next_case(turn.case);
                    break;
                }
                Then::Echo => {
                    self.echo(&mut wire, &turn);
                    break;
                }
            }
        }
        wire.stream().shutdown(Shutdown::Both).ok();
    }

    /// Reads the body and answers; false if the connection is of no more use.
    fn exchange(
        &self,
        name: &str,
        wire: &mut Wire<TcpStream>,
        mut message: Message,
        turn: &Turn,
        answer: &Prepared,
    ) -> bool {
        let default =
            || format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{name}", name.len()).into_bytes();
        let bytes = answer.bytes.clone().unwrap_or_else(|| {
            let head = message.start.starts_with("HEAD ");
            if head { b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n".to_vec() } else { default() }
        });
        let mut written = Ok(());
        if answer.early {
            written = wire.stream().write_all(&bytes);
        } else if message.header("expect").is_some() {
            written = wire.stream().write_all(b"HTTP/1.1 100 Continue\r\n\r\n");
        }
        message.end = End::Complete;
        wire.body(&mut message, Kind::Request);
        let whole = message.end == End::Complete;
        self.note(turn, |noted| *noted = message);
        if !answer.early && whole {
            written = wire.stream().write_all(&bytes);
        }
        whole && written.is_ok()
    }

    fn enter(&self, server: &str, message: Message) -> (Turn, Prepared) {
        let mut state = self.state();
        let number = state.received.len();
        state.received.push(Received { server: server.to_owned(), message });
        state.busy += 1;
        let answer = state.script.get(number).or(state.script.last()).cloned().unwrap_or_default();
        (Turn { case: state.case, number }, answer)
    }

    fn leave(&self, turn: &Turn) {
        let mut state = self.state();
        if state.case == turn.case {
            state.busy -= 1;
            self.changed.notify_all();
        }
    }

    fn note(&self, turn: &Turn, change: impl FnOnce(&mut Message)) {
        let mut state = self.state();
        if state.case == turn.case
            && let Some(received) = state.received.get_mut(turn.number)
        {
            change(&mut received.message);
        }
    }

    fn echo(&self, wire: &mut Wire<TcpStream>, turn: &Turn) {
        loop {
            let bytes = wire.some();
            if bytes.is_empty() {
                return;
            }
            self.note(turn, |noted| noted.body.extend(&bytes));
            if wire.stream().write_all(&bytes).is_err() {
                return;
            }
        }
    }

    fn wait_for_next_case(&self, case: u64) {
        let guard = self.state();
        drop(self.changed.wait_while(guard, |state| state.case == case));
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

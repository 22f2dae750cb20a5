//! Sockets opened by the service manager before the process started (systemd socket activation).
//!
//! `LISTEN_FDS` says how many there are and `LISTEN_FDNAMES` how they are called; several may have one
//! name, as those of one unit do (one for each address). Each socket is handed out once. Reading the environment consumes it, so that a child process does not take the
//! same sockets for its own; therefore [`Inherited::from_env`] belongs at the start of the program,
//! while it has one thread.

use std::env;
use std::io;
use std::net::{TcpListener, UdpSocket};

use listenfd::ListenFd;

/// The sockets that were passed and not yet taken.
pub struct Inherited {
    sockets: ListenFd,
    names: Vec<String>,
}

impl Inherited {
    /// Reads what the environment of this process announces; nothing is not an error.
    #[must_use]
    pub fn from_env() -> Self {
        let names = env::var("LISTEN_FDNAMES").unwrap_or_default();
        Self { sockets: ListenFd::from_env(), names: names.split(':').map(str::to_owned).collect() }
    }

    /// How many sockets were passed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sockets.len()
    }

    /// Whether none was passed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sockets.len() == 0
    }

    /// Takes all listening TCP sockets called `name`.
    ///
    /// # Errors
    /// The sockets of that name are of another kind.
    pub fn take_tcp(&mut self, name: &str) -> io::Result<Vec<TcpListener>> {
        self.take(name, ListenFd::take_tcp_listener, |socket| socket.set_nonblocking(true))
    }

    /// Takes all UDP sockets called `name`.
    ///
    /// # Errors
    /// The sockets of that name are of another kind.
    pub fn take_udp(&mut self, name: &str) -> io::Result<Vec<UdpSocket>> {
        self.take(name, ListenFd::take_udp_socket, |socket| socket.set_nonblocking(true))
    }

    /// One name may stand for both kinds. Those of the other kind stay, and only if there are no others it is an error.
    fn take<S>(
        &mut self,
        name: &str,
        take_at: impl Fn(&mut ListenFd, usize) -> io::Result<Option<S>>,
        prepare: impl Fn(&S) -> io::Result<()>,
    ) -> io::Result<Vec<S>> {
        let (mut taken, mut of_another_kind) = (Vec::new(), None);
        for (index, candidate) in self.names.iter().enumerate().take(self.sockets.len()) {
            if candidate != name {
                continue;
            }
            match take_at(&mut self.sockets, index) {
                Ok(Some(socket)) => {
                    prepare(&socket)?;
                    taken.push(socket);
                }
                Ok(None) => {}
                Err(error) => of_another_kind = Some(error),
            }
        }
        match of_another_kind {
            Some(error) if taken.is_empty() => Err(error),
            _ => Ok(taken),
        }
    }
}

#[cfg(test)]
mod tests;

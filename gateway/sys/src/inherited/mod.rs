//! Sockets opened by the service manager before the process started (systemd socket activation).
//!
//! `LISTEN_FDS` says how many there are and `LISTEN_FDNAMES` how they are called. Each socket is
//! handed out once. Reading the environment consumes it, so that a child process does not take the
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

    /// Takes the listening TCP socket called `name`; `None` when there is none left.
    ///
    /// # Errors
    /// The socket of that name is of another kind.
    pub fn take_tcp(&mut self, name: &str) -> io::Result<Option<TcpListener>> {
        self.take(name, ListenFd::take_tcp_listener, |socket| socket.set_nonblocking(true))
    }

    /// Takes the UDP socket called `name`; `None` when there is none left.
    ///
    /// # Errors
    /// The socket of that name is of another kind.
    pub fn take_udp(&mut self, name: &str) -> io::Result<Option<UdpSocket>> {
        self.take(name, ListenFd::take_udp_socket, |socket| socket.set_nonblocking(true))
    }

    /// Several sockets may share a name (one per address); each call takes the next.
    fn take<S>(
        &mut self,
        name: &str,
        take_at: impl Fn(&mut ListenFd, usize) -> io::Result<Option<S>>,
        prepare: impl Fn(&S) -> io::Result<()>,
    ) -> io::Result<Option<S>> {
        for (index, candidate) in self.names.iter().enumerate().take(self.sockets.len()) {
            if candidate != name {
                continue;
            }
            if let Some(socket) = take_at(&mut self.sockets, index)? {
                prepare(&socket)?;
                return Ok(Some(socket));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests;

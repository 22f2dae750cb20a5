//! Telling the service manager how the process is doing (the `sd_notify` protocol).
//!
//! The manager names a datagram socket in `NOTIFY_SOCKET`; each notice is one datagram of
//! `KEY=value`. Without the variable there is no manager and nothing to tell.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// A line to the service manager.
#[derive(Debug)]
pub struct Notifier {
    socket: UnixDatagram,
}

impl Notifier {
    /// Connects to the manager that started this process; `None` when there is none.
    ///
    /// # Errors
    /// The socket is named but cannot be reached.
    pub fn from_env() -> io::Result<Option<Self>> {
        env::var_os("NOTIFY_SOCKET").map(|name| Self::connect(&name)).transpose()
    }

    /// Connects to the socket called `name`; a leading `@` stands for the abstract namespace.
    ///
    /// # Errors
    /// The name is no socket name, or nobody listens there.
    pub fn connect(name: &OsStr) -> io::Result<Self> {
        let address = match name.as_bytes() {
            [b'@', rest @ ..] => SocketAddr::from_abstract_name(rest)?,
            _ => SocketAddr::from_pathname(name)?,
        };
        let socket = UnixDatagram::unbound()?;
        socket.connect_addr(&address)?;
        Ok(Self { socket })
    }

    /// The process serves.
    ///
    /// # Errors
    /// The notice could not be sent.
    pub fn ready(&self) -> io::Result<()> {
        self.send("READY=1")
    }

    /// The process has begun to stop.
    ///
    /// # Errors
    /// The notice could not be sent.
    pub fn stopping(&self) -> io::Result<()> {
        self.send("STOPPING=1")
    }

    /// The process is alive; to be repeated within [`watchdog_interval`].
    ///
    /// # Errors
    /// The notice could not be sent.
    pub fn alive(&self) -> io::Result<()> {
        self.send("WATCHDOG=1")
    }

    fn send(&self, notice: &str) -> io::Result<()> {
        self.socket.send(notice.as_bytes()).map(drop)
    }
}

/// How long the manager waits for [`Notifier::alive`] before it restarts this process; `None` when
/// it does not watch it.
#[must_use]
pub fn watchdog_interval() -> Option<Duration> {
    interval(env::var("WATCHDOG_USEC").ok().as_deref(), env::var("WATCHDOG_PID").ok().as_deref())
}

fn interval(microseconds: Option<&str>, pid: Option<&str>) -> Option<Duration> {
    if pid.is_some_and(|pid| pid.parse() != Ok(std::process::id())) {
        return None;
    }
    let microseconds: u64 = microseconds?.parse().ok()?;
    (microseconds > 0).then(|| Duration::from_micros(microseconds))
}

#[cfg(test)]
mod tests;

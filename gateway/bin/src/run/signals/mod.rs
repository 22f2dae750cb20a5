//! What the operator asks of a running program.

use std::io;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::Instant;

/// The signals we listen to.
#[derive(Debug)]
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
    hangup: Signal,
    user1: Signal,
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// To stop.
    Stop(By),
    /// To look at the files again.
    Reload,
    /// To open the log file anew.
    Reopen,
}

/// The signal by which a stop is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Terminate,
    Interrupt,
    Quit,
}

/// A stop that was asked for. Whether it is asked for again decides if it is to be at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stop {
    by: By,
    at: Instant,
}

impl Stop {
    /// It was asked for just now.
    pub(super) fn now(by: By) -> Self {
        Self { by, at: Instant::now() }
    }

    /// Whether `again`, asked for at `now`, means that it takes too long. The same signal in quick succession says the same
    /// thing twice: whoever signals a program and then its whole group, as `timeout` and some shells and supervisors do,
    /// reaches it twice. Interrupt and quit after another signal come from a person.
    fn is_pressed(self, again: By, now: Instant) -> bool {
        let is_other = again != self.by && again != By::Terminate;
        is_other || now.duration_since(self.at) >= ECHO
    }
}

impl Signals {
    /// Listens from now on.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            hangup: signal(SignalKind::hangup())?,
            user1: signal(SignalKind::user_defined1())?,
        })
    }

    /// Waits for the next one. Dropping the future loses none.
    pub(super) async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::Stop(By::Terminate),
            _ = self.interrupt.recv() => Asked::Stop(By::Interrupt),
            _ = self.quit.recv() => Asked::Stop(By::Quit),
            _ = self.hangup.recv() => Asked::Reload,
            _ = self.user1.recv() => Asked::Reopen,
        }
    }

    /// Waits until it is asked to stop.
    pub(super) async fn stop(&mut self) -> Stop {
        loop {
            if let Asked::Stop(by) = self.next().await {
                return Stop::now(by);
            }
        }
    }

    /// Waits until it is asked for `stop` to be at once.
    pub(super) async fn press(&mut self, stop: Stop) {
        loop {
            if let Asked::Stop(by) = self.next().await
                && stop.is_pressed(by, Instant::now())
            {
                return;
            }
        }
    }
}

/// How long the same signal again is taken for an echo of the first: much longer than anybody needs to send it twice, and
/// less than anybody waits who has lost patience.
const ECHO: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;

//! What the service manager is told (systemd's notices).

use std::future::pending;
use std::io;

use tokio::time::{Instant, Interval, interval_at};
use windrose_sys::{Notifier, watchdog_interval};

/// The service manager, if one started us.
#[derive(Debug)]
pub(super) struct Manager {
    notifier: Option<Notifier>,
    watchdog: Option<Interval>,
}

impl Manager {
    /// Finds the manager in the environment. One that cannot be reached is told to the log.
    pub(super) fn find() -> Self {
        let notifier = Notifier::from_env().unwrap_or_else(|error| {
            tracing::warn!(%error, "the service manager cannot be told anything");
            None
        });
        // Twice as often as it asks for, as its manual advises.
        let watchdog = notifier.is_some().then(watchdog_interval).flatten().map(|longest| {
            let period = longest / 2;
            interval_at(Instant::now() + period, period)
        });
        Self { notifier, watchdog }
    }

    pub(super) fn ready(&self) {
        self.tell(Notifier::ready);
    }

    pub(super) fn stopping(&self) {
        self.tell(Notifier::stopping);
    }

    pub(super) fn alive(&self) {
        self.tell(Notifier::alive);
    }

    /// Waits until it is time for [`Self::alive`]; for ever when nobody waits for it.
    pub(super) async fn expects(&mut self) {
        match &mut self.watchdog {
            Some(watchdog) => drop(watchdog.tick().await),
            None => pending().await,
        }
    }

    fn tell(&self, notice: fn(&Notifier) -> io::Result<()>) {
        if let Some(notifier) = &self.notifier
            && let Err(error) = notice(notifier)
        {
            tracing::warn!(%error, "the service manager was not told");
        }
    }
}

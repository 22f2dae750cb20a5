//! The signal to stop: a value that changes once, seen by everyone who asks, however late.

#[cfg(test)]
mod tests;

use tokio::sync::watch;

/// Asks to stop. Dropping it asks too, so that nothing runs without an owner.
#[derive(Debug)]
pub struct StopTrigger(watch::Sender<bool>);

/// Knows whether to stop.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// A signal that has not been given.
    #[must_use]
    pub fn new() -> (StopTrigger, Self) {
        let (sender, receiver) = watch::channel(false);
        (StopTrigger(sender), Self(receiver))
    }

    /// Whether it was asked to stop.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Returns when it is asked to stop. Dropping the future changes nothing.
    pub async fn requested(&self) {
        let mut signal = self.0.clone();
        // An error means that the trigger is gone, which is the same request.
        let _ = signal.wait_for(|stop| *stop).await;
    }
}

impl StopTrigger {
    /// Asks everyone to stop.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

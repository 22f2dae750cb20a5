//! Gathers records and sends them; keeps what cannot be sent now, and tells the operator when that changes.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::outbox::Inbox;
use crate::otlp::wire::Message;
use crate::otlp::{Exporter, Refusal, Resource};

/// Sends the records of one kind.
#[derive(Debug)]
pub(crate) struct Sender {
    /// What they are called in messages.
    pub(crate) what: &'static str,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) exporter: Exporter,
    pub(crate) resource: Resource,
    /// How long records wait for others.
    pub(crate) pause: Duration,
}

/// Whether it is time to end.
pub(crate) type Stop = watch::Receiver<bool>;

/// What the operator was told.
#[derive(Debug, Default)]
pub(crate) struct Told {
    is_failing: bool,
    lost: u64,
}

impl Sender {
    /// Sends until it is time to end, and then what is left, if that can be done at once.
    pub(crate) async fn run(self, mut stop: Stop) {
        let mut told = Told::default();
        let mut batch = Batch::default();
        loop {
            let is_ending = tokio::select! {
                _ = stop.wait_for(|ending| *ending) => true,
                () = self.gather(&mut batch) => false,
            };
            if is_ending {
                self.last_words(batch).await;
                return;
            }
            let sent = tokio::select! {
                _ = stop.wait_for(|ending| *ending) => None,
                () = self.deliver(&batch, &mut told) => Some(()),
            };
            if sent.is_some() {
                batch = Batch::default();
            }
        }
    }

    /// Waits until there is something, and then for more of it, but not long.
    async fn gather(&self, batch: &mut Batch) {
        let mut since = None;
        loop {
            batch.records += self.inbox.take(&mut batch.bytes, MOST_BYTES);
            if batch.records > 0 {
                let since = *since.get_or_insert_with(Instant::now);
                if batch.bytes.len() >= MOST_BYTES || since.elapsed() >= self.pause {
                    return;
                }
            }
            sleep(self.pause.min(LOOK)).await;
        }
    }

    /// Sends a batch, however often that takes.
    async fn deliver(&self, batch: &Batch, told: &mut Told) {
        let message = envelope(&self.resource, &batch.bytes);
        let begun = Instant::now();
        let mut wait = FIRST_WAIT;
        loop {
            match self.exporter.send(&message).await {
                Ok(()) => {
                    told.well(self.what, self.exporter.url(), self.inbox.lost.sum());
                    return;
                }
                Err(refusal) => {
                    told.ill(self.what, self.exporter.url(), &refusal);
                    if matches!(refusal, Refusal::Never(_)) || begun.elapsed() > LONGEST {
                        self.inbox.lost.refused.fetch_add(batch.records as u64, Ordering::Relaxed);
                        return;
                    }
                }
            }
            sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// What is left is sent once, and lost if that fails.
    async fn last_words(&self, mut batch: Batch) {
        loop {
            batch.records += self.inbox.take(&mut batch.bytes, MOST_BYTES);
            if batch.records == 0 {
                return;
            }
            let message = envelope(&self.resource, &batch.bytes);
            if !matches!(timeout(LAST, self.exporter.send(&message)).await, Ok(Ok(()))) {
                tracing::warn!(records = batch.records, "the last {} could not be sent", self.what);
                return;
            }
            batch = Batch::default();
        }
    }
}

/// Records as a request of OTLP: all of one program, and all of one scope.
pub(crate) fn envelope(resource: &Resource, records: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(records.len() + 1024);
    Message(&mut bytes).message(1, |of_program| {
        resource.write(of_program);
        of_program.message(2, |of_scope| {
            of_scope.message(1, |scope| {
                scope.text(1, SCOPE.as_bytes());
                scope.text(2, env!("CARGO_PKG_VERSION").as_bytes());
            });
            of_scope.0.extend_from_slice(records);
        });
    });
    bytes
}

/// Records that are sent together.
#[derive(Debug, Default)]
struct Batch {
    bytes: Vec<u8>,
    records: usize,
}

impl Told {
    /// It works; said after it did not.
    pub(crate) fn well(&mut self, what: &str, url: &str, lost: u64) {
        if std::mem::take(&mut self.is_failing) {
            let lost_since = lost.saturating_sub(self.lost);
            tracing::info!(url, lost = lost_since, "{what} are sent again");
        }
        self.lost = lost;
    }

    /// It does not work; said once.
    pub(crate) fn ill(&mut self, what: &str, url: &str, why: &impl std::fmt::Display) {
        if !std::mem::replace(&mut self.is_failing, true) {
            tracing::error!(url, error = %why, "{what} cannot be sent; they are kept for a while and then dropped");
        }
    }
}

/// What the records are made by.
const SCOPE: &str = "windrose";
/// Collectors refuse messages of more than four megabytes.
const MOST_BYTES: usize = 2 << 20;
/// How often it is looked whether there is something.
const LOOK: Duration = Duration::from_millis(200);
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(15);
/// After this time a batch is given up, so that what comes later has its turn.
const LONGEST: Duration = Duration::from_secs(60);
const LAST: Duration = Duration::from_secs(3);

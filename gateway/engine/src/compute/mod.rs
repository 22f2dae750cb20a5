//! Computes off the workers: passwords, signatures, whatever would keep other requests waiting.
//!
//! A few threads of low priority and one bounded queue for all workers. Who finds it full is told so at once; the queue
//! never grows. The threads start with the first job and end with the last owner.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use windrose_http::desk::{Computing, Full, Job};

/// Threads that compute.
#[derive(Debug)]
pub struct Compute {
    hands: usize,
    room: usize,
    queue: OnceLock<SyncSender<Job>>,
}

impl Compute {
    /// So many threads, and room for so many jobs that wait.
    #[must_use]
    pub const fn new(hands: usize, room: usize) -> Self {
        Self { hands, room, queue: OnceLock::new() }
    }

    /// Half as many threads as there are workers, so that traffic always has the other half.
    #[must_use]
    pub fn beside(workers: usize) -> Self {
        Self::new(workers.div_ceil(2), ROOM)
    }

    fn start(&self) -> SyncSender<Job> {
        let (queue, jobs) = sync_channel::<Job>(self.room);
        let jobs = Arc::new(Mutex::new(jobs));
        for number in 0..self.hands.max(1) {
            let jobs = Arc::clone(&jobs);
            let started =
                std::thread::Builder::new().name(format!("compute-{number}")).spawn(move || work(&jobs));
            if let Err(error) = started {
                tracing::error!(%error, "a thread for computing did not start");
            }
        }
        queue
    }
}

impl Computing for Compute {
    fn submit(&self, job: Job) -> Result<(), Full> {
        let queue = self.queue.get_or_init(|| self.start());
        queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) | TrySendError::Disconnected(_) => Full,
        })
    }
}

fn work(jobs: &Mutex<Receiver<Job>>) {
    windrose_sys::give_way();
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        // Whoever waits for it hears of it: the way to tell the result is dropped.
        if catch_unwind(AssertUnwindSafe(job)).is_err() {
            tracing::error!("a computation panicked");
        }
    }
}

/// A job takes some 50 ms at the most, so that the last one in the queue is not given up by its client.
const ROOM: usize = 128;

#[cfg(test)]
mod tests;

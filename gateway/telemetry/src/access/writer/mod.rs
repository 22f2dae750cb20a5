//! The one thread that writes the access log.
//!
//! It sleeps until a line comes, writes what is there at once, and then lets lines gather for a moment, so that a busy
//! gateway makes few system calls and wakes nobody. What cannot be written is dropped and counted.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::access::output::Output;
use crate::access::queue::{Bell, Lines, Taken};

/// A running access log. Dropping it lets the thread end when all is written.
#[derive(Debug)]
pub struct Log {
    shared: Arc<Shared>,
    ended: Mutex<Receiver<()>>,
    waiting: usize,
}

/// How many lines could not be kept.
#[derive(Clone, Debug, Default)]
pub struct Losses {
    /// Those for which there was no room in memory, since they are written too slowly.
    pub crowded: Arc<AtomicU64>,
    /// Those that could not be written.
    pub unwritten: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Shared {
    bell: Arc<Bell>,
    queues: Mutex<Vec<Taken>>,
    asked: Asked,
    losses: Losses,
}

#[derive(Debug, Default)]
struct Asked {
    reopen: AtomicBool,
    end: AtomicBool,
}

impl Log {
    /// Opens the file, or standard output, and starts the thread. At least `waiting` lines of each worker may wait.
    ///
    /// # Errors
    /// The file cannot be opened, or there can be no thread.
    pub fn start(file: Option<&Path>, waiting: usize, losses: Losses) -> io::Result<Self> {
        let output = file.map_or_else(|| Ok(Output::stdout()), Output::file)?;
        let shared = Arc::new(Shared {
            bell: Arc::default(),
            queues: Mutex::default(),
            asked: Asked::default(),
            losses,
        });
        let (ending, ended) = sync_channel(1);
        let writer = Writer { shared: Arc::clone(&shared), output, batch: Vec::new(), told: Told::default() };
        let thread = thread::Builder::new().name("access log".into()).spawn(move || writer.run(&ending))?;
        let _ = shared.bell.thread.set(thread.thread().clone());
        let waiting = waiting.clamp(LEAST_WAITING, MOST_WAITING);
        Ok(Self { shared, ended: Mutex::new(ended), waiting })
    }

    /// A queue for a worker.
    #[must_use]
    pub fn lines(&self) -> Lines {
        let shared = &self.shared;
        let lost = Arc::clone(&shared.losses.crowded);
        let (lines, taken) = Lines::new(self.waiting, Arc::clone(&shared.bell), lost);
        shared.queues.lock().unwrap_or_else(PoisonError::into_inner).push(taken);
        lines
    }

    /// Has the file opened anew, after it was moved away.
    pub fn reopen(&self) {
        self.shared.asked.reopen.store(true, Ordering::SeqCst);
        self.shared.bell.wake();
    }

    /// Writes what waits and ends the thread; gives up when that takes too long.
    pub fn close(&self) {
        self.shared.asked.end.store(true, Ordering::SeqCst);
        self.shared.bell.wake();
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = ended.recv_timeout(LAST_WORDS);
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.shared.asked.end.store(true, Ordering::SeqCst);
        self.shared.bell.wake();
    }
}

impl Losses {
    /// All of them.
    #[must_use]
    pub fn sum(&self) -> u64 {
        self.crowded.load(Ordering::Relaxed) + self.unwritten.load(Ordering::Relaxed)
    }
}

impl std::fmt::Debug for Taken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Taken").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Bell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bell").finish_non_exhaustive()
    }
}

struct Writer {
    shared: Arc<Shared>,
    output: Output,
    batch: Vec<u8>,
    told: Told,
}

/// What the operator was told of losses.
#[derive(Default)]
struct Told {
    lost: u64,
    at: Option<Instant>,
    why: Option<io::Error>,
}

impl Writer {
    fn run(mut self, ending: &SyncSender<()>) {
        let shared = Arc::clone(&self.shared);
        loop {
            let is_ending = shared.asked.end.load(Ordering::SeqCst);
            if shared.asked.reopen.swap(false, Ordering::SeqCst)
                && let Err(error) = self.output.reopen()
            {
                tracing::error!(%error, "the access log cannot be opened anew, the old file is used");
            }
            let has_written = self.write_all();
            self.told.tell(shared.losses.sum());
            if has_written {
                if !is_ending {
                    thread::park_timeout(PAUSE);
                }
                continue;
            }
            if is_ending {
                let _ = ending.try_send(());
                return;
            }
            shared.bell.sleeps.store(true, Ordering::SeqCst);
            fence(Ordering::SeqCst);
            // Whoever came before this was not heard; a flag that is set later comes with a wake-up.
            if !self.write_all() {
                let is_told = self.told.lost == shared.losses.sum();
                thread::park_timeout(if is_told { SLEEP } else { SILENCE });
            }
            shared.bell.sleeps.store(false, Ordering::SeqCst);
        }
    }

    /// Writes everything that waits; says whether that was anything.
    fn write_all(&mut self) -> bool {
        let shared = Arc::clone(&self.shared);
        let mut queues = shared.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let mut has_written = false;
        queues.retain(|queue| {
            loop {
                match queue.full.try_recv() {
                    Ok(mut line) => {
                        has_written = true;
                        self.batch.extend_from_slice(&line);
                        line.clear();
                        if line.capacity() <= MOST_KEPT {
                            let _ = queue.empty.try_send(line);
                        }
                        if self.batch.len() >= BATCH {
                            self.flush();
                        }
                    }
                    Err(error) => return error == std::sync::mpsc::TryRecvError::Empty,
                }
            }
        });
        self.flush();
        has_written
    }

    fn flush(&mut self) {
        if let Err((lost, error)) = self.output.write(&self.batch) {
            self.shared.losses.unwritten.fetch_add(lost, Ordering::Relaxed);
            self.told.why = Some(error);
        }
        self.batch.clear();
    }
}

impl Told {
    /// Tells of lines that were lost, not too often.
    fn tell(&mut self, lost: u64) {
        let is_due = self.at.is_none_or(|at| at.elapsed() >= SILENCE);
        if lost == self.lost || !is_due {
            return;
        }
        let lines = lost - self.lost;
        match self.why.take() {
            Some(error) => tracing::warn!(lines, %error, "lines of the access log were dropped"),
            None => {
                tracing::warn!(lines, "lines of the access log were dropped, as they are written too slowly")
            }
        }
        (self.lost, self.at) = (lost, Some(Instant::now()));
    }
}

/// How long lines gather while more are coming.
const PAUSE: Duration = Duration::from_millis(2);
/// A wake-up is never lost, so there is nothing to wait for.
const SLEEP: Duration = Duration::from_secs(3600);
/// How often losses are told.
const SILENCE: Duration = Duration::from_secs(10);
const LAST_WORDS: Duration = Duration::from_secs(2);
/// Lines of a worker that may wait whatever the operator says.
const LEAST_WAITING: usize = 4096;
const MOST_WAITING: usize = 1 << 20;
/// A buffer that is larger is not kept.
const MOST_KEPT: usize = 8 * 1024;
const BATCH: usize = 64 * 1024;

#[cfg(test)]
mod tests;

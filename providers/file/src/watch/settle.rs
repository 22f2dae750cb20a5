//! Waiting until the disk is quiet, but never long.
//!
//! Saving a file is several events. A look follows a short silence, a longer one while a writer has the file open,
//! and in any case soon after the first event.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// Changes that nobody has looked at yet.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    state: Mutex<State>,
    news: Notify,
}

/// What counts as a change.
#[derive(Debug, Default)]
pub(super) struct Interest {
    /// Directories of configuration files.
    pub(super) trees: HashSet<PathBuf>,
    /// Directories in which names matter, because a file of interest may be linked through them.
    pub(super) around: HashSet<PathBuf>,
    /// Files whose content matters.
    pub(super) files: HashSet<PathBuf>,
}

/// How far a change of a file has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Write {
    /// Somebody is writing; more is to come.
    Open,
    /// The writer is done, or the name is gone.
    Finished,
    /// The change is complete in itself.
    Whole,
}

#[derive(Debug, Default)]
pub(super) struct State {
    interest: Interest,
    /// The first and the latest change since the last look.
    span: Option<(Instant, Instant)>,
    /// Files that somebody is writing.
    pub(super) open: HashSet<PathBuf>,
}

impl Changes {
    /// Notes a change that may concern anything.
    pub(super) fn happened(&self) {
        self.state().note(Instant::now());
        self.news.notify_one();
    }

    /// Notes a change of a path, if it is of interest.
    pub(super) fn written(&self, path: &Path, write: Write, is_interesting: fn(&Interest, &Path) -> bool) {
        {
            let mut state = self.state();
            if !is_interesting(&state.interest, path) {
                return;
            }
            match write {
                Write::Open => drop(state.open.insert(path.to_owned())),
                Write::Finished => drop(state.open.remove(path)),
                Write::Whole => {}
            }
            state.note(Instant::now());
        }
        self.news.notify_one();
    }

    /// Changes what is of interest.
    pub(super) fn interest<T>(&self, change: impl FnOnce(&mut Interest) -> T) {
        change(&mut self.state().interest);
    }

    /// Waits for changes, and for the quiet after them. Dropping the future forgets nothing.
    pub(crate) async fn settled(&self) {
        loop {
            let due = self.state().due();
            match due {
                None => self.news.notified().await,
                Some(due) if due <= Instant::now() => return self.state().looked(),
                Some(due) => tokio::select! {
                    () = tokio::time::sleep_until(due.into()) => {}
                    () = self.news.notified() => {}
                },
            }
        }
    }

    /// Whether there is something to look at.
    #[cfg(test)]
    pub(super) fn is_pending(&self) -> bool {
        self.state().due().is_some()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state is valid after every statement, so a panic elsewhere does not spoil it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(super) fn note(&mut self, now: Instant) {
        let first = self.span.map_or(now, |(first, _)| first);
        self.span = Some((first, now));
    }

    /// When to look.
    pub(super) fn due(&self) -> Option<Instant> {
        let (first, latest) = self.span?;
        let quiet = if self.open.is_empty() { QUIET } else { WRITING };
        Some((latest + quiet).min(first + LONGEST))
    }

    pub(super) fn looked(&mut self) {
        self.span = None;
        self.open.clear();
    }
}

/// Silence after which a save is complete.
const QUIET: Duration = Duration::from_millis(3);

/// Silence after which a writer that keeps its file open is not waited for.
const WRITING: Duration = Duration::from_millis(20);

/// A change is looked at after this time even when others keep coming.
const LONGEST: Duration = Duration::from_millis(35);

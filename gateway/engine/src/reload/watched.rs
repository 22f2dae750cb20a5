//! The files that objects were made of, looked at now and then: a list of users may change without a word of the
//! provider whose middleware names it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// Files, and how they were.
#[derive(Debug, Default)]
pub(super) struct Watched {
    files: Vec<(Arc<str>, Seen)>,
    looked: Option<Instant>,
}

/// How a file was.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Absent,
    As(Stamp),
    /// It changed about when it was read.
    Unsettled,
}

#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
}

impl Watched {
    /// These files, which were read after `since`. Which of two contents was read of one that has changed since then
    /// nobody knows: it counts as changed when it is next looked at.
    pub(super) fn new(files: Vec<Arc<str>>, since: SystemTime) -> Self {
        let (settled, now) = (since.checked_sub(COARSE).unwrap_or(since), SystemTime::now());
        // A time that is yet to come was written by another clock, and says nothing.
        let is_recent = |modified: SystemTime| modified >= settled && modified <= now;
        let is_settled = |stamp: &Stamp| !stamp.modified.is_some_and(is_recent);
        let files = files.into_iter().map(|path| {
            let stamp =
                stamp(&path).map(|stamp| if is_settled(&stamp) { Seen::As(stamp) } else { Seen::Unsettled });
            (path, stamp.unwrap_or(Seen::Absent))
        });
        Self { files: files.collect(), looked: None }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Whether one of them is another than when it was looked at last; looks at most as often as is worth it.
    pub(super) async fn have_changed(&mut self) -> bool {
        let now = Instant::now();
        if self.files.is_empty() || self.looked.is_some_and(|looked| now < looked + super::COLLECT) {
            return false;
        }
        self.looked = Some(now);
        let mut files = std::mem::take(&mut self.files);
        let looked = tokio::task::spawn_blocking(move || {
            let mut has_changed = false;
            for (path, was) in &mut files {
                let is = stamp(path).map_or(Seen::Absent, Seen::As);
                has_changed |= *was != is;
                *was = is;
            }
            (files, has_changed)
        });
        let Ok((files, has_changed)) = looked.await else { return true };
        self.files = files;
        has_changed
    }
}

/// Times of files are as coarse as the system's ticks.
const COARSE: Duration = Duration::from_millis(20);

fn stamp(path: &str) -> Option<Stamp> {
    let metadata = std::fs::metadata(path).ok()?;
    Some(Stamp { modified: metadata.modified().ok(), length: metadata.len() })
}

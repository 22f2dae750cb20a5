//! What tells without reading that a file may have changed.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Identity, size and times of a file, links followed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
    /// Whether a later change is sure to show: the clock of files has coarse ticks, and two changes within one look
    /// like one.
    pub(super) is_settled: bool,
}

impl Stamp {
    /// The stamp of the file as it is now.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let file = fs::metadata(path)?;
        let age = SystemTime::now().duration_since(file.modified()?);
        Ok(Self {
            device: file.dev(),
            inode: file.ino(),
            size: file.size(),
            modified: (file.mtime(), file.mtime_nsec()),
            changed: (file.ctime(), file.ctime_nsec()),
            is_settled: age.is_ok_and(|age| age > TICK),
        })
    }
}

impl PartialEq for Stamp {
    fn eq(&self, other: &Self) -> bool {
        (self.device, self.inode, self.size, self.modified, self.changed)
            == (other.device, other.inode, other.size, other.modified, other.changed)
    }
}

/// Longer than the ticks of any file system we expect.
const TICK: Duration = Duration::from_millis(50);

//! The files that objects were made of, looked at now and then: a list of users may change without a word of the
//! provider whose middleware names it.

use std::sync::Arc;
use std::time::SystemTime;

use tokio::time::Instant;

/// Files, and how they were.
#[derive(Debug, Default)]
pub(super) struct Watched {
    files: Vec<(Arc<str>, Option<Stamp>)>,
    looked: Option<Instant>,
}

#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
}

impl Watched {
    /// These files, as they are now. A change since they were read is found the next time their objects are made.
    pub(super) fn new(files: Vec<Arc<str>>) -> Self {
        let files = files.into_iter().map(|path| (Arc::clone(&path), stamp(&path))).collect();
        Self { files, looked: None }
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
                let is = stamp(path);
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

fn stamp(path: &str) -> Option<Stamp> {
    let metadata = std::fs::metadata(path).ok()?;
    Some(Stamp { modified: metadata.modified().ok(), length: metadata.len() })
}

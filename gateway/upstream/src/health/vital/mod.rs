//! Whether something can take requests, and who wants to know.
//!
//! Looked at on the way of a request, so it is one number; told by checks, a few times a second at the most.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Whether a server or service can take requests.
pub struct Vital {
    up: AtomicBool,
    watchers: Mutex<Vec<Weak<dyn Watch>>>,
}

/// Somebody who wants to know when something changes.
pub(crate) trait Watch: Send + Sync {
    /// Something did. What it is, they look up themselves.
    fn notice(&self);
}

impl Vital {
    /// Something that is up until somebody says otherwise.
    #[must_use]
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { up: AtomicBool::new(true), watchers: Mutex::default() })
    }

    /// Whether it can take requests.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.up.load(Ordering::Relaxed)
    }

    /// Says how it is; those who want to know hear of it when that is new. Says whether it is.
    pub(crate) fn tell(&self, up: bool) -> bool {
        let is_new = self.up.swap(up, Ordering::AcqRel) != up;
        if is_new {
            let watchers: Vec<_> = self.watchers().iter().filter_map(Weak::upgrade).collect();
            watchers.iter().for_each(|watcher| watcher.notice());
        }
        is_new
    }

    /// Tells somebody of every change from now on, for as long as they are there.
    pub(crate) fn watch(&self, watcher: Weak<dyn Watch>) {
        let mut watchers = self.watchers();
        if watchers.len() == watchers.capacity() {
            watchers.retain(|watcher| watcher.strong_count() > 0);
        }
        watchers.push(watcher);
    }

    fn watchers(&self) -> std::sync::MutexGuard<'_, Vec<Weak<dyn Watch>>> {
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Vital {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vital").field("up", &self.is_up()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[derive(Default)]
    struct Counts(AtomicUsize);

    impl Watch for Counts {
        fn notice(&self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn those_who_want_to_know_hear_of_changes_while_they_are_there() {
        let (vital, one, other) = (Vital::new(), Arc::new(Counts::default()), Arc::new(Counts::default()));
        for counts in [&one, &other] {
            let weak = Arc::downgrade(counts);
            vital.watch(weak);
        }
        assert!(!vital.tell(true), "it was up");
        assert!(vital.tell(false) && !vital.is_up());
        drop(other);
        assert!(vital.tell(true) && vital.is_up());
        assert_eq!(one.0.load(Ordering::Relaxed), 2);
        for _ in 0..100 {
            vital.watch(Weak::<Counts>::new());
        }
        assert!(vital.watchers().len() < 10, "those who are gone are forgotten");
    }
}

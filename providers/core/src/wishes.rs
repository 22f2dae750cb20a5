//! What a provider wants recorded of requests while they are served, and what became of it.
//!
//! Most of what is recorded is decided at the start. A source whose objects say otherwise, as one of a cluster may, says it
//! here; whoever records looks, and answers with what is wrong.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;
use windrose_config::static_config::{Prometheus, Tracing};
use windrose_config::{Problem, Written};

/// Shared by a provider and whoever records.
#[derive(Clone, Default)]
pub struct Wishes(Arc<Inner>);

/// What is wanted in place of what was written at the start; nothing where that holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wanted {
    /// What Prometheus is shown.
    pub metrics: Option<Written<Prometheus>>,
    /// How requests are traced.
    pub tracing: Option<Written<Tracing>>,
}

#[derive(Default)]
struct Inner {
    wanted: watch::Sender<Arc<Wanted>>,
    found: watch::Sender<Arc<[Problem]>>,
}

impl Wishes {
    /// Wants something else from now on.
    pub fn want(&self, wanted: Wanted) {
        self.0.wanted.send_if_modified(|before| {
            let is_new = **before != wanted;
            if is_new {
                *before = Arc::new(wanted);
            }
            is_new
        });
    }

    /// Hears what is wanted.
    #[must_use]
    pub fn wanted(&self) -> watch::Receiver<Arc<Wanted>> {
        self.0.wanted.subscribe()
    }

    /// Says what is wrong with what is wanted.
    pub fn answer(&self, found: Vec<Problem>) {
        self.0.found.send_replace(found.into());
    }

    /// Hears what is wrong with it.
    #[must_use]
    pub fn found(&self) -> watch::Receiver<Arc<[Problem]>> {
        self.0.found.subscribe()
    }
}

impl fmt::Debug for Wishes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Wishes").field("wanted", &*self.0.wanted.borrow()).finish_non_exhaustive()
    }
}

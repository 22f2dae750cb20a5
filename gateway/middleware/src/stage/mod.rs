//! The shapes a middleware can have.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use windrose_http::{Exchange, Reply};

use crate::chain::Next;

/// A future that stays on its worker.
pub type LocalBoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Looks at heads and never waits.
pub trait Filter: Send + Sync {
    /// Sees the request before it goes on.
    fn request(&self, ex: &mut Exchange) -> Flow;

    /// Sees the answer on its way back, if its request went on.
    fn response(&self, _ex: &Exchange, _reply: &mut Reply) {}
}

/// What a filter wants done with a request.
#[derive(Debug)]
pub enum Flow {
    /// Go on.
    Continue,
    /// Answer at once.
    Reply(Box<Reply>),
}

impl Flow {
    /// Answers at once.
    #[must_use]
    pub fn reply(reply: Reply) -> Self {
        Self::Reply(Box::new(reply))
    }
}

/// Waits, repeats or replaces bodies.
pub trait Around: Send + Sync {
    /// Handles the request; `next` is the rest of the way, and may be gone more than once.
    ///
    /// Dropping the future gives up the request.
    fn around<'a>(&'a self, ex: &'a mut Exchange, next: Next<'a>) -> LocalBoxFuture<'a, Reply>;
}

/// A compiled middleware.
#[derive(Clone)]
pub enum Stage {
    /// Looks at heads.
    Filter(Arc<dyn Filter>),
    /// Waits, repeats or replaces bodies.
    Around(Arc<dyn Around>),
    /// Several in order, under one name; taken apart before it runs.
    Many(Arc<Chain>),
}

impl Stage {
    /// A filter.
    pub fn filter(filter: impl Filter + 'static) -> Self {
        Self::Filter(Arc::new(filter))
    }

    /// An around.
    pub fn around(around: impl Around + 'static) -> Self {
        Self::Around(Arc::new(around))
    }
}

/// Stages in order, none of which is made of others, with what people call them.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The stages.
    pub stages: Arc<[Stage]>,
    /// What each is called.
    pub labels: Arc<[Label]>,
}

/// What a stage is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The qualified name of the middleware.
    pub name: Arc<str>,
    /// Its kind, as in `addPrefix`.
    pub kind: &'static str,
}

impl Chain {
    /// One stage that is called so, or the stages it is made of with their own labels.
    #[must_use]
    pub fn of(stage: Stage, label: Label) -> Arc<Self> {
        match stage {
            Stage::Many(chain) => chain,
            single => Arc::new(Self { stages: Arc::new([single]), labels: Arc::new([label]) }),
        }
    }

    /// All of `parts`, one after the other.
    pub fn join<'a>(parts: impl Iterator<Item = &'a Self> + Clone) -> Self {
        Self {
            stages: parts.clone().flat_map(|part| part.stages.iter().cloned()).collect(),
            labels: parts.flat_map(|part| part.labels.iter().cloned()).collect(),
        }
    }
}

impl Default for Chain {
    fn default() -> Self {
        Self { stages: Arc::new([]), labels: Arc::new([]) }
    }
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Filter(_) => f.write_str("Filter"),
            Self::Around(_) => f.write_str("Around"),
            Self::Many(chain) => f.debug_list().entries(chain.stages.iter()).finish(),
        }
    }
}

//! A service, and others that get copies of its requests. What they answer is read and thrown away.
//!
//! A copy never delays the request: its body is copied while the server reads it, and it is sent by a task of its own
//! when the service has answered. What copies can hold is bounded: the bytes of bodies for each worker, the copies on
//! their way for each mirror, and the time that one may take.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use windrose_http::{Body, Course, Exchange, Method, Reply};

use super::Upstream;
use super::fork::Fork;
use super::weighted::Follows;
use crate::health::Vital;
use crate::pool::Local;

mod copy;

use copy::Copy;

/// A service, and others that get copies of its requests.
pub struct Mirroring {
    main: Arc<Upstream>,
    mirrors: Box<[Arc<Running>]>,
    copies: Copies,
    follows: Follows,
    /// Counts requests, for all workers.
    turn: AtomicU64,
}

/// A service that gets copies.
#[derive(Clone, Debug)]
pub struct Mirror {
    /// The service.
    pub service: Arc<Upstream>,
    percent: u8,
}

/// What is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copies {
    /// Whether bodies are.
    pub with_body: bool,
    /// The longest body; requests with longer ones are not copied at all. Nothing is any.
    pub most_body: Option<u64>,
}

/// A share that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("percent is a number from 0 to 100")]
pub struct PercentError;

/// A mirror and what it has to do.
struct Running {
    mirror: Mirror,
    copies: AtomicUsize,
}

impl Mirror {
    /// A service that gets so many of a hundred requests.
    ///
    /// # Errors
    /// It is no such number.
    pub fn new(service: Arc<Upstream>, percent: i64) -> Result<Self, PercentError> {
        match u8::try_from(percent) {
            Ok(percent @ 0..=100) => Ok(Self { service, percent }),
            _ => Err(PercentError),
        }
    }

    /// Whether this turn is one of its: after any number of turns it had its share, rounded up.
    fn has(&self, turn: u64) -> bool {
        let percent = u64::from(self.percent);
        let place = turn % 100;
        ((place + 1) * percent).div_ceil(100) > (place * percent).div_ceil(100)
    }
}

impl Default for Copies {
    fn default() -> Self {
        Self { with_body: true, most_body: None }
    }
}

impl Mirroring {
    /// Starts with the first turn, or goes on where `before` was. `follows` is whether its parents may know how the main
    /// service is.
    ///
    /// # Errors
    /// Parents may know, and the main service has no health to tell.
    pub fn new(
        main: Arc<Upstream>,
        mirrors: Vec<Mirror>,
        copies: Copies,
        follows: Follows,
        before: Option<&Self>,
    ) -> Result<Self, super::Unwatched> {
        if follows == Follows::Children {
            main.followed()?;
        }
        let turn = AtomicU64::new(before.map_or(0, |before| before.turn.load(Ordering::Relaxed)));
        let running = |mirror| Arc::new(Running { mirror, copies: AtomicUsize::new(0) });
        Ok(Self { main, mirrors: mirrors.into_iter().map(running).collect(), copies, follows, turn })
    }

    /// The service that answers.
    #[must_use]
    pub const fn main(&self) -> &Arc<Upstream> {
        &self.main
    }

    /// Those that get copies.
    pub fn mirrors(&self) -> impl Iterator<Item = &Mirror> {
        self.mirrors.iter().map(|running| &running.mirror)
    }

    /// Whether it does all that `other` does, with the same services.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        let is_same = |(one, other): (&Mirror, &Mirror)| {
            Arc::ptr_eq(&one.service, &other.service) && one.percent == other.percent
        };
        Arc::ptr_eq(&self.main, &other.main)
            && self.mirrors.len() == other.mirrors.len()
            && self.mirrors().zip(other.mirrors()).all(is_same)
            && (self.copies, self.follows) == (other.copies, other.follows)
    }

    pub(super) fn vital(&self) -> Option<&Arc<Vital>> {
        self.main.vital().filter(|_| self.follows == Follows::Children)
    }

    pub(super) async fn answer(&self, ex: &mut Exchange, local: &Rc<Local>) -> Reply {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let mirrors = self.mirrors.iter().filter(|running| running.mirror.has(turn));
        // A tunnel has no copy, nor has a connection that changes its protocol.
        let slots: Vec<_> = match ex.method == Method::Connect || !ex.offer.protocols().is_empty() {
            true => Vec::new(),
            false => mirrors.filter_map(Slot::of).collect(),
        };
        if !slots.is_empty() {
            Course::tell(ex, |watch, ex| watch.copied(ex));
        }
        let forks: Vec<_> = slots.into_iter().map(|slot| (slot, Fork::of(ex))).collect();
        let copy = if forks.is_empty() { None } else { Copy::of(ex, self.copies, local) };
        let Some(copy) = copy else { return self.main.answer_boxed(ex, local).await };
        let reply = self.main.answer_boxed(ex, local).await;
        for (slot, fork) in forks {
            let (copy, worker) = (Rc::clone(&copy), Rc::clone(local));
            local.spawn("mirror", Box::pin(send(slot, fork, copy, worker)));
        }
        reply
    }
}

/// One of the copies that a mirror may have on their way.
struct Slot(Arc<Running>);

impl Slot {
    fn of(running: &Arc<Running>) -> Option<Self> {
        let slot = Self(Arc::clone(running));
        let is_free = running.copies.fetch_add(1, Ordering::Relaxed) < MOST_RUNNING;
        if !is_free {
            tracing::debug!(mirror = %running.mirror.service.name, "a mirror is too slow to get another copy");
        }
        is_free.then_some(slot)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.copies.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Sends one copy, once there is all of it.
async fn send(slot: Slot, fork: Fork, copy: Rc<Copy>, local: Rc<Local>) {
    let mirror = &slot.0.mirror.service;
    // As long as the client takes to send it; without the client there is none.
    let Some(body) = copy.whole().await else { return };
    let sent = tokio::time::timeout(PATIENCE, async {
        let mut ex = fork.exchange(Body::from(body));
        let mut reply = mirror.answer_boxed(&mut ex, &local).await;
        // To the end, so that the connection can be kept.
        while let Some(Ok(_)) = reply.body.frame().await {}
        tracing::debug!(mirror = %mirror.name, status = reply.status, "a mirror has answered");
    });
    if sent.await.is_err() {
        tracing::debug!(mirror = %mirror.name, "a mirror took too long");
    }
}

/// Copies that one mirror may have on their way.
const MOST_RUNNING: usize = 1024;
/// How long one may take once it has all of its body.
const PATIENCE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests;

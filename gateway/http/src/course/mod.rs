//! The course of an exchange, to the last byte of its answer.
//!
//! An exchange is over when its answer was written, its stream was reset or its client has gone, not when the head of
//! the answer is there. Until then it holds what others have lent it ([`Guard`]); whoever listens ([`Watch`]) hears of
//! the few things that have names on the way, and gets the numbers ([`Record`]) at the end. Where nobody listens no
//! clock is read and no name is touched.

mod record;

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

pub use record::{By, End, Record, Times};

use crate::exchange::Exchange;
use crate::reply::Reply;

/// What is held for an exchange, what is known of it in numbers, and who listens. Dropped before its end, it ends as
/// one whose client has gone.
#[derive(Default)]
pub struct Course {
    /// The numbers.
    pub record: Record,
    // Most exchanges hold nothing and nobody listens: then it takes the room of a pointer. It is kept from one exchange
    // of a connection to the next.
    more: Option<Box<More>>,
}

#[derive(Default)]
struct More {
    held: Vec<Guard>,
    watch: Option<Box<dyn Watch>>,
    times: Times,
}

/// Something that an exchange holds until it is over. Handing one out touches one counter and allocates nothing.
pub struct Guard {
    of: Arc<dyn Release>,
    token: u64,
}

/// Takes back what an exchange held.
pub trait Release: Send + Sync {
    /// The exchange is over; `token` is what its guard was made with.
    fn release(&self, token: u64, record: &Record);
}

/// Listens to one exchange. Names are told when they are known, numbers at the end.
pub trait Watch {
    /// The route was found.
    fn routed(&mut self, route: &Arc<str>);

    /// It is known who asks, or says to ask: a name, not yet believed by anybody else.
    fn named(&mut self, _user: &str) {}

    /// A server of a service was chosen; again for each attempt.
    fn picked(&mut self, service: &Arc<str>, server: &Arc<str>);

    /// The head of the answer is about to be written.
    fn answered(&mut self, ex: &Exchange, reply: &Reply);

    /// The exchange is over.
    fn ended(&mut self, record: &Record, times: &Times);
}

/// Decides who listens to exchanges; one for each worker.
pub trait Observe {
    /// A request begins, as its client sent it. Whoever is given back listens to it.
    fn begin(&self, ex: &Exchange) -> Option<Box<dyn Watch>>;
}

impl Guard {
    /// Has `of` told when the exchange is over that holds it.
    #[must_use]
    pub fn new(of: Arc<dyn Release>, token: u64) -> Self {
        Self { of, token }
    }
}

impl Course {
    /// Holds something until the exchange is over.
    pub fn hold(&mut self, guard: Guard) {
        self.more.get_or_insert_default().held.push(guard);
    }

    /// How much is held; for [`Course::give_back`].
    #[must_use]
    pub fn held(&self) -> usize {
        self.more.as_ref().map_or(0, |more| more.held.len())
    }

    /// Gives back what is held but for the first `keep`: its answer is thrown away.
    pub fn give_back(&mut self, keep: usize) {
        if let Some(more) = &mut self.more {
            for Guard { of, token } in more.held.drain(keep.min(more.held.len())..) {
                of.release(token, &self.record);
            }
        }
    }

    /// Holds from now on what `other` held: its answer has become this exchange's.
    pub fn adopt(&mut self, mut other: Self) {
        if let Some(theirs) = &mut other.more
            && !theirs.held.is_empty()
        {
            self.more.get_or_insert_default().held.append(&mut theirs.held);
        }
    }

    /// Tells whoever listens who asks.
    pub fn named(&mut self, user: &[u8]) {
        if let Some(watch) = self.watcher() {
            watch.named(&String::from_utf8_lossy(user));
        }
    }

    /// Lets somebody listen.
    pub fn watch(&mut self, watch: Box<dyn Watch>) {
        self.more.get_or_insert_default().watch = Some(watch);
    }

    /// Whoever listens.
    pub fn watcher(&mut self) -> Option<&mut (dyn Watch + 'static)> {
        self.more.as_mut()?.watch.as_deref_mut()
    }

    /// Whether somebody listens.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.more.as_ref().is_some_and(|more| more.watch.is_some())
    }

    /// The head of the answer is there: takes down who gave it, and tells whoever listens.
    pub fn answered(ex: &mut Exchange, reply: &Reply) {
        let Self { record, more } = &mut ex.course;
        record.status = reply.status;
        if let Some(failure) = reply.failure {
            record.by = By::Gateway(failure);
        }
        if let Some(more) = more
            && let Some(mut watch) = more.watch.take()
        {
            more.times.first = Some(Instant::now());
            watch.answered(ex, reply);
            ex.course.watch(watch);
        }
    }

    /// Takes the time of something, if somebody listens.
    pub fn stamp(&mut self, of: impl FnOnce(&mut Times) -> &mut Option<Instant>) {
        if let Some(more) = &mut self.more
            && more.watch.is_some()
        {
            *of(&mut more.times) = Some(Instant::now());
        }
    }

    /// The exchange is over: all that was held is given back, and whoever listens hears of it. Ready for the next one.
    pub fn end(&mut self, end: End) {
        self.record.end = end;
        self.conclude();
        self.record = Record::default();
    }

    fn conclude(&mut self) {
        let Some(more) = &mut self.more else { return };
        for Guard { of, token } in more.held.drain(..) {
            of.release(token, &self.record);
        }
        if let Some(mut watch) = more.watch.take() {
            more.times.last = Some(Instant::now());
            watch.ended(&self.record, &more.times);
            more.times = Times::default();
        }
    }
}

impl Drop for Course {
    fn drop(&mut self) {
        self.conclude();
    }
}

impl fmt::Debug for Course {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Course")
            .field("record", &self.record)
            .field("held", &self.more.as_ref().map_or(0, |more| more.held.len()))
            .field("is_watched", &self.is_watched())
            .finish()
    }
}

#[cfg(test)]
mod tests;

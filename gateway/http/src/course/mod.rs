//! The course of an exchange, to the last byte of its answer.
//!
//! An exchange is over when its answer was written, its stream was reset or its client has gone, not when the head of
//! the answer is there. Until then it holds what others have lent it ([`Guard`]); whoever listens ([`Watch`]) hears of
//! the few things that have names on the way, and gets the numbers ([`Record`]) at the end. Where nobody listens no
//! clock is read and no name is touched.

mod record;

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

pub use record::{By, End, Record, Times};

use crate::exchange::{Conn, Exchange};
use crate::failure::Failure;
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
    follow: Option<Follow>,
    times: Times,
    /// Counts the bytes of the server's body, where they may be others than those that are sent.
    origin: Option<Rc<Cell<u64>>>,
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
    /// It is fit to be routed: its path is clean, and its fields say what the gateway believes.
    fn prepared(&mut self, _ex: &Exchange) {}

    /// The route was found. Says how closely the rest of the way is to be followed.
    fn routed(&mut self, ex: &mut Exchange, to: &Destination<'_>) -> Follow;

    /// It enters a middleware of this name and kind; only where it is followed through stages.
    fn entered(&mut self, _name: &Arc<str>, _kind: &'static str) {}

    /// It leaves the middleware that it entered last, with this answer.
    fn came_back(&mut self, _reply: &Reply) {}

    /// It is about to be tried again by the middleware that repeats it.
    fn repeated(&mut self) {}

    /// A middleware is about to ask a server at this address something of its own.
    fn asking(&mut self, _question: &mut Exchange, _server: &str) {}

    /// What was asked last has this status; nothing where there was no answer.
    fn told(&mut self, _status: Option<u16>) {}

    /// Copies of the request, as it is now, are about to be made.
    fn copied(&mut self, _ex: &mut Exchange) {}

    /// A router below the one that was found takes it over, with the service it leads to, and whether its middlewares may
    /// make another body of the server's. `layer` says among which routers it was chosen: a request that is repeated
    /// may be taken over anew there.
    fn taken_over(&mut self, _layer: usize, _route: &Arc<str>, _service: &Arc<str>, _changes_bodies: bool) {}

    /// It is known who asks, or says to ask: a name, not yet believed by anybody else; empty when none is said.
    fn named(&mut self, _user: &str) {}

    /// A server of a service was chosen, and the request is about to be sent to it; again for each attempt.
    fn picked(&mut self, ex: &mut Exchange, service: &Arc<str>, server: &Arc<str>);

    /// An attempt gave the head of an answer, the server's or one that says what went wrong.
    fn attempted(&mut self, _reply: &Reply) -> Bodies {
        Bodies::Stay
    }

    /// The head of the answer is about to be written.
    fn answered(&mut self, ex: &Exchange, reply: &Reply);

    /// The client did not wait for the head of the answer.
    fn left(&mut self, _ex: &Exchange) {}

    /// The exchange is over. Whoever listens may keep itself for the next one.
    fn ended(self: Box<Self>, record: &Record, times: &Times);
}

/// Whether a body stays as it is on its way to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bodies {
    /// It does.
    Stay,
    /// It may become another one, so its bytes are counted where it comes from.
    Change,
}

/// How closely an exchange is followed on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follow {
    /// What happens at its ends is enough.
    Ends,
    /// Every middleware is told of, too.
    Stages,
}

/// Where an exchange goes.
#[derive(Clone, Copy, Debug)]
pub struct Destination<'a> {
    /// The route.
    pub route: &'a Arc<str>,
    /// The rule that it matched.
    pub rule: &'a str,
    /// The service that the route leads to.
    pub service: &'a Arc<str>,
    /// What is to be recorded.
    pub recorded: Recorded,
}

/// What is to be recorded of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Whether it is written to the access log.
    pub access_log: bool,
    /// Whether it is counted.
    pub metrics: bool,
    /// Whether and how it is traced.
    pub traces: Traces,
    /// Whether a middleware on its way may make another body of the server's.
    pub changes_bodies: bool,
}

/// Whether and how an exchange is traced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Traces {
    /// It is not.
    Off,
    /// Its ends are: the request of the client, and those to servers.
    #[default]
    Minimal,
    /// The router, the middlewares and the service are, too.
    Detailed,
}

/// Decides who listens to exchanges; one for each worker.
pub trait Observe {
    /// A request begins, as its client sent it: nothing of it is cleaned or believed yet. Whoever is given back listens
    /// to it.
    fn begin(&self, ex: &Exchange) -> Option<Box<dyn Watch>>;

    /// A connection of TCP that a route got has a server now, or will have none.
    fn relayed(&self, _conn: &Conn, _relayed: &Relayed<'_>) {}
}

/// A connection of TCP that a route got.
#[derive(Clone, Copy, Debug)]
pub struct Relayed<'a> {
    /// The route.
    pub route: &'a Arc<str>,
    /// The service that the route leads to.
    pub service: &'a Arc<str>,
    /// The address of the server that was chosen, if one was.
    pub server: Option<&'a str>,
    /// What became of it.
    pub outcome: Relaying,
}

/// What became of a connection of TCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relaying {
    /// It has a server.
    Opened,
    /// There is no server, or it cannot be reached.
    Failed,
    /// A middleware does not admit it.
    Denied,
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
        let record = &mut ex.course.record;
        record.status = reply.status;
        if let Some(failure) = reply.failure {
            record.by = By::Gateway(failure);
        }
        Self::tell(ex, |watch, ex| watch.answered(ex, reply));
    }

    /// Tells whoever listens where the exchange goes, if anybody does.
    pub fn routed(ex: &mut Exchange, to: &Destination<'_>) {
        let mut follow = None;
        Self::tell(ex, |watch, ex| follow = Some(watch.routed(ex, to)));
        if let Some(more) = &mut ex.course.more {
            more.follow = follow;
        }
    }

    /// Whether whoever listens wants to hear of every middleware.
    #[must_use]
    pub fn follows_stages(&self) -> bool {
        self.more.as_ref().is_some_and(|more| more.follow == Some(Follow::Stages))
    }

    /// Tells whoever listens of the exchange, if anybody does.
    pub fn tell(ex: &mut Exchange, what: impl FnOnce(&mut dyn Watch, &mut Exchange)) {
        let Some(more) = &mut ex.course.more else { return };
        let Some(mut watch) = more.watch.take() else { return };
        what(&mut *watch, ex);
        if let Some(more) = &mut ex.course.more {
            more.watch = Some(watch);
        }
    }

    /// The head of an attempt's answer is there: tells whoever listens, and has the bytes behind it counted where they
    /// are to be.
    pub fn attempted(&mut self, reply: &mut Reply) {
        let Some(More { watch: Some(watch), origin, .. }) = self.more.as_deref_mut() else { return };
        if watch.attempted(reply) == Bodies::Change {
            let origin = origin.get_or_insert_default();
            origin.set(0);
            reply.body = std::mem::take(&mut reply.body).counted(origin);
        }
    }

    /// An attempt gave no answer: tells whoever listens what is said in its place.
    pub fn failed(&mut self, failure: Failure) {
        if let Some(watch) = self.watcher() {
            watch.attempted(&failure.reply());
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
        if let Some(watch) = more.watch.take() {
            more.times.last = Some(Instant::now());
            more.times.origin_sent = more.origin.take().map(|count| count.get());
            more.follow = None;
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

//! A connection on its way that several requests wait for.
//!
//! Owned by the task that makes it, never by a request: one that goes away leaves the others where they are.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use tokio::sync::Notify;
use windrose_http::Failure;

use crate::forward::h1::Client;

/// A connection on its way.
pub(crate) struct Attempt {
    /// How many more requests may wait for it.
    seats: Cell<usize>,
    outcome: RefCell<Outcome>,
    changed: Notify,
}

/// What has come of an attempt.
pub(crate) enum Outcome {
    /// Nothing yet.
    Pending,
    /// A connection for one request, until somebody takes it.
    Http1(Option<Box<Client>>),
    /// A connection for many, which the pool has.
    Http2,
    /// None.
    Failed(Failure),
}

/// One request's place among those that wait.
pub(crate) struct Seat(Rc<Attempt>);

impl Attempt {
    /// An attempt for at most so many requests, and the seat of the first.
    pub(super) fn new(seats: usize) -> (Rc<Self>, Seat) {
        let attempt = Rc::new(Self {
            seats: Cell::new(seats.saturating_sub(1)),
            outcome: RefCell::new(Outcome::Pending),
            changed: Notify::new(),
        });
        (Rc::clone(&attempt), Seat(attempt))
    }

    pub(super) fn seat(self: &Rc<Self>) -> Option<Seat> {
        self.seats.set(self.seats.get().checked_sub(1)?);
        Some(Seat(Rc::clone(self)))
    }

    /// One request can go on, the others have to wait for the end.
    pub(crate) fn advance(&self) {
        self.changed.notify_one();
    }

    /// Tells all that wait; gives back a connection for which nobody does.
    pub(crate) fn end(self: Rc<Self>, outcome: Outcome) -> Option<Box<Client>> {
        let outcome = match outcome {
            Outcome::Http1(client) if Rc::strong_count(&self) == 1 => return client,
            outcome => outcome,
        };
        *self.outcome.borrow_mut() = outcome;
        self.changed.notify_waiters();
        None
    }
}

impl Seat {
    /// What has come of it; a connection for one request goes to whoever asks first.
    pub(crate) fn outcome(&self) -> Outcome {
        match &mut *self.0.outcome.borrow_mut() {
            Outcome::Pending => Outcome::Pending,
            Outcome::Http1(client) => Outcome::Http1(client.take()),
            Outcome::Http2 => Outcome::Http2,
            Outcome::Failed(failure) => Outcome::Failed(*failure),
        }
    }

    /// Waits until there may be something new.
    pub(crate) async fn changed(&self) {
        self.0.changed.notified().await;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.seats.set(self.0.seats.get().saturating_add(1));
    }
}

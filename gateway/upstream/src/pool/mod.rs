//! Connections of one worker to servers, kept for the next request.
//!
//! A connection gets here only after an exchange that provably ended: request sent, answer read, nothing left
//! over. Each worker has its own pools, so nothing here is shared or locked.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use hashbrown::HashMap;

use crate::endpoint::Endpoint;
use crate::forward::h1::Client;
use crate::forward::h2::Sender;
use crate::service::LocalTask;

/// What one worker keeps about servers.
pub struct Local {
    #[allow(clippy::vec_box, reason = "a connection moves between pool and request, which costs a pointer")]
    h1: RefCell<HashMap<u64, Vec<Box<Client>>, foldhash::fast::RandomState>>,
    h2: RefCell<HashMap<u64, Vec<Rc<Sender>>, foldhash::fast::RandomState>>,
    spawn: Box<dyn Fn(&'static str, LocalTask)>,
}

impl Local {
    /// Empty pools; `spawn` runs the tasks that drive HTTP/2 connections.
    #[must_use]
    pub fn new(spawn: Box<dyn Fn(&'static str, LocalTask)>) -> Rc<Self> {
        Rc::new(Self { h1: RefCell::default(), h2: RefCell::default(), spawn })
    }

    pub(crate) fn take_h1(&self, to: &Endpoint) -> Option<Box<Client>> {
        let mut pools = self.h1.borrow_mut();
        let idle = pools.get_mut(&to.id())?;
        while let Some(mut client) = idle.pop() {
            if client.is_fit() {
                return Some(client);
            }
        }
        None
    }

    pub(crate) fn give_h1(&self, to: &Endpoint, mut client: Box<Client>) {
        if to.connector.max_idle == 0 || !client.rest() {
            return;
        }
        let mut pools = self.h1.borrow_mut();
        let idle = pools.entry(to.id()).or_default();
        if idle.len() < to.connector.max_idle {
            idle.push(client);
        }
    }

    pub(crate) fn take_h2(&self, to: &Endpoint) -> Option<Rc<Sender>> {
        let mut pools = self.h2.borrow_mut();
        let senders = pools.get_mut(&to.id())?;
        senders.retain(|sender| sender.is_alive());
        senders.iter().find(|sender| sender.has_room()).cloned()
    }

    pub(crate) fn keep_h2(&self, to: &Endpoint, sender: &Rc<Sender>) {
        self.h2.borrow_mut().entry(to.id()).or_default().push(Rc::clone(sender));
    }

    pub(crate) fn spawn(&self, name: &'static str, task: LocalTask) {
        (self.spawn)(name, task);
    }

    /// Closes what has been idle too long, and forgets servers without connections.
    pub fn sweep(&self, now: Instant) {
        self.h1.borrow_mut().retain(|_, idle| {
            idle.retain(|client| client.expires > now);
            !idle.is_empty()
        });
        self.h2.borrow_mut().retain(|_, senders| {
            senders.retain(|sender| sender.is_alive() && !sender.is_idle_since(now));
            !senders.is_empty()
        });
    }

    /// Closes all idle connections.
    pub fn clear(&self) {
        self.h1.borrow_mut().clear();
        self.h2.borrow_mut().clear();
    }

    /// Whether no connection is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.h1.borrow().is_empty() && self.h2.borrow().is_empty()
    }
}

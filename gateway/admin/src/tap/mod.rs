//! A tap on traffic, for whoever looks: the requests as they end, and how many there are.
//!
//! Nobody looks most of the time: then a request costs the reading of two numbers, and no clock is read. A worker never
//! waits for whoever looks: what a slow reader has no room for is dropped and counted. Bounded in memory. Invariant: no
//! query, no header and no body of a request is seen here.

pub(crate) mod filter;
mod heard;
mod rates;
mod tail;

use std::rc::Rc;
use std::sync::Arc;

use windrose_engine::Observers;
use windrose_http::course::{Observe, Relayed, Watch};
use windrose_http::{Conn, Exchange};

pub(crate) use rates::{Level, Rates};
pub(crate) use tail::{Lines, Tail};

use heard::Heard;
use rates::Counts;

/// A tap on traffic.
#[derive(Debug, Default)]
pub struct Tap {
    pub(crate) tail: Arc<Tail>,
    pub(crate) rates: Rates,
}

impl Tap {
    /// Makes for each worker whoever hears of its exchanges, with those who hear of them anyway.
    #[must_use]
    pub fn observing(self: &Arc<Self>, others: Option<Observers>) -> Observers {
        let tap = Arc::clone(self);
        Arc::new(move |worker: usize| {
            let others = others.as_ref().map(|others| others(worker));
            let counts = tap.rates.counts();
            Rc::new(Ear { tap: Arc::clone(&tap), counts, others }) as Rc<dyn Observe>
        })
    }
}

/// Hears of the exchanges of one worker.
struct Ear {
    tap: Arc<Tap>,
    counts: Arc<Counts>,
    others: Option<Rc<dyn Observe>>,
}

impl Observe for Ear {
    fn begin(&self, ex: &Exchange) -> Option<Box<dyn Watch>> {
        let others = self.others.as_ref().and_then(|others| others.begin(ex));
        let is_tailed = self.tap.tail.is_heard();
        let is_counted = self.tap.rates.is_looked_at(ex.started);
        if !is_tailed && !is_counted {
            return others;
        }
        let tail = is_tailed.then(|| Arc::clone(&self.tap.tail));
        let counts = is_counted.then(|| Arc::clone(&self.counts));
        Some(Box::new(Heard::new(ex, others, tail, counts)))
    }

    fn relayed(&self, conn: &Conn, relayed: &Relayed<'_>) {
        if let Some(others) = &self.others {
            others.relayed(conn, relayed);
        }
    }
}

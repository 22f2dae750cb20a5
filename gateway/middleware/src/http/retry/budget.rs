//! How many tries again there may be: a share of the requests, so that a service in trouble is not asked ever more.
//!
//! One number that all workers share holds the balance and the time it was taken: a request adds its share, a try again
//! takes a whole. A few tries are there even where nothing was asked for long. Invariant: over any time there are no more
//! tries again than the share of the requests, the reserve, and one for each second.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;

/// A share of the requests that may be tried again.
#[derive(Debug)]
pub(super) struct Budget {
    /// What a request adds.
    share: u64,
    begun: Instant,
    /// The balance in the lower bits, and milliseconds since the beginning above them.
    account: AtomicU64,
}

impl Budget {
    /// This many of a hundred requests.
    pub(super) fn new(percent: u8) -> Self {
        let account = AtomicU64::new(RESERVE);
        Self { share: u64::from(percent) * WHOLE / 100, begun: Instant::now(), account }
    }

    /// A request comes.
    pub(super) fn asked(&self) {
        self.change(|balance| Some((balance + self.share).min(MOST.max(balance))));
    }

    /// Whether there is one more try; it is taken.
    pub(super) fn spend(&self) -> bool {
        self.change(|balance| balance.checked_sub(WHOLE))
    }

    /// Whether the balance could be changed.
    fn change(&self, to: impl Fn(u64) -> Option<u64>) -> bool {
        let now = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX) & (u64::MAX >> BITS);
        let mut known = self.account.load(Ordering::Relaxed);
        loop {
            let (then, balance) = (known >> BITS, known & (u64::MAX >> (64 - BITS)));
            let trickle = now.saturating_sub(then).saturating_mul(WHOLE / 1000);
            let filled = balance.max(balance.saturating_add(trickle).min(RESERVE));
            let Some(balance) = to(filled) else { return false };
            let account = now.max(then) << BITS | balance;
            match self.account.compare_exchange_weak(known, account, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(changed) => known = changed,
            }
        }
    }
}

/// One try.
const WHOLE: u64 = 1000;
/// What is there at the beginning, and again after a while.
const RESERVE: u64 = 3 * WHOLE;
/// What requests can save up.
const MOST: u64 = 100 * WHOLE;
/// The lower bits, which hold the balance.
const BITS: u32 = 24;

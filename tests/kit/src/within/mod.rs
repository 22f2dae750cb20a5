//! Deadlines that say what was awaited, and where.

use std::fmt::Display;
use std::panic::Location;
use std::time::Duration;

use tokio::time::timeout;

/// How long a peer waits for anything. Reached only by tests that fail, so it can afford a busy
/// machine.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// Waits for `future`, at most `limit`.
///
/// # Panics
/// When the time is over; the message names `what` and the caller.
#[track_caller]
pub fn within<F: Future>(limit: Duration, what: impl Display, future: F) -> impl Future<Output = F::Output> {
    let caller = Location::caller();
    async move {
        match timeout(limit, future).await {
            Ok(output) => output,
            Err(_) => panic!("{what} did not come within {limit:?} (awaited at {caller})"),
        }
    }
}

/// Waits for `future`, at most [`DEADLINE`].
///
/// # Panics
/// As [`within`].
#[track_caller]
pub fn soon<F: Future>(what: impl Display, future: F) -> impl Future<Output = F::Output> {
    within(DEADLINE, what, future)
}

#[cfg(test)]
mod tests;

//! What a connection has still to write, bounded.
//!
//! The library counts the bytes of what is not acknowledged, not the pieces: one of a single byte keeps the buffer that
//! it was read into. So each piece is on the account of its connection until the library lets go of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

/// What a connection has handed to the library.
#[derive(Clone, Debug, Default)]
pub(super) struct Account(Arc<AtomicUsize>);

impl Account {
    /// Whether nothing more may be handed over.
    pub(super) fn is_full(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= MOST_HELD
    }

    /// Whether there is enough room again for those that waited.
    pub(super) fn has_room(&self) -> bool {
        self.0.load(Ordering::Relaxed) <= MOST_HELD / 2
    }

    /// Bytes that keep `cost` bytes of memory until the library lets go of them.
    pub(super) fn charge(&self, data: Bytes, cost: usize) -> Bytes {
        self.0.fetch_add(cost, Ordering::Relaxed);
        Bytes::from_owner(Charged { data, cost, account: self.clone() })
    }
}

struct Charged {
    data: Bytes,
    cost: usize,
    account: Account,
}

impl AsRef<[u8]> for Charged {
    fn as_ref(&self) -> &[u8] {
        &self.data
    }
}

impl Drop for Charged {
    fn drop(&mut self) {
        self.account.0.fetch_sub(self.cost, Ordering::Relaxed);
    }
}

/// Enough for a client far away to be sent as much as its line carries.
const MOST_HELD: usize = 4 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_on_the_account_until_the_last_part_of_it_is_dropped() {
        let account = Account::default();
        let mut piece = account.charge(Bytes::from_static(b"abc"), MOST_HELD);
        assert!(account.is_full() && !account.has_room());
        let part = piece.split_to(1);
        drop(piece);
        assert!(account.is_full());
        assert_eq!(&part[..], b"a");
        drop(part);
        assert!(!account.is_full() && account.has_room());
    }
}

//! Connection ids that say whose connection it is.
//!
//! The kernel gives a datagram to a worker by the addresses in it. When a client's address changes, only the id that it
//! writes tells whose it is: the number of the worker, under a mask that nobody else can make.

use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use foldhash::quality::RandomState;
use quinn_proto::{ConnectionId, ConnectionIdGenerator, InvalidCid};

/// What the ids of all workers of one entry point have in common, and the number of one of them.
#[derive(Clone)]
pub(crate) struct Ids {
    me: u16,
    mask: RandomState,
    random: RandomState,
    made: u64,
}

impl Ids {
    /// The ids of the first of several.
    pub(crate) fn first() -> Self {
        Self { me: 0, mask: RandomState::default(), random: RandomState::default(), made: 0 }
    }

    /// Those of another one.
    pub(crate) fn of(&self, me: usize) -> Self {
        Self { me: u16::try_from(me).unwrap_or(u16::MAX), ..self.clone() }
    }

    /// Whose ids these are.
    pub(crate) fn me(&self) -> usize {
        usize::from(self.me)
    }

    /// Whose connection a datagram is for; anything when it has an id that none of us has made.
    pub(crate) fn owner(&self, datagram: &[u8]) -> Option<usize> {
        let id = match datagram.first()? {
            // The id in a long header has its length before it, behind the version (RFC 8999 §5.1).
            first if first & LONG != 0 => {
                let (length, rest) = datagram.get(5..)?.split_first()?;
                rest.get(..LENGTH).filter(|_| usize::from(*length) == LENGTH)?
            }
            _ => datagram.get(1..=LENGTH)?,
        };
        Some(usize::from(self.number(id)?))
    }

    fn number(&self, id: &[u8]) -> Option<u16> {
        let (tag, nonce) = id.split_first_chunk::<2>()?;
        Some(u16::from_be_bytes(*tag) ^ self.masked(nonce))
    }

    fn masked(&self, nonce: &[u8]) -> u16 {
        let mut hasher = self.mask.build_hasher();
        hasher.write(nonce);
        hasher.finish() as u16
    }
}

impl ConnectionIdGenerator for Ids {
    fn generate_cid(&mut self) -> ConnectionId {
        self.made = self.made.wrapping_add(1);
        // Two keyed hashes of a counter: it neither shows the counter nor meets the ids of another worker.
        let nonce = self.random.hash_one((self.me, self.made)).to_be_bytes();
        let [high, low] = (self.me ^ self.masked(&nonce)).to_be_bytes();
        let [a, b, c, d, e, f, g, h] = nonce;
        ConnectionId::new(&[high, low, a, b, c, d, e, f, g, h])
    }

    fn validate(&self, id: &ConnectionId) -> Result<(), InvalidCid> {
        if self.number(id) == Some(self.me) { Ok(()) } else { Err(InvalidCid) }
    }

    fn cid_len(&self) -> usize {
        LENGTH
    }

    fn cid_lifetime(&self) -> Option<Duration> {
        None
    }
}

const LONG: u8 = 0x80;
/// Two bytes for the worker, eight that no two connections have in common.
const LENGTH: usize = 10;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn an_id_says_whose_connection_it_is_in_both_kinds_of_header() {
        let first = Ids::first();
        let mut seen = HashSet::new();
        for worker in [0, 1, 7, 300] {
            let mut ids = first.of(worker);
            for _ in 0..100 {
                let id = ids.generate_cid();
                assert!(seen.insert(id), "no id twice");
                assert!(ids.validate(&id).is_ok());
                assert!(first.of(worker + 1).validate(&id).is_err());
                let short = [&[0x40], &id[..], &[1, 2, 3]].concat();
                let long = [&[0xc0, 0, 0, 0, 1, 10], &id[..], &[0, 9]].concat();
                for datagram in [short, long] {
                    assert_eq!(first.owner(&datagram), Some(worker));
                }
            }
        }
    }

    #[test]
    fn what_has_no_id_of_ours_is_nobodys() {
        let ids = Ids::first();
        for datagram in
            [&[][..], &[0x40], &[0x40; 10], &[0xc0; 5], &[0xc0, 0, 0, 0, 1, 8, 1, 2, 3, 4, 5, 6, 7, 8]]
        {
            assert_eq!(ids.owner(datagram), None, "{datagram:?}");
        }
    }
}

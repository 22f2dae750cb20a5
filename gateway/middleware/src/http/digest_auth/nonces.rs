//! Nonces: made, recognised, and used in order.
//!
//! A nonce is a number and a digest over it with a key that never leaves the process, so asking for one takes no memory.
//! What is remembered is how often a nonce was used, for those with which somebody has logged in. When there are too
//! many of them the oldest go, and no nonce as old as those is taken any more: nothing can be used twice because it was
//! forgotten.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use data_encoding::BASE64;

/// The nonces of a middleware.
pub(super) struct Nonces {
    /// Nothing when the system has no random numbers.
    key: Option<Key>,
    opaque: Box<str>,
    next: AtomicU64,
    // Taken for an instant, by requests that have shown a right answer.
    used: Mutex<Used>,
}

#[derive(Default)]
struct Used {
    counts: BTreeMap<u64, u64>,
    /// No nonce with a number below is taken.
    floor: u64,
}

/// What the use of a nonce was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// It is ours, and was not used so often before.
    Fresh,
    /// It is ours, and was used so often before.
    Again,
    /// It is not ours, or no more.
    Unknown,
}

impl Nonces {
    pub(super) fn new() -> Self {
        let mut random = [0; 32 + 12];
        let is_random = getrandom::fill(&mut random).is_ok();
        let (key, opaque) = random.split_at(32);
        Self {
            key: is_random.then(|| Key::new(HMAC_SHA256, key)),
            opaque: BASE64.encode(opaque).into(),
            next: AtomicU64::new(1),
            used: Mutex::default(),
        }
    }

    pub(super) const fn is_usable(&self) -> bool {
        self.key.is_some()
    }

    /// What clients give back as they got it.
    pub(super) fn opaque(&self) -> &str {
        &self.opaque
    }

    /// A new nonce.
    pub(super) fn issue(&self) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let mut nonce = number.to_vec();
        nonce.extend(self.tag(number));
        BASE64.encode(&nonce)
    }

    /// Uses a nonce for the time that its user says it is.
    pub(super) fn make_use(&self, nonce: &[u8], count: u64) -> Use {
        let Some(number) = self.number(nonce) else { return Use::Unknown };
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if number < used.floor {
            return Use::Unknown;
        }
        match used.counts.get_mut(&number) {
            Some(last) if *last != 0 && *last >= count => return Use::Again,
            Some(last) => *last = count,
            None => {
                used.counts.insert(number, count);
            }
        }
        while used.counts.len() > MOST {
            if let Some((oldest, _)) = used.counts.pop_first() {
                used.floor = oldest + 1;
            }
        }
        Use::Fresh
    }

    /// The number of a nonce that is ours.
    fn number(&self, nonce: &[u8]) -> Option<u64> {
        let bytes = BASE64.decode(nonce).ok()?;
        let (number, tag) = bytes.split_first_chunk::<8>()?;
        verify_slices_are_equal(tag, &self.tag(*number)).ok()?;
        Some(u64::from_be_bytes(*number))
    }

    fn tag(&self, number: [u8; 8]) -> Vec<u8> {
        let Some(key) = &self.key else { return Vec::new() };
        let tag = sign(key, &number);
        tag.as_ref().get(..16).unwrap_or_default().to_vec()
    }
}

/// Users that are logged in at a time.
const MOST: usize = 10_000;

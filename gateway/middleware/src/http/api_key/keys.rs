//! The keys there are, as hashes.
//!
//! Invariant: how long an answer takes says nothing about a key. Digests are found by a keyed hash of theirs and compared in
//! constant time, and of slow hashes all are tried.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::time::Instant;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};

use windrose_config::Located;
use windrose_config::redact::Secret;

use crate::http::basic_auth::credentials::Credentials;
use crate::http::basic_auth::hash::Hash;
use crate::http::basic_auth::remembered::{Memory, Proof, Slot};
use crate::kind::BuildError;
use crate::users::Hashes;

/// The keys there are.
pub(super) struct Keys {
    all: Vec<Key>,
    /// Those with a digest, by its keyed hash.
    quick: HashMap<u64, Vec<usize>>,
    slow: Vec<usize>,
    hasher: RandomState,
    memory: Memory,
}

struct Key {
    name: Box<[u8]>,
    hash: KeyHash,
    known: Slot,
}

enum KeyHash {
    Sha256(Box<[u8]>),
    Other(Hash),
}

/// What is known of a key without computing for long.
pub(super) enum Verdict {
    /// It is the key of this number.
    Right(usize),
    /// It is none.
    Wrong,
    /// That has to be computed.
    Long(Question),
}

/// What has to be computed.
pub(super) struct Question(Vec<(Credentials, Proof)>);

impl Keys {
    pub(super) fn new(named: Hashes, nameless: &[Located<Secret>]) -> Result<Self, BuildError> {
        let mut all = Vec::new();
        for (index, written) in nameless.iter().enumerate() {
            let hash = KeyHash::parse(written.value.expose().as_bytes()).ok_or_else(|| BuildError {
                message: format!(
                    "hash {} of secretValues is neither {{SHA256}} with the digest of a key nor one that htpasswd makes",
                    index + 1
                ),
                mark: Some(written.mark),
                length: 0,
            })?;
            all.push((Box::default(), hash));
        }
        all.extend(named.into_iter().filter_map(|(name, hash)| Some((name, KeyHash::parse(&hash)?))));
        let hasher = RandomState::new();
        let (mut quick, mut slow) = (HashMap::<u64, Vec<usize>>::new(), Vec::new());
        for (index, (_, hash)) in all.iter().enumerate() {
            match hash {
                KeyHash::Sha256(digest) => quick.entry(hasher.hash_one(digest)).or_default().push(index),
                KeyHash::Other(_) => slow.push(index),
            }
        }
        let all = all.into_iter().map(|(name, hash)| Key { name, hash, known: Slot::default() }).collect();
        Ok(Self { all, quick, slow, hasher, memory: Memory::new()? })
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// How many hashes are slow.
    pub(super) const fn slow(&self) -> usize {
        self.slow.len()
    }

    /// The name of a key; empty when it has none.
    pub(super) fn name(&self, key: usize) -> &[u8] {
        self.all.get(key).map_or(b"", |key| &key.name)
    }

    /// Whether one of these is a key, at the time of a request.
    pub(super) fn ask(&self, at: Instant, tried: Vec<Box<[u8]>>) -> Verdict {
        if let Some(key) = tried.iter().find_map(|key| self.by_digest(key)) {
            return Verdict::Right(key);
        }
        if self.slow.is_empty() || tried.is_empty() {
            return Verdict::Wrong;
        }
        let prove = |key: Box<[u8]>| {
            let credentials = Credentials::key(&key);
            let proof = self.memory.prove(at, &credentials);
            (credentials, proof)
        };
        let question = Question(tried.into_iter().map(prove).collect());
        match self.remembered(&question) {
            Some(key) => Verdict::Right(key),
            None => Verdict::Long(question),
        }
    }

    /// Tries the slow hashes.
    pub(super) fn answer(&self, question: &Question) -> Option<usize> {
        // Many requests come at once, and one of them may have been first.
        if let Some(key) = self.remembered(question) {
            return Some(key);
        }
        let mut found = None;
        for (index, key) in self.slow_keys() {
            for (credentials, proof) in &question.0 {
                if key.hash.verify(credentials.password()) && found.is_none() {
                    key.known.keep(proof);
                    found = Some(index);
                }
            }
        }
        found
    }

    fn by_digest(&self, key: &[u8]) -> Option<usize> {
        let digest = digest(&SHA256, key);
        let found = self.quick.get(&self.hasher.hash_one(digest.as_ref()))?;
        found.iter().copied().find(|index| match self.all.get(*index).map(|key| &key.hash) {
            Some(KeyHash::Sha256(known)) => verify_slices_are_equal(known, digest.as_ref()).is_ok(),
            _ => false,
        })
    }

    fn remembered(&self, question: &Question) -> Option<usize> {
        let holds = |key: &Key| question.0.iter().any(|(_, proof)| key.known.holds(proof));
        self.slow_keys().find(|(_, key)| holds(key)).map(|(index, _)| index)
    }

    fn slow_keys(&self) -> impl Iterator<Item = (usize, &Key)> {
        self.slow.iter().filter_map(|index| Some((*index, self.all.get(*index)?)))
    }
}

/// Whether something is the hash of a key.
pub(crate) fn is_hash(text: &[u8]) -> bool {
    KeyHash::parse(text).is_some()
}

impl KeyHash {
    fn parse(text: &[u8]) -> Option<Self> {
        if let Some(rest) = text.strip_prefix(b"{SHA256}") {
            let digest = match rest.len() {
                64 => HEXLOWER_PERMISSIVE.decode(rest).ok()?,
                _ => BASE64.decode(rest).ok()?,
            };
            return (digest.len() == 32).then(|| Self::Sha256(digest.into()));
        }
        let hash = Hash::parse(text);
        (hash != Hash::None).then_some(Self::Other(hash))
    }

    fn verify(&self, key: &[u8]) -> bool {
        match self {
            Self::Sha256(known) => verify_slices_are_equal(known, digest(&SHA256, key).as_ref()).is_ok(),
            Self::Other(hash) => hash.verify(key),
        }
    }
}

//! Numbers of traces and of spans.

use data_encoding::HEXLOWER;

/// Which trace it is. Zero is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TraceId(pub(crate) [u8; 16]);

/// Which span of a trace it is. Zero is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SpanId(pub(crate) [u8; 8]);

impl TraceId {
    /// In lower case.
    pub(crate) fn hex(self) -> [u8; 32] {
        let mut text = [0; 32];
        HEXLOWER.encode_mut(&self.0, &mut text);
        text
    }

    pub(crate) fn is_none(self) -> bool {
        self.0 == [0; 16]
    }

    /// The half that everybody uses.
    pub(crate) fn low(self) -> u64 {
        u64::from_be_bytes(self.0[8..].try_into().unwrap_or_default())
    }

    /// The half that those do not have who know 64 bits only.
    pub(crate) fn high(self) -> u64 {
        u64::from_be_bytes(self.0[..8].try_into().unwrap_or_default())
    }

    pub(crate) fn of(high: u64, low: u64) -> Self {
        Self(((u128::from(high) << 64) | u128::from(low)).to_be_bytes())
    }
}

impl SpanId {
    /// In lower case.
    pub(crate) fn hex(self) -> [u8; 16] {
        let mut text = [0; 16];
        HEXLOWER.encode_mut(&self.0, &mut text);
        text
    }

    pub(crate) fn is_none(self) -> bool {
        self.0 == [0; 8]
    }

    pub(crate) fn number(self) -> u64 {
        u64::from_be_bytes(self.0)
    }
}

/// Draws numbers; one for each worker. They are unlike each other, and no secrets: xoshiro256++.
#[derive(Debug)]
pub(crate) struct Ids([u64; 4]);

impl Ids {
    /// Begins with what the system draws.
    pub(crate) fn new() -> Self {
        let mut seed = [0; 32];
        if getrandom::fill(&mut seed).is_err() {
            // The address of something is better than nothing.
            let place = std::ptr::from_ref(&seed).addr() as u64;
            seed[..8].copy_from_slice(&place.to_le_bytes());
        }
        let mut words = [1; 4];
        for (word, bytes) in words.iter_mut().zip(seed.chunks_exact(8)) {
            *word ^= u64::from_le_bytes(bytes.try_into().unwrap_or_default());
        }
        Self(words)
    }

    pub(crate) fn trace(&mut self) -> TraceId {
        loop {
            let id = TraceId::of(self.next(), self.next());
            if id.low() != 0 && id.high() != 0 {
                return id;
            }
        }
    }

    pub(crate) fn span(&mut self) -> SpanId {
        loop {
            let id = SpanId(self.next().to_be_bytes());
            if !id.is_none() {
                return id;
            }
        }
    }

    fn next(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.0;
        let drawn = a.wrapping_add(*d).rotate_left(23).wrapping_add(*a);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        drawn
    }
}

//! The hashes of Fowler, Noll and Vo in 64 bits: what names and clients are mixed with, by Traefik and so by us.

/// FNV-1a of something in pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fnv1a(u64);

impl Fnv1a {
    /// Of nothing yet.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "nothing has a hash by default")]
    pub const fn new() -> Self {
        Self(BASIS)
    }

    /// With one more piece.
    #[must_use]
    pub fn with(self, piece: &[u8]) -> Self {
        Self(piece.iter().fold(self.0, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME)))
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// FNV-1, which multiplies first.
#[must_use]
pub fn fnv1(text: &[u8]) -> u64 {
    text.iter().fold(BASIS, |hash, byte| hash.wrapping_mul(PRIME) ^ u64::from(*byte))
}

const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;

#[cfg(test)]
mod tests {
    use super::{Fnv1a, fnv1};

    #[test]
    fn both_hashes_are_the_published_ones() {
        let cases = [
            ("", 0xcbf2_9ce4_8422_2325, 0xcbf2_9ce4_8422_2325),
            ("a", 0xaf63_dc4c_8601_ec8c, 0xaf63_bd4c_8601_b7be),
            ("foobar", 0x8594_4171_f739_67e8, 0x340d_8765_a4dd_a9c2),
        ];
        for (text, later, first) in cases {
            let (head, tail) = text.as_bytes().split_at(text.len() / 2);
            assert_eq!(Fnv1a::new().with(head).with(tail).get(), later, "{text}");
            assert_eq!(fnv1(text.as_bytes()), first, "{text}");
        }
    }
}

//! Names that a server may take for one another: most map fields to variables and read any mark as an underscore.

use super::Id;

/// A name in lower case with every mark a dash; only its beginning when it is longer than any name we know.
#[derive(Clone, Copy, Debug)]
pub struct Folded {
    text: [u8; Self::ROOM],
    len: usize,
    is_whole: bool,
}

impl Folded {
    /// Folds a name.
    #[must_use]
    pub fn of(name: &[u8]) -> Self {
        let mut text = [0; Self::ROOM];
        for (to, from) in text.iter_mut().zip(name) {
            *to = fold(*from);
        }
        Self { text, len: name.len().min(Self::ROOM), is_whole: name.len() <= Self::ROOM }
    }

    /// The number of the known name that this is a spelling of.
    #[must_use]
    pub fn id(&self) -> Id {
        self.whole().map_or(Id::OTHER, Id::of)
    }

    /// The name, unless it is longer than any we know.
    #[must_use]
    pub fn whole(&self) -> Option<&[u8]> {
        self.is_whole.then(|| self.beginning())
    }

    /// Its beginning, or all of it.
    #[must_use]
    pub fn beginning(&self) -> &[u8] {
        self.text.get(..self.len).unwrap_or_default()
    }

    const ROOM: usize = 64;
}

/// Whether two names are spellings of one, case and marks apart. A name is a spelling of itself.
#[must_use]
pub fn is_spelling(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| fold(*one) == fold(*other))
}

const fn fold(byte: u8) -> u8 {
    if byte.is_ascii_alphanumeric() { byte.to_ascii_lowercase() } else { b'-' }
}

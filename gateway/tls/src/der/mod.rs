//! The little of DER that is read and written by hand: elements one after the other, and elements around others.
//!
//! Owns lengths. Must not know what is inside. Invariant: no input makes it panic, and nothing is read that lies
//! outside of the bytes given.

/// Elements that stand one behind the other.
#[derive(Clone, Copy, Debug)]
pub struct Der<'a>(&'a [u8]);

/// An element.
#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    /// What it is.
    pub tag: u8,
    /// What is in it.
    pub content: &'a [u8],
    /// All of it, tag and length included.
    pub whole: &'a [u8],
}

impl<'a> Der<'a> {
    /// The elements in these bytes.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next element, whatever it is.
    pub fn any(&mut self) -> Option<Element<'a>> {
        let (tag, rest) = self.0.split_first()?;
        let (first, rest) = rest.split_first()?;
        let (length, rest) = match *first {
            short @ 0..=0x7f => (usize::from(short), rest),
            long => {
                let digits = usize::from(long & 0x7f);
                let (digits, rest) = rest.split_at_checked(digits).filter(|_| digits <= MOST_DIGITS)?;
                (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
            }
        };
        let (content, rest) = rest.split_at_checked(length)?;
        let whole = self.0.get(..self.0.len() - rest.len())?;
        self.0 = rest;
        Some(Element { tag: *tag, content, whole })
    }

    /// The content of the next element, if it is a `tag`; else nothing is taken.
    pub fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let element = ahead.any().filter(|element| element.tag == tag)?;
        *self = ahead;
        Some(element.content)
    }

    /// The same, as elements.
    pub fn enter(&mut self, tag: u8) -> Option<Self> {
        self.take(tag).map(Self)
    }
}

/// An element around these parts.
#[must_use]
pub fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut bytes = vec![tag];
    match u8::try_from(length) {
        Ok(short @ 0..=0x7f) => bytes.push(short),
        _ => {
            let digits: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|digit| *digit == 0).collect();
            bytes.push(0x80 | u8::try_from(digits.len()).unwrap_or(0x7f));
            bytes.extend(digits);
        }
    }
    for part in parts {
        bytes.extend_from_slice(part);
    }
    bytes
}

/// A number.
pub const INTEGER: u8 = 0x02;
/// Bits, behind the number of those that are unused.
pub const BIT_STRING: u8 = 0x03;
/// Bytes.
pub const OCTET_STRING: u8 = 0x04;
/// What something is called by those who give such names.
pub const OBJECT_IDENTIFIER: u8 = 0x06;
/// One of several.
pub const ENUMERATED: u8 = 0x0a;
/// Elements.
pub const SEQUENCE: u8 = 0x30;

/// The tag of an element that is marked by its place alone and has others inside.
#[must_use]
pub const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// Four gigabytes are more than anything has here.
const MOST_DIGITS: usize = 4;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_was_written_is_read_again() {
        for length in [0, 1, 127, 128, 255, 256, 70_000] {
            let inside = vec![7; length];
            let written = [element(SEQUENCE, &[&inside]), element(INTEGER, &[&[1]])].concat();
            let mut der = Der::new(&written);
            assert_eq!(der.take(INTEGER), None);
            assert_eq!(der.take(SEQUENCE), Some(&inside[..]));
            assert_eq!(der.any().unwrap().whole, [2, 1, 1]);
            assert!(der.any().is_none());
        }
    }

    proptest! {
        #![proptest_config(windrose_random::cases(256))]

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            let mut der = Der::new(&bytes);
            let mut read = 0;
            while let Some(element) = der.any() {
                read += element.whole.len();
            }
            prop_assert!(read <= bytes.len());
        }
    }
}

//! Writing a section of fields.

use super::known::{self, Known};
use crate::field::Id;

/// A section of fields that is being written.
#[derive(Debug)]
pub struct Section<'a>(&'a mut Vec<u8>);

impl<'a> Section<'a> {
    /// Begins a section behind what is in `out`.
    #[must_use]
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        out.extend_from_slice(&[0, 0]);
        Self(out)
    }

    /// Writes the status of an answer.
    pub fn status(&mut self, status: u16) {
        let digits = [status / 100 % 10, status / 10 % 10, status % 10].map(|digit| b'0' + digit as u8);
        match known::status(&digits) {
            Some(index) => self.number(0xc0, 6, index),
            None => {
                self.number(0x50, 4, STATUS);
                self.text(0, 7, &digits, Case::Kept);
            }
        }
    }

    /// Writes a field; the name may be in any case.
    pub fn field(&mut self, id: Id, name: &[u8], value: &[u8]) {
        match known::find(id, value) {
            Some(Known::Whole(index)) => self.number(0xc0, 6, index),
            Some(Known::Name(index)) => {
                self.number(0x50, 4, index);
                self.text(0, 7, value, Case::Kept);
            }
            None => {
                self.text(0x20, 3, name, Case::Lower);
                self.text(0, 7, value, Case::Kept);
            }
        }
    }

    fn text(&mut self, marks: u8, prefix: u32, text: &[u8], case: Case) {
        self.number(marks, prefix, text.len());
        let at = self.0.len();
        self.0.extend_from_slice(text);
        if case == Case::Lower
            && let Some(written) = self.0.get_mut(at..)
        {
            written.make_ascii_lowercase();
        }
    }

    /// Writes a number behind `marks`, with so many bits for it in their byte (RFC 7541 §5.1).
    fn number(&mut self, marks: u8, prefix: u32, value: usize) {
        let most = (1_usize << prefix) - 1;
        if value < most {
            self.0.push(marks | value as u8);
            return;
        }
        self.0.push(marks | most as u8);
        let mut rest = value - most;
        while rest >= 0x80 {
            self.0.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.0.push(rest as u8);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    Kept,
    Lower,
}

/// The first `:status` among the known fields.
const STATUS: usize = 24;

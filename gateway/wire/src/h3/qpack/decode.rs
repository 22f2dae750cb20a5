//! Reading a section of fields.

use std::ops::ControlFlow;

use super::{huffman, known};

/// Why a section cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// It refers to what nobody has sent, or is cut off: the connection cannot go on (RFC 9204 §2.2).
    Malformed,
    /// Whoever looks at the fields has seen enough.
    Stopped,
}

/// Reads a section and shows each field, name first. `scratch` is room for texts that are unpacked.
///
/// # Errors
/// It cannot be read, or `visit` breaks off.
pub fn decode(
    section: &[u8],
    scratch: &mut Vec<u8>,
    mut visit: impl FnMut(&[u8], &[u8]) -> ControlFlow<()>,
) -> Result<(), Defect> {
    let mut reader = Reader(section);
    // Required Insert Count, and Base: without fields of the connection's own both are nothing.
    if reader.number(8)? != 0 {
        return Err(Defect::Malformed);
    }
    reader.number(7)?;
    while let Some(first) = reader.peek() {
        scratch.clear();
        let flow = if first & 0x80 != 0 {
            let (name, value) = reader.known(first, 0x40, 6)?;
            visit(name.as_bytes(), value.as_bytes())
        } else if first & 0x40 != 0 {
            let (name, _) = reader.known(first, 0x10, 4)?;
            let value = reader.text(7, scratch)?;
            visit(name.as_bytes(), value.of(scratch))
        } else if first & 0x20 != 0 {
            let name = reader.text(3, scratch)?;
            let value = reader.text(7, scratch)?;
            visit(name.of(scratch), value.of(scratch))
        } else {
            // Behind the base, where nothing is.
            return Err(Defect::Malformed);
        };
        if flow.is_break() {
            return Err(Defect::Stopped);
        }
    }
    Ok(())
}

/// A text as it stands in the section, or unpacked.
enum Text<'a> {
    Plain(&'a [u8]),
    Unpacked { from: usize, to: usize },
}

impl<'a> Text<'a> {
    fn of<'s: 'a>(&self, scratch: &'s [u8]) -> &'a [u8] {
        match self {
            Self::Plain(text) => text,
            Self::Unpacked { from, to } => scratch.get(*from..*to).unwrap_or_default(),
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    fn byte(&mut self) -> Result<u8, Defect> {
        let (first, rest) = self.0.split_first().ok_or(Defect::Malformed)?;
        self.0 = rest;
        Ok(*first)
    }

    /// A number whose first byte has so many bits for it (RFC 7541 §5.1); the bits before them are skipped.
    fn number(&mut self, prefix: u32) -> Result<u64, Defect> {
        let most = (1_u64 << prefix) - 1;
        let mut value = u64::from(self.byte()?) & most;
        if value < most {
            return Ok(value);
        }
        for shift in (0..LONGEST).step_by(7) {
            let byte = self.byte()?;
            value += u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Defect::Malformed)
    }

    /// A field that everybody knows; `mark` says that it is one of those.
    fn known(&mut self, first: u8, mark: u8, prefix: u32) -> Result<(&'static str, &'static str), Defect> {
        let index = self.number(prefix)?;
        let found = usize::try_from(index).ok().and_then(known::entry);
        found.filter(|_| first & mark != 0).ok_or(Defect::Malformed)
    }

    /// A text whose length has so many bits in the first byte, with the bit before them for its code.
    fn text(&mut self, prefix: u32, scratch: &mut Vec<u8>) -> Result<Text<'a>, Defect> {
        let is_packed = self.peek().is_some_and(|first| first >> prefix & 1 == 1);
        let length = usize::try_from(self.number(prefix)?).map_err(|_| Defect::Malformed)?;
        let (text, rest) = self.0.split_at_checked(length).ok_or(Defect::Malformed)?;
        self.0 = rest;
        if !is_packed {
            return Ok(Text::Plain(text));
        }
        let from = scratch.len();
        huffman::decode(text, scratch).map_err(|huffman::Malformed| Defect::Malformed)?;
        Ok(Text::Unpacked { from, to: scratch.len() })
    }
}

/// Nothing longer than 2^56 is meant.
const LONGEST: u32 = 56;

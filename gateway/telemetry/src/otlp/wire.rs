//! Messages of Protocol Buffers, written in one pass into one buffer.

use std::borrow::Cow;

/// A message that is being written: its fields, one behind the other.
pub(crate) struct Message<'a>(pub(crate) &'a mut Vec<u8>);

/// The value of an attribute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Text(&'a [u8]),
    Number(i64),
    Fraction(f64),
    List(&'a [&'a [u8]]),
}

impl Message<'_> {
    /// A number that is left out when it is zero, as everything that is not there is.
    pub(crate) fn number(&mut self, field: u32, value: u64) {
        if value != 0 {
            self.tag(field, VARINT);
            varint(value, self.0);
        }
    }

    /// Four bytes.
    pub(crate) fn fixed32(&mut self, field: u32, value: u32) {
        self.tag(field, FIXED32);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    /// Eight bytes.
    pub(crate) fn fixed64(&mut self, field: u32, value: u64) {
        self.tag(field, FIXED64);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    /// A number with a fraction.
    pub(crate) fn double(&mut self, field: u32, value: f64) {
        self.fixed64(field, value.to_bits());
    }

    pub(crate) fn bytes(&mut self, field: u32, bytes: &[u8]) {
        self.tag(field, LENGTH);
        varint(bytes.len() as u64, self.0);
        self.0.extend_from_slice(bytes);
    }

    /// Text has to be UTF-8: what is not becomes a mark that says so.
    pub(crate) fn text(&mut self, field: u32, text: &[u8]) {
        match String::from_utf8_lossy(text) {
            Cow::Borrowed(text) => self.bytes(field, text.as_bytes()),
            Cow::Owned(text) => self.bytes(field, text.as_bytes()),
        }
    }

    /// A message within this one.
    pub(crate) fn message(&mut self, field: u32, write: impl FnOnce(&mut Message<'_>)) {
        self.tag(field, LENGTH);
        // Most are short: then one byte says how long they are, and nothing has to be moved.
        let start = self.0.len() + 1;
        self.0.push(0);
        write(&mut Message(self.0));
        let length = self.0.len() - start;
        let mut said = Vec::new();
        if let (Ok(short @ 0..=127), Some(place)) = (u8::try_from(length), self.0.get_mut(start - 1)) {
            *place = short;
            return;
        }
        varint(length as u64, &mut said);
        self.0.splice(start - 1..start, said);
    }

    /// Numbers of eight bytes behind one tag.
    pub(crate) fn packed(&mut self, field: u32, values: impl ExactSizeIterator<Item = u64>) {
        self.tag(field, LENGTH);
        varint(8 * values.len() as u64, self.0);
        values.for_each(|value| self.0.extend_from_slice(&value.to_le_bytes()));
    }

    /// An attribute: a name and a value.
    pub(crate) fn attribute(&mut self, field: u32, name: &str, value: Value<'_>) {
        self.message(field, |pair| {
            pair.text(1, name.as_bytes());
            pair.message(2, |any| any.value(value));
        });
    }

    fn value(&mut self, value: Value<'_>) {
        match value {
            Value::Text(text) => self.text(1, text),
            // Written even when it is zero: which one of the kinds it is would not be known otherwise.
            Value::Number(number) => {
                self.tag(3, VARINT);
                varint(number.cast_unsigned(), self.0);
            }
            Value::Fraction(number) => self.double(4, number),
            Value::List(texts) => self.message(5, |list| {
                texts.iter().for_each(|text| list.message(1, |any| any.text(1, text)));
            }),
        }
    }

    fn tag(&mut self, field: u32, kind: u32) {
        varint(u64::from(field << 3 | kind), self.0);
    }
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    loop {
        let [low, ..] = value.to_le_bytes();
        value >>= 7;
        if value == 0 {
            out.push(low & 0x7f);
            return;
        }
        out.push(low | 0x80);
    }
}

const VARINT: u32 = 0;
const FIXED64: u32 = 1;
const LENGTH: u32 = 2;
const FIXED32: u32 = 5;

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Message<'_>)) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(&mut Message(&mut bytes));
        bytes
    }

    #[test]
    fn fields_are_written_as_the_definition_of_the_format_shows_them() {
        // The examples of the documentation of the format.
        assert_eq!(written(|m| m.number(1, 150)), [0x08, 0x96, 0x01]);
        assert_eq!(written(|m| m.text(2, b"testing")), b"\x12\x07testing");
        assert_eq!(written(|m| m.message(3, |m| m.number(1, 150))), [0x1a, 0x03, 0x08, 0x96, 0x01]);
        assert!(written(|m| m.number(1, 0)).is_empty());
        assert_eq!(written(|m| m.fixed32(16, 257)), [0x85, 0x01, 1, 1, 0, 0]);
        assert_eq!(written(|m| m.double(1, 1.0)), [0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
    }

    #[test]
    fn a_long_message_says_how_long_it_is() {
        for length in [127_usize, 128, 300, 20_000] {
            let text = vec![b'x'; length];
            let bytes = written(|m| m.message(1, |m| m.bytes(2, &text)));
            let mut expected = vec![0x0a];
            let mut inner = vec![0x12];
            varint(length as u64, &mut inner);
            inner.extend_from_slice(&text);
            varint(inner.len() as u64, &mut expected);
            expected.extend_from_slice(&inner);
            assert_eq!(bytes, expected, "{length}");
        }
    }

    #[test]
    fn text_that_is_none_stays_a_text() {
        assert_eq!(written(|m| m.text(1, b"a\xff")), "\x0a\x04a\u{fffd}".as_bytes());
    }

    #[test]
    fn a_number_of_an_attribute_is_there_even_when_it_is_zero() {
        assert_eq!(
            written(|m| m.attribute(9, "n", Value::Number(0))),
            [0x4a, 7, 0x0a, 1, b'n', 0x12, 2, 0x18, 0]
        );
        assert_eq!(written(|m| m.attribute(9, "n", Value::Number(-1))).len(), 18);
    }
}

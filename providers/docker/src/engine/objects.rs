//! Objects of JSON that arrive one behind the other, in pieces of any size.
//!
//! Owns the bytes that were read and not yet taken. Must not know what the objects mean. Invariant: every byte is looked
//! at once, however small the pieces are.

/// Bytes, cut into objects.
#[derive(Default)]
pub(super) struct Objects {
    bytes: Vec<u8>,
    /// Where the next object begins, or white space before it.
    start: usize,
    /// How far was looked for its end.
    looked: usize,
    depth: usize,
    inside: Inside,
}

#[derive(Default, PartialEq, Eq)]
enum Inside {
    #[default]
    Structure,
    Text,
    /// Behind a backslash.
    Escape,
}

/// There is something else than an object.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoObject;

impl Objects {
    /// Where pieces are added.
    pub(super) fn room(&mut self) -> &mut Vec<u8> {
        // What was taken goes at once and not object by object, as all behind it has to move.
        self.bytes.drain(..self.start);
        self.looked -= self.start;
        self.start = 0;
        &mut self.bytes
    }

    /// The next object, when all of it is there.
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>, NoObject> {
        while let Some(byte) = self.bytes.get(self.looked) {
            self.looked += 1;
            match (&self.inside, byte) {
                (Inside::Escape, _) => self.inside = Inside::Text,
                (Inside::Text, b'\\') => self.inside = Inside::Escape,
                (Inside::Text, b'"') => self.inside = Inside::Structure,
                (Inside::Text, _) => {}
                (Inside::Structure, b'{') => self.depth += 1,
                (Inside::Structure, byte) if self.depth == 0 => {
                    if !byte.is_ascii_whitespace() {
                        return Err(NoObject);
                    }
                    self.start = self.looked;
                }
                (Inside::Structure, b'"') => self.inside = Inside::Text,
                (Inside::Structure, b'}') => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        let start = std::mem::replace(&mut self.start, self.looked);
                        return Ok(self.bytes.get(start..self.looked));
                    }
                }
                (Inside::Structure, _) => {}
            }
        }
        Ok(None)
    }

    /// How much waits.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    /// Whether something waits that is no white space.
    pub(super) fn has_more(&self) -> bool {
        self.bytes.iter().skip(self.start).any(|byte| !byte.is_ascii_whitespace())
    }
}

//! The fields of one head, in order, in one buffer.
//!
//! Received bytes are copied in once; a changed or added value is appended and its span moved. Reusing the
//! value for the next request costs no allocation. Names compare without case; names the gateway knows compare
//! by number.
//!
//! Every name that is set, added or removed after a head was received is remembered ([`Claimed`]), so that what the
//! client or the server sends later, or in another spelling, cannot undo it.

use std::fmt;

use bytes::Bytes;
use windrose_wire::field::{Id, is_spelling};
use windrose_wire::head::{FieldSpan, is_token, is_value};

mod claimed;
mod odd_names;

pub use claimed::Claimed;
pub use odd_names::{OddNames, Treatment};

/// The fields of one head.
#[derive(Clone, Default)]
pub struct Headers {
    bytes: Vec<u8>,
    /// The fields, and behind them the names that are withheld and those that were claimed, as spans without a value.
    spans: Vec<FieldSpan>,
    claims: u32,
    withheld: u16,
    spellings: Spellings,
}

/// What becomes of other spellings of a name when its field is set, added or removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Spellings {
    /// They are other fields.
    #[default]
    Apart,
    /// They go.
    Merged,
}

/// How a field is asked for: by number when the gateway knows the name, by text otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    id: Id,
    text: &'a [u8],
}

/// A field name kept for later, as a configured middleware does: checked and numbered once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    id: Id,
    text: Box<str>,
}

/// One field, as it stands.
#[derive(Clone, Copy)]
pub struct Field<'a> {
    /// The name's number.
    pub id: Id,
    /// The name as written.
    pub name: &'a [u8],
    /// The value as written.
    pub value: &'a [u8],
}

/// A name that is no token, or a value with control characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidField {
    /// The name is empty or holds a character that names may not have.
    #[error("not a valid header name")]
    Name,
    /// The value holds a control character.
    #[error("not a valid header value")]
    Value,
}

impl From<Id> for Key<'static> {
    fn from(id: Id) -> Self {
        Self { id, text: id.text().as_bytes() }
    }
}

impl<'a> From<&'a str> for Key<'a> {
    fn from(text: &'a str) -> Self {
        Self::from(text.as_bytes())
    }
}

impl<'a> From<&'a [u8]> for Key<'a> {
    fn from(text: &'a [u8]) -> Self {
        Self { id: Id::of(text), text }
    }
}

impl<'a> From<&'a Name> for Key<'a> {
    fn from(name: &'a Name) -> Self {
        Self { id: name.id, text: name.text.as_bytes() }
    }
}

impl Name {
    /// Checks and numbers a name.
    ///
    /// # Errors
    /// The text is no token.
    pub fn new(text: &str) -> Result<Self, InvalidField> {
        if text.is_empty() || text.len() > usize::from(u16::MAX) || !text.bytes().all(is_token) {
            return Err(InvalidField::Name);
        }
        Ok(Self { id: Id::of(text.as_bytes()), text: text.into() })
    }

    /// The name as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The name's number.
    #[must_use]
    pub const fn id(&self) -> Id {
        self.id
    }
}

impl Key<'_> {
    fn is(self, field: Field<'_>) -> bool {
        self.id == field.id && (self.id != Id::OTHER || self.text.eq_ignore_ascii_case(field.name))
    }

    /// The same, without making slices of fields that are others.
    fn names(self, bytes: &[u8], span: &FieldSpan) -> bool {
        self.id == span.id
            && (self.id != Id::OTHER || self.text.eq_ignore_ascii_case(field(bytes, span).name))
    }
}

impl Headers {
    /// No fields.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), spans: Vec::new(), claims: 0, withheld: 0, spellings: Spellings::Apart }
    }

    /// Takes over the fields of a parsed head: `head` is copied, `spans` are swapped in and the old ones given
    /// back for reuse.
    pub fn load(&mut self, head: &[u8], spans: &mut Vec<FieldSpan>) {
        self.clear();
        self.bytes.extend_from_slice(head);
        std::mem::swap(&mut self.spans, spans);
        spans.clear();
    }

    /// Makes room for so many received fields and for the few that are usually added.
    pub fn reserve(&mut self, fields: usize) {
        self.spans.reserve(fields + USUALLY_ADDED);
    }

    /// Takes over one received field. A name or value that may not stand in a head is left out.
    pub fn receive<'k>(&mut self, key: impl Into<Key<'k>>, value: impl AsRef<[u8]>) {
        self.add(key.into(), value.as_ref());
    }

    /// From here on a field that is set, added or removed loses its other spellings (`X_User` beside `X-User`), which
    /// servers take for the same field; those that the gateway itself has set stay.
    pub const fn merge_spellings(&mut self) {
        self.spellings = Spellings::Merged;
    }

    /// Keeps the fields of a name to ourselves: they are seen here and not sent on, unless the gateway sets them.
    pub fn withhold(&mut self, name: &[u8]) {
        let (Ok(name_len), Some(withheld)) = (u16::try_from(name.len()), self.withheld.checked_add(1)) else {
            self.take(name);
            return;
        };
        let (at, _) = self.store(name);
        let place = self.spans.len() - self.claims as usize;
        self.spans.insert(place, FieldSpan { name: at, name_len, id: Id::of(name), value: 0, value_len: 0 });
        self.withheld = withheld;
    }

    /// Whether a field of this name is not sent on.
    #[must_use]
    #[inline]
    pub fn is_withheld(&self, name: &[u8]) -> bool {
        self.withheld > 0 && self.is_among_withheld(name)
    }

    fn is_among_withheld(&self, name: &[u8]) -> bool {
        let key = Key::from(name);
        self.withheld().iter().any(|span| key.names(&self.bytes, span)) && !self.is_claimed(key)
    }

    /// The names of what was set, added, removed or withheld: what comes later must not have them.
    #[must_use]
    pub fn claimed(&self) -> Claimed {
        let mut claimed = Claimed::new();
        for span in self.withheld().iter().chain(self.claims()) {
            claimed.insert(span.id, self.field(span).name);
        }
        claimed
    }

    /// Whether there are any.
    #[must_use]
    #[inline]
    pub const fn has_claims(&self) -> bool {
        self.claims > 0 || self.withheld > 0
    }

    /// Whether the gateway has settled this name, in this spelling.
    #[must_use]
    pub fn is_claimed<'k>(&self, key: impl Into<Key<'k>>) -> bool {
        let key = key.into();
        self.claims().iter().any(|span| key.names(&self.bytes, span))
    }

    /// Settles a name as it stands: nobody's later word about it counts.
    pub fn claim<'k>(&mut self, key: impl Into<Key<'k>>) {
        let key = key.into();
        if self.spellings == Spellings::Merged {
            self.drop_other_spellings(key);
        }
        let name_len = u16::try_from(key.text.len()).unwrap_or(0);
        if name_len == 0 || self.is_claimed(key) {
            return;
        }
        let (name, _) = self.store(key.text);
        self.spans.push(FieldSpan { name, name_len, id: key.id, value: 0, value_len: 0 });
        self.claims += 1;
    }

    fn drop_other_spellings(&mut self, key: Key<'_>) {
        let is_dropped = |headers: &Self, name: &[u8]| {
            is_spelling(name, key.text) && !name.eq_ignore_ascii_case(key.text) && !headers.is_claimed(name)
        };
        let mut at = 0;
        while let Some(span) = self.fields().get(at) {
            if is_dropped(self, self.field(span).name) {
                self.spans.remove(at);
            } else {
                at += 1;
            }
        }
    }

    /// Forgets all fields and keeps the room.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.spans.clear();
        (self.claims, self.withheld) = (0, 0);
        self.spellings = Spellings::Apart;
    }

    /// Gives back room that a large head took.
    pub fn shrink(&mut self, limit: usize) {
        if self.bytes.capacity() > limit {
            *self = Self::new();
        }
    }

    /// The number of fields.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields().len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields().is_empty()
    }

    /// How many bytes are kept for names and values, of fields that were removed too.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.bytes.len()
    }

    /// All fields in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Field<'_>> + Clone {
        self.fields().iter().map(|span| self.field(span))
    }

    /// All fields in order, each with its value as a piece of one copy that all of them share.
    pub fn shared(&self) -> impl Iterator<Item = (Field<'_>, Bytes)> {
        let text = Bytes::copy_from_slice(&self.bytes);
        self.fields().iter().map(move |span| {
            let value = span.value as usize..span.value as usize + span.value_len as usize;
            let is_there = value.end <= text.len();
            (self.field(span), if is_there { text.slice(value) } else { Bytes::new() })
        })
    }

    /// The first value of a field.
    pub fn get<'k>(&self, key: impl Into<Key<'k>>) -> Option<&[u8]> {
        let key = key.into();
        self.fields().iter().find(|span| key.names(&self.bytes, span)).map(|span| self.field(span).value)
    }

    /// The first value of a field, when it is text.
    pub fn get_str<'k>(&self, key: impl Into<Key<'k>>) -> Option<&str> {
        std::str::from_utf8(self.get(key)?).ok()
    }

    /// All values of a field, in order.
    pub fn get_all<'s, 'k: 's>(&'s self, key: impl Into<Key<'k>>) -> impl Iterator<Item = &'s [u8]> {
        let key = key.into();
        self.fields()
            .iter()
            .filter(move |span| key.names(&self.bytes, span))
            .map(|span| self.field(span).value)
    }

    /// Whether the field is there.
    pub fn contains<'k>(&self, key: impl Into<Key<'k>>) -> bool {
        self.get(key).is_some()
    }

    /// Whether one of the field's comma-separated tokens is `token`, whatever its case.
    pub fn has_token(&self, key: impl Into<Key<'static>>, token: &str) -> bool {
        let key = key.into();
        self.iter().filter(|field| key.is(*field)).any(|field| {
            field
                .value
                .split(|byte| *byte == b',')
                .any(|part| part.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
        })
    }

    /// Removes every field of that name; says whether there was one.
    pub fn remove<'k>(&mut self, key: impl Into<Key<'k>>) -> bool {
        let key = key.into();
        self.claim(key);
        self.take(key)
    }

    /// The same without remembering it: for what a message was read by.
    pub fn take<'k>(&mut self, key: impl Into<Key<'k>>) -> bool {
        let key = key.into();
        let before = self.len();
        self.retain(|field| !key.is(field));
        before != self.len()
    }

    /// Keeps the fields for which `keep` says so; the names of the others are not remembered.
    pub fn retain(&mut self, mut keep: impl FnMut(Field<'_>) -> bool) {
        let mut fields = self.len();
        let bytes = &self.bytes;
        if fields == self.spans.len() {
            self.spans.retain(|span| keep(field(bytes, span)));
            return;
        }
        self.spans.retain(|span| {
            let is_field = fields > 0;
            fields = fields.saturating_sub(1);
            !is_field || keep(field(bytes, span))
        });
    }

    /// Makes `value` the field's only value, in the place of its first one. A name or value that may not stand
    /// in a head is left out.
    pub fn set<'k>(&mut self, key: impl Into<Key<'k>>, value: impl AsRef<[u8]>) {
        let (key, value) = (key.into(), value.as_ref());
        if !is_value(value) {
            return;
        }
        self.claim(key);
        let Some(first) = self.iter().position(|field| key.is(field)) else {
            self.add(key, value);
            return;
        };
        let (at, len) = self.store(value);
        if let Some(span) = self.spans.get_mut(first) {
            (span.value, span.value_len) = (at, len);
        }
        let mut index = 0;
        self.retain(|field| {
            index += 1;
            index <= first + 1 || !key.is(field)
        });
    }

    /// Adds a field after the others. A name or value that may not stand in a head is left out.
    pub fn append<'k>(&mut self, key: impl Into<Key<'k>>, value: impl AsRef<[u8]>) {
        let key = key.into();
        self.claim(key);
        self.add(key, value.as_ref());
    }

    fn add(&mut self, key: Key<'_>, value: &[u8]) {
        let name_len = u16::try_from(key.text.len()).unwrap_or(0);
        if name_len == 0 || !is_value(value) || !key.text.iter().all(|byte| is_token(*byte)) {
            return;
        }
        let (name, _) = self.store(key.text);
        let (value, value_len) = self.store(value);
        self.insert(FieldSpan { name, name_len, id: key.id, value, value_len });
    }

    /// Adds a field that is the gateway's alone, so that nothing of its name can be there or come; a value with control
    /// characters is left out.
    pub fn push(&mut self, id: Id, value: &[u8]) {
        if !is_value(value) {
            return;
        }
        let name = id.text().as_bytes();
        let (name, name_len) = self.store(name);
        let (value, value_len) = self.store(value);
        self.insert(FieldSpan { name, name_len: u16::try_from(name_len).unwrap_or(0), id, value, value_len });
    }

    /// Writes all fields that `keep` wants as HTTP/1 lines.
    pub fn write(&self, out: &mut Vec<u8>, mut keep: impl FnMut(Field<'_>) -> bool) {
        for field in self.iter() {
            if keep(field) {
                write_field(out, field.name, field.value);
            }
        }
    }

    fn insert(&mut self, span: FieldSpan) {
        if self.has_claims() {
            self.spans.insert(self.len(), span);
        } else {
            self.spans.push(span);
        }
    }

    fn fields(&self) -> &[FieldSpan] {
        let notes = self.claims as usize + usize::from(self.withheld);
        self.spans.get(..self.spans.len() - notes).unwrap_or_default()
    }

    fn withheld(&self) -> &[FieldSpan] {
        let end = self.spans.len() - self.claims as usize;
        self.spans.get(end - usize::from(self.withheld)..end).unwrap_or_default()
    }

    fn claims(&self) -> &[FieldSpan] {
        self.spans.get(self.spans.len() - self.claims as usize..).unwrap_or_default()
    }

    fn store(&mut self, text: &[u8]) -> (u32, u32) {
        let at = self.bytes.len();
        self.bytes.extend_from_slice(text);
        // A head is limited long before four gigabytes; one that were not would lose this field, not more.
        (u32::try_from(at).unwrap_or(0), u32::try_from(text.len()).unwrap_or(0))
    }

    fn field(&self, span: &FieldSpan) -> Field<'_> {
        field(&self.bytes, span)
    }
}

/// What the gateway says of a request's way, and what a middleware may settle.
const USUALLY_ADDED: usize = 12;

/// Writes one `Name: value` line.
pub fn write_field(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.reserve(name.len() + value.len() + 4);
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

fn field<'a>(bytes: &'a [u8], span: &FieldSpan) -> Field<'a> {
    let (name, value) = (span.name as usize, span.value as usize);
    Field {
        id: span.id,
        name: bytes.get(name..name + usize::from(span.name_len)).unwrap_or_default(),
        value: bytes.get(value..value + span.value_len as usize).unwrap_or_default(),
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = self
            .iter()
            .map(|field| (String::from_utf8_lossy(field.name), String::from_utf8_lossy(field.value)));
        f.debug_map().entries(fields).finish()
    }
}

#[cfg(test)]
mod tests;

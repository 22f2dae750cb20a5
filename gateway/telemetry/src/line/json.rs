//! A request as one JSON object, its keys in order.

use std::time::Duration;

use super::escape::{json, json_inner};
use super::stamp::Where;
use super::told::Told;
use super::{Facts, Field, Header, Of, Stamps, number};
use crate::access::Kept;

pub(super) fn write(facts: &Facts<'_>, kept: &Kept, stamps: &mut Stamps, out: &mut Vec<u8>) {
    let mut object = Object { kept, out, is_first: true };
    object.out.push(b'{');
    // Small letters come after capitals, and fields of messages stand between them.
    let begins_small = |field: &Field| field.name().starts_with(|first: char| first.is_ascii_lowercase());
    for field in Field::ALL.iter().filter(|field| !begins_small(field)) {
        object.field(facts, stamps, *field);
    }
    object.headers(facts.headers, Of::Downstream, b"downstream_");
    if kept.has(Field::EntryPointName) {
        object.text("entryPointName", facts.entry_point.as_bytes());
    }
    object.text("level", b"info");
    object.text("msg", b"");
    object.headers(facts.headers, Of::Origin, b"origin_");
    object.headers(facts.headers, Of::Request, b"request_");
    object.field(facts, stamps, Field::Span);
    object.key("time");
    object.stamp(|out| stamps.seconds(facts.began + facts.took, out));
    object.field(facts, stamps, Field::Trace);
    object.out.push(b'}');
}

struct Object<'a> {
    kept: &'a Kept,
    out: &'a mut Vec<u8>,
    is_first: bool,
}

impl Object<'_> {
    fn field(&mut self, facts: &Facts<'_>, stamps: &mut Stamps, field: Field) {
        if self.kept.has(field) {
            let kept = self.kept;
            facts.tell(field, kept, &mut Pairs { object: self, stamps });
        }
    }

    /// The fields of one side; several of one name are one value.
    fn headers(&mut self, headers: &[Header<'_>], of: Of, prefix: &[u8]) {
        let own = headers.iter().filter(|field| field.of == of);
        let mut last: Option<&[u8]> = None;
        for field in own {
            match last.replace(field.name) {
                Some(last) if last == field.name => self.out.push(b','),
                Some(_) => {
                    self.out.push(b'"');
                    self.header(prefix, field.name);
                }
                None => self.header(prefix, field.name),
            }
            json_inner(field.value, self.out);
        }
        if last.is_some() {
            self.out.push(b'"');
        }
    }

    /// The name of a field, and the quote before its value.
    fn header(&mut self, prefix: &[u8], name: &[u8]) {
        self.comma();
        self.out.push(b'"');
        self.out.extend_from_slice(prefix);
        // A name is a token, so it needs no escapes but for one character.
        for (place, part) in name.split(|byte| *byte == b'&').enumerate() {
            if place > 0 {
                self.out.extend_from_slice(b"\\u0026");
            }
            self.out.extend_from_slice(part);
        }
        self.out.extend_from_slice(b"\":\"");
    }

    fn comma(&mut self) {
        if !std::mem::take(&mut self.is_first) {
            self.out.push(b',');
        }
    }

    fn key(&mut self, name: &str) {
        self.comma();
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    fn text(&mut self, name: &str, text: &[u8]) {
        self.key(name);
        json(text, self.out);
    }

    fn stamp(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.out.push(b'"');
        write(self.out);
        self.out.push(b'"');
    }
}

/// Writes fields as pairs of an object.
struct Pairs<'o, 'a> {
    object: &'o mut Object<'a>,
    stamps: &'o mut Stamps,
}

impl Told for Pairs<'_, '_> {
    fn text(&mut self, name: &'static str, text: &[u8]) {
        self.object.text(name, text);
    }

    fn number(&mut self, name: &'static str, of: u64) {
        self.object.key(name);
        number(of, self.object.out);
    }

    fn ratio(&mut self, name: &'static str, of: f64) {
        self.object.key(name);
        self.object.out.extend_from_slice(of.to_string().as_bytes());
    }

    fn moment(&mut self, name: &'static str, since: Duration, at: Where) {
        self.object.key(name);
        let stamps = &mut *self.stamps;
        self.object.stamp(|out| stamps.exact(since, at, out));
    }
}

/// The name that everybody but our library has for a cipher suite.
pub(crate) fn cipher(name: &str, out: &mut Vec<u8>) {
    match name.strip_prefix("TLS13_") {
        Some(rest) => {
            out.extend_from_slice(b"TLS_");
            out.extend_from_slice(rest.as_bytes());
        }
        None => out.extend_from_slice(name.as_bytes()),
    }
}

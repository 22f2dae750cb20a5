//! A request as a record of OTLP: the line as its body, and each field of it as an attribute.

use std::time::Duration;

use super::stamp::Where;
use super::told::Told;
use super::{Facts, Field, Of};
use crate::access::Kept;
use crate::otlp::wire::{Message, Value};

/// What a record says besides its fields.
pub(crate) struct Record<'a> {
    /// The line.
    pub(crate) body: &'a [u8],
    /// Trace and span.
    pub(crate) trace: Option<([u8; 16], [u8; 8])>,
    /// Whether the trace is recorded.
    pub(crate) is_sampled: bool,
}

impl Facts<'_> {
    /// Appends the record, as a field of `ScopeLogs`.
    pub(crate) fn record(&self, record: &Record<'_>, kept: &Kept, out: &mut Vec<u8>) {
        Message(out).message(RECORD, |message| {
            message.fixed64(1, nanos(self.began));
            message.number(2, INFO);
            message.text(3, b"info");
            message.message(5, |body| body.text(1, record.body));
            for field in Field::ALL.iter().filter(|field| kept.has(**field)) {
                self.tell(*field, kept, &mut Attributes(message));
            }
            self.fields(message);
            message.fixed32(8, u32::from(record.is_sampled));
            if let Some((trace, span)) = record.trace {
                message.bytes(9, &trace);
                message.bytes(10, &span);
            }
            message.fixed64(11, nanos(self.began + self.took));
        });
    }

    /// The fields of messages; several of one name are one value.
    fn fields(&self, message: &mut Message<'_>) {
        let mut rest = self.headers;
        while let Some(first) = rest.first() {
            let same =
                rest.iter().take_while(|field| (field.of, field.name) == (first.of, first.name)).count();
            let (these, others) = rest.split_at(same);
            let prefix = match first.of {
                Of::Downstream => "downstream_",
                Of::Origin => "origin_",
                Of::Request => "request_",
            };
            let name = format!("{prefix}{}", String::from_utf8_lossy(first.name));
            let values: Vec<&[u8]> = these.iter().map(|field| field.value).collect();
            message.attribute(ATTRIBUTE, &name, Value::Text(&values.join(&b","[..])));
            rest = others;
        }
    }
}

struct Attributes<'m, 'a>(&'m mut Message<'a>);

impl Told for Attributes<'_, '_> {
    fn text(&mut self, name: &'static str, text: &[u8]) {
        self.0.attribute(ATTRIBUTE, name, Value::Text(text));
    }

    fn number(&mut self, name: &'static str, of: u64) {
        self.0.attribute(ATTRIBUTE, name, Value::Number(i64::try_from(of).unwrap_or(i64::MAX)));
    }

    fn ratio(&mut self, name: &'static str, of: f64) {
        self.0.attribute(ATTRIBUTE, name, Value::Fraction(of));
    }

    fn moment(&mut self, name: &'static str, since: Duration, _: Where) {
        self.number(name, nanos(since));
    }
}

fn nanos(since: Duration) -> u64 {
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// The field of `ScopeLogs` that is a record.
const RECORD: u32 = 2;
const ATTRIBUTE: u32 = 6;
const INFO: u64 = 9;

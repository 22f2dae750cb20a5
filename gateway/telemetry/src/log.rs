//! The application log, as records that are sent.

use std::sync::{Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use tracing::Level;
use windrose_observe::{Entry, Listener};

use crate::otlp::wire::{Message, Value};
use crate::push::Outbox;

/// Makes a record of every event. Events are few, so all threads share it.
#[derive(Debug)]
pub(crate) struct LogRecords(Mutex<Outbox>);

impl LogRecords {
    pub(crate) const fn new(out: Outbox) -> Self {
        Self(Mutex::new(out))
    }
}

impl Listener for LogRecords {
    fn hear(&self, entry: &Entry<'_>) {
        // What libraries say of sending would have to be sent again.
        if !entry.target.starts_with("windrose") {
            return;
        }
        let out = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = out.blank();
        write(entry, &mut bytes);
        out.put(bytes, 1);
    }
}

fn write(entry: &Entry<'_>, bytes: &mut Vec<u8>) {
    let since = entry.time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let nanos = u64::try_from(since.as_nanos()).unwrap_or(u64::MAX);
    let (number, text) = severity(entry.level);
    Message(bytes).message(RECORD, |message| {
        message.fixed64(1, nanos);
        message.number(2, number);
        message.text(3, text.as_bytes());
        message.message(5, |body| body.text(1, entry.message.as_bytes()));
        for (name, value) in entry.fields {
            message.attribute(6, name, Value::Text(value.as_bytes()));
        }
        message.fixed64(11, nanos);
    });
}

/// As OpenTelemetry counts them.
fn severity(level: Level) -> (u64, &'static str) {
    match level {
        Level::TRACE => (1, "trace"),
        Level::DEBUG => (5, "debug"),
        Level::INFO => (9, "info"),
        Level::WARN => (13, "warn"),
        Level::ERROR => (17, "error"),
    }
}

/// The field of `ScopeLogs` that is a record.
const RECORD: u32 = 2;

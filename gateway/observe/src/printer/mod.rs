//! The layer that turns `tracing` events into lines.
//!
//! Fields of a span are kept with the span and printed with every event inside it, so that no event
//! repeats which entry point or router it is about. A field set again further in wins.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;
use windrose_config::redact::urls;

use crate::line::{Chain, Colour, Line, Value};
use crate::listen::{Entry, Listener};
use crate::sink::Sink;

/// How lines look.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Style {
    Common(Colour),
    Json,
}

/// Writes each event to a sink. Which levels arrive here is decided before.
pub(crate) struct Printer {
    pub(crate) sink: Arc<Sink>,
    pub(crate) style: Style,
    pub(crate) verbosity: crate::Level,
    pub(crate) clock: fn() -> SystemTime,
    /// Hears of every event besides.
    pub(crate) listener: Option<Arc<dyn Listener>>,
}

impl Printer {
    /// Names the place in the source when the operator asked for details.
    fn caller(&self, event: &Event<'_>) -> Option<(&'static str, u32)> {
        let detailed = matches!(self.verbosity, crate::Level::Trace | crate::Level::Debug);
        let place = event.metadata();
        place.file().zip(place.line()).filter(|_| detailed)
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Printer {
    /// Libraries speak of frames and buffers at levels where we speak of connections; below a
    /// warning they are heard only by those who asked for everything.
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.target().starts_with("windrose")
            || *metadata.level() <= Level::WARN
            || self.verbosity == crate::Level::Trace
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut all = Fields::default();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(fields) = span.extensions().get::<Fields>() {
                fields.values.iter().for_each(|(name, value)| all.set(name, value.clone()));
            }
        }
        event.record(&mut all);

        let line = Line {
            time: (self.clock)(),
            level: *event.metadata().level(),
            caller: self.caller(event),
            message: &all.message,
            fields: &all.values,
        };
        let mut text = String::with_capacity(256);
        match self.style {
            Style::Common(colour) => line.common(colour, &mut text),
            Style::Json => line.json(&mut text),
        }
        self.sink.write(text.as_bytes());
        if let Some(listener) = &self.listener {
            let fields: Vec<(&'static str, &str)> =
                all.values.iter().map(|(name, value)| (*name, value.text())).collect();
            let (time, level, target) = (line.time, line.level, event.metadata().target());
            listener.hear(&Entry { time, level, target, message: &all.message, fields: &fields });
        }
    }
}

/// The fields of a span or an event, in the order they were set.
#[derive(Debug, Default)]
struct Fields {
    message: String,
    values: Vec<(&'static str, Value)>,
}

impl Fields {
    fn set(&mut self, name: &'static str, value: Value) {
        match self.values.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => self.values.push((name, value)),
        }
    }

    fn plain(&mut self, field: &Field, value: impl fmt::Display) {
        self.set(field.name(), Value::Plain(value.to_string()));
    }

    fn text(&mut self, field: &Field, text: String) {
        // Errors and addresses of others may hold a URL as it was written.
        let text = match urls(&text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(shown) => shown,
        };
        if field.name() == "message" {
            self.message = text;
        } else {
            self.set(field.name(), Value::Text(text));
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value.to_owned());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.text(field, Chain(value).to_string());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.plain(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.plain(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.plain(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() {
            self.plain(field, value);
        } else {
            self.text(field, value.to_string());
        }
    }
}

#[cfg(test)]
mod tests;

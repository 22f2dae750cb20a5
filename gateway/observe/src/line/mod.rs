//! One event as one line, in the two formats operators can choose.
//!
//! The invariant of this module: no value can break a line or forge a field. In the common format a
//! value with a space, a quote, a control or a non-ASCII character is quoted and escaped; in JSON
//! the rules of JSON do the same.

use std::error::Error;
use std::fmt::{self, Write};
use std::time::SystemTime;

use tracing::Level;
use windrose_config::harmless::is_harmful;

use crate::time::Rfc3339;

/// A value of a field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Text(String),
    /// A number or a truth value, already in the form both formats share.
    Plain(String),
}

impl Value {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Plain(text) => text,
        }
    }
}

/// An event with the fields of the spans around it, outermost first.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    pub(crate) time: SystemTime,
    pub(crate) level: Level,
    pub(crate) caller: Option<(&'a str, u32)>,
    pub(crate) message: &'a str,
    pub(crate) fields: &'a [(&'static str, Value)],
}

/// Whether the common format is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    Always,
    Never,
}

impl Line<'_> {
    /// Appends the line as `2026-11-21T14:00:00Z ERR message key=value` and a line end.
    pub(crate) fn common(&self, colour: Colour, out: &mut String) {
        paint(out, colour, GREY, |out| put(out, format_args!("{}", Rfc3339(self.time))));
        let (name, code) = short_name(self.level);
        out.push(' ');
        paint(out, colour, code, |out| out.push_str(name));
        if let Some((file, number)) = self.caller {
            put(out, format_args!(" {file}:{number} >"));
        }
        out.push(' ');
        escape_controls(self.message, out);
        for (name, value) in self.fields {
            out.push(' ');
            paint(out, colour, CYAN, |out| put(out, format_args!("{name}=")));
            match value {
                Value::Text(text) if needs_quotes(text) => quote(text, out),
                Value::Text(text) | Value::Plain(text) => out.push_str(text),
            }
        }
        out.push('\n');
    }

    /// Appends the line as one JSON object and a line end.
    pub(crate) fn json(&self, out: &mut String) {
        put(out, format_args!("{{\"level\":\"{}\"", long_name(self.level)));
        for (name, value) in self.fields {
            out.push(',');
            quote(name, out);
            out.push(':');
            match value {
                Value::Text(text) => quote(text, out),
                Value::Plain(text) => out.push_str(text),
            }
        }
        put(out, format_args!(",\"time\":\"{}\"", Rfc3339(self.time)));
        if let Some((file, number)) = self.caller {
            out.push_str(",\"caller\":");
            quote(&format!("{file}:{number}"), out);
        }
        out.push_str(",\"message\":");
        quote(self.message, out);
        out.push_str("}\n");
    }
}

/// Prints an error and what caused it, joined by `: `.
#[derive(Clone, Copy, Debug)]
pub struct Chain<'a>(pub &'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

fn short_name(level: Level) -> (&'static str, &'static str) {
    match level {
        Level::TRACE => ("TRC", BLUE),
        Level::DEBUG => ("DBG", GREY),
        Level::INFO => ("INF", GREEN),
        Level::WARN => ("WRN", YELLOW),
        Level::ERROR => ("ERR", RED),
    }
}

fn long_name(level: Level) -> &'static str {
    match level {
        Level::TRACE => "trace",
        Level::DEBUG => "debug",
        Level::INFO => "info",
        Level::WARN => "warn",
        Level::ERROR => "error",
    }
}

fn paint(out: &mut String, colour: Colour, code: &str, text: impl FnOnce(&mut String)) {
    if colour == Colour::Never {
        return text(out);
    }
    put(out, format_args!("\x1b[{code}m"));
    text(out);
    out.push_str("\x1b[0m");
}

fn needs_quotes(text: &str) -> bool {
    text.is_empty() || text.bytes().any(|byte| !(b'!'..=b'~').contains(&byte) || matches!(byte, b'"' | b'\\'))
}

/// Appends `text` as a JSON string; a C1 control is escaped too, as terminals obey those.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_harmful(c) => put(out, format_args!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

fn escape_controls(text: &str, out: &mut String) {
    for c in text.chars() {
        if is_harmful(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
}

/// Formats into a string, which cannot fail.
fn put(out: &mut String, text: fmt::Arguments<'_>) {
    let _infallible = out.write_fmt(text);
}

const RED: &str = "31";
const GREEN: &str = "32";
const YELLOW: &str = "33";
const BLUE: &str = "34";
const CYAN: &str = "36";
const GREY: &str = "90";

#[cfg(test)]
mod tests;

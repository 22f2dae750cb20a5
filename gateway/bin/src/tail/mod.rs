//! `windrose tail`: requests of a running gateway as they end.

use std::process::ExitCode;

use serde_json::Value;
use windrose_config::harmless;
use windrose_courier::Follow;

use crate::arguments::{Format, Tail};
use crate::client;
use crate::{complain, is_printed};

/// Shows them until the gateway ends or nobody reads any more.
pub(crate) fn run(asked: &Tail) -> ExitCode {
    let query = match asked.filter.as_str() {
        "" => String::new(),
        filter => format!("filter={}", client::encode(filter)),
    };
    let mut events = Events::default();
    let format = asked.format;
    let mut is_read = true;
    let followed = client::follow(&asked.api, "windrose/tail", &query, &mut |piece| {
        events.take(piece, &mut |event, value| is_read &= show(event, value, format));
        if is_read { Follow::On } else { Follow::Enough }
    });
    match followed {
        Ok(()) if !is_read => ExitCode::SUCCESS,
        Ok(()) => {
            complain("error: the gateway has ended\n");
            ExitCode::FAILURE
        }
        Err(unheard) => {
            complain(&format!("error: {}\n", crate::chain(&unheard)));
            ExitCode::FAILURE
        }
    }
}

/// Prints an event; whether somebody reads it.
fn show(event: &str, value: &Value, format: Format) -> bool {
    if event == "dropped" {
        complain(&format!("{} requests could not be shown, they came too fast\n", value["count"]));
        return true;
    }
    let text = match format {
        Format::Json => format!("{value}\n"),
        Format::Text => line(value),
    };
    is_printed(&text)
}

/// A request in a line.
fn line(value: &Value) -> String {
    let text = |name: &str| harmless(value[name].as_str().unwrap_or_default());
    let time = text("time");
    let time = time.split('T').nth(1).unwrap_or_default().trim_end_matches('Z').to_owned();
    let scheme = if value["tls"] == true { "https" } else { "http" };
    let took = value["durationMs"].as_f64().unwrap_or_default();
    let mut line = format!(
        "{time} {:>3} {took:>9.1}ms {:<6} {scheme}://{}{}  {}",
        value["status"],
        text("method"),
        text("host"),
        text("path"),
        text("client"),
    );
    for (name, mark) in [("router", "router"), ("server", "->"), ("error", "!")] {
        let value = text(name);
        if !value.is_empty() {
            line = format!("{line}  {mark} {value}");
        }
    }
    format!("{line}\n")
}

/// Server-sent events, piece by piece.
#[derive(Default)]
struct Events {
    rest: Vec<u8>,
    event: String,
}

impl Events {
    /// Takes a piece, and hands on every event that is whole.
    fn take(&mut self, piece: &[u8], each: &mut dyn FnMut(&str, &Value)) {
        self.rest.extend_from_slice(piece);
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end();
            if line.is_empty() {
                self.event.clear();
            } else if let Some(name) = line.strip_prefix("event:") {
                name.trim().clone_into(&mut self.event);
            } else if let Some(data) = line.strip_prefix("data:")
                && let Ok(value) = serde_json::from_str(data)
            {
                each(&self.event, &value);
            }
        }
        // No line of ours is so long.
        if self.rest.len() > LONGEST {
            self.rest.clear();
        }
    }
}

const LONGEST: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_told_when_they_are_whole() {
        let mut events = Events::default();
        let mut told = Vec::new();
        let text =
            ": listening\n\ndata: {\"a\": 1}\n\nevent: dropped\ndata: {\"count\": 7}\n\ndata: {\"a\": 2}\n\n";
        for piece in text.as_bytes().chunks(5) {
            events.take(piece, &mut |event, value| told.push(format!("{event} {value}")));
        }
        assert_eq!(told, [" {\"a\":1}", "dropped {\"count\":7}", " {\"a\":2}"]);
    }

    #[test]
    fn a_request_is_a_line_whatever_is_in_it() {
        let value = serde_json::json!({
            "time": "2026-01-02T03:04:05Z", "status": 502, "durationMs": 12.34, "method": "GET", "tls": true,
            "host": "a.test", "path": "/x\u{1b}[2J\n", "client": "192.0.2.7", "router": "app@file",
            "server": "http://10.0.0.1", "error": "no connection",
        });
        let line = line(&value);
        assert_eq!(line.matches('\n').count(), 1);
        assert!(!line.contains('\u{1b}'), "{line:?}");
        assert!(line.starts_with("03:04:05 502      12.3ms GET    https://a.test/x"), "{line}");
        assert!(line.ends_with("router app@file  -> http://10.0.0.1  ! no connection\n"), "{line}");
    }
}

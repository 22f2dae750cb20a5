//! `windrose top`: how many requests a running gateway has, how many fail and how long they take.

use std::fmt::Write as _;
use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::thread;

use serde_json::Value;
use windrose_config::harmless;

use crate::arguments::{Top, Until};
use crate::client::{self, Unheard};
use crate::{complain, is_printed};

/// Shows it, again and again unless once is enough.
pub(crate) fn run(asked: &Top) -> ExitCode {
    match show(asked) {
        Ok(()) => ExitCode::SUCCESS,
        Err(unheard) => {
            complain(&format!("error: {}\n", crate::chain(&unheard)));
            ExitCode::FAILURE
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "the time that is counted is waited for, and nothing else")]
fn show(asked: &Top) -> Result<(), Unheard> {
    let clears = asked.until == Until::Interrupted && io::stdout().is_terminal();
    // Requests are counted from the first question on.
    ask(asked)?;
    loop {
        thread::sleep(asked.interval);
        let text = table(&ask(asked)?);
        let text = if clears { format!("{CLEAR}{text}") } else { text };
        if !is_printed(&text) || asked.until == Until::Once {
            return Ok(());
        }
    }
}

fn ask(asked: &Top) -> Result<Value, Unheard> {
    let body = client::get(&asked.api, "windrose/rates", &format!("most={}", asked.most))?;
    let value: Option<Value> = serde_json::from_slice(&body).ok();
    value.filter(|value| value["total"].is_object()).ok_or_else(|| Unheard::no_api(&asked.api))
}

/// All there is, as tables.
fn table(rates: &Value) -> String {
    let mut out = String::new();
    let total = serde_json::Map::from_iter([("all requests".to_owned(), rates["total"].clone())]);
    let seconds = rates["seconds"].as_f64().unwrap_or_default();
    // Writing to a string cannot fail.
    let _ = writeln!(out, "of the last {seconds:.0} seconds, per second\n");
    section(&mut out, "TOTAL", Some(&total));
    for (title, key) in [("ENTRY POINT", "entryPoints"), ("ROUTER", "routers"), ("SERVICE", "services")] {
        section(&mut out, title, rates[key].as_object());
    }
    out
}

fn section(out: &mut String, title: &str, rows: Option<&serde_json::Map<String, Value>>) {
    let Some(rows) = rows.filter(|rows| !rows.is_empty()) else { return };
    let mut rows: Vec<(&String, &Value)> = rows.iter().collect();
    let requests = |row: &Value| row["requests"].as_f64().unwrap_or_default();
    rows.sort_by(|left, right| requests(right.1).total_cmp(&requests(left.1)).then(left.0.cmp(right.0)));
    let _ = writeln!(
        out,
        "{title:<40} {:>10} {:>9} {:>9} {:>10} {:>10} {:>10}",
        "REQUESTS", "4XX", "ERRORS", "P50", "P99", "BYTES"
    );
    for (name, row) in rows {
        let number = |key: &str| row[key].as_f64().unwrap_or_default();
        let _ = writeln!(
            out,
            "{:<40} {:>10.1} {:>9.1} {:>9.1} {:>10} {:>10} {:>10}",
            harmless(name),
            number("requests"),
            number("clientErrors"),
            number("errors"),
            time(&row["p50Ms"]),
            time(&row["p99Ms"]),
            size(number("bytes")),
        );
    }
    out.push('\n');
}

fn time(millis: &Value) -> String {
    match millis.as_f64() {
        None => "-".to_owned(),
        Some(millis) if millis >= 1000.0 => format!("{:.2}s", millis / 1e3),
        Some(millis) => format!("{millis:.1}ms"),
    }
}

fn size(bytes: f64) -> String {
    let units = [(1e9, "G"), (1e6, "M"), (1e3, "k")];
    let unit = units.into_iter().find(|(size, _)| bytes >= *size);
    unit.map_or_else(|| format!("{bytes:.0}"), |(size, name)| format!("{:.1}{name}", bytes / size))
}

/// To the beginning of an empty screen.
const CLEAR: &str = "\u{1b}[H\u{1b}[2J";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_with_the_most_requests_come_first() {
        let rate = |requests: f64| serde_json::json!({"requests": requests, "clientErrors": 0.5, "errors": 0.0, "p50Ms": 1.25, "p99Ms": 2500.0, "bytes": 12_345.0});
        let table = table(&serde_json::json!({
            "seconds": 10.2, "total": rate(3.0), "entryPoints": {}, "services": {},
            "routers": {"a@file": rate(1.0), "b@file": rate(2.0)},
        }));
        let names: Vec<&str> = table.lines().filter_map(|line| line.split_whitespace().next()).collect();
        assert_eq!(names, ["of", "TOTAL", "all", "ROUTER", "b@file", "a@file"]);
        assert!(table.contains("2.0       0.5       0.0      1.2ms      2.50s      12.3k"), "{table}");
    }
}

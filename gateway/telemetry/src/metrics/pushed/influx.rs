//! The line protocol of InfluxDB 2.

use std::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use windrose_courier::{Https, Request};

use crate::metrics::points::{Point, Spread, Value};
use crate::otlp::chain;

/// All points as lines, with labels of the operator's beside theirs.
pub(super) fn lines(points: &[Point], own: &[(String, String)]) -> String {
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let mut text = String::new();
    for point in points {
        text.push_str("traefik.");
        text.push_str(&point.family.measured());
        let own = own.iter().map(|(label, value)| (&**label, &**value));
        let mut tags: Vec<(&str, &str)> =
            point.labels.iter().map(|(label, value)| (*label, &**value)).chain(own).collect();
        tags.sort_unstable();
        // A tag without a value is none.
        for (label, value) in tags.iter().filter(|(_, value)| !value.is_empty()) {
            text.push(',');
            escaped(label, &mut text);
            text.push('=');
            escaped(value, &mut text);
        }
        // Writing to a string cannot fail.
        let _ = match &point.value {
            Value::Count(count) => writeln!(text, " count={count} {nanos}"),
            Value::Level(level) => writeln!(text, " value={level} {nanos}"),
            Value::Spread(spread) => {
                let of = |share| quantile(spread, share);
                let (half, most, more, nearly) = (of(0.5), of(0.9), of(0.95), of(0.99));
                writeln!(text, " p50={half},p90={most},p95={more},p99={nearly} {nanos}")
            }
        };
    }
    text
}

/// Sends lines.
pub(super) async fn send(https: &Https, url: &str, token: &str, lines: &str) -> Result<(), String> {
    if lines.is_empty() {
        return Ok(());
    }
    let mut request = Request::post(url).body("text/plain; charset=utf-8", lines);
    if !token.is_empty() {
        request = request.with("Authorization", format!("Token {token}"));
    }
    let answer = https.send(&request).await.map_err(|error| chain(&error))?;
    if answer.is_success() { Ok(()) } else { Err(format!("it answers {} {}", answer.status, answer.text())) }
}

/// The duration, in seconds, that so large a share took at most: the mean of the bucket that it ends in.
fn quantile(spread: &Spread, share: f64) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "nobody reads so many digits")]
    let rank = spread.count() as f64 * share;
    let mut seen = 0;
    for (count, nanos) in spread.counts.iter().zip(&spread.nanos).filter(|(count, _)| **count > 0) {
        seen += count;
        #[allow(clippy::cast_precision_loss, reason = "nobody reads so many digits")]
        let (so_far, mean) = (seen as f64, *nanos as f64 / *count as f64 / 1e9);
        if so_far >= rank {
            return mean;
        }
    }
    0.0
}

fn escaped(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            ',' | '=' | ' ' => out.extend(['\\', c]),
            '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
}

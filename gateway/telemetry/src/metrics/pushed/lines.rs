//! The lines of StatsD, and those that Datadog has made of them.
//!
//! Durations of one bucket are one line: their mean, and of how many it is one (`@`). So neither counts nor sums are lost,
//! and a busy second is no more than a handful of lines.

use std::collections::HashMap;
use std::fmt::Write;

use crate::metrics::points::{Family, Point, Value};

/// Without labels, which StatsD does not know: all series of a family are one.
pub(super) fn statsd(points: &[Point], prefix: &str) -> Vec<String> {
    let mut merged: Vec<(Family, Value)> = Vec::new();
    let mut places: HashMap<Family, usize> = HashMap::new();
    for point in points {
        match places.get(&point.family).and_then(|place| merged.get_mut(*place)) {
            Some((family, sum)) => add(*family, sum, &point.value),
            None => {
                places.insert(point.family, merged.len());
                merged.push((point.family, point.value.clone()));
            }
        }
    }
    let mut lines = Vec::new();
    for (family, value) in merged {
        let name = format!("{prefix}.{}", family.dotted());
        write(&mut lines, &name, &value, &Form { scale: 1e3, kind: "ms", tags: "" });
    }
    lines
}

/// With labels as tags.
pub(super) fn datadog(points: &[Point], prefix: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for point in points {
        let name = format!("{prefix}.{}", point.family.dotted());
        let pairs: Vec<String> =
            point.labels.iter().map(|(label, value)| format!("{label}:{}", safe(value))).collect();
        let tags = if pairs.is_empty() { String::new() } else { format!("|#{}", pairs.join(",")) };
        write(&mut lines, &name, &point.value, &Form { scale: 1.0, kind: "h", tags: &tags });
    }
    lines
}

struct Form<'a> {
    /// Of seconds.
    scale: f64,
    /// What durations are.
    kind: &'static str,
    tags: &'a str,
}

fn write(lines: &mut Vec<String>, name: &str, value: &Value, form: &Form<'_>) {
    let tags = form.tags;
    match value {
        Value::Count(count) => lines.push(format!("{name}:{count}.000000|c{tags}")),
        Value::Level(level) => lines.push(format!("{name}:{level:.6}|g{tags}")),
        Value::Spread(spread) => {
            for (count, nanos) in spread.counts.iter().zip(&spread.nanos).filter(|(count, _)| **count > 0) {
                #[allow(clippy::cast_precision_loss, reason = "nobody reads so many digits")]
                let (count, mean) = (*count as f64, *nanos as f64 / *count as f64 / 1e9 * form.scale);
                let mut line = format!("{name}:{mean:.6}|{}", form.kind);
                if count > 1.0 {
                    // Writing to a string cannot fail.
                    let _ = write!(line, "|@{}", 1.0 / count);
                }
                lines.push(line + tags);
            }
        }
    }
}

fn add(family: Family, sum: &mut Value, more: &Value) {
    match (sum, more) {
        (Value::Count(sum), Value::Count(more)) => *sum += more,
        // Of all certificates the one that ends first.
        (Value::Level(first), Value::Level(more)) if family == Family::NotAfter => *first = first.min(*more),
        (Value::Level(sum), Value::Level(more)) => *sum += more,
        (Value::Spread(sum), Value::Spread(more)) => {
            sum.counts.iter_mut().zip(&more.counts).for_each(|(sum, more)| *sum += more);
            sum.nanos.iter_mut().zip(&more.nanos).for_each(|(sum, more)| *sum += more);
        }
        _ => {}
    }
}

/// A value that ends neither its tag nor its line.
fn safe(value: &str) -> String {
    value.chars().map(|c| if matches!(c, ',' | '|' | '#') || c.is_control() { '_' } else { c }).collect()
}

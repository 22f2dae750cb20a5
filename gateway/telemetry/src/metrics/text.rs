//! The text form of metrics, version 0.0.4, which readers of Prometheus and of OpenMetrics accept.

use std::fmt::{Display, Write};

/// What is written so far.
#[derive(Debug, Default)]
pub(super) struct Text {
    out: String,
}

/// What a family is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Counter,
    Gauge,
    Histogram,
}

/// Names of labels with their values, sorted by name.
pub(super) type Labels<'a> = [(&'a str, &'a str)];

impl Text {
    /// Begins a family.
    pub(super) fn family(&mut self, name: &str, help: &str, kind: Type) {
        let kind = match kind {
            Type::Counter => "counter",
            Type::Gauge => "gauge",
            Type::Histogram => "histogram",
        };
        self.put(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
    }

    /// Writes one number.
    pub(super) fn sample(&mut self, name: &str, labels: &Labels<'_>, value: impl Display) {
        self.out.push_str(name);
        for (place, (label, text)) in labels.iter().enumerate() {
            self.out.push(if place == 0 { '{' } else { ',' });
            self.out.push_str(label);
            self.out.push_str("=\"");
            for c in text.chars() {
                match c {
                    '\\' => self.out.push_str("\\\\"),
                    '"' => self.out.push_str("\\\""),
                    '\n' => self.out.push_str("\\n"),
                    c => self.out.push(c),
                }
            }
            self.out.push('"');
        }
        if !labels.is_empty() {
            self.out.push('}');
        }
        self.put(format_args!(" {value}\n"));
    }

    /// All of it.
    pub(super) fn finish(self) -> String {
        self.out
    }

    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.out.write_fmt(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_labels_are_escaped() {
        let mut text = Text::default();
        text.family("a_total", "Some.", Type::Counter);
        text.sample("a_total", &[("b", "x\"y\\z\n"), ("c", "é")], 1);
        text.sample("a_total", &[], 0.25);
        assert_eq!(
            text.finish(),
            "# HELP a_total Some.\n# TYPE a_total counter\na_total{b=\"x\\\"y\\\\z\\n\",c=\"é\"} 1\na_total 0.25\n"
        );
    }
}

//! JSON in and out, printed the way Go prints it: keys in order and, unless raw, `<`, `>` and `&` escaped.

use gtmpl_ng::{Func, FuncError, NumberKind, Value};

use super::args::{Args, Outcome};

pub(super) const TABLE: &[(&str, Func)] = charged![
    ("fromJson", from_json),
    ("mustFromJson", must_from_json),
    ("mustToJson", to_json),
    ("mustToPrettyJson", to_pretty_json),
    ("mustToRawJson", to_raw_json),
    ("toJson", to_json),
    ("toPrettyJson", to_pretty_json),
    ("toRawJson", to_raw_json),
];

fn from_json(values: &[Value]) -> Outcome {
    let args = Args::new("fromJson", values, 1..=1)?;
    Ok(serde_json::from_str(args.text(0)?).map_or(Value::Nil, from_serde))
}

fn must_from_json(values: &[Value]) -> Outcome {
    let args = Args::new("mustFromJson", values, 1..=1)?;
    serde_json::from_str(args.text(0)?).map(from_serde).map_err(|error| args.fail(error))
}

fn from_serde(value: serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(value) => value.into(),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(value), _) => value.into(),
            (None, Some(value)) => value.into(),
            (None, None) => number.as_f64().unwrap_or(0.0).into(),
        },
        serde_json::Value::String(text) => text.into(),
        serde_json::Value::Array(values) => Value::Array(values.into_iter().map(from_serde).collect()),
        serde_json::Value::Object(entries) => {
            Value::Map(entries.into_iter().map(|(key, value)| (key, from_serde(value))).collect())
        }
    }
}

fn to_json(values: &[Value]) -> Outcome {
    write("toJson", values, Style { indent: None, escape_html: true })
}

fn to_pretty_json(values: &[Value]) -> Outcome {
    write("toPrettyJson", values, Style { indent: Some("  "), escape_html: true })
}

fn to_raw_json(values: &[Value]) -> Outcome {
    write("toRawJson", values, Style { indent: None, escape_html: false })
}

#[derive(Clone, Copy)]
struct Style {
    indent: Option<&'static str>,
    escape_html: bool,
}

fn write(name: &'static str, values: &[Value], style: Style) -> Outcome {
    let args = Args::new(name, values, 1..=1)?;
    let mut out = String::new();
    style.value(&mut out, args.any(0), 0).map_err(|error| args.fail(error))?;
    Ok(out.into())
}

impl Style {
    fn value(self, out: &mut String, value: &Value, depth: usize) -> Result<(), FuncError> {
        match value {
            Value::NoValue | Value::Nil => out.push_str("null"),
            Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Value::String(text) => self.text(out, text),
            Value::Number(number) => match number.kind() {
                NumberKind::Signed(value) => out.push_str(&value.to_string()),
                NumberKind::Unsigned(value) => out.push_str(&value.to_string()),
                NumberKind::Float(value) if value.is_finite() => out.push_str(&float(value)),
                NumberKind::Float(_) => {
                    return Err(FuncError::Generic("this number has no JSON form".to_owned()));
                }
            },
            Value::Array(values) => {
                self.items(out, ['[', ']'], depth, values.iter(), |out, value| {
                    self.value(out, value, depth + 1)
                })?;
            }
            Value::Map(entries) | Value::Object(entries) => {
                let mut sorted: Vec<_> = entries.iter().collect();
                sorted.sort_by_key(|(key, _)| *key);
                self.items(out, ['{', '}'], depth, sorted.into_iter(), |out, (key, value)| {
                    self.text(out, key);
                    out.push_str(if self.indent.is_some() { ": " } else { ":" });
                    self.value(out, value, depth + 1)
                })?;
            }
            Value::Function(_) => return Err(FuncError::Generic("a function has no JSON form".to_owned())),
        }
        Ok(())
    }

    fn items<I>(
        self,
        out: &mut String,
        [open, close]: [char; 2],
        depth: usize,
        items: impl ExactSizeIterator<Item = I>,
        mut item: impl FnMut(&mut String, I) -> Result<(), FuncError>,
    ) -> Result<(), FuncError> {
        out.push(open);
        let none = items.len() == 0;
        for (at, each) in items.enumerate() {
            if at > 0 {
                out.push(',');
            }
            self.line(out, depth + 1);
            item(out, each)?;
        }
        if !none {
            self.line(out, depth);
        }
        out.push(close);
        Ok(())
    }

    fn line(self, out: &mut String, depth: usize) {
        if let Some(indent) = self.indent {
            out.push('\n');
            (0..depth).for_each(|_| out.push_str(indent));
        }
    }

    fn text(self, out: &mut String, text: &str) {
        out.push('"');
        for c in text.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\u{8}' => out.push_str("\\b"),
                '\u{c}' => out.push_str("\\f"),
                '<' | '>' | '&' if self.escape_html => out.push_str(&format!("\\u{:04x}", u32::from(c))),
                '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => {
                    out.push_str(&format!("\\u{:04x}", u32::from(c)))
                }
                c => out.push(c),
            }
        }
        out.push('"');
    }
}

/// Plain digits, or an exponent where the digits would be many.
fn float(value: f64) -> String {
    if value != 0.0 && !(1e-6..1e21).contains(&value.abs()) {
        let text = format!("{value:e}");
        return match text.split_once('e') {
            Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
            _ => text,
        };
    }
    value.to_string()
}

//! Conversions between text and numbers, and questions about types.

use gtmpl_ng::{Func, NumberKind, Value};

use super::args::{self, Args, Outcome, show};

pub(super) const TABLE: &[(&str, Func)] = charged![
    ("atoi", atoi),
    ("float64", float64),
    ("int", int),
    ("int64", int),
    ("kindIs", kind_is),
    ("kindOf", kind_of),
    ("toDecimal", to_decimal),
    ("toString", to_string),
    ("typeIs", kind_is),
    ("typeOf", type_of),
];

/// Any value as a whole number; what is no number is zero.
pub(super) fn to_int(value: &Value) -> i64 {
    match value {
        Value::Bool(value) => i64::from(*value),
        Value::Number(number) => match number.kind() {
            NumberKind::Signed(value) => value,
            NumberKind::Unsigned(value) => value.cast_signed(),
            NumberKind::Float(value) => value as i64,
        },
        Value::String(text) => parse_int(without_zero_fraction(text)).unwrap_or(0),
        _ => 0,
    }
}

/// Any value as a float; what is no number is zero.
pub(super) fn to_float(value: &Value) -> f64 {
    match value {
        Value::Bool(value) => f64::from(u8::from(*value)),
        Value::Number(number) => args::to_float(*number),
        Value::String(text) => text.parse().unwrap_or(0.0),
        _ => 0.0,
    }
}

fn atoi(values: &[Value]) -> Outcome {
    let args = Args::new("atoi", values, 1..=1)?;
    Ok(args.text(0)?.parse::<i64>().unwrap_or(0).into())
}

fn int(values: &[Value]) -> Outcome {
    let args = Args::new("int", values, 1..=1)?;
    Ok(to_int(args.any(0)).into())
}

fn float64(values: &[Value]) -> Outcome {
    let args = Args::new("float64", values, 1..=1)?;
    Ok(to_float(args.any(0)).into())
}

fn to_decimal(values: &[Value]) -> Outcome {
    let args = Args::new("toDecimal", values, 1..=1)?;
    Ok(i64::from_str_radix(&show(args.any(0)), 8).unwrap_or(0).into())
}

fn to_string(values: &[Value]) -> Outcome {
    let args = Args::new("toString", values, 1..=1)?;
    Ok(Value::String(show(args.any(0))))
}

fn kind_of(values: &[Value]) -> Outcome {
    let args = Args::new("kindOf", values, 1..=1)?;
    Ok(kind(args.any(0)).into())
}

fn kind_is(values: &[Value]) -> Outcome {
    let args = Args::new("kindIs", values, 2..=2)?;
    let (wanted, value) = (args.text(0)?, args.any(1));
    // Our numbers have one width, so every integer kind of Go names it.
    let same_width = kind(value) == "int" && matches!(wanted, "int64" | "int32" | "uint64");
    Ok((wanted == kind(value) || wanted == full_type(value) || same_width).into())
}

fn type_of(values: &[Value]) -> Outcome {
    let args = Args::new("typeOf", values, 1..=1)?;
    Ok(full_type(args.any(0)).into())
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::NoValue | Value::Nil => "invalid",
        Value::Bool(_) => "bool",
        Value::String(_) => "string",
        Value::Array(_) => "slice",
        Value::Map(_) | Value::Object(_) => "map",
        Value::Function(_) => "func",
        Value::Number(number) => match number.kind() {
            NumberKind::Float(_) => "float64",
            _ => "int",
        },
    }
}

fn full_type(value: &Value) -> &'static str {
    match kind(value) {
        "invalid" => "<nil>",
        "slice" => "[]interface {}",
        "map" => "map[string]interface {}",
        other => other,
    }
}

/// Go's integer syntax with base prefix, underscores and octal `017`.
fn parse_int(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.get(..2) {
        Some("0x") => (16, lower.get(2..)?),
        Some("0b") => (2, lower.get(2..)?),
        Some("0o") => (8, lower.get(2..)?),
        Some(other) if other.starts_with('0') => (8, lower.get(1..)?),
        _ => (10, lower.as_str()),
    };
    if digits.starts_with(['+', '-']) || digits.ends_with('_') {
        return None;
    }
    let value = i128::from_str_radix(&digits.replace('_', ""), radix).ok()?;
    i64::try_from(if negative { -value } else { value }).ok()
}

/// `"3.00"` as `"3"`.
fn without_zero_fraction(text: &str) -> &str {
    let kept = text.trim_end_matches('0');
    match kept.strip_suffix('.') {
        Some(whole) if kept.len() < text.len() => whole,
        _ => text,
    }
}

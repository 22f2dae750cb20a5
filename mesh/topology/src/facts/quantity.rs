//! Quantities of Kubernetes as whole weights.
//!
//! Weights of the first version of TrafficSplit are quantities (`500m`, `1`), later ones are numbers. Only their
//! ratio means something, so those of one split are counted in the largest unit in which all of them are whole.

use serde_json::Value;

/// The weights of one split. What cannot be read, and what is below zero, weighs nothing.
pub(super) fn weights(written: &[&Value]) -> Vec<u64> {
    let nanos: Vec<u128> = written.iter().map(|value| nanos_of(value).unwrap_or_default()).collect();
    let unit = UNITS.iter().copied().find(|unit| nanos.iter().all(|nanos| nanos % unit == 0)).unwrap_or(1);
    let mut weights: Vec<u128> = nanos.iter().map(|nanos| nanos / unit).collect();
    // What is too large for a weight is made smaller together with the others.
    while weights.iter().any(|weight| *weight > LARGEST) {
        weights.iter_mut().for_each(|weight| *weight = weight.div_ceil(10));
    }
    weights.into_iter().map(|weight| u64::try_from(weight).unwrap_or_default()).collect()
}

fn nanos_of(value: &Value) -> Option<u128> {
    match value {
        Value::String(text) => nanos(text.trim()),
        Value::Number(number) => nanos(&number.to_string()),
        _ => None,
    }
}

/// `1`, `0.5`, `500m`, `2Ki`, `1e3`: digits and a suffix.
fn nanos(text: &str) -> Option<u128> {
    let text = text.strip_prefix('+').unwrap_or(text);
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let (digits, suffix) = text.split_at(end);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let (multiply, power) = scale(suffix)?;
    if whole.is_empty() && part.is_empty() || part.contains('.') {
        return None;
    }
    let value: u128 = format!("{whole}{part}").parse().ok()?;
    // Nano is the finest there is; what is finer is rounded up, as Kubernetes does.
    let power = power.checked_add(9)?.checked_sub(i32::try_from(part.len()).ok()?)?;
    let value = value.checked_mul(multiply)?;
    if power >= 0 {
        value.checked_mul(10u128.checked_pow(power.unsigned_abs())?)
    } else {
        Some(
            10u128
                .checked_pow(power.unsigned_abs())
                .map_or_else(|| u128::from(value > 0), |unit| value.div_ceil(unit)),
        )
    }
}

/// What a suffix multiplies by: a number, and a power of ten.
fn scale(suffix: &str) -> Option<(u128, i32)> {
    let binary = |power: u32| Some((1024u128.pow(power), 0));
    match suffix {
        "n" => Some((1, -9)),
        "u" => Some((1, -6)),
        "m" => Some((1, -3)),
        "" => Some((1, 0)),
        "k" => Some((1, 3)),
        "M" => Some((1, 6)),
        "G" => Some((1, 9)),
        "T" => Some((1, 12)),
        "P" => Some((1, 15)),
        "E" => Some((1, 18)),
        "Ki" => binary(1),
        "Mi" => binary(2),
        "Gi" => binary(3),
        "Ti" => binary(4),
        "Pi" => binary(5),
        "Ei" => binary(6),
        other => {
            let power: i32 = other.strip_prefix(['e', 'E'])?.parse().ok()?;
            (-30..=30).contains(&power).then_some((1, power))
        }
    }
}

/// One, a thousandth, a millionth and a thousand-millionth, in the last.
const UNITS: [u128; 4] = [1_000_000_000, 1_000_000, 1_000, 1];

/// Weights are added up by whoever uses them.
const LARGEST: u128 = 1_000_000_000;

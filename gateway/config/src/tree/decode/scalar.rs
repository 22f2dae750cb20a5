//! Text read as booleans and numbers, as Go's `strconv` and YAML do.

use crate::tree::Style;

/// A boolean, in any of Go's spellings.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// A whole number. Bare YAML words may use `0x`, `0o`, `0b`, a leading 0 for octal, `_`, or a float without fraction.
pub(super) fn integer(text: &str, style: Style) -> Option<i128> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let negative = text.starts_with('-');
    let magnitude = match style {
        Style::Plain => plain_magnitude(digits).or_else(|| whole_float(digits))?,
        Style::Typed => decimal(digits).or_else(|| whole_float(digits))?,
        Style::Quoted | Style::Bare => decimal(digits)?,
    };
    Some(if negative { -magnitude } else { magnitude })
}

/// A number with a fraction.
pub(super) fn float(text: &str, style: Style) -> Option<f64> {
    if let Some(value) = integer(text, style) {
        // More digits than a float keeps are rounded, as Go does.
        #[expect(clippy::cast_precision_loss, reason = "the target asked for a float")]
        return Some(value as f64);
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let value: f64 = match unsigned.to_ascii_lowercase().as_str() {
        ".inf" | "inf" | "+inf" => f64::INFINITY,
        ".nan" | "nan" => f64::NAN,
        _ if unsigned.starts_with(['+', '-']) => return None,
        _ => unsigned.parse().ok()?,
    };
    Some(if text.starts_with('-') { -value } else { value })
}

fn decimal(digits: &str) -> Option<i128> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

fn plain_magnitude(digits: &str) -> Option<i128> {
    let joined: String;
    let digits = if digits.contains('_') {
        joined = digits.replace('_', "");
        &joined
    } else {
        digits
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let radix = |prefix: [char; 2], radix: u32| {
        let rest = digits.strip_prefix('0')?.strip_prefix(prefix)?;
        if rest.starts_with(['+', '-']) { None } else { i128::from_str_radix(rest, radix).ok() }
    };
    radix(['x', 'X'], 16)
        .or_else(|| radix(['o', 'O'], 8))
        .or_else(|| radix(['b', 'B'], 2))
        .or_else(|| legacy_octal(digits))
        .or_else(|| decimal(digits))
}

fn legacy_octal(digits: &str) -> Option<i128> {
    let rest = digits.strip_prefix('0')?;
    let octal = !rest.is_empty() && rest.bytes().all(|byte| matches!(byte, b'0'..=b'7'));
    octal.then(|| i128::from_str_radix(rest, 8).ok()).flatten()
}

fn whole_float(digits: &str) -> Option<i128> {
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let value: f64 = digits.parse().ok()?;
    let exact = value.fract() == 0.0 && value.abs() < EXACT;
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and below 2^53")]
    exact.then_some(value as i128)
}

/// Above this a float does not tell neighbouring whole numbers apart.
const EXACT: f64 = 9_007_199_254_740_992.0;

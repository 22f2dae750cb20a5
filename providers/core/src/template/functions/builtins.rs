//! The engine's own functions that make values: the same, but charged for, and refused before they grow.

use gtmpl_ng::{Func, Value, funcs};

use super::args::{Args, Outcome, show};

pub(super) const TABLE: &[(&str, Func)] = charged![
    ("html", funcs::html),
    ("index", funcs::index),
    ("js", funcs::js),
    ("print", funcs::print),
    ("printf", printf),
    ("println", funcs::println),
    ("slice", funcs::slice),
    ("urlquery", funcs::urlquery),
];

/// Widths pad, and indexes such as `%[1]s` repeat an argument, so the format alone may ask for any amount.
fn printf(values: &[Value]) -> Outcome {
    let args = Args::new("printf", values, 1..=usize::MAX)?;
    let format = args.text(0)?;
    let lengths = args.from(1).iter().map(|value| show(value).len());
    let verbs = format.matches('%').count();
    let arguments = match format.contains('[') {
        true => lengths.max().unwrap_or(0).saturating_mul(verbs),
        false => lengths.sum(),
    };
    let numbers = args.from(1).iter().filter_map(|value| match value {
        Value::Number(number) => number.as_i64(),
        _ => None,
    });
    let widest = numbers.map(i64::unsigned_abs).max().filter(|_| format.contains('*')).unwrap_or(0);
    let widest = usize::try_from(widest).unwrap_or(usize::MAX).min(WIDEST);
    let padding = widths(format).saturating_add(verbs.saturating_mul(widest));
    args.produce(format.len().saturating_add(arguments).saturating_add(padding))?;
    funcs::printf(values)
}

/// All numbers between a `%` and the letter of its verb.
fn widths(format: &str) -> usize {
    let mut sum = 0_usize;
    for verb in format.split('%').skip(1) {
        let end = verb.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(verb.len());
        let numbers = verb.get(..end).unwrap_or_default().split(|c: char| !c.is_ascii_digit());
        let numbers = numbers.filter(|digits| !digits.is_empty());
        // What is too long to be a number is too long to be a width.
        sum = numbers.map(|digits| digits.parse().unwrap_or(0).min(WIDEST)).fold(sum, usize::saturating_add);
    }
    sum
}

/// The largest width that the engine pads to.
const WIDEST: usize = 1_000_000;

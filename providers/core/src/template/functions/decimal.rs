//! Decimal arithmetic, so that 0.1 + 0.2 is 0.3.
//!
//! A number is an integer times a power of ten. What does not fit is computed with floats.

/// A decimal number: `units × 10^-scale`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decimal {
    units: i128,
    scale: u32,
}

/// One of the four operations.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// Folds `numbers` from the left. Nothing when a divisor is zero.
pub(super) fn fold(operation: Operation, first: f64, numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let mut result = first;
    for number in numbers {
        if matches!(operation, Operation::Divide) && number == 0.0 {
            return None;
        }
        result = exact(operation, result, number).unwrap_or_else(|| rough(operation, result, number));
    }
    Some(result)
}

fn exact(operation: Operation, left: f64, right: f64) -> Option<f64> {
    let (left, right) = (Decimal::read(left)?, Decimal::read(right)?);
    let result = match operation {
        Operation::Add | Operation::Subtract => {
            let scale = left.scale.max(right.scale);
            let (a, b) = (left.at(scale)?, right.at(scale)?);
            let units = match operation {
                Operation::Add => a.checked_add(b)?,
                _ => a.checked_sub(b)?,
            };
            Decimal { units, scale }
        }
        Operation::Multiply => Decimal {
            units: left.units.checked_mul(right.units)?,
            scale: left.scale.checked_add(right.scale)?,
        },
        Operation::Divide => {
            let scale = left.scale.max(right.scale);
            let (a, b) = (left.at(scale)?.checked_mul(10_i128.pow(PLACES))?, right.at(scale)?);
            let half = if (a < 0) == (b < 0) { b.abs() / 2 } else { -(b.abs() / 2) };
            Decimal { units: a.checked_add(half * b.signum())?.checked_div(b)?, scale: PLACES }
        }
    };
    format!("{}e-{}", result.units, result.scale).parse().ok()
}

fn rough(operation: Operation, left: f64, right: f64) -> f64 {
    match operation {
        Operation::Add => left + right,
        Operation::Subtract => left - right,
        Operation::Multiply => left * right,
        Operation::Divide => left / right,
    }
}

impl Decimal {
    /// The decimal a float prints as.
    fn read(value: f64) -> Option<Self> {
        let text = value.to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let scale = u32::try_from(fraction.len()).ok()?;
        Some(Self { units: format!("{whole}{fraction}").parse().ok()?, scale })
    }

    fn at(self, scale: u32) -> Option<i128> {
        self.units.checked_mul(10_i128.checked_pow(scale.checked_sub(self.scale)?)?)
    }
}

/// Digits after the point that a quotient keeps.
const PLACES: u32 = 16;

//! Arithmetic and number sequences.

use gtmpl_ng::{Func, FuncError, Value, limits};

use super::args::{Args, Outcome};
use super::casts::{to_float, to_int};
use super::decimal::{Operation, fold};

pub(super) const TABLE: &[(&str, Func)] = charged![
    ("add", add),
    ("add1", add1),
    ("add1f", add1f),
    ("addf", addf),
    ("biggest", max),
    ("ceil", ceil),
    ("div", div),
    ("divf", divf),
    ("floor", floor),
    ("max", max),
    ("maxf", maxf),
    ("min", min),
    ("minf", minf),
    ("mod", modulo),
    ("mul", mul),
    ("mulf", mulf),
    ("round", round),
    ("seq", seq),
    ("sub", sub),
    ("subf", subf),
    ("until", until),
    ("untilStep", until_step),
];

fn add(values: &[Value]) -> Outcome {
    Ok(values.iter().map(to_int).fold(0, i64::wrapping_add).into())
}

fn add1(values: &[Value]) -> Outcome {
    let args = Args::new("add1", values, 1..=1)?;
    Ok(to_int(args.any(0)).wrapping_add(1).into())
}

fn sub(values: &[Value]) -> Outcome {
    let args = Args::new("sub", values, 2..=2)?;
    Ok(to_int(args.any(0)).wrapping_sub(to_int(args.any(1))).into())
}

fn mul(values: &[Value]) -> Outcome {
    Args::new("mul", values, 1..=usize::MAX)?;
    Ok(values.iter().map(to_int).fold(1, i64::wrapping_mul).into())
}

fn div(values: &[Value]) -> Outcome {
    let args = Args::new("div", values, 2..=2)?;
    match to_int(args.any(1)) {
        0 => Err(args.fail("division by zero")),
        by => Ok(to_int(args.any(0)).wrapping_div(by).into()),
    }
}

fn modulo(values: &[Value]) -> Outcome {
    let args = Args::new("mod", values, 2..=2)?;
    match to_int(args.any(1)) {
        0 => Err(args.fail("division by zero")),
        by => Ok(to_int(args.any(0)).wrapping_rem(by).into()),
    }
}

fn add1f(values: &[Value]) -> Outcome {
    let args = Args::new("add1f", values, 1..=1)?;
    decimal(args, Operation::Add, to_float(args.any(0)), &[1_i64.into()])
}

fn addf(values: &[Value]) -> Outcome {
    decimal(Args::new("addf", values, 0..=usize::MAX)?, Operation::Add, 0.0, values)
}

fn subf(values: &[Value]) -> Outcome {
    folded("subf", Operation::Subtract, values)
}

fn mulf(values: &[Value]) -> Outcome {
    folded("mulf", Operation::Multiply, values)
}

fn divf(values: &[Value]) -> Outcome {
    folded("divf", Operation::Divide, values)
}

fn folded(name: &'static str, operation: Operation, values: &[Value]) -> Outcome {
    let args = Args::new(name, values, 1..=usize::MAX)?;
    decimal(args, operation, to_float(args.any(0)), args.from(1))
}

fn decimal(args: Args<'_>, operation: Operation, first: f64, others: &[Value]) -> Outcome {
    let result = fold(operation, first, others.iter().map(to_float));
    result.map(Value::from).ok_or_else(|| args.fail("division by zero"))
}

fn max(values: &[Value]) -> Outcome {
    Args::new("max", values, 1..=usize::MAX)?;
    Ok(values.iter().map(to_int).max().unwrap_or(0).into())
}

fn min(values: &[Value]) -> Outcome {
    Args::new("min", values, 1..=usize::MAX)?;
    Ok(values.iter().map(to_int).min().unwrap_or(0).into())
}

fn maxf(values: &[Value]) -> Outcome {
    Args::new("maxf", values, 1..=usize::MAX)?;
    Ok(values.iter().map(to_float).fold(f64::NEG_INFINITY, f64::max).into())
}

fn minf(values: &[Value]) -> Outcome {
    Args::new("minf", values, 1..=usize::MAX)?;
    Ok(values.iter().map(to_float).fold(f64::INFINITY, f64::min).into())
}

fn floor(values: &[Value]) -> Outcome {
    let args = Args::new("floor", values, 1..=1)?;
    Ok(to_float(args.any(0)).floor().into())
}

fn ceil(values: &[Value]) -> Outcome {
    let args = Args::new("ceil", values, 1..=1)?;
    Ok(to_float(args.any(0)).ceil().into())
}

fn round(values: &[Value]) -> Outcome {
    let args = Args::new("round", values, 2..=3)?;
    let places = i32::try_from(args.int(1)?).map_err(|_| args.fail("too many places"))?;
    let up_from = if values.len() > 2 { to_float(args.any(2)) } else { 0.5 };
    let power = 10_f64.powi(places);
    let scaled = to_float(args.any(0)) * power;
    let whole = if scaled.fract() >= up_from { scaled.ceil() } else { scaled.floor() };
    Ok((whole / power).into())
}

fn until(values: &[Value]) -> Outcome {
    let args = Args::new("until", values, 1..=1)?;
    let count = args.int(0)?;
    Ok(numbers(args, 0, count, if count < 0 { -1 } else { 1 })?.into())
}

fn until_step(values: &[Value]) -> Outcome {
    let args = Args::new("untilStep", values, 3..=3)?;
    Ok(numbers(args, args.int(0)?, args.int(1)?, args.int(2)?)?.into())
}

/// `seq END`, `seq START END` or `seq START STEP END`, ends included.
fn seq(values: &[Value]) -> Outcome {
    let args = Args::new("seq", values, 0..=usize::MAX)?;
    let towards = |start: i64, end: i64| if end < start { -1 } else { 1 };
    let (start, step, end) = match values.len() {
        1 => (1, towards(1, args.int(0)?), args.int(0)?),
        2 => (args.int(0)?, towards(args.int(0)?, args.int(1)?), args.int(1)?),
        3 => (args.int(0)?, args.int(1)?, args.int(2)?),
        _ => return Ok("".into()),
    };
    if end < start && step > 0 {
        return Ok("".into());
    }
    let past = end.saturating_add(towards(start, end));
    let items: Vec<_> = numbers(args, start, past, step)?.iter().map(ToString::to_string).collect();
    Ok(items.join(" ").into())
}

/// The numbers from `start` up to, but not including, `stop`.
fn numbers(args: Args<'_>, start: i64, stop: i64, step: i64) -> Result<Vec<i64>, FuncError> {
    let forward = if stop < start { step < 0 } else { step > 0 };
    if !forward {
        return Ok(Vec::new());
    }
    let count = stop.abs_diff(start).div_ceil(step.unsigned_abs());
    if limits::active().iterations.is_some_and(|limit| count > limit as u64) {
        return Err(args.fail(format_args!("{count} numbers are more than a template may produce")));
    }
    let more = |number: &i64| if step > 0 { *number < stop } else { *number > stop };
    let next = |number: &i64| number.checked_add(step);
    Ok(std::iter::successors(Some(start), next).take_while(more).collect())
}

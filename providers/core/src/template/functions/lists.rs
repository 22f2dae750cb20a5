//! Lists.

use gtmpl_ng::{Func, FuncError, Value};

use super::args::{Args, Outcome, is_empty, is_nil, show, texts};
use super::casts::to_int;

pub(super) const TABLE: &[(&str, Func)] = charged![
    ("append", append),
    ("chunk", chunk),
    ("compact", compact),
    ("concat", concat),
    ("first", first),
    ("has", has),
    ("initial", initial),
    ("join", join),
    ("last", last),
    ("list", list),
    ("mustAppend", append),
    ("mustChunk", chunk),
    ("mustCompact", compact),
    ("mustFirst", first),
    ("mustHas", has),
    ("mustInitial", initial),
    ("mustLast", last),
    ("mustPrepend", prepend),
    ("mustPush", append),
    ("mustRest", rest),
    ("mustReverse", reverse),
    ("mustSlice", slice),
    ("mustUniq", uniq),
    ("mustWithout", without),
    ("prepend", prepend),
    ("push", append),
    ("rest", rest),
    ("reverse", reverse),
    ("slice", slice),
    ("sortAlpha", sort_alpha),
    ("toStrings", to_strings),
    ("tuple", list),
    ("uniq", uniq),
    ("without", without),
];

fn list(values: &[Value]) -> Outcome {
    Ok(Value::Array(values.to_vec()))
}

fn append(values: &[Value]) -> Outcome {
    let args = Args::new("append", values, 2..=2)?;
    let mut longer = args.list(0)?.to_vec();
    longer.push(args.any(1).clone());
    Ok(Value::Array(longer))
}

fn prepend(values: &[Value]) -> Outcome {
    let args = Args::new("prepend", values, 2..=2)?;
    let mut longer = vec![args.any(1).clone()];
    longer.extend_from_slice(args.list(0)?);
    Ok(Value::Array(longer))
}

fn concat(values: &[Value]) -> Outcome {
    let args = Args::new("concat", values, 0..=usize::MAX)?;
    let mut joined = Vec::new();
    for at in 0..values.len() {
        joined.extend_from_slice(args.list(at)?);
    }
    Ok(Value::Array(joined))
}

fn chunk(values: &[Value]) -> Outcome {
    let args = Args::new("chunk", values, 2..=2)?;
    let size = usize::try_from(args.int(0)?).ok().filter(|size| *size > 0);
    let size = size.ok_or_else(|| args.fail("the size must be positive"))?;
    Ok(Value::Array(args.list(1)?.chunks(size).map(|part| Value::Array(part.to_vec())).collect()))
}

fn compact(values: &[Value]) -> Outcome {
    let args = Args::new("compact", values, 1..=1)?;
    Ok(Value::Array(args.list(0)?.iter().filter(|value| !is_empty(value)).cloned().collect()))
}

fn first(values: &[Value]) -> Outcome {
    let args = Args::new("first", values, 1..=1)?;
    Ok(args.list(0)?.first().cloned().unwrap_or(Value::Nil))
}

fn last(values: &[Value]) -> Outcome {
    let args = Args::new("last", values, 1..=1)?;
    Ok(args.list(0)?.last().cloned().unwrap_or(Value::Nil))
}

fn rest(values: &[Value]) -> Outcome {
    let args = Args::new("rest", values, 1..=1)?;
    Ok(Value::Array(args.list(0)?.get(1..).unwrap_or_default().to_vec()))
}

fn initial(values: &[Value]) -> Outcome {
    let args = Args::new("initial", values, 1..=1)?;
    Ok(Value::Array(args.list(0)?.split_last().map_or_else(Vec::new, |(_, before)| before.to_vec())))
}

fn reverse(values: &[Value]) -> Outcome {
    let args = Args::new("reverse", values, 1..=1)?;
    Ok(Value::Array(args.list(0)?.iter().rev().cloned().collect()))
}

fn uniq(values: &[Value]) -> Outcome {
    let args = Args::new("uniq", values, 1..=1)?;
    let mut seen: Vec<Value> = Vec::new();
    for value in args.list(0)? {
        if !seen.contains(value) {
            seen.push(value.clone());
        }
    }
    Ok(Value::Array(seen))
}

fn without(values: &[Value]) -> Outcome {
    let args = Args::new("without", values, 1..=usize::MAX)?;
    let omitted = args.from(1);
    Ok(Value::Array(args.list(0)?.iter().filter(|value| !omitted.contains(value)).cloned().collect()))
}

fn has(values: &[Value]) -> Outcome {
    let args = Args::new("has", values, 2..=2)?;
    Ok((!is_nil(args.any(1)) && args.list(1)?.contains(args.any(0))).into())
}

fn slice(values: &[Value]) -> Outcome {
    let args = Args::new("slice", values, 1..=usize::MAX)?;
    let whole = args.list(0)?;
    if whole.is_empty() {
        return Ok(Value::Nil);
    }
    let index = |at: usize, otherwise: usize| -> Result<usize, FuncError> {
        let Some(value) = values.get(at) else { return Ok(otherwise) };
        usize::try_from(to_int(value)).map_err(|_| args.fail("an index must not be negative"))
    };
    let (start, end) = (index(1, 0)?, index(2, whole.len())?);
    let part = whole.get(start..end);
    let part = part.ok_or_else(|| {
        args.fail(format_args!("{start} to {end} is outside the list of {} items", whole.len()))
    })?;
    Ok(Value::Array(part.to_vec()))
}

fn join(values: &[Value]) -> Outcome {
    let args = Args::new("join", values, 2..=2)?;
    let (separator, parts) = (args.text(0)?, strings(args.any(1)));
    let letters: usize = parts.iter().map(String::len).sum();
    args.produce(letters.saturating_add(parts.len().saturating_mul(separator.len())))?;
    Ok(parts.join(separator).into())
}

fn sort_alpha(values: &[Value]) -> Outcome {
    let args = Args::new("sortAlpha", values, 1..=1)?;
    let mut sorted = strings(args.any(0));
    sorted.sort_unstable();
    Ok(texts(sorted))
}

fn to_strings(values: &[Value]) -> Outcome {
    let args = Args::new("toStrings", values, 1..=1)?;
    Ok(texts(strings(args.any(0))))
}

/// The items as text, nil left out; a single value is a list of one.
fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.iter().filter(|value| !is_nil(value)).map(show).collect(),
        value if is_nil(value) => Vec::new(),
        value => vec![show(value)],
    }
}

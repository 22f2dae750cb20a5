//! Choosing between values, and giving up.

use gtmpl_ng::{Func, FuncError, Value};

use super::args::{Args, Outcome, is_empty};

pub(super) const TABLE: &[(&str, Func)] = charged![
    ("all", all),
    ("any", any),
    ("coalesce", coalesce),
    ("deepEqual", deep_equal),
    ("default", default),
    ("empty", empty),
    ("env", env),
    ("expandenv", expandenv),
    ("fail", fail),
    ("hello", hello),
    ("ternary", ternary),
];

fn all(values: &[Value]) -> Outcome {
    Ok((!values.iter().any(is_empty)).into())
}

fn any(values: &[Value]) -> Outcome {
    Ok(values.iter().any(|value| !is_empty(value)).into())
}

fn coalesce(values: &[Value]) -> Outcome {
    Ok(values.iter().find(|value| !is_empty(value)).cloned().unwrap_or(Value::Nil))
}

fn deep_equal(values: &[Value]) -> Outcome {
    let args = Args::new("deepEqual", values, 2..=2)?;
    Ok((args.any(0) == args.any(1)).into())
}

fn default(values: &[Value]) -> Outcome {
    let args = Args::new("default", values, 1..=usize::MAX)?;
    let chosen = if is_empty(args.any(1)) { args.any(0) } else { args.any(1) };
    Ok(chosen.clone())
}

fn empty(values: &[Value]) -> Outcome {
    let args = Args::new("empty", values, 1..=1)?;
    Ok(is_empty(args.any(0)).into())
}

fn env(values: &[Value]) -> Outcome {
    let args = Args::new("env", values, 1..=1)?;
    variable(args, args.text(0)?).map(Value::String)
}

fn variable(args: Args<'_>, name: &str) -> Result<String, FuncError> {
    // The system panics on such names, so nothing can be set under them.
    if name.is_empty() || name.contains(['=', '\0']) {
        return Ok(String::new());
    }
    let Some(value) = std::env::var_os(name) else { return Ok(String::new()) };
    value.into_string().map_err(|_| args.fail(format_args!("the value of {name} is not UTF-8")))
}

/// Replaces `$name` and `${name}`; the special one-letter names of a shell are empty.
fn expandenv(values: &[Value]) -> Outcome {
    let args = Args::new("expandenv", values, 1..=1)?;
    let mut out = String::new();
    let mut rest = args.text(0)?;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let (name, length) = variable_name(after);
        match (name, length) {
            // A dollar that names nothing stays.
            (None, 0) => out.push('$'),
            (None, _) => {}
            (Some(name), _) => out.push_str(&variable(args, name)?),
        }
        rest = after.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    Ok(Value::String(out))
}

/// The name after a `$`, and how many bytes it takes with its braces.
fn variable_name(text: &str) -> (Option<&str>, usize) {
    if let Some(inside) = text.strip_prefix('{') {
        return match inside.find('}') {
            // `${}` and a brace that never closes are bad syntax, which is dropped.
            Some(0) => (None, 2),
            Some(end) => (inside.get(..end), end + 2),
            None => (None, 1),
        };
    }
    if text.starts_with(|c: char| "*#$@!?-".contains(c) || c.is_ascii_digit()) {
        return (text.get(..1), 1);
    }
    let end = text.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    (text.get(..end).filter(|name| !name.is_empty()), end)
}

fn fail(values: &[Value]) -> Outcome {
    let args = Args::new("fail", values, 1..=1)?;
    Err(FuncError::Generic(args.text(0)?.to_owned()))
}

fn hello(values: &[Value]) -> Outcome {
    Args::new("hello", values, 0..=0)?;
    Ok("Hello!".into())
}

fn ternary(values: &[Value]) -> Outcome {
    let args = Args::new("ternary", values, 3..=3)?;
    Ok(args.any(usize::from(!args.bool(2)?)).clone())
}

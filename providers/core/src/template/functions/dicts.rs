//! Dicts. Keys come out in order, where Go's order is random.

use gtmpl_ng::{Func, Value};

use super::args::{Args, Dict, Outcome, is_empty, is_nil, show, texts};

pub(super) const TABLE: &[(&str, Func)] = charged![
    ("deepCopy", deep_copy),
    ("dict", dict),
    ("dig", dig),
    ("get", get),
    ("hasKey", has_key),
    ("keys", keys),
    ("merge", merge),
    ("mergeOverwrite", merge_overwrite),
    ("mustDeepCopy", deep_copy),
    ("mustMerge", merge),
    ("mustMergeOverwrite", merge_overwrite),
    ("omit", omit),
    ("pick", pick),
    ("pluck", pluck),
    ("set", set),
    ("unset", unset),
    ("values", values_of),
];

fn deep_copy(values: &[Value]) -> Outcome {
    let args = Args::new("deepCopy", values, 1..=1)?;
    Ok(args.any(0).clone())
}

fn dict(values: &[Value]) -> Outcome {
    let mut entries = Dict::new();
    for pair in values.chunks(2) {
        if let Some(key) = pair.first() {
            entries.insert(show(key), pair.get(1).cloned().unwrap_or_else(|| "".into()));
        }
    }
    Ok(Value::Map(entries))
}

fn dig(values: &[Value]) -> Outcome {
    let args = Args::new("dig", values, 3..=usize::MAX)?;
    let last = values.len() - 1;
    let mut level = args.dict(last)?;
    for at in 0..last - 1 {
        let Some(found) = level.get(args.text(at)?) else { return Ok(args.any(last - 1).clone()) };
        if at == last - 2 {
            return Ok(found.clone());
        }
        match found {
            Value::Map(inner) | Value::Object(inner) => level = inner,
            _ => return Err(args.fail(format_args!("the value under {} is no dict", args.text(at)?))),
        }
    }
    Ok(args.any(last - 1).clone())
}

fn get(values: &[Value]) -> Outcome {
    let args = Args::new("get", values, 2..=2)?;
    Ok(args.dict(0)?.get(args.text(1)?).cloned().unwrap_or_else(|| "".into()))
}

fn has_key(values: &[Value]) -> Outcome {
    let args = Args::new("hasKey", values, 2..=2)?;
    Ok(args.dict(0)?.contains_key(args.text(1)?).into())
}

fn keys(values: &[Value]) -> Outcome {
    let args = Args::new("keys", values, 0..=usize::MAX)?;
    let mut all = Vec::new();
    for at in 0..values.len() {
        all.extend(sorted(args.dict(at)?).into_iter().map(|(key, _)| key));
    }
    Ok(texts(all))
}

fn values_of(values: &[Value]) -> Outcome {
    let args = Args::new("values", values, 1..=1)?;
    Ok(Value::Array(sorted(args.dict(0)?).into_iter().map(|(_, value)| value.clone()).collect()))
}

fn set(values: &[Value]) -> Outcome {
    let args = Args::new("set", values, 3..=3)?;
    let mut entries = args.dict(0)?.clone();
    entries.insert(args.text(1)?.to_owned(), args.any(2).clone());
    Ok(Value::Map(entries))
}

fn unset(values: &[Value]) -> Outcome {
    let args = Args::new("unset", values, 2..=2)?;
    let mut entries = args.dict(0)?.clone();
    entries.remove(args.text(1)?);
    Ok(Value::Map(entries))
}

fn pluck(values: &[Value]) -> Outcome {
    let args = Args::new("pluck", values, 1..=usize::MAX)?;
    let key = args.text(0)?;
    let mut found = Vec::new();
    for at in 1..values.len() {
        found.extend(args.dict(at)?.get(key).cloned());
    }
    Ok(Value::Array(found))
}

fn pick(values: &[Value]) -> Outcome {
    let args = Args::new("pick", values, 1..=usize::MAX)?;
    let entries = args.dict(0)?;
    let mut kept = Dict::new();
    for at in 1..values.len() {
        let key = args.text(at)?;
        kept.extend(entries.get(key).map(|value| (key.to_owned(), value.clone())));
    }
    Ok(Value::Map(kept))
}

fn omit(values: &[Value]) -> Outcome {
    let args = Args::new("omit", values, 1..=usize::MAX)?;
    let mut entries = args.dict(0)?.clone();
    for at in 1..values.len() {
        entries.remove(args.text(at)?);
    }
    Ok(Value::Map(entries))
}

fn merge(values: &[Value]) -> Outcome {
    fold("merge", values, Conflict::FillEmpty)
}

fn merge_overwrite(values: &[Value]) -> Outcome {
    fold("mergeOverwrite", values, Conflict::Replace)
}

/// What happens to a key that the first dict has already.
#[derive(Clone, Copy)]
enum Conflict {
    FillEmpty,
    Replace,
}

/// Merges every dict into the first.
fn fold(name: &'static str, values: &[Value], conflict: Conflict) -> Outcome {
    let args = Args::new(name, values, 1..=usize::MAX)?;
    let mut into = args.dict(0)?.clone();
    for at in 1..values.len() {
        merge_into(&mut into, args.dict(at)?, conflict);
    }
    Ok(Value::Map(into))
}

fn merge_into(into: &mut Dict, from: &Dict, conflict: Conflict) {
    for (key, new) in from {
        let keeps = match (into.get_mut(key), new, conflict) {
            (Some(Value::Map(old)), Value::Map(new), _) => {
                merge_into(old, new, conflict);
                true
            }
            (_, _, Conflict::Replace) => false,
            (Some(old), _, Conflict::FillEmpty) => !is_empty(old),
            (None, new, Conflict::FillEmpty) => is_nil(new),
        };
        if !keeps {
            into.insert(key.clone(), new.clone());
        }
    }
}

fn sorted(entries: &Dict) -> Vec<(&String, &Value)> {
    let mut sorted: Vec<_> = entries.iter().collect();
    sorted.sort_by_key(|(key, _)| *key);
    sorted
}

//! Text.

use gtmpl_ng::{Func, FuncError, Value, funcs};

use super::args::{Args, Dict, Outcome, is_nil, show, texts};

pub(super) const TABLE: &[(&str, Func)] = charged![
    ("abbrev", abbrev),
    ("cat", cat),
    ("contains", contains),
    ("hasPrefix", has_prefix),
    ("hasSuffix", has_suffix),
    ("indent", indent),
    ("initials", initials),
    ("lower", lower),
    ("nindent", nindent),
    ("normalize", normalize),
    ("nospace", nospace),
    ("plural", plural),
    ("quote", quote),
    ("repeat", repeat),
    ("replace", replace),
    ("split", split),
    ("splitList", split_list),
    ("splitn", splitn),
    ("squote", squote),
    ("substr", substr),
    ("swapcase", swapcase),
    ("title", title),
    ("trim", trim),
    ("trimAll", trim_all),
    ("trimPrefix", trim_prefix),
    ("trimSuffix", trim_suffix),
    ("trimall", trim_all),
    ("trunc", trunc),
    ("untitle", untitle),
    ("upper", upper),
];

fn trim(values: &[Value]) -> Outcome {
    let args = Args::new("trim", values, 1..=1)?;
    Ok(args.text(0)?.trim().into())
}

fn trim_all(values: &[Value]) -> Outcome {
    let args = Args::new("trimAll", values, 2..=2)?;
    let cut = args.text(0)?;
    Ok(args.text(1)?.trim_matches(|c| cut.contains(c)).into())
}

fn trim_prefix(values: &[Value]) -> Outcome {
    let args = Args::new("trimPrefix", values, 2..=2)?;
    let text = args.text(1)?;
    Ok(text.strip_prefix(args.text(0)?).unwrap_or(text).into())
}

fn trim_suffix(values: &[Value]) -> Outcome {
    let args = Args::new("trimSuffix", values, 2..=2)?;
    let text = args.text(1)?;
    Ok(text.strip_suffix(args.text(0)?).unwrap_or(text).into())
}

fn upper(values: &[Value]) -> Outcome {
    let args = Args::new("upper", values, 1..=1)?;
    Ok(args.text(0)?.chars().map(upper_char).collect::<String>().into())
}

fn lower(values: &[Value]) -> Outcome {
    let args = Args::new("lower", values, 1..=1)?;
    Ok(args.text(0)?.chars().map(lower_char).collect::<String>().into())
}

/// The first letter of every word large; only letters, digits and `_` continue a word.
fn title(values: &[Value]) -> Outcome {
    let args = Args::new("title", values, 1..=1)?;
    let mut inside = false;
    let titled: String = args
        .text(0)?
        .chars()
        .map(|c| {
            let start = !inside;
            inside = c.is_alphanumeric() || c == '_' || (!c.is_ascii() && !c.is_whitespace());
            if start { upper_char(c) } else { c }
        })
        .collect();
    Ok(titled.into())
}

/// The first letter of every word small; words end at white space.
fn untitle(values: &[Value]) -> Outcome {
    let args = Args::new("untitle", values, 1..=1)?;
    let mut start = true;
    let untitled: String = args
        .text(0)?
        .chars()
        .map(|c| {
            let first = std::mem::replace(&mut start, c.is_whitespace());
            if first { lower_char(c) } else { c }
        })
        .collect();
    Ok(untitled.into())
}

fn swapcase(values: &[Value]) -> Outcome {
    let args = Args::new("swapcase", values, 1..=1)?;
    let swap = |c: char| if c.is_uppercase() { lower_char(c) } else { upper_char(c) };
    Ok(args.text(0)?.chars().map(swap).collect::<String>().into())
}

fn initials(values: &[Value]) -> Outcome {
    let args = Args::new("initials", values, 1..=1)?;
    Ok(args.text(0)?.split_whitespace().filter_map(|word| word.chars().next()).collect::<String>().into())
}

fn nospace(values: &[Value]) -> Outcome {
    let args = Args::new("nospace", values, 1..=1)?;
    Ok(args.text(0)?.chars().filter(|c| !c.is_whitespace()).collect::<String>().into())
}

fn repeat(values: &[Value]) -> Outcome {
    let args = Args::new("repeat", values, 2..=2)?;
    let count = usize::try_from(args.int(0)?).map_err(|_| args.fail("the count must not be negative"))?;
    let text = args.text(1)?;
    args.produce(count.saturating_mul(text.len()))?;
    Ok(text.repeat(count).into())
}

/// Bytes `start` to `end`; a negative start means from the beginning, a negative end to the end.
fn substr(values: &[Value]) -> Outcome {
    let args = Args::new("substr", values, 3..=3)?;
    let text = args.text(2)?;
    let start = usize::try_from(args.int(0)?).unwrap_or(0);
    let end = match usize::try_from(args.int(1)?) {
        Ok(end) if end <= text.len() || args.int(0)? < 0 => end,
        _ => text.len(),
    };
    cut(args, text, start, end)
}

/// The first `count` bytes, or the last ones when the count is negative.
fn trunc(values: &[Value]) -> Outcome {
    let args = Args::new("trunc", values, 2..=2)?;
    let (count, text) = (args.int(0)?, args.text(1)?);
    let size = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    if size >= text.len() {
        return Ok(text.into());
    }
    if count < 0 { cut(args, text, text.len() - size, text.len()) } else { cut(args, text, 0, size) }
}

fn abbrev(values: &[Value]) -> Outcome {
    let args = Args::new("abbrev", values, 2..=2)?;
    let (width, text) = (usize::try_from(args.int(0)?).unwrap_or(0), args.text(1)?);
    if width < 4 || text.len() <= width {
        return Ok(text.into());
    }
    Ok(format!("{}...", piece(args, text, 0, width - 3)?).into())
}

fn cut(args: Args<'_>, text: &str, start: usize, end: usize) -> Outcome {
    piece(args, text, start, end).map(Value::from)
}

/// Go cuts bytes and may leave half a character; text here cannot, so that is refused.
fn piece<'t>(args: Args<'_>, text: &'t str, start: usize, end: usize) -> Result<&'t str, FuncError> {
    text.get(start..end).ok_or_else(|| {
        args.fail(format_args!("bytes {start} to {end} are outside the text or cut a character in two"))
    })
}

fn contains(values: &[Value]) -> Outcome {
    let args = Args::new("contains", values, 2..=2)?;
    Ok(args.text(1)?.contains(args.text(0)?).into())
}

fn has_prefix(values: &[Value]) -> Outcome {
    let args = Args::new("hasPrefix", values, 2..=2)?;
    Ok(args.text(1)?.starts_with(args.text(0)?).into())
}

fn has_suffix(values: &[Value]) -> Outcome {
    let args = Args::new("hasSuffix", values, 2..=2)?;
    Ok(args.text(1)?.ends_with(args.text(0)?).into())
}

fn quote(values: &[Value]) -> Outcome {
    let mut quoted = Vec::new();
    for value in values.iter().filter(|value| !is_nil(value)) {
        quoted.push(show(&funcs::printf(&["%q".into(), Value::String(show(value))])?));
    }
    Ok(quoted.join(" ").into())
}

fn squote(values: &[Value]) -> Outcome {
    let quoted: Vec<_> =
        values.iter().filter(|value| !is_nil(value)).map(|value| format!("'{}'", show(value))).collect();
    Ok(quoted.join(" ").into())
}

fn cat(values: &[Value]) -> Outcome {
    let shown: Vec<_> = values.iter().filter(|value| !is_nil(value)).map(show).collect();
    Ok(shown.join(" ").into())
}

fn indent(values: &[Value]) -> Outcome {
    let args = Args::new("indent", values, 2..=2)?;
    Ok(indented(args)?.into())
}

fn nindent(values: &[Value]) -> Outcome {
    let args = Args::new("nindent", values, 2..=2)?;
    Ok(format!("\n{}", indented(args)?).into())
}

fn indented(args: Args<'_>) -> Result<String, FuncError> {
    let spaces = usize::try_from(args.int(0)?).map_err(|_| args.fail("the indent must not be negative"))?;
    let text = args.text(1)?;
    let lines = 1 + text.matches('\n').count();
    args.produce(text.len().saturating_add(lines.saturating_mul(spaces)))?;
    let pad = " ".repeat(spaces);
    Ok(format!("{pad}{}", text.replace('\n', &format!("\n{pad}"))))
}

fn replace(values: &[Value]) -> Outcome {
    let args = Args::new("replace", values, 3..=3)?;
    let (old, new, text) = (args.text(0)?, args.text(1)?, args.text(2)?);
    let places = text.matches(old).count();
    args.produce(text.len().saturating_add(places.saturating_mul(new.len())))?;
    Ok(text.replace(old, new).into())
}

fn plural(values: &[Value]) -> Outcome {
    let args = Args::new("plural", values, 3..=3)?;
    let (one, many) = (args.text(0)?, args.text(1)?);
    Ok(if args.int(2)? == 1 { one } else { many }.into())
}

/// The order of Go's `strings.Split`: text first, then the separator.
fn split(values: &[Value]) -> Outcome {
    let args = Args::new("split", values, 2..=2)?;
    Ok(texts(parts(args.text(0)?, args.text(1)?)))
}

fn split_list(values: &[Value]) -> Outcome {
    let args = Args::new("splitList", values, 2..=2)?;
    Ok(texts(parts(args.text(1)?, args.text(0)?)))
}

/// At most `n` parts in a dict with the keys `_0`, `_1` and so on.
fn splitn(values: &[Value]) -> Outcome {
    let args = Args::new("splitn", values, 3..=3)?;
    let (separator, count, text) = (args.text(0)?, args.int(1)?, args.text(2)?);
    let parts: Vec<&str> = match usize::try_from(count) {
        Err(_) => parts(text, separator),
        Ok(_) if separator.is_empty() => return Err(args.fail("the separator must not be empty")),
        Ok(count) => text.splitn(count, separator).collect(),
    };
    let numbered = parts.into_iter().enumerate().map(|(at, part)| (format!("_{at}"), part.into()));
    Ok(Value::Map(numbered.collect::<Dict>()))
}

/// An empty separator parts the characters.
fn parts<'t>(text: &'t str, separator: &str) -> Vec<&'t str> {
    if separator.is_empty() {
        return text.char_indices().filter_map(|(at, c)| text.get(at..at + c.len_utf8())).collect();
    }
    text.split(separator).collect()
}

/// The runs of letters and digits, joined by dashes.
fn normalize(values: &[Value]) -> Outcome {
    let args = Args::new("normalize", values, 1..=1)?;
    let runs: Vec<_> =
        args.text(0)?.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty()).collect();
    Ok(runs.join("-").into())
}

/// The large form where it is one character, as Go maps it.
fn upper_char(c: char) -> char {
    single(c.to_uppercase()).unwrap_or(c)
}

fn lower_char(c: char) -> char {
    single(c.to_lowercase()).unwrap_or(c)
}

fn single(mut mapped: impl Iterator<Item = char>) -> Option<char> {
    let first = mapped.next()?;
    mapped.next().is_none().then_some(first)
}

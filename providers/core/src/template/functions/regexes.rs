//! Regular expressions in Go's dialect.

use gtmpl_ng::{Func, FuncError, Value};
use regex::{Captures, Regex};

use super::args::{Args, Outcome, texts};

pub(super) const TABLE: &[(&str, Func)] = charged![
    ("mustRegexFind", find),
    ("mustRegexFindAll", find_all),
    ("mustRegexMatch", must_match),
    ("mustRegexReplaceAll", replace_all),
    ("mustRegexReplaceAllLiteral", replace_all_literal),
    ("mustRegexSplit", split),
    ("regexFind", find),
    ("regexFindAll", find_all),
    ("regexMatch", is_match),
    ("regexQuoteMeta", quote_meta),
    ("regexReplaceAll", replace_all),
    ("regexReplaceAllLiteral", replace_all_literal),
    ("regexSplit", split),
];

/// An expression that does not compile matches nothing.
fn is_match(values: &[Value]) -> Outcome {
    let args = Args::new("regexMatch", values, 2..=2)?;
    let text = args.text(1)?;
    args.text(0)?;
    Ok(compile(args).is_ok_and(|regex| regex.is_match(text)).into())
}

fn must_match(values: &[Value]) -> Outcome {
    let args = Args::new("mustRegexMatch", values, 2..=2)?;
    Ok(compile(args)?.is_match(args.text(1)?).into())
}

fn find(values: &[Value]) -> Outcome {
    let args = Args::new("regexFind", values, 2..=2)?;
    Ok(compile(args)?.find(args.text(1)?).map_or("", |found| found.as_str()).into())
}

fn find_all(values: &[Value]) -> Outcome {
    let args = Args::new("regexFindAll", values, 3..=3)?;
    let most = usize::try_from(args.int(2)?).unwrap_or(usize::MAX);
    Ok(texts(compile(args)?.find_iter(args.text(1)?).take(most).map(|found| found.as_str())))
}

fn replace_all(values: &[Value]) -> Outcome {
    let args = Args::new("regexReplaceAll", values, 3..=3)?;
    let template = args.text(2)?;
    replaced(args, template.matches('$').count(), |found, into| found.expand(template, into))
}

fn replace_all_literal(values: &[Value]) -> Outcome {
    let args = Args::new("regexReplaceAllLiteral", values, 3..=3)?;
    let text = args.text(2)?;
    replaced(args, 0, |_, into| into.push_str(text))
}

/// Every match replaced by what `write` makes of it, which holds the third argument and up to `copies` of the match.
fn replaced(args: Args<'_>, copies: usize, write: impl Fn(&Captures<'_>, &mut String)) -> Outcome {
    let (regex, text, length) = (compile(args)?, args.text(1)?, args.text(2)?.len());
    let (mut out, mut end) = (String::new(), 0);
    for found in regex.captures_iter(text) {
        let Some(whole) = found.get(0) else { continue };
        let most = length.saturating_add(copies.saturating_mul(whole.len()));
        args.produce(out.len().saturating_add(text.len()).saturating_add(most))?;
        out.push_str(text.get(end..whole.start()).unwrap_or_default());
        write(&found, &mut out);
        end = whole.end();
    }
    out.push_str(text.get(end..).unwrap_or_default());
    Ok(out.into())
}

/// At most `n` parts, the last one being what is left; all parts when `n` is negative.
fn split(values: &[Value]) -> Outcome {
    let args = Args::new("regexSplit", values, 3..=3)?;
    let (regex, text) = (compile(args)?, args.text(1)?);
    let most = usize::try_from(args.int(2)?).unwrap_or(usize::MAX);
    if most == 0 {
        return Ok(texts::<&str>([]));
    }
    let mut parts = Vec::new();
    let (mut start, mut end) = (0, 0);
    for found in regex.find_iter(text) {
        if parts.len() + 1 >= most {
            break;
        }
        end = found.start();
        if found.end() != 0 {
            parts.extend(text.get(start..end));
        }
        start = found.end();
    }
    if end != text.len() || (text.is_empty() && !regex.as_str().is_empty()) {
        parts.extend(text.get(start..));
    }
    Ok(texts(parts))
}

fn quote_meta(values: &[Value]) -> Outcome {
    let args = Args::new("regexQuoteMeta", values, 1..=1)?;
    let mut out = String::new();
    for c in args.text(0)?.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    Ok(out.into())
}

fn compile(args: Args<'_>) -> Result<Regex, FuncError> {
    Regex::new(&from_go(args.text(0)?)).map_err(|error| args.fail(error))
}

/// Rewrites what means something else in our dialect: Perl classes and word boundaries are ASCII in Go, `\Q…\E`
/// quotes, and inside brackets `[`, `&` and `~` are plain.
fn from_go(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut in_class = false;
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => match rest.next() {
                Some('d') => out.push_str("[0-9]"),
                Some('D') => out.push_str("[^0-9]"),
                Some('w') => out.push_str("[0-9A-Za-z_]"),
                Some('W') => out.push_str("[^0-9A-Za-z_]"),
                Some('s') => out.push_str(r"[\t\n\f\r ]"),
                Some('S') => out.push_str(r"[^\t\n\f\r ]"),
                Some('b') => out.push_str(r"(?-u:\b)"),
                // The ASCII form is refused on text; the Unicode one agrees wherever a word is ASCII.
                Some('B') => out.push_str(r"\B"),
                Some('Q') if !in_class => {
                    let text = rest.as_str();
                    let (quoted, after) = text.split_once(r"\E").unwrap_or((text, ""));
                    out.push_str(&regex::escape(quoted));
                    rest = after.chars();
                }
                Some(other) => out.extend(['\\', other]),
                None => out.push('\\'),
            },
            '[' if in_class && !rest.as_str().starts_with(':') => out.push_str(r"\["),
            '[' if in_class => {
                // A named class such as `[:alpha:]` keeps its own bracket.
                let text = rest.as_str();
                let end = text.find(":]").map_or(0, |end| end + 2);
                let (name, after) = text.split_at(end);
                out.push('[');
                out.push_str(name);
                rest = after.chars();
            }
            '[' => {
                in_class = true;
                out.push('[');
                for literal in ["^]", "]", "^"] {
                    if let Some(after) = rest.as_str().strip_prefix(literal) {
                        out.push_str(&literal.replace(']', r"\]"));
                        rest = after.chars();
                        break;
                    }
                }
            }
            ']' => {
                in_class = false;
                out.push(']');
            }
            '&' | '~' if in_class => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

//! Slash-separated paths. The `os` names are the same functions: we run where the separator is a slash.

use gtmpl_ng::{Func, Value};

use super::args::{Args, Outcome};

pub(super) const TABLE: &[(&str, Func)] = charged![
    ("base", base),
    ("clean", clean),
    ("dir", dir),
    ("ext", ext),
    ("isAbs", is_abs),
    ("osBase", base),
    ("osClean", clean),
    ("osDir", dir),
    ("osExt", ext),
    ("osIsAbs", is_abs),
];

fn base(values: &[Value]) -> Outcome {
    let args = Args::new("base", values, 1..=1)?;
    let path = args.text(0)?;
    let trimmed = path.trim_end_matches('/');
    Ok(match (path, trimmed) {
        ("", _) => ".",
        (_, "") => "/",
        (_, trimmed) => trimmed.rsplit('/').next().unwrap_or(trimmed),
    }
    .into())
}

fn clean(values: &[Value]) -> Outcome {
    let args = Args::new("clean", values, 1..=1)?;
    Ok(cleaned(args.text(0)?).into())
}

fn dir(values: &[Value]) -> Outcome {
    let args = Args::new("dir", values, 1..=1)?;
    let path = args.text(0)?;
    let end = path.rfind('/').map_or(0, |at| at + 1);
    Ok(cleaned(path.get(..end).unwrap_or_default()).into())
}

fn ext(values: &[Value]) -> Outcome {
    let args = Args::new("ext", values, 1..=1)?;
    let name = args.text(0)?.rsplit('/').next().unwrap_or_default();
    Ok(name.rfind('.').and_then(|at| name.get(at..)).unwrap_or_default().into())
}

fn is_abs(values: &[Value]) -> Outcome {
    let args = Args::new("isAbs", values, 1..=1)?;
    Ok(args.text(0)?.starts_with('/').into())
}

/// Without empty parts, `.`, and `..` where it has something to go up from.
fn cleaned(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            part => parts.push(part),
        }
    }
    match (absolute, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

//! Command line flags: `--a.b.c=value`, `--a.b.c value`, `--section`.
//!
//! One or two dashes; names without case; lists by commas or by repeating; `a[0].b` for lists of tables. Booleans and
//! sections never take the next argument, which the [`Shape`] of the options tells.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::DEEPEST;
use super::flat::{Branch, Step};
use crate::origin::{Mark, Source};
use crate::problem::Problem;
use crate::shape::Shape;
use crate::tree::Tree;

/// What the command line says.
#[derive(Debug)]
pub struct Flags {
    /// The options.
    pub tree: Tree,
    /// The flags, for places.
    pub source: Arc<Source>,
    /// The value of `--configFile`, which is no option of the tree.
    pub config_file: Option<Box<str>>,
    /// Whether `--help` or `-h` was given.
    pub help: bool,
}

/// Reads the arguments that follow the program's name.
///
/// # Errors
///
/// Everything that is no flag, or a flag without its value.
pub fn parse<A: AsRef<str>>(arguments: &[A], shape: &Shape) -> Result<Flags, Vec<Problem>> {
    let mut names: Vec<Box<str>> = Vec::new();
    let mut wrong: Vec<(String, Mark)> = Vec::new();
    let mut root = Branch::default();
    let (mut config_file, mut help) = (None, false);
    let mut rest = arguments.iter().map(AsRef::as_ref).peekable();
    // The flag before, when it took no value.
    let mut bare_flag: Option<&str> = None;
    while let Some(argument) = rest.next() {
        if argument == "--" {
            break;
        }
        let before = bare_flag.take();
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (argument, None),
        };
        names.push(name.into());
        let mark = Mark::new(u32::try_from(names.len()).unwrap_or(0), 0);
        let Some(bare) = undashed(name) else {
            let before = before.filter(|_| !argument.is_empty());
            let message = match before {
                Some(flag) => {
                    format!("`{argument}` is no flag; is it the value of {flag}? Write {flag}={argument}")
                }
                None => format!("`{argument}` is no flag, flags begin with `--`"),
            };
            wrong.push((message, mark));
            continue;
        };
        if matches!(bare, "h" | "help") {
            help = true;
            continue;
        }
        let path = match steps(bare) {
            Ok(path) => path,
            Err(message) => {
                wrong.push((message, mark));
                continue;
            }
        };
        let is_config_file = bare.eq_ignore_ascii_case("configFile");
        let wants = if is_config_file { Some(&Shape::Scalar) } else { shape_at(shape, &path) };
        let takes_none = matches!(wants, Some(Shape::Boolean | Shape::Section(_) | Shape::Map(_)));
        bare_flag = (value.is_none() && takes_none).then_some(name);
        let value = value.or_else(|| match wants {
            Some(Shape::Boolean | Shape::Section(_) | Shape::Map(_)) => Some("true"),
            Some(Shape::Scalar | Shape::List(_)) => rest.next(),
            Some(Shape::Open) | None => Some(rest.next_if(|next| !next.starts_with('-')).unwrap_or("true")),
        });
        match value {
            None => wrong.push((format!("flag {name} needs a value"), mark)),
            Some(path) if is_config_file => config_file = Some(path.into()),
            Some(value) => root.put(&path, value, mark),
        }
    }
    let source = Arc::new(Source::Flags(names.into()));
    if wrong.is_empty() {
        return Ok(Flags { tree: root.into_tree(shape), source, config_file, help });
    }
    Err(wrong.into_iter().map(|(message, mark)| Problem::error(message).at(&source, mark)).collect())
}

/// The name without its one or two dashes.
fn undashed(name: &str) -> Option<&str> {
    let one = name.strip_prefix('-')?;
    let bare = one.strip_prefix('-').unwrap_or(one);
    (!bare.is_empty() && !bare.starts_with('-')).then_some(bare)
}

/// `a.b[0].c` as steps.
fn steps(name: &str) -> Result<Vec<Step<'_>>, String> {
    let mut steps = Vec::new();
    for part in name.splitn(DEEPEST, '.') {
        let (key, index) = match part.split_once('[') {
            Some((key, index)) => (key, Some(index.strip_suffix(']').filter(|index| is_index(index)))),
            None => (part, None),
        };
        if key.is_empty() {
            return Err(format!(
                "flag `{name}` has an empty part, write names with single dots between them"
            ));
        }
        steps.push(Step::Key(key));
        match index {
            None => {}
            Some(Some(index)) => steps.push(Step::Index(index)),
            Some(None) => {
                return Err(format!(
                    "flag `{name}` has no good position, write for example `domains[0].main`"
                ));
            }
        }
    }
    Ok(steps)
}

fn is_index(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn shape_at<'a>(shape: &'a Shape, path: &[Step<'_>]) -> Option<&'a Shape> {
    path.iter().try_fold(shape, |shape, step| match step {
        Step::Key(key) | Step::Index(key) => shape.child(key),
    })
}

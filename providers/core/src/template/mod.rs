//! Go templates in what people configure.
//!
//! A routing file that contains `{{` is rendered before it is parsed. The engine is `gtmpl-ng`; the functions a
//! template may call are ours (`functions`). Templates of files get no data: they read the environment and compute.
//! Owns: what a template may call and how much it may consume. Must not know: files, YAML or TOML.
//! Invariant: a template never ends the process and never runs without a bound.

mod budget;
mod functions;
mod guard;
mod rewrite;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use gtmpl_ng::{Context, ErrorContext, ExecError, FuncError, Limits, ParseError, Template, Value};
use thiserror::Error;

pub(crate) use guard::GuardError;
pub(crate) use rewrite::RewriteError;

/// Why a file could not be rendered.
#[derive(Debug, Error)]
pub enum TemplateError {
    /// A dict is changed in a place where the change would be lost.
    #[error("in the template, {0}")]
    Rewrite(#[from] RewriteError),
    /// It could take more than there is.
    #[error("the template is refused: {0}")]
    Guard(#[from] GuardError),
    /// The text is no template, or names a function that does not exist.
    #[error("the template does not parse: {}", parse_message(.0))]
    Parse(#[from] ParseError),
    /// Rendering stopped: a function failed or a limit was reached.
    #[error("the template does not render: {}", exec_message(.0))]
    Render(#[from] ExecError),
    /// The engine broke on this text.
    #[error("the template cannot be rendered: the engine broke on it; simplify it")]
    Broken,
}

/// Where in a template something is wrong, in lines and columns of the file; column 1 where only the line is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1.
    pub line: u32,
    /// The column, in characters from 1.
    pub column: u32,
    /// How many characters it is long.
    pub length: usize,
}

impl TemplateError {
    /// Where in `text`, the template, this error is.
    #[must_use]
    pub fn place(&self, text: &str) -> Option<Place> {
        let context = match self {
            Self::Rewrite(error) => return Some(Place::line(error.line())),
            Self::Guard(error) => return Some(Place::line(error.line())),
            Self::Parse(ParseError::WithContext(context, _)) => context,
            Self::Render(error) => &error.as_structured()?.context,
            _ => return None,
        };
        let ErrorContext { line: number, col, len, .. } = context;
        let line = text.lines().nth(number.checked_sub(1)?).unwrap_or_default();
        // Columns are bytes of what the engine was given, which differs where a dict is changed.
        let is_as_written = rewrite::keep_dict_changes(line).is_ok_and(|rewritten| rewritten == line);
        let start = col.saturating_sub(1);
        let (start, end) = (guard::as_written(line, start), guard::as_written(line, start + len));
        match (line.get(..start), line.get(start..end.clamp(start, line.len().max(start)))) {
            (Some(before), Some(at)) if is_as_written => Some(Place {
                column: u32::try_from(before.chars().count() + 1).unwrap_or(0),
                length: at.chars().count(),
                ..Place::line(*number)
            }),
            _ => Some(Place::line(*number)),
        }
    }
}

impl Place {
    fn line(number: usize) -> Self {
        Self { line: u32::try_from(number).unwrap_or(0), column: 1, length: 0 }
    }
}

/// Without the place, which is told apart.
fn parse_message(error: &ParseError) -> String {
    match error {
        ParseError::WithContext(_, message) => message.clone(),
        other => other.to_string(),
    }
}

fn exec_message(error: &ExecError) -> String {
    error.as_structured().map_or_else(|| error.to_string(), |error| error.message.clone())
}

/// Whether `text` has to be rendered at all.
pub fn is_template(text: &str) -> bool {
    text.contains("{{")
}

/// What a template is told under one name, as in `{{ .Name }}`.
#[derive(Debug, Clone, Copy)]
pub enum Data<'a> {
    /// A text.
    Text(&'a str),
    /// Texts by name; one that is not there is empty.
    Texts(&'a BTreeMap<String, String>),
}

/// Renders `text` with no data.
///
/// # Errors
/// It is no template, or does not render.
pub fn render(text: &str) -> Result<String, TemplateError> {
    guarded(text, |text| execute(&parsed(text)?, Value::NoValue))
}

/// Renders `text` with these fields; to name another one is an error.
///
/// # Errors
/// It is no template, or does not render.
pub fn render_with(text: &str, data: &[(&str, Data<'_>)]) -> Result<String, TemplateError> {
    let fields = data.iter().map(|(name, data)| ((*name).to_owned(), data.value())).collect();
    guarded(text, |text| {
        let mut template = engine();
        template.add_func("index", index);
        template.parse(text)?;
        execute(&template, Value::Object(fields))
    })
}

/// Whether `text` is a template at all.
///
/// # Errors
/// What it is instead.
pub fn check(text: &str) -> Result<(), TemplateError> {
    guarded(text, |text| parsed(text).map(drop))
}

/// What `with` makes of the bounded form of `text`.
fn guarded<T>(text: &str, with: impl FnOnce(&str) -> Result<T, TemplateError>) -> Result<T, TemplateError> {
    let text = guard::guarded(&rewrite::keep_dict_changes(text)?)?;
    // A bug of the engine must cost one text, not the provider.
    catch_unwind(AssertUnwindSafe(|| with(&text))).unwrap_or(Err(TemplateError::Broken))
}

fn parsed(text: &str) -> Result<Template, TemplateError> {
    let mut template = engine();
    template.parse(text)?;
    Ok(template)
}

fn engine() -> Template {
    let mut template = Template::with_limits(LIMITS);
    for table in functions::TABLES {
        template.add_funcs(table);
    }
    template.add_func(guard::FUNCTION.0, guard::FUNCTION.1);
    template
}

/// A text that is not among others is empty: in Go the table has a type.
fn index(arguments: &[Value]) -> Result<Value, FuncError> {
    let value = budget::charged(gtmpl_ng::funcs::index, arguments)?;
    let is_missing_text = matches!((&value, arguments), (Value::NoValue, [Value::Map(texts), _])
        if texts.values().all(|text| matches!(text, Value::String(_))));
    Ok(if is_missing_text { "".into() } else { value })
}

fn execute(template: &Template, data: Value) -> Result<String, TemplateError> {
    budget::begin();
    Ok(template.render(&Context::from(data))?)
}

impl Data<'_> {
    fn value(&self) -> Value {
        match self {
            Self::Text(text) => (*text).into(),
            Self::Texts(texts) => {
                Value::Map(texts.iter().map(|(name, text)| (name.clone(), text.as_str().into())).collect())
            }
        }
    }
}

/// Far above what routing needs. Memory is counted by `budget`, nesting by `guard`.
const LIMITS: Limits = {
    let mut limits = Limits::DEFAULT;
    limits.iterations = Some(1_000_000);
    limits.total_iterations = Some(10_000_000);
    limits.output_bytes = Some(64 << 20);
    limits.function_output = Some(budget::LARGEST);
    limits.deadline = Some(Duration::from_secs(10));
    limits
};

#[cfg(test)]
mod tests;

//! Go templates in what people configure.
//!
//! A routing file that contains `{{` is rendered before it is parsed. The engine is `gtmpl-ng`; the functions a
//! template may call are ours (`functions`). Templates get no data: they read the environment and compute.
//! Owns: what a template may call and how much it may consume. Must not know: files, YAML or TOML.
//! Invariant: a template never ends the process and never runs without a bound.

mod budget;
mod functions;
mod guard;
mod rewrite;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use gtmpl_ng::{Context, ErrorContext, ExecError, Limits, ParseError, Template, Value};
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

/// Renders `text` with no data.
pub fn render(text: &str) -> Result<String, TemplateError> {
    let text = guard::guarded(&rewrite::keep_dict_changes(text)?)?;
    // A bug of the engine must cost one file, not the provider.
    catch_unwind(AssertUnwindSafe(|| run(&text))).unwrap_or(Err(TemplateError::Broken))
}

fn run(text: &str) -> Result<String, TemplateError> {
    let mut template = Template::with_limits(LIMITS);
    for table in functions::TABLES {
        template.add_funcs(table);
    }
    template.add_func(guard::FUNCTION.0, guard::FUNCTION.1);
    template.parse(text)?;
    budget::begin();
    Ok(template.render(&Context::from(Value::NoValue))?)
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

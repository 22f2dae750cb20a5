//! Go templates in configuration files.
//!
//! Every file that contains `{{` is rendered before it is parsed. The engine is `gtmpl-ng`; the functions a
//! template may call are ours (`functions`). Templates get no data: they read the environment and compute.
//! Owns: what a template may call and how much it may consume. Must not know: files, YAML or TOML.
//! Invariant: a template never ends the process and never runs without a bound.

mod functions;
mod rewrite;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use gtmpl_ng::{Context, Limits, Template, Value};
use thiserror::Error;

pub(crate) use rewrite::RewriteError;

/// Why a file could not be rendered.
#[derive(Debug, Error)]
pub enum TemplateError {
    /// A dict is changed in a place where the change would be lost.
    #[error("in the template, {0}")]
    Rewrite(#[from] RewriteError),
    /// The text is no template, or names a function that does not exist.
    #[error("the template does not parse: {0}")]
    Parse(#[from] gtmpl_ng::ParseError),
    /// Rendering stopped: a function failed or a limit was reached.
    #[error("the template does not render: {0}")]
    Render(#[from] gtmpl_ng::ExecError),
    /// The engine broke on this text.
    #[error("the template cannot be rendered: the engine broke on it; simplify it")]
    Broken,
}

/// Whether `text` has to be rendered at all.
pub fn is_template(text: &str) -> bool {
    text.contains("{{")
}

/// Renders `text` with no data.
pub fn render(text: &str) -> Result<String, TemplateError> {
    let text = rewrite::keep_dict_changes(text)?;
    // A bug of the engine must cost one file, not the provider.
    catch_unwind(AssertUnwindSafe(|| run(&text))).unwrap_or(Err(TemplateError::Broken))
}

fn run(text: &str) -> Result<String, TemplateError> {
    let mut template = Template::with_limits(LIMITS);
    for table in functions::TABLES {
        template.add_funcs(table);
    }
    template.parse(text)?;
    Ok(template.render(&Context::from(Value::NoValue))?)
}

/// Templates are written by the operator, so the bounds only have to stop mistakes.
const LIMITS: Limits = {
    let mut limits = Limits::DEFAULT;
    limits.iterations = Some(1_000_000);
    limits.total_iterations = Some(10_000_000);
    limits.output_bytes = Some(64 << 20);
    limits.function_output = Some(16_000_000);
    limits.deadline = Some(Duration::from_secs(10));
    limits
};

#[cfg(test)]
mod tests;

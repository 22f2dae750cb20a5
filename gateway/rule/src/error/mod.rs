//! What is wrong with a rule, and where.

use std::fmt;
use std::ops::Range;

/// A place in the text of a rule, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Why a text is not a rule.
///
/// `Display` gives one sentence; [`RuleError::render`] also shows the text with the fault underlined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError {
    /// What is wrong.
    pub message: String,
    /// The bytes of the text that are wrong; empty at its end when something is missing.
    pub span: Range<usize>,
    /// What could have stood there instead.
    pub expected: Vec<&'static str>,
    /// The known matcher name that looks most like the unknown one.
    pub nearest: Option<String>,
}

impl RuleError {
    pub(crate) fn new(span: Span, message: impl Into<String>) -> Self {
        Self { message: message.into(), span: span.start..span.end, expected: Vec::new(), nearest: None }
    }

    pub(crate) fn expecting(mut self, expected: &[&'static str]) -> Self {
        self.expected = expected.to_vec();
        self
    }

    /// The sentence, then the line of `text` at fault with carets under the fault.
    ///
    /// `text` is the rule that was parsed; long lines are shown in part.
    #[must_use]
    pub fn render(&self, text: &str) -> String {
        let start = floor(text, self.span.start);
        let end = floor(text, self.span.end).max(start);
        let (before, rest) = text.split_at(start);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line_end = rest.find('\n').map_or(text.len(), |at| start + at);

        let lead: Vec<char> = text.get(line_start..start).unwrap_or_default().chars().collect();
        let shown_lead: String = lead.iter().skip(lead.len().saturating_sub(SHOWN_AROUND)).collect();
        let fault_end = end.min(line_end);
        let fault = text.get(start..fault_end).unwrap_or_default();
        let shown_fault: String = fault.chars().take(SHOWN_AROUND).collect();
        let tail = if shown_fault.len() < fault.len() {
            String::new()
        } else {
            text.get(fault_end..line_end).unwrap_or_default().chars().take(SHOWN_AROUND).collect()
        };
        let carets = "^".repeat(shown_fault.chars().count().max(1));
        let pad = " ".repeat(shown_lead.chars().count());
        format!("{self}\n  {shown_lead}{shown_fault}{tail}\n  {pad}{carets}")
    }
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.message, self.span.start)?;
        if !self.expected.is_empty() {
            write!(f, ", expected {}", self.expected.join(" or "))?;
        }
        if let Some(nearest) = &self.nearest {
            write!(f, ", did you mean {nearest}?")?;
        }
        Ok(())
    }
}

impl std::error::Error for RuleError {}

/// The nearest character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at)
}

/// How many characters on either side of a fault are shown.
const SHOWN_AROUND: usize = 60;

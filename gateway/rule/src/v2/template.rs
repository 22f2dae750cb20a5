//! Templates: literal text with `{name}` and `{name:regexp}` variables.

use crate::error::RuleError;
use crate::parser::Arg;
use crate::regex::{Regex, quote};

/// Which ends of the text an expression is tied to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Both,
}

/// A template as a regular expression without anchors.
pub(super) struct Template {
    flags: &'static str,
    pattern: String,
    variables: usize,
}

impl Template {
    /// Reads the whole of `arg`; a variable without expression stands for `default`.
    pub(super) fn parse(arg: &Arg<'_>, default: &str) -> Result<Self, RuleError> {
        Self::parse_text(arg, &arg.text, default)
    }

    /// Reads `text`, which is a part of `arg`.
    pub(super) fn parse_text(arg: &Arg<'_>, text: &str, default: &str) -> Result<Self, RuleError> {
        let mut template = Self { flags: "", pattern: String::new(), variables: 0 };
        let mut rest = text;
        while let Some(open) = rest.find(['{', '}']) {
            let (literal, from_brace) = rest.split_at(open);
            template.pattern.push_str(&quote(literal));
            let Some(length) = closing_brace(from_brace) else {
                return Err(arg.error("braces are not balanced"));
            };
            let (variable, after) = from_brace.split_at(length);
            let inside = variable.get(1..length - 1).unwrap_or_default();
            let (name, expression) = inside.split_once(':').unwrap_or((inside, default));
            if name.is_empty() || expression.is_empty() {
                return Err(arg.error("variable without name or expression, write {name:regexp}"));
            }
            template.pattern.push_str(&format!("(?:{expression})"));
            template.variables += 1;
            rest = after;
        }
        template.pattern.push_str(&quote(rest));
        Ok(template)
    }

    /// Whether there is no variable.
    pub(super) fn is_literal(&self) -> bool {
        self.variables == 0
    }

    pub(super) fn case_insensitive(self) -> Self {
        Self { flags: "(?i)", ..self }
    }

    /// The expression; errors are about `arg`.
    pub(super) fn regex(&self, arg: &Arg<'_>, anchor: Anchor) -> Result<Regex, RuleError> {
        let end = if anchor == Anchor::Both { "$" } else { "" };
        let pattern = format!("{}^{}{end}", self.flags, self.pattern);
        Regex::new(&pattern).map_err(|error| arg.error(format!("invalid regular expression: {error}")))
    }
}

/// The length of the balanced braces that `text` starts with.
fn closing_brace(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            // Text that starts with a closing brace is not balanced.
            b'}' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return Some(at + 1);
        }
    }
    None
}

//! Text that a terminal shows and does not obey.
//!
//! Names of routers, containers and labels come from strangers, and whoever prints them has them pass here. Invariant:
//! the result has as many characters, so that places in it stay what they are.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

/// The text with [`REPLACEMENT`] in place of what a terminal would obey, line ends and tabs included.
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    without(text, is_harmful)
}

/// The same of a text of several lines: line ends and tabs stay.
#[must_use]
pub fn harmless_lines(text: &str) -> Cow<'_, str> {
    without(text, |c| is_harmful(c) && !matches!(c, '\n' | '\t'))
}

/// Whether a terminal would obey this character: controls, and what changes the direction of the text around it.
#[must_use]
pub fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn without(text: &str, is_meant: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_meant) {
        return Cow::Borrowed(text);
    }
    text.chars().map(|c| if is_meant(c) { REPLACEMENT } else { c }).collect::<String>().into()
}

/// What stands in place of what is not shown.
pub const REPLACEMENT: char = '\u{fffd}';

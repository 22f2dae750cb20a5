//! Lines for whoever sits at the terminal.

use std::io::{self, Write};

/// Prints to standard output. A reader that has gone away is no reason to stop serving.
pub(super) fn show(text: &str) {
    let _ = writeln!(io::stdout().lock(), "{}", harmless(text));
}

/// Prints to standard error.
pub(super) fn warn(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", harmless(text));
}

/// The text without what a terminal would obey: it may hold what strangers sent.
pub(super) fn harmless(text: &str) -> String {
    let shown = |c: char| if c.is_control() && c != '\n' { '\u{fffd}' } else { c };
    text.chars().map(shown).collect()
}

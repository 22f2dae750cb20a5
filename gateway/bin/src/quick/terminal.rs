//! Lines for whoever sits at the terminal.

use std::io::{self, Write};

use windrose_config::harmless::harmless_lines;

/// Prints to standard output. A reader that has gone away is no reason to stop serving.
pub(super) fn show(text: &str) {
    let _ = writeln!(io::stdout().lock(), "{}", harmless_lines(text));
}

/// Prints to standard error.
pub(super) fn warn(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", harmless_lines(text));
}

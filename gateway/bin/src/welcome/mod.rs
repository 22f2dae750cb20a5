//! What is said when there is no configuration at all.

/// What the program does then, and what to write. `tests/welcome.rs` tries the files in it.
pub(crate) const TEXT: &str = include_str!("welcome.txt");

//! What an entry point does to field names with underscores.

/// What is done to names with underscores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Underscores {
    /// They stay, unless they are spellings of names the gateway owns or has set.
    Keep,
    /// They go.
    Delete,
    /// Their request is refused.
    Reject,
}

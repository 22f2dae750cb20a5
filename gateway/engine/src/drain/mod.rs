//! The stages of stopping.

use std::fmt;

/// How far stopping has come. It only goes forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Serving.
    Running,
    /// Still serving, but health checks are told to go elsewhere.
    Unready,
    /// No new connections; those that are open end with their current request.
    Closing,
    /// Waiting for what is running.
    Draining,
    /// Given up on what is still running.
    Forced,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Running => "running",
            Self::Unready => "unready",
            Self::Closing => "closing",
            Self::Draining => "draining",
            Self::Forced => "forced",
        })
    }
}

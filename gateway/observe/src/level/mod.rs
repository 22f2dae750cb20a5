//! Log levels by the names Traefik gives them.

use std::fmt;
use std::str::FromStr;

use tracing::level_filters::LevelFilter;

/// The least severe events that are logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Level {
    /// Everything, frame by frame, that of the libraries included.
    Trace,
    /// What happens on each connection.
    Debug,
    /// The life cycle of the program.
    Info,
    /// What is degraded and will heal.
    Warn,
    /// What a person must act on.
    #[default]
    Error,
    /// Only what ends the program, which is told on standard error and not in the log.
    Fatal,
    /// As [`Level::Fatal`].
    Panic,
}

/// A text that names no level.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown log level {0:?}; use one of TRACE, DEBUG, INFO, WARN, ERROR, FATAL and PANIC")]
pub struct UnknownLevel(pub String);

impl Level {
    const NAMED: [(&'static str, Self); 7] = [
        ("TRACE", Self::Trace),
        ("DEBUG", Self::Debug),
        ("INFO", Self::Info),
        ("WARN", Self::Warn),
        ("ERROR", Self::Error),
        ("FATAL", Self::Fatal),
        ("PANIC", Self::Panic),
    ];

    pub(crate) fn filter(self) -> LevelFilter {
        match self {
            Self::Trace => LevelFilter::TRACE,
            Self::Debug => LevelFilter::DEBUG,
            Self::Info => LevelFilter::INFO,
            Self::Warn => LevelFilter::WARN,
            Self::Error => LevelFilter::ERROR,
            Self::Fatal | Self::Panic => LevelFilter::OFF,
        }
    }
}

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, UnknownLevel> {
        // What the libraries of Traefik 2 called it.
        let text = if text.eq_ignore_ascii_case("WARNING") { "WARN" } else { text };
        Self::NAMED
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(text))
            .map(|(_, level)| *level)
            .ok_or_else(|| UnknownLevel(text.to_owned()))
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMED.iter().find(|(_, level)| level == self).map_or("", |(name, _)| name);
        f.write_str(name)
    }
}

#[cfg(test)]
mod tests;

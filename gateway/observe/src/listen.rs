//! Whoever gets the events of the log besides its file.

use std::time::SystemTime;

use tracing::Level;

/// Gets every event that is logged.
pub trait Listener: Send + Sync {
    /// Hears one. It must not wait, and must not log.
    fn hear(&self, entry: &Entry<'_>);
}

/// An event, as it is logged.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// When it was.
    pub time: SystemTime,
    /// How severe it is.
    pub level: Level,
    /// The module that it comes from.
    pub target: &'a str,
    /// What it says.
    pub message: &'a str,
    /// Its fields, with values as they are logged.
    pub fields: &'a [(&'static str, &'a str)],
}

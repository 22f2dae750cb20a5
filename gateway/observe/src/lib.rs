//! What an operator gets to see of a running Windrose.
//!
//! Owns: the application log (settings, formats, destination) and the names of the fields that
//! events carry. Must not know: what is being logged. Other crates write events with the `tracing`
//! macros and the constants of [`fields`]; the program calls [`init_logging`] once at its start.
//!
//! Invariant: one event is one line, whatever its values contain.

pub mod fields;
mod level;
mod line;
mod listen;
mod log;
mod printer;
mod sink;
mod time;

pub use level::{Level, UnknownLevel};
pub use line::Chain;
pub use listen::{Entry, Listener};
pub use log::{LogError, LogFormat, LogHandle, LogSettings, init_logging};
pub use sink::Rotation;
pub use time::Rfc3339;

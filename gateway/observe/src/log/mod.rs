//! Starting the application log.

use std::env;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use tracing::subscriber::set_global_default;
use tracing_subscriber::layer::SubscriberExt;

use crate::level::Level;
use crate::line::Colour;
use crate::listen::Listener;
use crate::printer::{Printer, Style};
use crate::sink::{Rotation, Sink};

/// What an operator decides about the application log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogSettings {
    /// The least severe events that are logged.
    pub level: Level,
    /// How a line looks.
    pub format: LogFormat,
    /// The file to append to; standard output when there is none.
    pub file: Option<PathBuf>,
    /// When the file is put aside for a new one; never without.
    pub rotation: Option<Rotation>,
    /// Leave out the colours that the common format has on standard output.
    pub no_color: bool,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// `time LEVEL message key=value`, for people.
    #[default]
    Common,
    /// One JSON object, for machines.
    Json,
}

/// Why the log could not be started.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The log file cannot be opened.
    #[error("cannot open the log file {path}; check that its folder exists and is writable")]
    Open {
        /// The file as configured.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The program has a log already.
    #[error("the log was started twice")]
    Started,
}

/// The running log.
#[derive(Clone, Debug)]
pub struct LogHandle {
    sink: Arc<Sink>,
}

impl LogHandle {
    /// Opens the log file anew, after it was moved away; does nothing for standard output.
    ///
    /// # Errors
    /// The file cannot be opened; lines then go to the old one.
    pub fn reopen(&self) -> io::Result<()> {
        self.sink.reopen()
    }
}

/// Starts the log of this process; `listener` hears of every event besides.
///
/// # Errors
/// The file cannot be opened, or the process has a log already.
pub fn init_logging(
    settings: &LogSettings,
    listener: Option<Arc<dyn Listener>>,
) -> Result<LogHandle, LogError> {
    let (printer, handle) = prepare(settings, listener)?;
    let subscriber = tracing_subscriber::registry().with(settings.level.filter()).with(printer);
    set_global_default(subscriber).map_err(|_| LogError::Started)?;
    Ok(handle)
}

fn prepare(
    settings: &LogSettings,
    listener: Option<Arc<dyn Listener>>,
) -> Result<(Printer, LogHandle), LogError> {
    let sink = match &settings.file {
        None => Sink::Stdout,
        Some(path) => Sink::file(path, settings.rotation)
            .map_err(|source| LogError::Open { path: path.clone(), source })?,
    };
    let sink = Arc::new(sink);
    let printer = Printer {
        sink: Arc::clone(&sink),
        style: style(settings),
        verbosity: settings.level,
        clock: SystemTime::now,
        listener,
    };
    Ok((printer, LogHandle { sink }))
}

/// Colours do not depend on the output being a terminal: what collects the output of containers
/// often shows them (traefik: the same).
fn style(settings: &LogSettings) -> Style {
    let plain = settings.no_color || settings.file.is_some() || env::var_os("NO_COLOR").is_some();
    match settings.format {
        LogFormat::Json => Style::Json,
        LogFormat::Common if plain => Style::Common(Colour::Never),
        LogFormat::Common => Style::Common(Colour::Always),
    }
}

#[cfg(test)]
mod tests;

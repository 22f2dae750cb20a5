//! Where finished log lines go: standard output, or a file. A file can be opened anew after somebody moved it away, and
//! is put aside for a new one when it has become too large.

mod rotation;

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

pub use rotation::Rotation;

/// The destination of log lines; each is written whole.
#[derive(Debug)]
pub(crate) enum Sink {
    Stdout,
    File {
        path: PathBuf,
        file: Mutex<Written>,
    },
    #[cfg(test)]
    Memory(Mutex<Vec<u8>>),
}

impl Sink {
    pub(crate) fn file(path: &Path, rotation: Option<Rotation>) -> io::Result<Self> {
        let written = Written { file: open(path)?, rotation };
        if let Some(rotation) = rotation {
            rotation.tidy(path);
        }
        Ok(Self::File { path: path.to_owned(), file: Mutex::new(written) })
    }

    /// Writes one line. A log that cannot be written has nowhere to complain to, so failures are
    /// dropped; the next line is tried again.
    pub(crate) fn write(&self, line: &[u8]) {
        let _unwritable = match self {
            Self::Stdout => io::stdout().lock().write_all(line),
            Self::File { path, file } => {
                file.lock().unwrap_or_else(PoisonError::into_inner).write(path, line)
            }
            #[cfg(test)]
            Self::Memory(buffer) => buffer.lock().unwrap_or_else(PoisonError::into_inner).write_all(line),
        };
    }

    /// Opens the file of the same path anew; the lines go on to the old one when that fails.
    pub(crate) fn reopen(&self) -> io::Result<()> {
        if let Self::File { path, file } = self {
            let reopened = open(path)?;
            file.lock().unwrap_or_else(PoisonError::into_inner).file = reopened;
        }
        Ok(())
    }
}

/// A file that is written to.
#[derive(Debug)]
pub(crate) struct Written {
    file: File,
    rotation: Option<Rotation>,
}

impl Written {
    /// Writes a line; before that the file is put aside if it would become too large. The line goes to the old one when
    /// there can be no new one.
    fn write(&mut self, path: &Path, line: &[u8]) -> io::Result<()> {
        if let Some(rotation) = self.rotation
            && rotation.is_due(&self.file, line.len())
            && rotation.put_aside(path, SystemTime::now()).is_ok()
        {
            if let Ok(new) = open(path) {
                self.file = new;
            }
            rotation.tidy(path);
        }
        self.file.write_all(line)
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

//! Where finished log lines go: standard output, or a file that can be reopened after rotation.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The destination of log lines; each is written whole.
#[derive(Debug)]
pub(crate) enum Sink {
    Stdout,
    File {
        path: PathBuf,
        file: Mutex<File>,
    },
    #[cfg(test)]
    Memory(Mutex<Vec<u8>>),
}

impl Sink {
    pub(crate) fn file(path: &Path) -> io::Result<Self> {
        Ok(Self::File { path: path.to_owned(), file: Mutex::new(open(path)?) })
    }

    /// Writes one line. A log that cannot be written has nowhere to complain to, so failures are
    /// dropped; the next line is tried again.
    pub(crate) fn write(&self, line: &[u8]) {
        let _unwritable = match self {
            Self::Stdout => io::stdout().lock().write_all(line),
            Self::File { file, .. } => file.lock().unwrap_or_else(PoisonError::into_inner).write_all(line),
            #[cfg(test)]
            Self::Memory(buffer) => buffer.lock().unwrap_or_else(PoisonError::into_inner).write_all(line),
        };
    }

    /// Opens the file of the same path anew; the lines go on to the old one when that fails.
    pub(crate) fn reopen(&self) -> io::Result<()> {
        if let Self::File { path, file } = self {
            let reopened = open(path)?;
            *file.lock().unwrap_or_else(PoisonError::into_inner) = reopened;
        }
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

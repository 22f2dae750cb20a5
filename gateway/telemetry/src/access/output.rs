//! Where lines end up: standard output, or a file that can be opened anew.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Where lines end up. Knows whether the last one was written whole, so that one that was not never becomes part of
/// another.
#[derive(Debug)]
pub(super) struct Output {
    to: To,
    is_torn: bool,
}

#[derive(Debug)]
enum To {
    Stdout,
    File { path: PathBuf, file: File },
}

impl Output {
    pub(super) const fn stdout() -> Self {
        Self { to: To::Stdout, is_torn: false }
    }

    /// Opens a file to append to; makes the folders that lead there.
    pub(super) fn file(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder)?;
        }
        Ok(Self { to: To::File { path: path.to_owned(), file: open(path)? }, is_torn: false })
    }

    /// Opens the file of the same path anew; the old one goes on to be used when that fails.
    pub(super) fn reopen(&mut self) -> io::Result<()> {
        if let To::File { path, file } = &mut self.to {
            *file = open(path)?;
            self.is_torn = false;
        }
        Ok(())
    }

    /// Writes whole lines; gives how many of them were not, and why.
    pub(super) fn write(&mut self, lines: &[u8]) -> Result<(), (u64, io::Error)> {
        if self.is_torn && self.put(b"\n").is_ok() {
            self.is_torn = false;
        }
        let mut rest = lines;
        while !rest.is_empty() {
            match self.put(rest) {
                Ok(written) => {
                    self.is_torn = rest.get(written.wrapping_sub(1)) != Some(&b'\n');
                    rest = rest.get(written..).unwrap_or_default();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let lost = rest.iter().filter(|byte| **byte == b'\n').count();
                    return Err((lost as u64, error));
                }
            }
        }
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = match &mut self.to {
            To::Stdout => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(bytes)?;
                stdout.flush()?;
                bytes.len()
            }
            To::File { file, .. } => file.write(bytes)?,
        };
        if written == 0 { Err(io::ErrorKind::WriteZero.into()) } else { Ok(written) }
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o664).open(path)
}

//! Files without a name: nobody else can open one, and it is gone with its last holder.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{Mode, OFlags};

#[cfg(test)]
mod tests;

/// A file without a name.
#[derive(Debug)]
pub struct UnnamedFile(File);

impl UnnamedFile {
    /// Makes one in the folder for temporary files (`TMPDIR`).
    ///
    /// # Errors
    /// There is no such folder, or it cannot be written to.
    pub fn new() -> io::Result<Self> {
        let folder = std::env::temp_dir();
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        match rustix::fs::open(&folder, flags, Mode::RUSR | Mode::WUSR) {
            Ok(file) => Ok(Self(file.into())),
            // Not every file system can do it.
            Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::ISDIR | rustix::io::Errno::NOENT) => {
                named_for_a_moment(&folder).map(Self)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Writes all of `bytes` from a place on.
    ///
    /// # Errors
    /// There is no room, or the disk fails.
    pub fn write(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, at)
    }

    /// Reads so many bytes from a place on.
    ///
    /// # Errors
    /// There are fewer, or the disk fails.
    pub fn read(&self, length: usize, at: u64) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.0.read_exact_at(&mut bytes, at)?;
        Ok(bytes)
    }
}

/// Makes a file, and takes its name away before anything is written.
fn named_for_a_moment(folder: &Path) -> io::Result<File> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    loop {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("windrose-{}-{count}", process::id()));
        match OpenOptions::new().create_new(true).write(true).read(true).mode(0o600).open(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(file) => {
                fs::remove_file(&path)?;
                return Ok(file);
            }
        }
    }
}

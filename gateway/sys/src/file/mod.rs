//! Reading a file that a configuration names.
//!
//! Whoever writes a path may name anything: a FIFO nobody writes to, a device without end, a file that grows. Owns the
//! one way in which such a path is read. Invariant: it never waits for another process, never has an effect on a
//! device, and never takes more than it was allowed.

use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;

#[cfg(test)]
mod tests;

/// The whole content of a regular file of at most `limit` bytes, links followed.
///
/// # Errors
/// What the system reports; `InvalidInput` when the path leads to anything but a regular file; `FileTooLarge` when it is
/// longer than `limit`. The last two say so in words.
pub fn read_file(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let (file, metadata) = open(path)?;
    read(&file, &metadata, limit)
}

/// A regular file, links followed, to be read piece by piece.
///
/// # Errors
/// What the system reports; `InvalidInput`, in words, when the path leads to anything but a regular file.
pub fn open_file(path: &Path) -> io::Result<File> {
    Ok(open(path)?.0)
}

fn open(path: &Path) -> io::Result<(File, Metadata)> {
    // Before it is opened, as opening alone does something to some devices.
    regular(&std::fs::metadata(path)?)?;
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)?;
    // And after, as it may have been replaced in between.
    let metadata = file.metadata()?;
    regular(&metadata)?;
    Ok((file, metadata))
}

fn regular(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    let message = format!("it is {}, name a regular file", kind(metadata.file_type()));
    Err(io::Error::new(io::ErrorKind::InvalidInput, message))
}

fn kind(of: FileType) -> &'static str {
    let kinds = [
        (of.is_dir(), "a directory"),
        (of.is_fifo(), "a FIFO"),
        (of.is_socket(), "a socket"),
        (of.is_char_device() || of.is_block_device(), "a device"),
    ];
    kinds.into_iter().find(|(is_it, _)| *is_it).map_or("no file", |(_, name)| name)
}

/// It may grow while it is read, and files of the kernel say that they are empty.
fn read(file: &File, metadata: &Metadata, limit: u64) -> io::Result<Vec<u8>> {
    let too_large = || {
        let message = format!("it is larger than the {limit} bytes that are read of such a file");
        io::Error::new(io::ErrorKind::FileTooLarge, message)
    };
    if metadata.len() > limit {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > limit) {
        return Err(too_large());
    }
    Ok(bytes)
}

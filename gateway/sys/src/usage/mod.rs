//! What the process costs, as the system counts it.

#[cfg(test)]
mod tests;

use std::io;
use std::path::Path;

use crate::read_file;

/// What the process costs at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes of memory that it holds.
    pub resident: u64,
    /// The most bytes of memory that it has held.
    pub peak: u64,
    /// Bytes of addresses that it has asked for.
    pub mapped: u64,
    /// Its threads.
    pub threads: u64,
}

impl Usage {
    /// As it is now.
    ///
    /// # Errors
    /// The system does not tell.
    pub fn now() -> io::Result<Self> {
        let status = read_file(Path::new("/proc/self/status"), LONGEST)?;
        Ok(Self::parse(&String::from_utf8_lossy(&status)))
    }

    /// Reads lines such as `VmRSS:     1234 kB`; a number that is not there is 0.
    fn parse(status: &str) -> Self {
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        };
        let bytes = |name: &str| number(name).unwrap_or(0).saturating_mul(1024);
        Self {
            resident: bytes("VmRSS"),
            peak: bytes("VmHWM"),
            mapped: bytes("VmSize"),
            threads: number("Threads").unwrap_or(0),
        }
    }
}

/// The most bytes of what the system says.
const LONGEST: u64 = 1 << 16;

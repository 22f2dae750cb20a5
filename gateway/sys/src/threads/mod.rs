//! The threads of this process, and what each has cost.

#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use crate::file::read_file;

/// A thread, as the system counts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// Its number.
    pub id: u32,
    /// Its name; the system keeps 15 bytes of it.
    pub name: String,
    /// What it has computed in the program since it was started, to a hundredth of a second.
    pub user: Duration,
    /// What the system has computed for it.
    pub system: Duration,
}

impl Thread {
    /// All there are now, by their numbers. One that ends meanwhile is left out.
    ///
    /// # Errors
    /// The system does not tell.
    pub fn all() -> io::Result<Vec<Self>> {
        let mut threads: Vec<Self> = Self::ids()?
            .into_iter()
            .filter_map(|id| {
                let stat = read_file(Path::new(&format!("{TASKS}/{id}/stat")), LONGEST).ok()?;
                Self::parse(&String::from_utf8_lossy(&stat))
            })
            .collect();
        threads.sort_unstable_by_key(|thread| thread.id);
        Ok(threads)
    }

    /// The numbers of all there are now.
    ///
    /// # Errors
    /// The system does not tell.
    pub fn ids() -> io::Result<Vec<u32>> {
        let entries = fs::read_dir(TASKS)?;
        Ok(entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect())
    }

    /// Reads a line such as `12 (name) S 1 … 34 56 …`; the name may have any bytes in it.
    fn parse(stat: &str) -> Option<Self> {
        let (id, rest) = stat.split_once(" (")?;
        let (name, rest) = rest.rsplit_once(") ")?;
        let mut numbers = rest.split_ascii_whitespace().skip(UTIME);
        let mut ticks =
            || Some(Duration::from_millis(numbers.next()?.parse::<u64>().ok()?.saturating_mul(TICK)));
        let (user, system) = (ticks()?, ticks()?);
        Some(Self { id: id.trim().parse().ok()?, name: name.to_owned(), user, system })
    }
}

const TASKS: &str = "/proc/self/task";
/// Where the time in the program stands behind the name.
const UTIME: usize = 11;
/// Milliseconds of a tick of what the system tells: there are 100 in a second on all that we run on.
const TICK: u64 = 10;
/// The most bytes of what the system says of a thread.
const LONGEST: u64 = 1 << 12;

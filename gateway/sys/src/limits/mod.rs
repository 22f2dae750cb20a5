//! What the host allows this process and says about itself.

use std::io;
use std::thread::available_parallelism;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the soft limit of open files to the hard one and returns it; `None` means no limit.
///
/// # Errors
/// What the kernel said; the limit is then as it was.
pub fn raise_fd_limit() -> io::Result<Option<u64>> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum {
        setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?;
    }
    Ok(maximum)
}

/// How many files the process may have open now; `None` means no limit.
#[must_use]
pub fn fd_limit() -> Option<u64> {
    getrlimit(Resource::Nofile).current
}

/// How many threads can run at once: the cores, lowered by affinity and by the CPU quota of the
/// control group. One when the system does not say.
#[must_use]
pub fn worker_count() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// The name of the host, as the kernel knows it.
#[must_use]
pub fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Lets all other threads of the process go first; for the calling thread, as far as the system allows it.
pub fn give_way() {
    // Linux counts the priorities of threads under the numbers of processes.
    let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), LAST);
}

/// Behind everybody who does not ask for it.
const LAST: i32 = 19;

#[cfg(test)]
mod tests;

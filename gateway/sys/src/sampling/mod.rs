//! Samples of what the threads of this process compute, taken by the kernel (`perf_event_open`).
//!
//! A sample is what the registers and the top of the stack held. Nothing of it runs in the threads themselves: no signal,
//! no lock, no memory of theirs is touched, so a thread may be sampled whatever it does. Invariant: what waits to be
//! read is bounded by the rings of the threads; what does not fit is lost and counted.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::io;
use std::ops::Range;
use std::os::unix::fs as unix;
use std::path::Path;
use std::time::Duration;

use perf_event::data::Record;
use perf_event::events::Software;
use perf_event::{Builder, SampleFlag, Sampler};

use crate::file::open_file;
use crate::threads::Thread;

/// Samples all threads until it is dropped.
pub struct Sampling {
    rings: HashMap<u32, Sampler>,
    /// Threads that could not be sampled.
    refused: HashSet<u32>,
    scope: Scope,
    lost: u64,
}

/// What a thread was at when it had computed for another [`INTERVAL`].
#[derive(Debug)]
pub struct Sample<'a> {
    /// The number of the thread.
    pub thread: u32,
    /// Whether the system computed for it; the registers are those of the program nevertheless.
    pub in_system: bool,
    /// Where the program is.
    pub registers: Registers,
    /// What is on its stack, from the stack pointer on; cut at 16 KiB.
    pub stack: &'a [u8],
}

/// The registers that it takes to find one's way down a stack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Registers {
    /// The instruction.
    pub instruction: u64,
    /// The top of the stack.
    pub stack: u64,
    /// The frame.
    pub frame: u64,
    /// Where to return, on machines that have a register for it.
    pub link: u64,
}

/// What is sampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All that a thread costs.
    Whole,
    /// What it computes in the program: the system does not let us see what it does itself.
    Program,
}

impl Sampling {
    /// Begins to sample.
    ///
    /// # Errors
    /// The system does not allow that, or has no such thing.
    pub fn begin() -> io::Result<Self> {
        let mut sampling =
            Self { rings: HashMap::new(), refused: HashSet::new(), scope: Scope::Whole, lost: 0 };
        let ids = Thread::ids()?;
        let mut last = None;
        for scope in [Scope::Whole, Scope::Program] {
            sampling.scope = scope;
            last = sampling.open(&ids);
            if !sampling.rings.is_empty() {
                return Ok(sampling);
            }
            sampling.refused.clear();
        }
        Err(last.unwrap_or_else(|| io::ErrorKind::Unsupported.into()))
    }

    /// Hands out what was sampled since it was looked last. Threads that are new are sampled from now on.
    pub fn look(&mut self, mut take: impl FnMut(&Sample<'_>)) {
        let mut ended = Vec::new();
        for (id, ring) in &mut self.rings {
            self.lost += drain(*id, ring, &mut take);
        }
        if let Ok(ids) = Thread::ids() {
            ended.extend(self.rings.keys().filter(|id| !ids.contains(id)));
            let _ = self.open(&ids);
        }
        for id in ended {
            self.rings.remove(&id);
        }
    }

    /// What is sampled.
    #[must_use]
    pub const fn scope(&self) -> Scope {
        self.scope
    }

    /// How many samples there was no room for.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.lost
    }

    /// How many threads are not sampled, since the system allows no more memory for it.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.refused.len()
    }

    /// Samples those of these threads that are not yet; says why one of them cannot be.
    fn open(&mut self, ids: &[u32]) -> Option<io::Error> {
        let mut why = None;
        for id in ids {
            if self.rings.contains_key(id) || self.refused.contains(id) {
                continue;
            }
            match ring(*id, self.scope) {
                Ok(ring) => {
                    self.rings.insert(*id, ring);
                }
                Err(error) => {
                    self.refused.insert(*id);
                    why = Some(error);
                }
            }
        }
        self.refused.retain(|id| ids.contains(id));
        why
    }
}

impl std::fmt::Debug for Sampling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sampling").field("threads", &self.rings.len()).field("scope", &self.scope).finish()
    }
}

/// The code that the system lends to every program, and that lies nowhere but in memory, at this place (`[vdso]`).
///
/// # Errors
/// It cannot be read.
pub fn lent_code(at: Range<u64>) -> io::Result<Vec<u8>> {
    let length = usize::try_from(at.end.saturating_sub(at.start)).unwrap_or(usize::MAX);
    if length > MOST_LENT {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut bytes = vec![0; length];
    unix::FileExt::read_exact_at(&open_file(Path::new("/proc/self/mem"))?, &mut bytes, at.start)?;
    Ok(bytes)
}

/// The ring of a thread. The clock of its CPU time ticks in software, so virtual machines have it, too.
fn ring(thread: u32, scope: Scope) -> io::Result<Sampler> {
    let mask = REGISTERS.ok_or(io::ErrorKind::Unsupported)?;
    let id = i32::try_from(thread).map_err(io::Error::other)?;
    let interval = u64::try_from(INTERVAL.as_nanos()).unwrap_or(u64::MAX);
    Builder::new(Software::TASK_CLOCK)
        .observe_pid(id)
        .any_cpu()
        .sample_period(interval)
        .sample(SampleFlag::IP)
        .sample(SampleFlag::REGS_USER)
        .sample(SampleFlag::STACK_USER)
        .sample_regs_user(mask)
        .sample_stack_user(STACK)
        .exclude_kernel(scope == Scope::Program)
        .exclude_hv(true)
        .enabled(true)
        .build()?
        .sampled(RING)
}

/// Hands out what is in a ring; gives how much is missing.
fn drain(thread: u32, ring: &mut Sampler, take: &mut impl FnMut(&Sample<'_>)) -> u64 {
    let mut lost = 0;
    while let Some(record) = ring.next_record() {
        let in_system = record.misc() & MODE == SYSTEM;
        match record.parse_record() {
            Ok(Record::Sample(sample)) => {
                let registers = sample.regs_user().and_then(|registers| Registers::read(&registers.regs));
                let Some(registers) = registers else { continue };
                let stack = sample.stack_user().unwrap_or_default();
                take(&Sample { thread, in_system, registers, stack });
            }
            Ok(Record::Lost(record)) => lost += record.lost,
            _ => {}
        }
    }
    lost
}

impl Registers {
    /// From the values of [`REGISTERS`], in the order of their numbers.
    fn read(values: &[u64]) -> Option<Self> {
        match *values {
            [frame, stack, instruction] => Some(Self { instruction, stack, frame, link: 0 }),
            [frame, link, stack, instruction] => Some(Self { instruction, stack, frame, link }),
            // A thread of the system has none.
            _ => None,
        }
    }
}

/// After so much CPU time a thread is sampled again.
pub const INTERVAL: Duration = Duration::from_millis(10);
/// How much of a stack a sample has at the most.
const STACK: u32 = 16 << 10;
/// Room for seven samples: who looks every 40 ms needs four. One page more is the ring's own.
const RING: usize = 128 << 10;
/// It has two pages.
const MOST_LENT: usize = 1 << 16;
/// Which registers, by the numbers that the kernel gives them.
const REGISTERS: Option<u64> = if cfg!(target_arch = "x86_64") {
    // BP, SP, IP
    Some(1 << 6 | 1 << 7 | 1 << 8)
} else if cfg!(target_arch = "aarch64") {
    // X29, LR, SP, PC
    Some(1 << 29 | 1 << 30 | 1 << 31 | 1 << 32)
} else {
    None
};
/// Where a record says what the thread was at, and that it was in the system.
const MODE: u16 = 7;
const SYSTEM: u16 = 1;

//! Where the threads of this process spend their time.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::time::{Duration, Instant, SystemTime};

use windrose_sys::{INTERVAL, Sampling, Scope, Thread};

use super::callers::Callers;
use super::image::{self, Module};
use super::proto::{Mapping, Name, Profile, nanos};

/// A profile that is being taken.
#[derive(Debug)]
pub(crate) struct Recording {
    sampling: Sampling,
    callers: Callers,
    modules: Vec<Module>,
    stacks: HashMap<Stack, u64>,
    threads: HashMap<u32, String>,
    begun: (SystemTime, Instant),
}

/// What samples have in common that are counted together.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Stack {
    thread: u32,
    in_system: bool,
    frames: Vec<u64>,
}

impl Recording {
    /// Begins.
    ///
    /// # Errors
    /// The system does not allow it.
    pub(crate) fn begin() -> io::Result<Self> {
        let (mut callers, mut modules) = (Callers::new(), Vec::new());
        for (module, sections) in image::modules() {
            callers.add(&module, sections);
            modules.push(module);
        }
        Ok(Self {
            sampling: Sampling::begin()?,
            callers,
            modules,
            stacks: HashMap::new(),
            threads: HashMap::new(),
            begun: (SystemTime::now(), Instant::now()),
        })
    }

    /// Counts what was sampled meanwhile; to be called every [`PAUSE`].
    pub(crate) fn look(&mut self) {
        let Self { sampling, callers, stacks, threads, .. } = self;
        let mut is_new = false;
        sampling.look(|sample| {
            let mut frames = callers.of(sample);
            if stacks.len() >= MOST_STACKS {
                frames.truncate(1);
            }
            is_new |= !threads.contains_key(&sample.thread);
            let stack = Stack { thread: sample.thread, in_system: sample.in_system, frames };
            *stacks.entry(stack).or_insert(0) += 1;
        });
        if is_new {
            // A thread may be gone when the profile is written.
            let all = Thread::all().unwrap_or_default();
            threads.extend(all.into_iter().map(|thread| (thread.id, thread.name)));
        }
    }

    /// The profile.
    pub(crate) fn finish(self) -> io::Result<Vec<u8>> {
        let mut profile = Profile::new(&[("samples", "count"), CPU]);
        let interval = nanos(INTERVAL);
        profile.shows(CPU);
        profile.period(CPU, interval);
        profile.taken(self.begun.0, self.begun.1.elapsed());
        for text in self.remarks() {
            profile.comment(&text);
        }
        let wanted: BTreeSet<u64> =
            self.stacks.keys().flat_map(|stack| stack.frames.iter().copied()).collect();
        let symbols = image::symbols(self.modules.iter(), &wanted);
        let places = places(&mut profile, &self.modules, &wanted, &symbols);
        let system = profile.location(0, 0, Some(Name::plain(SYSTEM)));
        for (stack, times) in &self.stacks {
            let at = stack.in_system.then_some(system);
            let at: Vec<u64> = at
                .into_iter()
                .chain(stack.frames.iter().filter_map(|frame| places.get(frame).copied()))
                .collect();
            let name = self.threads.get(&stack.thread).map_or("", String::as_str);
            profile.sample(&at, &[*times, times * interval], &[("thread", name)]);
        }
        profile.finish()
    }

    fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if self.sampling.scope() == Scope::Program {
            let text = "what the system computes for the program is missing: perf_event_paranoid is above 1";
            remarks.push(text.to_owned());
        }
        if self.sampling.lost() > 0 {
            remarks.push(format!("{} samples were lost", self.sampling.lost()));
        }
        if self.sampling.refused() > 0 {
            remarks.push(format!("{} threads could not be sampled", self.sampling.refused()));
        }
        remarks
    }
}

/// Writes the files and the places in them; gives the number of each address.
fn places(
    profile: &mut Profile,
    modules: &[Module],
    wanted: &BTreeSet<u64>,
    symbols: &HashMap<u64, String>,
) -> HashMap<u64, u64> {
    let mut places = HashMap::new();
    let mut elsewhere = wanted.clone();
    for module in modules {
        let own: Vec<u64> = wanted.range(module.code.clone()).copied().collect();
        if own.is_empty() {
            continue;
        }
        let is_named = own.iter().any(|address| symbols.contains_key(address));
        let mapping = profile.mapping(&Mapping {
            start: module.code.start,
            end: module.code.end,
            offset: module.offset,
            path: &module.path,
            build: &module.build,
            is_named,
        });
        for address in own {
            elsewhere.remove(&address);
            let symbol = symbols.get(&address);
            let shown = symbol.map(|symbol| image::shown(symbol));
            let name = shown.as_deref().zip(symbol).map(|(shown, symbol)| Name { shown, symbol });
            places.insert(address, profile.location(mapping, address, name));
        }
    }
    for address in elsewhere {
        places.insert(address, profile.location(0, address, None));
    }
    places
}

const CPU: (&str, &str) = ("cpu", "nanoseconds");
/// Where the system itself computes.
const SYSTEM: &str = "[system]";
/// How often it has to be looked what was sampled.
pub(crate) const PAUSE: Duration = Duration::from_millis(40);
/// So many different stacks are counted; of further ones the innermost place only.
const MOST_STACKS: usize = 20_000;

//! What there is of other things than time: tasks, threads, memory. Each is a table, for people or for `pprof`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io;
use std::path::Path;

use windrose_engine::Status;
use windrose_engine::worker::Told;
use windrose_sys::{Thread, read_file};

use super::proto::{Kind, Name, Profile, nanos};

/// Rows with a name and a few numbers.
#[derive(Debug)]
pub(crate) struct Table {
    kinds: Vec<Kind>,
    rows: Vec<(String, Vec<u64>)>,
}

impl Table {
    /// Tasks and connections of each worker.
    pub(crate) fn tasks(status: Option<&Status>) -> Self {
        let workers = status.map(Status::workers).unwrap_or_default();
        let row = |(index, worker): (usize, &Told<'_>)| {
            (format!("worker {index}"), vec![worker.tasks as u64, worker.open as u64])
        };
        let rows = workers.iter().enumerate().map(row).collect();
        Self { kinds: vec![("tasks", "count"), ("connections", "count")], rows }
    }

    /// The threads, with what each has cost since it was started.
    pub(crate) fn threads() -> io::Result<Self> {
        let mut by_name = BTreeMap::<String, Vec<u64>>::new();
        for thread in Thread::all()? {
            let sums = by_name.entry(thread.name).or_insert_with(|| vec![0; 3]);
            for (sum, more) in sums.iter_mut().zip([1, nanos(thread.user), nanos(thread.system)]) {
                *sum += more;
            }
        }
        let kinds = vec![("threads", "count"), ("user", "nanoseconds"), ("system", "nanoseconds")];
        Ok(Self { kinds, rows: by_name.into_iter().collect() })
    }

    /// Memory by what it is of: the heap, stacks, files.
    pub(crate) fn memory() -> io::Result<Self> {
        let maps = read_file(Path::new("/proc/self/smaps"), LONGEST)?;
        Ok(Self::parse(&String::from_utf8_lossy(&maps)))
    }

    /// Reads a head such as `7f12-7f34 rw-p 0 00:00 0   /path`, with lines such as `Rss:   12 kB` below it.
    pub(super) fn parse(maps: &str) -> Self {
        let mut by_name = BTreeMap::<String, Vec<u64>>::new();
        let mut name = String::new();
        for line in maps.lines() {
            let Some((field, value)) = line.split_once(':').filter(|(field, _)| !field.contains(' ')) else {
                let path = line.split_ascii_whitespace().skip(5).collect::<Vec<_>>().join(" ");
                name = if path.is_empty() { ANONYMOUS.to_owned() } else { path };
                continue;
            };
            let Some(at) = FIELDS.iter().position(|known| *known == field) else { continue };
            let number = value.split_ascii_whitespace().next().and_then(|number| number.parse::<u64>().ok());
            let sums = by_name.entry(name.clone()).or_insert_with(|| vec![0; FIELDS.len()]);
            sums[at] += number.unwrap_or(0) * 1024;
        }
        by_name.retain(|_, sums| sums.iter().any(|sum| *sum > 0));
        let kinds = vec![("resident", "bytes"), ("private", "bytes"), ("swapped", "bytes")];
        Self { kinds, rows: by_name.into_iter().collect() }
    }

    /// For people: the largest first.
    pub(crate) fn text(mut self) -> Vec<u8> {
        self.rows.sort_by(|(_, one), (_, other)| other.cmp(one));
        let mut text = String::new();
        for (name, unit) in &self.kinds {
            let _ = write!(text, "{:>20}", format!("{name}/{unit}"));
        }
        text.push('\n');
        for (name, values) in &self.rows {
            for value in values {
                let _ = write!(text, "{value:>20}");
            }
            let _ = writeln!(text, "  {name}");
        }
        text.into_bytes()
    }

    /// For `pprof`.
    pub(crate) fn profile(self) -> io::Result<Vec<u8>> {
        let mut profile = Profile::new(&self.kinds);
        if let Some(first) = self.kinds.first() {
            profile.shows(*first);
        }
        profile.taken(std::time::SystemTime::now(), std::time::Duration::ZERO);
        for (name, values) in &self.rows {
            let place = profile.location(0, 0, Some(Name::plain(name)));
            profile.sample(&[place], values, &[]);
        }
        profile.finish()
    }
}

/// Memory that no file is behind: the allocator's, mostly.
const ANONYMOUS: &str = "[anonymous]";
const FIELDS: [&str; 3] = ["Rss", "Private_Dirty", "Swap"];
/// The most bytes of what the system says.
const LONGEST: u64 = 32 << 20;

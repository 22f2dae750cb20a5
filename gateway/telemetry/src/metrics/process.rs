//! What the system tells of this process, under the names that every client of Prometheus uses.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::text::{Text, Type};

/// Writes the families of the process; those that the system does not tell are left out.
pub(super) fn write(text: &mut Text, started: SystemTime) {
    let stat = read("stat");
    // The name of the program, which may hold anything, ends with the last parenthesis.
    let fields: Vec<u64> = stat
        .rsplit_once(')')
        .map(|(_, rest)| rest.split_whitespace().map(|field| field.parse().unwrap_or(0)).collect())
        .unwrap_or_default();
    let field = |number: usize| fields.get(number).copied();
    if let (Some(user), Some(system)) = (field(UTIME), field(STIME)) {
        #[allow(clippy::cast_precision_loss, reason = "hundredths of seconds, for a few million years")]
        let seconds = (user + system) as f64 / TICKS;
        let help = "Total user and system CPU time spent in seconds.";
        one(text, "process_cpu_seconds_total", help, Type::Counter, seconds);
    }
    if let Some(most) = most_files(&read("limits")) {
        one(text, "process_max_fds", "Maximum number of open file descriptors.", Type::Gauge, most);
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        one(text, "process_open_fds", "Number of open file descriptors.", Type::Gauge, open.count());
    }
    let status = read("status");
    if let Some(bytes) = kilobytes(&status, "VmRSS:") {
        one(text, "process_resident_memory_bytes", "Resident memory size in bytes.", Type::Gauge, bytes);
    }
    let since = started.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let help = "Start time of the process since unix epoch in seconds.";
    one(text, "process_start_time_seconds", help, Type::Gauge, since);
    if let Some(bytes) = kilobytes(&status, "VmSize:") {
        one(text, "process_virtual_memory_bytes", "Virtual memory size in bytes.", Type::Gauge, bytes);
    }
}

fn one(text: &mut Text, name: &str, help: &str, kind: Type, value: impl std::fmt::Display) {
    text.family(name, help, kind);
    text.sample(name, &[], value);
}

fn read(name: &str) -> String {
    let read = windrose_sys::read_file(&Path::new("/proc/self").join(name), LONGEST);
    read.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

fn kilobytes(status: &str, key: &str) -> Option<u64> {
    let rest = status.lines().find_map(|line| line.strip_prefix(key))?;
    rest.split_whitespace().next()?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

fn most_files(limits: &str) -> Option<u64> {
    let rest = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    rest.split_whitespace().next()?.parse().ok()
}

/// How much the system tells at most.
const LONGEST: u64 = 64 * 1024;
/// Fields of `stat` behind the name of the program.
const UTIME: usize = 11;
const STIME: usize = 12;
/// Linux tells processor time in hundredths of seconds, whatever it counts itself in.
const TICKS: f64 = 100.0;

//! Profiles of the process, at the paths where Go has its own, and in the format that `go tool pprof` reads.
//!
//! Must not know: what a profile is of beyond numbers and names of functions; nothing of a stack but addresses leaves this
//! module. Invariant: there is one profile of CPU time at a time, and it ends.

mod callers;
mod cpu;
mod image;
mod proto;
mod tables;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};
use windrose_http::body::Gathered;
use windrose_http::{Exchange, Method, Reply};

use crate::answer::Answer;
use crate::query::pairs;
use crate::stage::Window;

use cpu::Recording;
use tables::Table;

/// Takes profiles.
#[derive(Debug, Default)]
pub(crate) struct Pprof {
    is_taken: AtomicBool,
    /// Of those who read files of the program; each of them reads all of its symbols.
    reading: Arc<Mutex<()>>,
}

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// What there is.
    Index,
    /// The program.
    Program,
    /// Where time is spent.
    Cpu,
    /// What addresses are called.
    Symbol,
    /// Tasks of workers.
    Tasks,
    /// Threads.
    Threads,
    /// Memory.
    Memory,
}

impl Asked {
    /// What a path below the base path asks for.
    pub(crate) fn parse(path: &str) -> Option<Self> {
        Some(match path.strip_prefix("/debug/pprof/")? {
            "" => Self::Index,
            "cmdline" => Self::Program,
            "profile" => Self::Cpu,
            "symbol" => Self::Symbol,
            "goroutine" => Self::Tasks,
            "threadcreate" => Self::Threads,
            "heap" => Self::Memory,
            _ => return None,
        })
    }
}

impl Pprof {
    /// Answers a request.
    pub(crate) async fn answer(&self, asked: Asked, ex: &mut Exchange, window: &Window) -> Reply {
        let is_allowed = ex.method == Method::Get || (ex.method == Method::Post && asked == Asked::Symbol);
        if !is_allowed {
            return Reply::empty(405);
        }
        let query = ex.target.query().map(str::to_owned);
        let answer = match asked {
            Asked::Index => Ok(Answer::text(INDEX.into())),
            // Arguments may hold secrets.
            Asked::Program => Ok(Answer::text(program().into_bytes())),
            Asked::Cpu => self.cpu(query.as_deref()).await,
            Asked::Symbol => self.symbols(ex, query).await,
            Asked::Tasks => {
                let window = Arc::clone(window);
                table(query, "goroutine", move || Ok(Table::tasks(window.get().map(|status| &**status))))
                    .await
            }
            Asked::Threads => table(query, "threadcreate", Table::threads).await,
            Asked::Memory => table(query, "heap", Table::memory).await,
        };
        answer.unwrap_or_else(|bad| bad).into_reply()
    }

    /// Takes a profile. If whoever asked goes away, it ends.
    async fn cpu(&self, query: Option<&str>) -> Result<Answer, Answer> {
        let span = span(query)?;
        let _turn = Turn::take(&self.is_taken)
            .ok_or_else(|| Answer::error(503, "another profile is being taken, ask again when it is done"))?;
        let begun = away(Recording::begin).await?;
        let mut recording = begun.map_err(|error| {
            Answer::error(501, &format!("the system does not allow it to take a profile ({error}); {HOW}"))
        })?;
        let end = Instant::now() + span;
        while Instant::now() < end {
            sleep(cpu::PAUSE.min(end - Instant::now())).await;
            recording = away(move || {
                recording.look();
                recording
            })
            .await?;
        }
        let profile = away(move || recording.finish()).await?;
        Ok(Answer::profile("profile", profile.map_err(|error| wrong(&error))?))
    }

    /// What addresses such as `0x12+0x34` are called, each on a line of its own; how many names there are, where none is asked
    /// for: as `pprof` wants it, one is as good as all.
    async fn symbols(&self, ex: &mut Exchange, query: Option<String>) -> Result<Answer, Answer> {
        let asked = if ex.method == Method::Post {
            match ex.body.gather(MOST_ASKED).await {
                Ok(Gathered::Whole(body)) => String::from_utf8_lossy(&body).into_owned(),
                Ok(Gathered::Longer) => {
                    return Err(Answer::error(413, "that is too much to ask for at a time"));
                }
                Err(error) => return Err(Answer::error(400, &error.to_string())),
            }
        } else {
            query.unwrap_or_default()
        };
        // It goes along with the work, which goes on if whoever asked goes away.
        let turn = Arc::clone(&self.reading).lock_owned().await;
        let work = move || {
            let _turn = turn;
            let hex = |text: &str| u64::from_str_radix(text.trim().strip_prefix("0x")?, 16).ok();
            let wanted: BTreeSet<u64> = asked.split('+').filter_map(hex).collect();
            let mut text = "num_symbols: 1\n".to_owned();
            if !wanted.is_empty() {
                let modules: Vec<_> = image::modules().into_iter().map(|(module, _)| module).collect();
                let symbols = image::symbols(modules.iter(), &wanted);
                for (address, symbol) in
                    wanted.iter().filter_map(|address| Some((address, symbols.get(address)?)))
                {
                    let _ = writeln!(text, "{address:#x} {}", image::shown(symbol));
                }
            }
            Answer::text(text.into_bytes())
        };
        away(work).await
    }
}

/// The right to take a profile.
struct Turn<'a>(&'a AtomicBool);

impl<'a> Turn<'a> {
    fn take(is_taken: &'a AtomicBool) -> Option<Self> {
        (!is_taken.swap(true, Ordering::Acquire)).then_some(Self(is_taken))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// How long a profile shall take.
fn span(query: Option<&str>) -> Result<Duration, Answer> {
    let Some(seconds) = parameter(query, "seconds") else { return Ok(USUAL) };
    match seconds.parse::<u64>() {
        // traefik: the same
        Ok(0) | Err(_) => Ok(USUAL),
        Ok(seconds) if seconds > LONGEST.as_secs() => {
            Err(Answer::error(400, &format!("a profile takes {} seconds at the most", LONGEST.as_secs())))
        }
        Ok(seconds) => Ok(Duration::from_secs(seconds)),
    }
}

/// A table for people or for programs.
async fn table(
    query: Option<String>,
    name: &'static str,
    make: impl FnOnce() -> io::Result<Table> + Send + 'static,
) -> Result<Answer, Answer> {
    let is_text = parameter(query.as_deref(), "debug").is_some_and(|debug| debug != "0");
    let work = move || {
        let table = make()?;
        Ok(if is_text { Answer::text(table.text()) } else { Answer::profile(name, table.profile()?) })
    };
    away(work).await?.map_err(|error: io::Error| wrong(&error))
}

/// On a thread that may take its time.
async fn away<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Answer> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Answer::error(500, "the profile could not be made"))
}

fn program() -> String {
    std::env::args_os().next().unwrap_or_default().to_string_lossy().into_owned()
}

fn parameter(query: Option<&str>, name: &str) -> Option<String> {
    pairs(query).find(|(known, _)| known == name).map(|(_, value)| value.to_string())
}

fn wrong(error: &io::Error) -> Answer {
    Answer::error(500, &error.to_string())
}

/// As long as Go's.
const USUAL: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_secs(60);
const MOST_ASKED: usize = 1 << 20;
const HOW: &str = "it needs /proc/sys/kernel/perf_event_paranoid of 2 or less or the capability PERFMON, and in a \
                   container a seccomp profile that allows perf_event_open";
const INDEX: &str = "\
profile       where CPU time is spent, by function; ?seconds=N, 30 unless said otherwise
heap          memory that is resident, by what it is of; not by function
goroutine     tasks and connections of each worker
threadcreate  threads, and the CPU time of each since it was started
symbol        names of functions, by address
cmdline       the program, without its arguments

go tool pprof reads each of the first four; ?debug=1 shows the last three of these as text.
";

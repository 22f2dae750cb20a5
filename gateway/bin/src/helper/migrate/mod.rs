//! `windrose migrate traefik`: what is different for a given configuration.
//!
//! What is wrong is what `windrose check` says. What differs on purpose stands in `docs/migrate.md`; here is only which
//! of its rows concern what is used.

mod differences;
mod nginx;
#[cfg(test)]
mod tests;

use std::fmt::Write;
use std::path::Path;

use serde_json::Value;
use windrose_config::{Problem, Severity, harmless};

use crate::arguments::Checked as What;
use crate::check::{self, Checked, Written};
use crate::configuration::{self, Surroundings};
use crate::{compose, problems};

pub(super) use nginx::{manifests, surveyed};

use differences::Difference;

/// What is said.
pub(super) struct Report {
    /// For people.
    pub(super) text: String,
    /// Whether something cannot be taken over as it is.
    pub(super) is_blocked: bool,
}

/// Looks at files, or at the install configuration that options lead to.
pub(super) fn report(what: &[String], around: &Surroundings) -> Report {
    let Read { mut checked, notes } = read(what, around);
    problems::sort(&mut checked.problems);
    checked.problems.dedup();
    let is_blocked = configuration::is_fatal(&checked.problems);
    let (errors, warnings): (Vec<Problem>, Vec<Problem>) =
        checked.problems.into_iter().partition(|problem| problem.severity == Severity::Error);
    let mut text = String::new();
    let mut part = |title: &str, lines: String| {
        if !lines.is_empty() {
            let _ = writeln!(text, "{title}\n\n{lines}");
        }
    };
    part("To mend: this stops the start, or disables the object it is about.", problems::text(&errors));
    part("To know: this works or has no effect.", problems::text(&warnings));
    part("For the image.", listed(notes.iter().map(String::as_str)));
    let written = checked.written;
    let different = differences::of(&written);
    part(
        "Different on purpose, for what is used here (docs/migrate.md has them all).",
        listed(different.iter().map(Difference::line).collect::<Vec<_>>().iter().map(String::as_str)),
    );
    let _ = writeln!(text, "{}; {}", harmless(&checked.read), counted(&written));
    let next = if is_blocked {
        "Mend what is named above, then ask again."
    } else {
        "Nothing has to be changed: start windrose in place of traefik, with the same files, flags and variables."
    };
    let _ = writeln!(text, "{next}");
    Report { text, is_blocked }
}

struct Read {
    checked: Checked,
    /// What is to be known of the image.
    notes: Vec<String>,
}

/// Options lead to an install configuration; files may be that, routing, or Compose's.
fn read(what: &[String], around: &Surroundings) -> Read {
    if what.first().is_none_or(|first| first.starts_with('-')) {
        return Read { checked: check::check(&What::Install(what.to_vec()), around), notes: Vec::new() };
    }
    let (installs, others): (Vec<&String>, Vec<&String>) =
        what.iter().partition(|file| check::is_install(Path::new(file)));
    let mut checked = Checked::default();
    for file in installs {
        add(&mut checked, check::check(&What::Install(vec![format!("--configFile={file}")]), around));
    }
    let others: Vec<String> = others.into_iter().cloned().collect();
    let composed: Vec<&Path> =
        others.iter().map(Path::new).filter(|path| compose::is_compose(path)).collect();
    let notes = compose::Compose::read(&composed, around).notes();
    if !others.is_empty() {
        add(&mut checked, check::check(&What::Files(others), around));
    }
    Read { checked, notes }
}

fn add(all: &mut Checked, more: Checked) {
    all.read = if all.read.is_empty() { more.read } else { format!("{}; {}", all.read, more.read) };
    all.problems.extend(more.problems);
    all.written.install = all.written.install.take().or(more.written.install);
    all.written.routing.extend(more.written.routing);
}

fn listed<'l>(lines: impl Iterator<Item = &'l str>) -> String {
    lines.map(|line| format!("  * {}\n", harmless(line))).collect()
}

/// How much there is.
fn counted(written: &Written) -> String {
    let parts: Vec<Value> = written.documents();
    let count = |section: &str| -> usize {
        let sections = ["http", "tcp", "udp"].iter().map(|root| {
            let all = parts.iter().filter_map(|part| part.get(root)?.get(section)?.as_object());
            all.map(serde_json::Map::len).sum::<usize>()
        });
        sections.sum()
    };
    let words = [("routers", "router"), ("services", "service"), ("middlewares", "middleware")];
    let words = words.map(|(section, word)| {
        let count = count(section);
        format!("{count} {word}{}", if count == 1 { "" } else { "s" })
    });
    words.join(", ")
}

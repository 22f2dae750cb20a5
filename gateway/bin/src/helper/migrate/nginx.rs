//! `windrose migrate ingress-nginx`: what becomes of the Ingresses in a folder of manifests, or in a cluster.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use windrose_config::{Problem, Source, harmless};
use windrose_provider_kubernetes::NginxOptions;
use windrose_provider_kubernetes::survey::Survey;
use windrose_provider_kubernetes::translate::nginx::audit::{Audit, Manifests, Note, Outcome, outcome_of};

use super::Report;
use crate::problems;

/// Looks at files, and at folders with all below them.
pub(in crate::helper) fn manifests(places: &[PathBuf]) -> Report {
    let mut manifests = Manifests::default();
    let mut files = Vec::new();
    for place in places {
        find(place, &mut files, &mut manifests.problems);
    }
    files.sort();
    for file in &files {
        match windrose_sys::read_file(file, LARGEST) {
            Ok(bytes) => manifests.add(&file.display().to_string(), &String::from_utf8_lossy(&bytes)),
            Err(error) => manifests.problems.push(unreadable(file, &error)),
        }
    }
    reported(&manifests, &format!("{} files", files.len()), None)
}

/// What was seen of a cluster.
pub(in crate::helper) fn surveyed(survey: &Survey) -> Report {
    let Survey { manifests, count, config_map, hidden } = survey;
    let mut report = reported(manifests, &format!("{count} objects"), config_map.as_deref());
    if !hidden.is_empty() {
        let mut first = "May not be looked at, so what is said of them is not known.\n\n".to_owned();
        for (kind, why) in hidden {
            let _ = writeln!(first, "  * {kind}: {}", crate::chain(why));
        }
        report.text = format!("{first}\n{}", report.text);
    }
    report
}

/// What becomes of the Ingresses among so many things looked at.
fn reported(manifests: &Manifests, looked_at: &str, config_map: Option<&str>) -> Report {
    let config_map = config_map.and_then(|named| named.split_once('/'));
    let options = NginxOptions {
        without_class: true,
        config_map: config_map.map(|(namespace, name)| (namespace.into(), name.into())),
        ..NginxOptions::usual()
    };
    let audit = manifests.audit(&options);
    let is_blocked = !manifests.problems.is_empty() || audit.count(Outcome::Refused) > 0;
    let mut text = String::new();
    if !manifests.problems.is_empty() {
        let _ = writeln!(text, "Not read.\n\n{}", problems::text(&manifests.problems));
    }
    told(&mut text, &audit);
    let of = |outcome| format!("{} {outcome}", audit.count(outcome));
    let count = audit.ingresses.len();
    let _ = writeln!(
        text,
        "{looked_at}, {count} Ingress{} of ingress-nginx: {}, {}, {}",
        if count == 1 { "" } else { "es" },
        of(Outcome::Clean),
        of(Outcome::Approximated),
        of(Outcome::Refused),
    );
    Report { text, is_blocked }
}

/// The Ingresses, those of which something is refused first.
fn told(text: &mut String, audit: &Audit) {
    let lines = |text: &mut String, notes: &[Note]| {
        for note in notes {
            let _ = writeln!(text, "  * {}", harmless(&note.text));
        }
    };
    for outcome in [Outcome::Refused, Outcome::Approximated, Outcome::Clean] {
        let such = audit.ingresses.iter().filter(|(_, notes)| outcome_of(notes) == outcome);
        for ((namespace, name), notes) in such {
            let _ = writeln!(text, "{outcome}: {}/{}", harmless(namespace), harmless(name));
            lines(text, notes);
        }
    }
    if !audit.others.is_empty() {
        let _ = writeln!(text, "besides");
        lines(text, &audit.others);
    }
    if !text.is_empty() {
        text.push('\n');
    }
}

/// The manifests at a place.
fn find(place: &Path, files: &mut Vec<PathBuf>, problems: &mut Vec<Problem>) {
    if !place.is_dir() {
        return files.push(place.to_owned());
    }
    let entries = match std::fs::read_dir(place) {
        Ok(entries) => entries,
        Err(error) => return problems.push(unreadable(place, &error)),
    };
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        // A link to a folder could lead round in a circle.
        let is_folder = path.is_dir() && !path.is_symlink();
        if is_folder || (path.is_file() && matches!(ending, "yaml" | "yml" | "json")) {
            find(&path, files, problems);
        }
    }
}

fn unreadable(place: &Path, error: &std::io::Error) -> Problem {
    let source = Source::file(&place.display().to_string());
    Problem::error(format!("cannot be read: {error}")).at(&source, windrose_config::Mark::default())
}

/// The longest manifest that is read.
const LARGEST: u64 = 64 << 20;

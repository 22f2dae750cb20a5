//! The first level of a routing file.
//!
//! Traefik ignores keys that it does not know there, and people use that: for anchors, and for one file that holds both
//! configurations. So they are told and do no harm; a slip of the pen is an error.

use std::sync::Arc;

use crate::origin::Source;
use crate::problem::{Problem, Severity};
use crate::shape::Shape;
use crate::static_config::StaticConfig;
use crate::tree::{Entry, is_slip, unknown_field};

/// The entries whose keys are known, and what is wrong with the others.
pub(super) fn known(entries: Box<[Entry]>, source: &Arc<Source>) -> (Box<[Entry]>, Vec<Problem>) {
    let is_known = |entry: &Entry| ROOTS.iter().any(|name| name.eq_ignore_ascii_case(&entry.key));
    if entries.iter().all(is_known) {
        return (entries, Vec::new());
    }
    let (known, unknown): (Vec<_>, Vec<_>) = entries.into_iter().partition(is_known);
    let install = match StaticConfig::shape() {
        Shape::Section(fields) => fields,
        _ => Vec::new(),
    };
    let problems = unknown
        .iter()
        .map(|entry| {
            let name =
                install.iter().map(|(name, _)| *name).find(|name| name.eq_ignore_ascii_case(&entry.key));
            match name {
                Some(_) => {
                    let message =
                        format!("`{}` belongs in the install configuration and does nothing here", entry.key);
                    let problem = Problem::warning(message).at(source, entry.mark);
                    problem.spanning(entry.key.chars().count())
                }
                None => unknown_root(entry, &ROOTS, source),
            }
        })
        .collect();
    (known.into(), problems)
}

/// The problem of a root key that nobody knows: an error when it is a slip of the pen.
pub(crate) fn unknown_root(entry: &Entry, known: &[&str], source: &Arc<Source>) -> Problem {
    let problem = unknown_field(entry, known, source);
    let is_slip = problem.nearest.as_deref().is_some_and(|meant| is_slip(&entry.key, meant));
    Problem { severity: if is_slip { Severity::Error } else { Severity::Warning }, ..problem }
}

/// The sections of routing.
pub(crate) const ROOTS: [&str; 4] = ["http", "tcp", "udp", "tls"];

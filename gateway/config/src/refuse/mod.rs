//! Options that Traefik knows and this gateway does not implement yet: refused by name, never silently ignored.
//!
//! Owns two tables, [`DYNAMIC`] and [`STATIC`]; implementing an option ends with deleting its line. Must not know how
//! an option would work. Invariant: absent options and those with a value that changes nothing are never refused.

mod table;
#[cfg(test)]
mod tests;
mod walk;

use std::sync::Arc;

use crate::origin::{Mark, Source};
use crate::problem::{Problem, Section};
use crate::tree::Tree;

pub use table::{Allowed, DYNAMIC, Refusal, STATIC};

use walk::{At, walk};

/// What of a static document is refused.
#[must_use]
pub fn check(document: &Tree, source: &Arc<Source>, table: &[Refusal]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for refusal in table {
        let pattern: Vec<&str> = refusal.path.split('.').collect();
        let at = At { path: String::new(), mark: document.mark, length: 0, value: document };
        walk(&at, &pattern, refusal, source, &mut problems);
    }
    problems
}

/// A table, sorted by the section of the objects it concerns.
pub(crate) struct Refusals {
    sections: Vec<(Section, Vec<Pattern>)>,
}

struct Pattern {
    rest: Vec<&'static str>,
    refusal: Refusal,
}

impl Refusals {
    pub(crate) fn new(table: &[Refusal]) -> Self {
        let sections = Section::ALL.map(|section| (section, patterns_of(section, table)));
        Self { sections: sections.into_iter().filter(|(_, patterns)| !patterns.is_empty()).collect() }
    }

    /// What of one object is refused.
    pub(crate) fn of_object(
        &self,
        section: Section,
        name: &str,
        mark: Mark,
        value: &Tree,
        source: &Arc<Source>,
    ) -> Vec<Problem> {
        let Some((_, patterns)) = self.sections.iter().find(|(candidate, _)| *candidate == section) else {
            return Vec::new();
        };
        let mut problems = Vec::new();
        for pattern in patterns {
            let length = name.chars().count();
            let at = At { path: String::new(), mark, length, value };
            let before = problems.len();
            walk(&at, &pattern.rest, &pattern.refusal, source, &mut problems);
            for problem in problems.iter_mut().skip(before) {
                let separator = if problem.message.starts_with(' ') { "" } else { "." };
                problem.message = format!("{section}.{name}{separator}{}", problem.message);
            }
        }
        problems
    }
}

/// The lines of a table that concern objects of a section, without the part that leads to the object.
fn patterns_of(section: Section, table: &[Refusal]) -> Vec<Pattern> {
    let of_section = table.iter().filter_map(|refusal| {
        let rest = refusal.path.strip_prefix(section.path())?.strip_prefix(".*")?;
        let rest = rest.split('.').filter(|part| !part.is_empty()).collect();
        Some(Pattern { rest, refusal: *refusal })
    });
    of_section.collect()
}

//! Options that Traefik knows and this gateway does not implement yet: refused or told by name, never silently ignored.
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

pub use table::{Allowed, DYNAMIC, Outcome, Refusal, STATIC};

pub(crate) use walk::{At, walk};

/// What of a static document is refused, and what is told because it has no effect.
#[must_use]
pub fn check(document: &Tree, source: &Arc<Source>, table: &[Refusal]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for refusal in table {
        let pattern: Vec<&str> = refusal.path.split('.').collect();
        walk(&At::root(document), &pattern, refusal.allowed, &mut |at| {
            let problem = match refusal.outcome {
                Outcome::Refused => Problem::error(refused(&at.path, refusal.instead)),
                Outcome::Told => Problem::warning(told(&at.path, refusal.instead)),
            };
            problems.push(problem.at(source, at.mark).spanning(at.length));
        });
    }
    problems
}

/// A table, sorted by the section of the objects it concerns.
pub(crate) struct Refusals {
    sections: Vec<(Section, Vec<Pattern>)>,
}

struct Pattern {
    rest: Vec<&'static str>,
    allowed: Allowed,
    instead: &'static str,
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
        let object = At { path: String::new(), mark, length: name.chars().count(), value };
        for Pattern { rest, allowed, instead } in patterns {
            walk(&object, rest, *allowed, &mut |at| {
                let separator = if at.path.is_empty() { "" } else { "." };
                let path = format!("{section}.{name}{separator}{}", at.path);
                problems
                    .push(Problem::error(refused(&path, instead)).at(source, at.mark).spanning(at.length));
            });
        }
        problems
    }
}

/// The lines of a table that concern objects of a section, without the part that leads to the object.
fn patterns_of(section: Section, table: &[Refusal]) -> Vec<Pattern> {
    let of_section = table.iter().filter_map(|refusal| {
        let rest = refusal.path.strip_prefix(section.path())?.strip_prefix(".*")?;
        let rest = rest.split('.').filter(|part| !part.is_empty()).collect();
        Some(Pattern { rest, allowed: refusal.allowed, instead: refusal.instead })
    });
    of_section.collect()
}

fn refused(path: &str, instead: &str) -> String {
    format!("{path} is not supported yet; {instead} (see docs/reference/refused.md)")
}

fn told(path: &str, instead: &str) -> String {
    format!("{path} is accepted and has no effect yet; {instead} (see docs/reference/refused.md)")
}

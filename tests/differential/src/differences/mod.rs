//! The intended differences: `differences.yaml`, read, applied, and checked for entries that no longer hold.
//!
//! An entry excuses a disagreement only if one of its case patterns and one of its fact patterns match. Every pattern
//! of every entry must excuse at least one disagreement in a full run, so the list cannot outlive its reasons.

use std::{collections::BTreeSet, fs, path::Path};

use serde::Deserialize;

use crate::{compare::Disagreement, text::glob};

/// The whole list.
#[derive(Debug, Default)]
pub struct Differences {
    entries: Vec<Difference>,
    used: BTreeSet<(usize, Pattern)>,
}

/// One intended difference.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// Patterns of full case names (`group::case`).
    pub cases: Vec<String>,
    /// Patterns of fact names.
    pub differs: Vec<String>,
    /// What Windrose must do in these cases.
    pub windrose: Option<Wanted>,
    /// Why it is intended.
    pub reason: String,
}

/// What Windrose must do where it differs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// The final statuses, 0 for none.
    pub statuses: Vec<u16>,
    /// How many requests reach a server.
    pub received: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Pattern {
    Case(usize),
    Fact(usize),
}

impl Differences {
    /// Reads the list.
    ///
    /// # Errors
    /// When the file cannot be read or does not have the written form; the text says why.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text =
            fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        Self::parse(&text).map_err(|error| format!("cannot use {}: {error}", path.display()))
    }

    /// Reads the list from its text.
    ///
    /// # Errors
    /// When the text does not have the written form.
    pub fn parse(text: &str) -> Result<Self, String> {
        let entries = serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
        Ok(Self { entries, used: BTreeSet::new() })
    }

    /// True if some entry intends this disagreement; remembers which patterns said so.
    pub fn excuse(&mut self, case: &str, disagreement: &Disagreement) -> bool {
        let mut excused = false;
        for (number, entry) in self.entries.iter().enumerate() {
            let cases = matching(&entry.cases, case);
            let facts = matching(&entry.differs, &disagreement.fact);
            if cases.is_empty() || facts.is_empty() {
                continue;
            }
            excused = true;
            self.used.extend(cases.into_iter().map(|index| (number, Pattern::Case(index))));
            self.used.extend(facts.into_iter().map(|index| (number, Pattern::Fact(index))));
        }
        excused
    }

    /// What Windrose must do in a case, by all entries that say so.
    pub fn wanted(&self, case: &str) -> impl Iterator<Item = &Wanted> {
        let applies = move |entry: &&Difference| !matching(&entry.cases, case).is_empty();
        self.entries.iter().filter(applies).filter_map(|entry| entry.windrose.as_ref())
    }

    /// The patterns that excused nothing.
    #[must_use]
    pub fn stale(&self) -> Vec<String> {
        let mut stale = Vec::new();
        for (number, entry) in self.entries.iter().enumerate() {
            let cases = entry.cases.iter().enumerate().map(|(index, text)| (Pattern::Case(index), text));
            let facts = entry.differs.iter().enumerate().map(|(index, text)| (Pattern::Fact(index), text));
            for (pattern, text) in cases.chain(facts) {
                if !self.used.contains(&(number, pattern)) {
                    stale.push(format!("{text:?} of entry {} ({})", number + 1, entry.reason.trim()));
                }
            }
        }
        stale
    }
}

fn matching(patterns: &[String], text: &str) -> Vec<usize> {
    let matches = |(index, pattern): (usize, &String)| glob(pattern, text).then_some(index);
    patterns.iter().enumerate().filter_map(matches).collect()
}

#[cfg(test)]
mod tests;

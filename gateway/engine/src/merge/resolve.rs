//! What a name means, and where objects are.

use std::sync::Arc;

use windrose_config::dynamic_config::Objects;
use windrose_config::{DynamicConfig, Section};

use super::{Merged, Part};

/// Where an object is: the place of its provider among the parts, and its place in the section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct At {
    /// Which part.
    pub part: usize,
    /// Which object.
    pub index: usize,
}

/// `name@provider`, unless the reference names a provider itself.
#[must_use]
pub fn qualified(reference: &str, provider: &str) -> Arc<str> {
    if reference.contains('@') {
        return Arc::from(reference);
    }
    let mut text = String::with_capacity(reference.len() + provider.len() + 1);
    text.push_str(reference);
    text.push('@');
    text.push_str(provider);
    Arc::from(text)
}

impl Merged {
    /// The part of a provider.
    #[must_use]
    pub fn part(&self, provider: &str) -> Option<usize> {
        self.parts.binary_search_by(|part| (*part.provider).cmp(provider)).ok()
    }

    /// The object that `reference` means when it is written by `author`; the last `@` separates.
    pub fn find<T>(
        &self,
        reference: &str,
        author: usize,
        section: impl FnOnce(&DynamicConfig) -> &Objects<T>,
    ) -> Option<At> {
        let (name, part) = self.meant(reference, author)?;
        let index = section(&self.parts.get(part)?.config).get_index_of(name)?;
        Some(At { part, index })
    }

    /// Whether `reference` means an object that is written and could not be read.
    #[must_use]
    pub fn is_lost(&self, section: Section, reference: &str, author: usize) -> bool {
        let meant =
            self.meant(reference, author).and_then(|(name, part)| Some((name, self.parts.get(part)?)));
        meant.is_some_and(|(name, part)| part.config.lost.contains(section, name))
    }

    fn meant<'r>(&self, reference: &'r str, author: usize) -> Option<(&'r str, usize)> {
        match reference.rsplit_once('@') {
            Some((name, provider)) => Some((name, self.part(provider)?)),
            None => Some((reference, author)),
        }
    }

    /// The parts with their places.
    pub fn numbered(&self) -> impl Iterator<Item = (usize, &Part)> {
        self.parts.iter().enumerate()
    }
}

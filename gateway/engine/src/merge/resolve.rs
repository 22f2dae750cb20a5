//! What a name means, and where objects are.

use std::sync::Arc;

use windrose_config::DynamicConfig;
use windrose_config::dynamic_config::Objects;

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
        let (name, part) = match reference.rsplit_once('@') {
            Some((name, provider)) => (name, self.part(provider)?),
            None => (reference, author),
        };
        let index = section(&self.parts.get(part)?.config).get_index_of(name)?;
        Some(At { part, index })
    }

    /// The parts with their places.
    pub fn numbered(&self) -> impl Iterator<Item = (usize, &Part)> {
        self.parts.iter().enumerate()
    }
}

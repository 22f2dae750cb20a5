//! TLS options and stores named `default` belong to no provider: only one may declare them.

use std::sync::Arc;

use windrose_config::dynamic_config::{Objects, TlsCertificate};
use windrose_config::origin::Written;
use windrose_config::{DynamicConfig, Section};

use super::{At, Merged, Part};

/// Who declares the object named `default`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsChoice {
    /// Nobody.
    Nobody,
    /// This one.
    One(At),
    /// Somebody, and it cannot be read.
    Lost,
    /// Several providers, so that none of them counts.
    Conflict(Box<[At]>),
}

impl Merged {
    /// Who declares the object named `default` of a section of TLS.
    pub fn tls_default<T>(
        &self,
        section: Section,
        objects: impl Fn(&DynamicConfig) -> &Objects<T>,
    ) -> TlsChoice {
        let is_lost = |of: &Part| {
            of.config.lost.contains(section, DEFAULT) && !objects(&of.config).contains_key(DEFAULT)
        };
        if self.parts.iter().any(is_lost) {
            return TlsChoice::Lost;
        }
        let found = self.numbered().filter_map(|(part, of)| {
            let index = objects(&of.config).get_index_of(DEFAULT)?;
            Some(At { part, index })
        });
        let found: Box<[At]> = found.collect();
        match *found {
            [] => TlsChoice::Nobody,
            [one] => TlsChoice::One(one),
            _ => TlsChoice::Conflict(found),
        }
    }

    /// The certificates of all providers, with the part they are from.
    pub fn certificates(&self) -> impl Iterator<Item = (usize, usize, &Arc<Written<TlsCertificate>>)> {
        self.numbered().flat_map(|(part, of)| {
            of.config.tls.certificates.iter().enumerate().map(move |(index, one)| (part, index, one))
        })
    }
}

/// The name that belongs to no provider.
pub(crate) const DEFAULT: &str = "default";

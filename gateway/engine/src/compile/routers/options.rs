//! Which TLS options a router asks for in each place, and what is wrong with that.

use std::sync::Arc;

use windrose_config::Section;
use windrose_config::dynamic_config::{Name, Router};

use super::draft::unplaced;
use super::{Chosen, Custom, Routed};
use crate::compile::placement::Variant;
use crate::compile::problems::{Dangling, Object};
use crate::compile::{Compiler, Round};
use crate::merge::{At, DEFAULT, Model, Place};

/// The TLS options of a variant.
#[derive(Clone)]
pub(super) struct Choice {
    pub(super) naming: Naming,
    pub(super) options: Chosen,
}

/// Whether options are meant by their name, so that what it means may change.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    Default,
    Named,
}

impl Compiler {
    /// The TLS options of a router that says itself that it is for TLS.
    pub(super) fn own_options(
        &self,
        round: &mut Round<'_>,
        of: Object<'_>,
        written: &Router,
        hosts: Option<&[Arc<str>]>,
    ) -> Option<Choice> {
        let tls = written.tls.as_deref()?;
        Some(self.told_options(round, of, tls.options.as_ref(), hosts))
    }

    /// The TLS options that the entry point of a variant adds.
    pub(super) fn model_options(
        &self,
        round: &mut Round<'_>,
        of: Object<'_>,
        variant: &Variant,
        hosts: Option<&[Arc<str>]>,
    ) -> Choice {
        let tls = model_of(round, variant).and_then(|model| model.tls.as_deref());
        let reference = tls.and_then(|tls| tls.options.as_ref()).map(unplaced);
        self.told_options(round, of, reference.as_ref(), hosts)
    }

    /// The options that are meant; says what is wrong with that.
    fn told_options(
        &self,
        round: &mut Round<'_>,
        of: Object<'_>,
        reference: Option<&Name>,
        hosts: Option<&[Arc<str>]>,
    ) -> Choice {
        let reference = reference.filter(|name| !name.is_empty());
        let (options, why) = self.choose(round, reference, of.at.part);
        if let Some(why) = why {
            let default = Name::from(Arc::from(DEFAULT));
            round.problems.dangling(of, Section::TlsOptions, reference.unwrap_or(&default), why);
        }
        if let (Some(reference), Some([])) = (reference, hosts)
            && !options.is_default()
        {
            let message = "TLS options have no effect without a Host in the rule, the default ones apply";
            round.problems.warning_at(of, reference, message);
        }
        options
    }

    pub(super) fn choose(
        &self,
        round: &Round<'_>,
        reference: Option<&Name>,
        author: usize,
    ) -> (Choice, Option<Dangling>) {
        let naming = match reference {
            Some(reference) if &***reference != DEFAULT => Naming::Named,
            _ => Naming::Default,
        };
        let found = match reference {
            Some(reference) => self.find_options(round, reference, author),
            None => self.default_options(),
        };
        match found {
            Ok(options) if self.is_default(&options) => (Choice { naming, options: Chosen::Default }, None),
            Ok(options) => (Choice { naming, options: Chosen::These(options) }, None),
            Err(why) => (Choice { naming, options: Chosen::Broken }, Some(why)),
        }
    }
}

impl Choice {
    pub(super) const DEFAULT: Self = Self { naming: Naming::Default, options: Chosen::Default };

    pub(super) fn is_default(&self) -> bool {
        matches!(self.options, Chosen::Default)
    }

    pub(super) fn is_usable(&self) -> bool {
        !matches!(self.options, Chosen::Broken)
    }
}

impl Routed {
    /// Takes note of what the hosts of a variant are to get; `at` is nothing for a router that could not be read.
    pub(super) fn note(&mut self, at: Option<At>, variant: &Variant, options: &Chosen, hosts: &[Arc<str>]) {
        let (options, hosts) = (options.clone(), Box::from(hosts));
        self.custom.extend(variant.places.iter().map(|place| Custom {
            at,
            place: *place,
            options: options.clone(),
            hosts: Clone::clone(&hosts),
        }));
    }
}

pub(super) fn place_of<'m>(round: &Round<'m>, variant: &Variant) -> Option<&'m Place> {
    round.merged.places.get(variant.model?)
}

pub(super) fn model_of<'m>(round: &Round<'m>, variant: &Variant) -> Option<&'m Model> {
    place_of(round, variant)?.model.as_deref()
}

//! What is to be said of the objects: which are disabled, and why.
//!
//! Keeps only what differs from "enabled"; everything else is read from what was written. Owns the answers of the API
//! that concern the configuration.

use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use windrose_config::{ObjectRef, Problem, Section, Severity};

use crate::merge::Merged;

/// What is to be said of the objects of one compilation.
#[derive(Debug, Default)]
pub struct Report {
    problems: Arc<[Problem]>,
    /// The problems of each object, by position.
    by_object: HashMap<Section, HashMap<Arc<str>, Vec<Remark>, RandomState>, RandomState>,
}

#[derive(Debug)]
struct Remark {
    provider: Option<Arc<str>>,
    position: usize,
}

/// How an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing is to be said.
    Enabled,
    /// It works, with something to be said.
    Warning,
    /// It cannot be used.
    Disabled,
}

impl Report {
    /// Puts together what providers could not read and what could not be compiled.
    #[must_use]
    pub fn new(merged: &Merged, compiled: Vec<Problem>) -> Self {
        let mut problems = Vec::with_capacity(compiled.len());
        for part in &merged.parts {
            problems.extend(part.config.problems.iter().cloned().map(|mut problem| {
                if let Some(object) = &mut problem.object {
                    object.provider.get_or_insert_with(|| Arc::clone(&part.provider));
                }
                problem
            }));
        }
        problems.extend(compiled);
        let mut by_object: HashMap<_, HashMap<_, Vec<_>, _>, _> = HashMap::default();
        for (position, problem) in problems.iter().enumerate() {
            if let Some(ObjectRef { section, name, provider }) = problem.object.as_deref() {
                let of_section: &mut HashMap<_, _, _> = by_object.entry(*section).or_default();
                let remark = Remark { provider: provider.clone(), position };
                of_section.entry(Arc::clone(name)).or_default().push(remark);
            }
        }
        Self { problems: problems.into(), by_object }
    }

    /// Everything that is wrong.
    #[must_use]
    pub fn problems(&self) -> &Arc<[Problem]> {
        &self.problems
    }

    /// What is wrong with an object.
    pub fn of<'r>(
        &'r self,
        section: Section,
        name: &str,
        provider: &'r str,
    ) -> impl Iterator<Item = &'r Problem> {
        let remarks = self.by_object.get(&section).and_then(|of_section| of_section.get(name));
        let is_its = move |remark: &&Remark| remark.provider.as_deref() == Some(provider);
        remarks.into_iter().flatten().filter(is_its).filter_map(|remark| self.problems.get(remark.position))
    }

    /// How an object is.
    #[must_use]
    pub fn status(&self, section: Section, name: &str, provider: &str) -> Status {
        let worst = self.of(section, name, provider).map(|problem| problem.severity).max();
        match worst {
            None => Status::Enabled,
            Some(Severity::Warning) => Status::Warning,
            Some(Severity::Error) => Status::Disabled,
        }
    }
}

impl PartialEq for Report {
    fn eq(&self, other: &Self) -> bool {
        self.problems == other.problems
    }
}

//! What is to be said of the objects: which are disabled, and why.
//!
//! Keeps only what differs from "enabled"; everything else is read from what was written. Owns the answers of the API
//! that concern the configuration.

use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use windrose_config::dynamic_config::Objects;
use windrose_config::{DynamicConfig, ObjectRef, Origin, Problem, Section, Severity};

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
    severity: Severity,
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
        // By position: what is said of another object, which wanted the same name and did not get it.
        let mut of_others = Vec::new();
        for part in &merged.parts {
            let at = problems.len();
            let is_of_another = |problem: &Problem| {
                let object = problem.object.as_deref()?;
                let written = origin(&part.config, object.section, &object.name)?;
                Some(written.source != problem.origin.as_ref()?.source)
            };
            let found = part.config.problems.iter().enumerate();
            let found = found.filter(|(_, problem)| is_of_another(problem) == Some(true));
            of_others.extend(found.map(|(position, _)| at + position));
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
                let is_of_another = of_others.binary_search(&position).is_ok();
                let severity = if is_of_another { Severity::Warning } else { problem.severity };
                let remark = Remark { provider: provider.clone(), position, severity };
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
        self.remarks(section, name, provider).filter_map(|remark| self.problems.get(remark.position))
    }

    fn remarks<'r>(
        &'r self,
        section: Section,
        name: &str,
        provider: &'r str,
    ) -> impl Iterator<Item = &'r Remark> {
        let remarks = self.by_object.get(&section).and_then(|of_section| of_section.get(name));
        remarks.into_iter().flatten().filter(move |remark| remark.provider.as_deref() == Some(provider))
    }

    /// How an object is.
    #[must_use]
    pub fn status(&self, section: Section, name: &str, provider: &str) -> Status {
        let worst = self.remarks(section, name, provider).map(|remark| remark.severity).max();
        match worst {
            None => Status::Enabled,
            Some(Severity::Warning) => Status::Warning,
            Some(Severity::Error) => Status::Disabled,
        }
    }
}

/// Where an object is written that counts.
fn origin<'c>(config: &'c DynamicConfig, section: Section, name: &str) -> Option<&'c Origin> {
    fn of<'c, T>(objects: &'c Objects<T>, name: &str) -> Option<&'c Origin> {
        objects.get(name).map(|written| &written.origin)
    }
    match section {
        Section::HttpRouters => of(&config.http.routers, name),
        Section::HttpServices => of(&config.http.services, name),
        Section::HttpMiddlewares => of(&config.http.middlewares, name),
        Section::HttpServersTransports => of(&config.http.servers_transports, name),
        Section::TcpRouters => of(&config.tcp.routers, name),
        Section::TcpServices => of(&config.tcp.services, name),
        Section::TcpMiddlewares => of(&config.tcp.middlewares, name),
        Section::TcpServersTransports => of(&config.tcp.servers_transports, name),
        Section::UdpRouters => of(&config.udp.routers, name),
        Section::UdpServices => of(&config.udp.services, name),
        Section::TlsOptions => of(&config.tls.options, name),
        Section::TlsStores => of(&config.tls.stores, name),
        Section::TlsCertificates => None,
    }
}

impl PartialEq for Report {
    fn eq(&self, other: &Self) -> bool {
        self.problems == other.problems
    }
}

#[cfg(test)]
mod tests;

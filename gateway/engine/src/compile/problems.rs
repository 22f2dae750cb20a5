//! Collects what is wrong with objects, and says it the same way everywhere.

use std::sync::Arc;

use windrose_config::dynamic_config::Name;
use windrose_config::{Mark, ObjectRef, Origin, Problem, Section, Severity};

use super::nearest::Nearest;
use super::own;
use crate::merge::{At, DEFAULT, Merged, qualified};

/// The problems of one compilation.
pub(super) struct Problems<'a> {
    merged: &'a Merged,
    all: Vec<Problem>,
    /// The object of each, where it is one.
    objects: Vec<Option<(Section, At)>>,
    pub(super) nearest: Nearest,
}

/// An object that something may be wrong with.
#[derive(Clone, Copy)]
pub(super) struct Object<'a> {
    pub(super) section: Section,
    pub(super) at: At,
    pub(super) name: &'a Arc<str>,
    pub(super) origin: &'a Origin,
}

/// Why a reference leads nowhere.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dangling {
    /// There is no such object.
    Missing,
    /// There is, or it is written at least, and it is disabled.
    Broken,
}

impl Dangling {
    /// Why a reference leads nowhere that leads to no object.
    pub(super) fn of(merged: &Merged, section: Section, reference: &str, author: usize) -> Self {
        if merged.is_lost(section, reference, author) { Self::Broken } else { Self::Missing }
    }
}

impl<'a> Problems<'a> {
    pub(super) fn new(merged: &'a Merged) -> Self {
        Self { merged, all: Vec::new(), objects: Vec::new(), nearest: Nearest::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn take(self) -> Vec<Problem> {
        self.all
    }

    /// Something wrong with an object.
    pub(super) fn add(&mut self, of: Object<'_>, problem: Problem) {
        let provider = self.merged.parts.get(of.at.part).map(|part| Arc::clone(&part.provider));
        let mut problem = problem.of(ObjectRef { section: of.section, name: Arc::clone(of.name), provider });
        if problem.origin.is_none() {
            problem.length = u32::try_from(of.name.chars().count()).unwrap_or(0);
            problem.origin = Some(of.origin.clone());
        }
        self.all.push(problem);
        self.objects.push(Some((of.section, of.at)));
    }

    /// Something wrong with the object as a whole.
    pub(super) fn error(&mut self, of: Object<'_>, message: impl Into<String>) {
        self.add(of, Problem::error(message));
    }

    /// Something in an object that works, but hardly as it was meant.
    pub(super) fn warning(&mut self, of: Object<'_>, message: impl Into<String>) {
        self.add(of, Problem::warning(message));
    }

    /// Something wrong with a text that was written in an object.
    pub(super) fn error_at(&mut self, of: Object<'_>, text: &Name, message: impl Into<String>) {
        self.add(of, at(Problem::error(message), of.origin, text));
    }

    /// A text in an object that works, but hardly as it was meant.
    pub(super) fn warning_at(&mut self, of: Object<'_>, text: &Name, message: impl Into<String>) {
        self.add(of, at(Problem::warning(message), of.origin, text));
    }

    /// A reference that leads nowhere; `kind` says to what.
    pub(super) fn dangling(&mut self, of: Object<'_>, to: Section, reference: &Name, why: Dangling) {
        let kind = kind(to);
        let provider = self.merged.parts.get(of.at.part).map_or("", |part| &*part.provider);
        // Default TLS options belong to no provider.
        let is_default = to == Section::TlsOptions && &***reference == DEFAULT;
        let name = if is_default { Arc::clone(reference) } else { qualified(reference, provider) };
        let problem = match why {
            Dangling::Broken => Problem::error(format!("{kind} {name} is disabled, see its own problems")),
            Dangling::Missing => own::missing(to, &name).unwrap_or_else(|| Problem {
                nearest: self.nearest.object(self.merged, to, reference, of.at.part),
                ..Problem::error(format!("{kind} {name} does not exist"))
            }),
        };
        self.add(of, at(problem, of.origin, reference));
    }

    /// A reference to an entry point that there is not.
    pub(super) fn unknown_entry_point(&mut self, of: Object<'_>, reference: &Name, problem: Problem) {
        if self.merged.places.iter().any(|place| place.name == reference.value) {
            let message =
                format!("entry point {} listens for something else, name another one", reference.value);
            return self.add(of, at(Problem { message, ..problem }, of.origin, reference));
        }
        let names = self.merged.places.iter().map(|place| &*place.name);
        let problem = Problem { nearest: self.nearest.among(reference, names), ..problem };
        self.add(of, at(problem, of.origin, reference));
    }

    /// Tells of a certificate resolver that there is not (traefik: an error in the log; the router serves what
    /// certificate there is).
    pub(super) fn unknown_resolver(&mut self, of: Object<'_>, named: &Name) {
        if !named.is_empty() && !self.merged.settings.certificates_resolvers.contains_key(&*named.value) {
            let message =
                format!("certificate resolver {} does not exist, so no certificate is obtained", named.value);
            self.warning_at(of, named, message);
        }
    }

    /// Puts what was said from `told` on in the order of its objects: they are made when they are asked for, and who asks
    /// first depends on what is remembered.
    pub(super) fn order(&mut self, told: usize) {
        let objects = self.objects.split_off(told);
        let mut both: Vec<_> = objects.into_iter().zip(self.all.drain(told..)).collect();
        both.sort_by_key(|(object, _)| *object);
        for (object, problem) in both {
            self.objects.push(object);
            self.all.push(problem);
        }
    }

    /// Makes warnings of what was said from `told` on: it concerns a part of an object that works otherwise.
    pub(super) fn soften(&mut self, told: usize) {
        for problem in self.all.iter_mut().skip(told) {
            problem.severity = Severity::Warning;
        }
    }

    /// A problem that belongs to no object of its own.
    pub(super) fn push(&mut self, problem: Problem) {
        self.all.push(problem);
        self.objects.push(None);
    }
}

fn at(problem: Problem, origin: &Origin, text: &Name) -> Problem {
    // What was not read from a text is at its object.
    if text.mark == Mark::default() {
        return problem;
    }
    problem.at(&origin.source, text.mark).spanning(text.chars().count())
}

pub(super) fn kind(section: Section) -> &'static str {
    match section {
        Section::HttpRouters => "router",
        Section::HttpServices | Section::TcpServices | Section::UdpServices => "service",
        Section::HttpMiddlewares | Section::TcpMiddlewares => "middleware",
        Section::HttpServersTransports | Section::TcpServersTransports => "serversTransport",
        Section::TlsOptions => "TLS options",
        _ => "object",
    }
}

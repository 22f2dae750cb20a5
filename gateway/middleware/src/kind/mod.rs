//! What every kind of middleware is made of: a name, written options, and how to compile them.
//!
//! Owns [`Kind`], what a kind is told while it is built ([`BuildContext`]) and what it may complain about
//! ([`BuildError`]). Must not know any kind: those are listed in [`crate::list`].

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use windrose_config::dynamic_config::ServersTransport;
use windrose_config::{Located, Mark, Problem, QualifiedName, Source};

use crate::callee::{Callee, Dial};
use crate::stage::{Chain, Stage};
use crate::store::Store;

#[cfg(test)]
mod tests;

/// A kind of middleware.
pub trait Kind: Sized {
    /// Its name as written, for example `addPrefix`.
    const NAME: &'static str;

    /// What its spans are called, as Traefik has them; nothing for a kind that it does not trace.
    const SPAN: Option<&'static str> = None;

    /// What can be written under its name.
    type Options: DeserializeOwned + Serialize + PartialEq + Default + fmt::Debug;

    /// Compiles the options.
    ///
    /// # Errors
    /// They can be read but make no sense.
    fn build(options: Self::Options, cx: &BuildContext<'_>) -> Result<Stage, BuildError>;
}

/// Finds what a middleware refers to. All that it is given is part of what it is made of: it is made again when that
/// becomes another.
pub trait Resolve {
    /// The compiled middleware of that name.
    ///
    /// # Errors
    /// There is none, it is broken, or it is reached from itself.
    fn middleware(&self, reference: &Located<Arc<str>>) -> Result<Arc<Chain>, BuildError>;

    /// The service of that name, to be called.
    ///
    /// # Errors
    /// As above.
    fn service(&self, reference: &Located<Arc<str>>) -> Result<Callee, BuildError> {
        Err(BuildError::at(reference, format!("service {} does not exist", reference.value)))
    }

    /// The server at an address, to be called by way of a transport. The path of the address is not used.
    ///
    /// # Errors
    /// Address or transport cannot be used.
    fn endpoint(&self, url: &Located<Arc<str>>, _transport: &ServersTransport) -> Result<Callee, BuildError> {
        Err(BuildError::at(url, "nothing can be called here"))
    }

    /// The way to servers whose addresses are not known yet.
    ///
    /// # Errors
    /// The transport cannot be used.
    fn dial(&self, _transport: &ServersTransport) -> Result<Arc<dyn Dial>, BuildError> {
        Err(BuildError::new("nothing can be called here"))
    }

    /// The store at these addresses. One that is written the same keeps its connections over reloads.
    ///
    /// # Errors
    /// Address or transport cannot be used.
    fn store(&self, _store: &Store<'_>) -> Result<Callee, BuildError> {
        Err(BuildError::new("no store can be used here"))
    }

    /// What a file holds.
    ///
    /// # Errors
    /// It cannot be read.
    fn file(&self, path: &Located<Arc<str>>) -> Result<Vec<u8>, BuildError> {
        Err(BuildError::at(path, format!("cannot read the file {}", path.value)))
    }

    /// What a middleware of the same name and identity holds already, else what `make` makes.
    fn keep(&self, _id: Keeping<'_>, make: &mut dyn FnMut() -> Thing) -> Thing {
        make()
    }
}

/// Something that outlives a reload, whatever it is.
pub type Thing = Arc<dyn Any + Send + Sync>;

/// What makes two things of a middleware the same, besides its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keeping<'a> {
    /// What they are.
    pub of: TypeId,
    /// What they were made of.
    pub from: &'a str,
}

/// What a kind may know and ask while it is built.
pub struct BuildContext<'a> {
    /// The middleware being built.
    pub name: &'a QualifiedName,
    /// Finds what it refers to.
    pub resolve: &'a dyn Resolve,
    warnings: RefCell<Vec<BuildError>>,
}

/// What is wrong with options that could be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BuildError {
    /// Lower case, no full stop, says what to do.
    pub message: String,
    /// Where the value at fault was written; `None` concerns the whole middleware.
    pub mark: Option<Mark>,
    /// How many characters from there on are at fault; 0 when unknown.
    pub length: usize,
}

impl<'a> BuildContext<'a> {
    /// For building one middleware.
    #[must_use]
    pub fn new(name: &'a QualifiedName, resolve: &'a dyn Resolve) -> Self {
        Self { name, resolve, warnings: RefCell::default() }
    }

    /// What a middleware of this name has held since before the last reload, if it was made of the same; else what
    /// `make` makes. For what has to outlive a reload: counts, buckets, sessions.
    pub fn keep<T: Send + Sync + 'static>(&self, from: &str, make: impl Fn() -> T) -> Arc<T> {
        let id = Keeping { of: TypeId::of::<T>(), from };
        let kept = self.resolve.keep(id, &mut || Arc::new(make()));
        kept.downcast().unwrap_or_else(|_| Arc::new(make()))
    }

    /// Notes something that works but should be changed.
    pub fn warn(&self, warning: BuildError) {
        self.warnings.borrow_mut().push(warning);
    }

    /// Takes out the warnings noted so far; `fallback` is the place of those that have none.
    #[must_use]
    pub fn take_warnings(&self, source: &Arc<Source>, fallback: Mark) -> Vec<Problem> {
        let warnings = self.warnings.take();
        let warning =
            |error: BuildError| error.place(Problem::warning(error.message.as_str()), source, fallback);
        warnings.into_iter().map(warning).collect()
    }
}

impl fmt::Debug for BuildContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BuildContext").field("name", self.name).finish_non_exhaustive()
    }
}

impl BuildError {
    /// Concerns the whole middleware.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), mark: None, length: 0 }
    }

    /// Concerns a text that was written in the options.
    #[must_use]
    pub fn at<T: AsRef<str>>(text: &Located<T>, message: impl Into<String>) -> Self {
        let length = text.value.as_ref().chars().count();
        Self { message: message.into(), mark: Some(text.mark), length }
    }

    /// The problem to report; `fallback` is the place of an error that has none.
    #[must_use]
    pub fn into_problem(self, source: &Arc<Source>, fallback: Mark) -> Problem {
        self.place(Problem::error(self.message.as_str()), source, fallback)
    }

    /// The same, of a middleware of this kind: where no place says which option it is about, the kind does.
    #[must_use]
    pub(crate) fn into_problem_of(mut self, kind: &str, source: &Arc<Source>, fallback: Mark) -> Problem {
        if self.mark.unwrap_or(fallback) == Mark::default() {
            self.message = format!("{kind}: {}", self.message);
        }
        self.into_problem(source, fallback)
    }

    fn place(&self, problem: Problem, source: &Arc<Source>, fallback: Mark) -> Problem {
        match self.mark {
            Some(mark) => problem.at(source, mark).spanning(self.length),
            None => problem.at(source, fallback),
        }
    }
}

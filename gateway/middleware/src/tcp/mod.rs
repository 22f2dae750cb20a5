//! What can stand between a route of TCP and its service: gates, which let a connection in or not.
//!
//! A [`Kind`] turns written options into a [`Gate`]; [`KINDS`] holds one line per kind, one folder each. Every router
//! has gates of its own, so that what a gate counts are the connections of its router. Nothing here knows a service.

pub mod in_flight_conn;
pub mod ip_allow_list;

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use windrose_config::dynamic_config::Middleware;
use windrose_config::{Mark, Problem, Shape, Source, decode};
use windrose_http::Conn;

use crate::kind::BuildError;

pub use in_flight_conn::InFlightConn;
pub use ip_allow_list::{IpAllowList, IpWhiteList};

/// Lets connections in, or not.
pub trait Gate: Send + Sync {
    /// Lets a connection in. What is returned is held as long as the connection lasts.
    ///
    /// # Errors
    /// It is not let in, and closed.
    fn admit(&self, conn: &Conn) -> Result<Permit, Denied>;
}

/// What a gate wants to know the end of.
#[derive(Default)]
pub struct Permit(Option<Box<dyn Any>>);

/// Why a connection is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Its client is not on the list.
    #[error("the client is on no list of those that are allowed")]
    NotAllowed,
    /// Its client has as many as it may have.
    #[error("the client has as many connections as it may have")]
    TooMany,
}

/// A kind of gate.
pub trait Kind: Sized + Gate + 'static {
    /// Its name as written, for example `inFlightConn`.
    const NAME: &'static str;

    /// What can be written under its name.
    type Options: DeserializeOwned + Serialize + PartialEq + fmt::Debug;

    /// Compiles the options.
    ///
    /// # Errors
    /// They can be read but make no sense.
    fn build(options: Self::Options) -> Result<Self, BuildError>;
}

/// Every kind that can be built.
pub static KINDS: [Entry; 3] =
    [Entry::of::<InFlightConn>(), Entry::of::<IpAllowList>(), Entry::of::<IpWhiteList>()];

/// A kind, its types erased.
#[derive(Clone, Copy)]
pub struct Entry {
    /// Its name as written.
    pub name: &'static str,
    /// Decodes and compiles the options of a middleware of this kind.
    pub build: Build,
    /// Decodes the options alone, and gives them as the API shows them.
    pub check: Check,
    /// What its options are.
    pub shape: fn() -> Shape,
}

/// Decodes and compiles a middleware, or says all that is wrong with it.
pub type Build = fn(&Middleware, &Arc<Source>) -> Result<Arc<dyn Gate>, Vec<Problem>>;

/// Decodes the options of a middleware, or says all that is wrong with them.
pub type Check = fn(&Middleware, &Arc<Source>) -> Result<Value, Vec<Problem>>;

/// Decodes and compiles a middleware of any kind.
///
/// # Errors
/// Everything that is wrong with it.
pub fn build(middleware: &Middleware, source: &Arc<Source>) -> Result<Arc<dyn Gate>, Vec<Problem>> {
    match find(&middleware.kind) {
        Some(entry) => (entry.build)(middleware, source),
        None => {
            let problem = unknown(&middleware.kind);
            Err(vec![if middleware.kind.mark == Mark::default() {
                problem
            } else {
                problem.at(source, middleware.kind.mark).spanning(middleware.kind.chars().count())
            }])
        }
    }
}

/// The kind of that name, whatever its case.
#[must_use]
pub fn find(name: &str) -> Option<&'static Entry> {
    KINDS.iter().find(|entry| entry.name.eq_ignore_ascii_case(name))
}

/// Why a name that [`find`] does not find is none of a kind; without a place.
#[must_use]
pub fn unknown(name: &str) -> Problem {
    let known = KINDS.map(|entry| entry.name).join(", ");
    Problem::error(format!("unknown kind of TCP middleware `{name}`")).expecting(format!("one of {known}"))
}

impl Entry {
    const fn of<K: Kind>() -> Self {
        Self { name: K::NAME, build: build_kind::<K>, check: check_kind::<K>, shape: Shape::of::<K::Options> }
    }
}

fn build_kind<K: Kind>(middleware: &Middleware, source: &Arc<Source>) -> Result<Arc<dyn Gate>, Vec<Problem>> {
    let options = decode::<K::Options>(&middleware.options, source)?;
    match K::build(options) {
        Ok(gate) => Ok(Arc::new(gate)),
        Err(error) => Err(vec![error.into_problem_of(K::NAME, source, middleware.options.mark)]),
    }
}

fn check_kind<K: Kind>(middleware: &Middleware, source: &Arc<Source>) -> Result<Value, Vec<Problem>> {
    let options = decode::<K::Options>(&middleware.options, source)?;
    serde_json::to_value(options).map_err(|error| vec![Problem::error(error.to_string())])
}

impl Permit {
    /// One that is told of the connection's end by being dropped.
    #[must_use]
    pub fn holding(guard: impl Any) -> Self {
        Self(Some(Box::new(guard)))
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Permit").field(&self.0.is_some()).finish()
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Entry").field(&self.name).finish()
    }
}

#[cfg(test)]
mod tests;

//! Somebody that a middleware calls: a service, or a server by its address.
//!
//! The middleware holds it without knowing what it is; the end of the chain, which does, makes the call with the same
//! pools, TLS and time-outs as traffic.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// Finds servers whose addresses become known while traffic runs, as those that an OpenID provider names.
pub trait Dial: Send + Sync {
    /// The server at an address, whose path is not used.
    ///
    /// # Errors
    /// It is no address of a server.
    fn endpoint(&self, url: &str) -> Result<Callee, String>;

    /// The same number for ways that trust and show the same, as long as one of them is in use.
    fn id(&self) -> usize {
        0
    }
}

/// Somebody to call.
#[derive(Clone)]
pub struct Callee(Arc<dyn Any + Send + Sync>);

impl Callee {
    /// Calls what `to` is.
    pub fn new<T: Any + Send + Sync>(to: Arc<T>) -> Self {
        Self(to)
    }

    /// Whoever is called, if it is of this type.
    #[must_use]
    pub fn get<T: Any>(&self) -> Option<&T> {
        self.0.downcast_ref()
    }
}

impl fmt::Debug for Callee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Callee")
    }
}

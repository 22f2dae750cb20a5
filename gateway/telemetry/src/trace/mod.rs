//! Traces: what an exchange belongs to, and the spans that are made of it.
//!
//! Where a request comes from stands in its fields ([`context`]); whether it is recorded is decided once, when its route
//! is known. What happens on its way is taken down in a [`Journey`] and becomes bytes at its end. Invariant: of a request
//! that is not recorded nothing is taken down; its servers are told where it belongs, and no more.

mod context;
mod id;
mod journey;
mod settings;
mod tracer;

pub(crate) use context::{Format, Propagation};
pub(crate) use journey::Journey;
pub(crate) use settings::{Tracing, Width, formats};
pub(crate) use tracer::Tracer;

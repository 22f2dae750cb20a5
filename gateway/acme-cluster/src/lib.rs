//! Certificates of resolvers in Secrets of a Kubernetes cluster, shared by any number of gateways.
//!
//! Each certificate is a Secret of type `kubernetes.io/tls`, so that anything that reads such Secrets can serve it; accounts
//! are in one more. A right is a Lease that its holder renews: of a gateway that is gone it lapses by itself. What one of
//! them must show to an authority is a Secret that the others watch. Must not know orders or ACME.
//!
//! [`Secrets`] is what `windrose-acme` keeps in; it talks to the API server on a thread of its own, as whoever asks here
//! is allowed to wait.

mod form;
mod lease;
mod link;
mod peers;
mod place;
mod secrets;
#[cfg(test)]
mod tests;
mod world;

pub use place::{Place, PlaceError};
pub use secrets::Secrets;

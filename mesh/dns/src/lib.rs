//! How names of the mesh resolve.
//!
//! [`wiring`] says what is to be changed in a cluster so that its own DNS knows the zones of the mesh, and how it is
//! taken back; it is pure, objects in, steps out.
//!
//! Must not know how a cluster is asked: whoever has a client reads the objects and takes the steps. Invariant: what
//! was not put there by a mesh stays as it is, byte for byte.

pub mod wiring;
mod zone;

pub use zone::Zone;

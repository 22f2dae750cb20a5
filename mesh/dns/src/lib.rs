//! How names of the mesh resolve.
//!
//! Two halves that share nothing but the zones. [`wiring`] says what is to be changed in a cluster so that its own DNS
//! knows the zones of the mesh, and how it is taken back; it is pure, objects in, steps out. [`Server`] answers for the
//! zones from a table of [`Names`], over UDP and TCP.
//!
//! Must not know how a cluster is asked: whoever has a client reads the objects and takes the steps. Invariants: what
//! was not put there by a mesh stays as it is, byte for byte; no packet makes the server panic, and none makes it send
//! more than one answer.

mod message;
mod names;
mod serve;
pub mod wiring;
mod zone;

pub use names::{Names, NotALabel, Table};
pub use serve::{Options, Server};
pub use zone::Zone;

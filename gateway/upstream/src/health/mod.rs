//! Who is well: what is told of servers and services, and who finds out.
//!
//! | module | what it is |
//! |---|---|
//! | [`active`] | asks servers from time to time; one opinion for each server and way of asking |
//! | [`passive`] | judges servers by how they answer real requests, for each service apart |
//! | `vital` | whether something is up, and who hears of changes |

pub mod active;
pub mod passive;
mod vital;

pub use active::{Asking, Check, Checks, Mode, Probe, Redirects};
pub use passive::Passive;
pub use vital::Vital;
pub(crate) use vital::Watch;

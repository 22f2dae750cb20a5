//! What tests of Windrose are written with.
//!
//! Owns: peers that speak HTTP/1, HTTP/2, gRPC and TLS byte by byte or in whole messages, deadlines
//! that say what was awaited, folders and ports of a test's own, the program itself as a child
//! process, and the gateway in the test's own process. Must not know: how the product works inside;
//! a peer shares no code with the product, so that both cannot be wrong in the same way. Only
//! [`gateway`] uses the product's crates, by their doors.
//!
//! Everything here fails a test by panicking, and says what it saw instead of what it expected.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a harness fails the test by panicking, and every panic says what was seen"
)]

pub mod gateway;
pub mod peer;
pub mod port;
pub mod program;
mod task;
pub mod temp;
mod within;

pub use within::{DEADLINE, soon, within};

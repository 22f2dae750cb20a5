//! QUIC (RFC 9000): one endpoint for each worker and socket, and the connections on it.
//!
//! The library below is a machine of states that does no I/O. [`Hub`] gives it datagrams and sends what it wants to
//! send; a [`Link`] is one connection, shared by its task and those of its streams. All of it stays on one worker: there
//! is no lock, and a stream is read and written by a call. Must not know HTTP. *Invariant*: whatever a stranger sends
//! costs a bounded amount of memory, and nothing that is not answered at once is kept before its address is proven when
//! many knock ([`hub`]).

mod hub;
mod ids;
mod link;
mod piece;
mod session;

pub(crate) use hub::{Arrived, Handshake, Hub, Seat};
pub(crate) use ids::Ids;
pub(crate) use link::{Link, WriteFail};
pub(crate) use session::Shaken;

//! The floor for bytes: what carries them, the buffers they are read into, and how they leave in few system calls.
//!
//! Server, client, tunnels and raw protocols stand on it, so none of them names a kind of socket: an accepted or
//! opened carrier is a [`Socket`], which anything that implements [`windrose_http::exchange::Duplex`] can be. Buffers
//! are lent by the worker ([`buffer`]): whatever is idle holds none. Must not know requests, routes or servers.

mod ahead;
pub mod buffer;
mod gathered;
pub mod h1;
pub mod h2;
mod io;
mod outgoing;
mod relay;
mod socket;

pub use ahead::Ahead;
pub use gathered::{Flushed, Flusher, Gathered};
pub use io::Io;
pub use outgoing::Outgoing;
pub use relay::{Carried, Relay};
pub use socket::Socket;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

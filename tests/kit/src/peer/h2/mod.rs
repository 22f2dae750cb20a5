//! HTTP/2: a client, a backend that the test drives, a server that answers by itself, and a
//! connection that is written frame by frame.
//!
//! [`Client`], [`Backend`] and [`Server`] use the `h2` crate and are for ordinary use; [`Raw`] knows
//! nothing of the protocol but the shape of frames, and is for saying what no proper peer would.

mod backend;
mod client;
mod raw;
mod server;

pub use backend::{Backend, Conn, Exchange};
pub use client::{Call, Client, Reply};
pub use raw::{Frame, Raw, flags, header_block, kind, setting};
pub use server::Server;

#[cfg(test)]
mod tests;

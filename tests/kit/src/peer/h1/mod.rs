//! HTTP/1 as text: a client, a backend that the test drives, and a server that answers by itself.
//!
//! Heads are parsed leniently and kept as they came, so that a test can look at the case of a name
//! or the order of fields. Bodies are read by the rules of RFC 9112 §6.3.

mod backend;
mod client;
mod message;
mod server;

pub use backend::{Backend, Conn};
pub use client::Client;
pub use message::Message;
pub use server::Server;

#[cfg(test)]
mod tests;

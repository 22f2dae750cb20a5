//! What is done with an accepted connection, protocol by protocol.

pub mod detect;
pub mod h1;
pub mod h2;
pub(crate) mod h3;
mod heads;
pub mod http;
pub(crate) mod quic;
mod stalled;
pub mod tcp;
pub mod udp;

#[cfg(test)]
mod tests;

//! What is done with an accepted connection, protocol by protocol.

pub mod detect;
pub mod h1;
pub mod h2;
mod heads;
pub mod http;
mod stalled;
pub mod tcp;
pub mod udp;

#[cfg(test)]
mod tests;

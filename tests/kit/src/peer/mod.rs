//! The other end of a connection, in a test's hand.
//!
//! A test reads as a conversation: it tells the client what to send and the backend what to expect
//! and to answer, in order. Backends also come as servers that answer by themselves. All of them
//! listen on 127.0.0.1 at a port the kernel chooses, and nothing waits longer than
//! [`DEADLINE`](crate::DEADLINE).

pub mod grpc;
pub mod h1;
pub mod h2;
mod listener;
pub mod tls;
pub mod wire;

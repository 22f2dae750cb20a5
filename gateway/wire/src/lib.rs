//! Bytes to values and back: the pure part of every protocol the gateway speaks.
//!
//! No I/O, no clock, no tokio. Every module reads what strangers send, so none may panic on any input.

pub mod chunked;
pub mod client_hello;
pub mod field;
pub mod h3;
pub mod head;
pub mod proxy_protocol;
pub mod resp;

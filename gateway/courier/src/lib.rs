//! One exchange at a time, as a client: what the control side asks others with, authorities, DNS providers, sources of
//! configuration, collectors. Over HTTP/1, or a unary call of gRPC.
//!
//! Traffic never comes through here, and nothing here knows what is asked. Must not know the engine.

pub mod aws;
mod grpc;
mod https;
pub mod sigv4;

pub use grpc::{Grpc, Status};
pub use https::{
    Answer, Carrier, Follow, HttpError, Https, Limits, Proxy, Request, Streaming, address, dial,
};

//! One HTTP exchange at a time, as a client: what the control side asks others with, authorities, DNS providers,
//! sources of configuration, collectors.
//!
//! Traffic never comes through here, and nothing here knows what is asked. Must not know the engine.

mod https;

pub use https::{Answer, HttpError, Https, Limits, Proxy, Request};

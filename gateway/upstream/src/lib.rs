//! Services, the servers behind them, and everything between a chosen server and its answer.
//!
//! A [`service::Upstream`] is compiled and shared; a [`pool::Local`] belongs to one worker and holds its
//! connections. Nothing here knows routes, middlewares or providers.

pub mod balance;
pub mod connect;
pub mod endpoint;
mod forward;
pub mod health;
mod host_port;
pub mod names;
pub mod pool;
pub mod redis;
pub mod service;
pub mod sticky;
pub mod tcp;
#[cfg(test)]
mod testing;
pub mod udp;

pub use connect::Connector;
pub use endpoint::Endpoint;
pub use host_port::{AddressError, HostPort};
pub use pool::Local;
pub use service::Upstream;

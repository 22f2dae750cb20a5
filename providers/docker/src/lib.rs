//! The providers that speak to a Docker engine: containers (`docker`) and services of a swarm (`swarm`).
//!
//! The engine is asked over HTTP/1.1 on a socket, TCP, TLS or SSH ([`engine`]); what it says of a container or a task
//! becomes a workload for `providers/core/labels`. An event costs the inspection of one container. While the engine is
//! away, what it said last stays. Must not know the gateway's engine.

mod container;
pub mod described;
pub mod engine;
mod events;
#[cfg(test)]
mod fake;
pub mod options;
mod own;
pub mod provider;
pub mod proxy;
mod ready;
mod swarm;

pub use engine::EngineError;
pub use options::{Options, SwarmOptions};
pub use provider::{DockerProvider, containers_now};
pub use proxy::Proxy;
pub use ready::{ready, ready_swarm};
pub use swarm::{SwarmProvider, services_now};

/// The name that qualifies what containers declare.
pub const DOCKER: &str = "docker";
/// The name that qualifies what services of a swarm declare.
pub const SWARM: &str = "swarm";

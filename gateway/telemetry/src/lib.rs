//! What is recorded of requests: the access log, and metrics for Prometheus.
//!
//! Each worker has an [`Ear`](watch) of its own that hears of its exchanges; what it hears is written into buffers and
//! counters of the worker's own. Lines go to one thread through bounded queues ([`access`]), counters are summed when
//! somebody asks ([`metrics`]). Must not know how requests are served. Invariant: a worker never waits, neither for a
//! disk nor for another worker; what there is no room for is dropped and counted.

pub mod access;
mod line;
pub mod metrics;
mod settings;
mod telemetry;
mod watch;

pub use metrics::Seen;
pub use telemetry::{OpenError, Telemetry};

//! What is recorded of requests: the access log, metrics, and traces.
//!
//! Each worker has an [`Ear`](watch) of its own that hears of its exchanges; what it hears is written into buffers and
//! counters of the worker's own. Lines go to one thread through bounded queues ([`access`]), counters are summed when
//! somebody asks ([`metrics`]), spans ([`trace`]) wait for the control side, which sends them ([`push`]) in the words of
//! OpenTelemetry ([`otlp`]). Must not know how requests are served. Invariant: a worker never waits, neither for a disk
//! nor for a network nor for another worker; what there is no room for is dropped and counted.

pub mod access;
mod line;
mod log;
pub mod metrics;
mod otlp;
mod push;
mod settings;
mod telemetry;
mod trace;
mod watch;

pub use metrics::{Counter, Seen};
pub use settings::{Around, Changes};
pub use telemetry::{OpenError, Telemetry};

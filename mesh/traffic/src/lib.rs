//! Who talks to whom in a mesh, how well, and what policies denied.
//!
//! Nodes count and send [`Report`]s; a controller gives the addresses in them names ([`Directory`]), keeps a while of
//! them ([`Window`]), and shows them as the `TrafficMetrics` of the Service Mesh Interface ([`api`]).
//!
//! | module | what it holds |
//! |---|---|
//! | [`latency`] | how long requests took, in buckets that are the same everywhere |
//! | [`report`] | what nodes send, and what they are answered |
//! | [`directory`] | whose an address is |
//! | [`window`] | what was reported lately |
//! | [`api`] | the paths of `metrics.smi-spec.io` |
//!
//! The crate is pure: no input or output, no clock; the time is told. Invariant: the same reports come to the same
//! answers, whichever controller took them in, and however often.

pub mod api;
pub mod directory;
pub mod latency;
pub mod report;
mod shown;
pub mod window;

pub use api::{Answer, Asked, Look, answer};
pub use directory::{Directory, Own, Pod};
pub use latency::Latencies;
pub use report::{Flow, Protocol, Receipt, Report, Slice};
pub use window::{Refused, Window};

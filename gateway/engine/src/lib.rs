//! The engine: configuration in, traffic through.
//!
//! The path of a request is the path of its folders: `listen` accepts, `serve/detect` looks at the first bytes,
//! `serve/h1` and `serve/h2` read requests, `serve/http` prepares them, `route` finds where they go; `serve/tcp` and
//! `serve/udp` carry what is not looked into. `compile`
//! makes of what people wrote the `snapshot` that all this reads. Nothing here knows a provider.

pub mod checking;
pub mod compile;
pub mod compute;
pub mod drain;
pub mod engine;
pub mod entry;
pub mod explain;
mod health;
pub mod listen;
pub mod live;
pub mod merge;
pub mod publish;
pub mod reload;
pub mod report;
pub mod route;
pub mod serve;
pub mod snapshot;
pub mod tasks;
mod terminal;
pub mod worker;

pub use engine::{Engine, Observers, Opening, Setup, StartError, Status};

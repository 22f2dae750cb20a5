//! Metrics: counted by each worker for itself, summed when somebody asks.

mod cells;
mod counts;
mod families;
mod label;
mod living;
mod points;
mod process;
mod pushed;
mod scrape;
mod service;
mod table;
mod text;

pub(crate) use counts::{Counts, Passage};
pub(crate) use label::{Kind, Verb};
pub(crate) use points::Levels;
pub(crate) use pushed::{Pusher, To, Wire};
pub use scrape::{Counter, Metrics, Seen};
pub use service::Prometheus;

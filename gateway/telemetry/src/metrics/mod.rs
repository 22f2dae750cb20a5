//! Metrics: counted by each worker for itself, summed when somebody asks.

mod cells;
mod counts;
mod families;
mod label;
mod living;
mod process;
mod scrape;
mod service;
mod table;
mod text;

pub(crate) use counts::{Counts, Passage};
pub(crate) use label::{Kind, Verb};
pub use scrape::{Metrics, Seen};
pub use service::Prometheus;

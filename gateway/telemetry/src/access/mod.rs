//! The access log: what is kept of requests, and how lines get where they are kept.

mod expression;
mod kept;
mod output;
mod queue;
mod writer;

pub use expression::Expression;
pub use kept::{Filter, Format, Headers, Kept, Mode};
pub use queue::{Line, Lines};
pub use writer::{Log, Losses};

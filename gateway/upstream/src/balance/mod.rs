//! Choosing among servers or services. Pure: whoever asks brings the turn.

pub mod wrr;

pub use wrr::Cycle;

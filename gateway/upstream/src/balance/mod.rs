//! Choosing among servers or services. Pure: whoever asks brings the turn, the randomness and the time.
//!
//! | way | chooses |
//! |---|---|
//! | [`wrr`] | by turns, each as often as its weight says |
//! | [`p2c`] | the one with less to do of two that chance names |
//! | [`least_time`] | the one that answers soonest for what it has to do |
//! | [`hrw`] | the same one for the same client, whoever else comes or goes |
//!
//! All of them choose among the numbers of a [`Cycle`]: those that can be chosen now.

pub mod fnv;
pub mod hrw;
pub mod least_time;
pub mod p2c;
pub mod random;
pub mod wrr;

pub use least_time::{Deadlines, Times};
pub use random::Random;
pub use wrr::Cycle;

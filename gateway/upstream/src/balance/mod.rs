//! Choosing among servers or services. Pure: whoever asks brings the turn, the randomness and the time.
//!
//! | way | chooses |
//! |---|---|
//! | [`wrr`] | by turns, each as often as its weight says |
//! | [`p2c`] | the one with less to do of two that chance names |
//! | [`least_time`] | the one that answers soonest for what it has to do |
//! | [`least_request`] | the one with the fewest requests for its weight |
//! | [`peak_ewma`] | of two that chance names, the one where a request would wait the shortest |
//! | [`consistent`] | the same one for the same key, unless it has far more to do than the others |
//! | [`hrw`] | the same one for the same client, whoever else comes or goes |
//!
//! All of them choose among the numbers of a [`Cycle`]: those that can be chosen now.

pub mod consistent;
pub mod fnv;
pub mod hrw;
pub mod least_request;
pub mod least_time;
pub mod lowest;
pub mod p2c;
pub mod peak_ewma;
pub mod random;
pub mod turns;
pub mod wrr;

pub use consistent::Ring;
pub use least_time::Times;
pub use lowest::Deadlines;
pub use peak_ewma::Peak;
pub use random::Random;
pub use turns::Turns;
pub use wrr::Cycle;

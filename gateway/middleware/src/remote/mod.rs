//! What is fetched from others while traffic runs, and kept fresh.
//!
//! Owns [`Fresh`] (one value that all workers share), [`Remote`] (somebody to fetch from) and [`RemoteKeys`]. Requests that
//! have a value never wait: a new one is fetched beside them, by one task at a time, with growing pauses while that fails.
//! Invariant: what is not to be had is an error of the request that needs it, never an open door.

mod client;
mod fetch;
mod fresh;
mod keys;
#[cfg(test)]
mod tests;

pub(crate) use client::Client;
pub use client::ClientConfig;
pub(crate) use fetch::{Answer, Question, Remote, Unreachable};
pub(crate) use fresh::{Fresh, Held, Why};
pub(crate) use keys::{RemoteKeys, unavailable};

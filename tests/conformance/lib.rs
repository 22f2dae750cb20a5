//! Attacks on the data path: what a hostile client or server sends, and what must become of it.
//!
//! The real program stands between a client that sends bytes or frames as they are and a server that records what
//! reaches it and reads it again by the strictest rules. Each vector is a line of data: what is sent and what must be
//! seen. Sweeps generate what nobody would write by hand; they have one oracle for all.
//!
//! Must not know: how the product works inside; no parser is shared with it.
#![cfg(test)]

mod client;
mod gateway;
mod mutate;
mod recorder;

mod bounds;
mod desync;
mod frames;
mod hostile;
mod opening;
mod slow;
mod sweep;
mod trailers;

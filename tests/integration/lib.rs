//! Tests of Windrose from outside: the program as a child process, scripted peers before and behind it.
//!
//! A test reads as a conversation, with bytes or frames on both sides, and knows nothing of how the product works
//! inside. One module for each behaviour, all in one test binary.

#![cfg(test)]

mod bodies;
mod cancel;
mod expect;
mod gateway;
mod http1;
mod pool;
mod program;
mod timeouts;
mod websocket;

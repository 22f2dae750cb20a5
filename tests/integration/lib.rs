//! Tests of Windrose from outside: the program as a child process, scripted peers before and behind it.
//!
//! A test reads as a conversation, with bytes or frames on both sides, and knows nothing of how the product works
//! inside. One module for each behaviour, all in one test binary.

#![cfg(test)]

mod acme;
mod auth;
mod balance;
mod bodies;
mod burst;
mod cancel;
mod client_auth;
mod closed;
mod conformance;
mod drain;
mod early;
mod expect;
mod gateway;
mod gone;
mod grpc;
mod h3;
mod health;
mod http1;
mod http2;
mod identity;
mod limits;
mod memory;
mod middlewares;
mod mirroring;
mod pool;
mod program;
mod reload;
mod stapling;
mod sticky;
mod tcp;
mod telemetry;
mod timeouts;
mod tls;
mod tls_reload;
mod transport;
mod udp;
mod upgrade;
mod vanished;
mod websocket;
mod websocket_h2;
mod websocket_h2c;

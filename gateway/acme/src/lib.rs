//! Certificate resolvers: certificates from authorities that speak ACME (RFC 8555).
//!
//! [`AcmeProvider`] is a provider like any other: it publishes certificates, and an ordinary reload puts them in force.
//! What it needs to know it sees through [`Windows`]; what authorities look for is shown by [`AcmeHttp`] and by the
//! acceptors of `windrose-tls`. Must not know the program. Invariant: no request waits for anything here.

mod acme;
mod agent;
mod challenge;
pub mod command;
mod dns;
mod domains;
mod keys;
mod orders;
mod provider;
mod settings;
pub mod storage;

pub use agent::Surroundings;
pub use challenge::{AcmeHttp, Tokens};
pub use dns::env::Env;
pub use orders::{Order, Orders};
pub use provider::{AcmeProvider, NAME, Windows};
pub use settings::check;

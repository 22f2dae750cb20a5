//! The differential suite: one configuration and one byte stream, two proxies.
//!
//! Real Traefik and Windrose are started with the same files; a raw client sends each of them the same bytes; scripted
//! servers behind them note what arrives. Everything seen on both sides becomes a flat list of facts, and the two lists
//! must be equal, save for what `differences.yaml` names and gives a reason for.
//!
//! | module | holds |
//! |---|---|
//! | [`group`] | the case files under `cases/`: what a reader writes |
//! | [`text`] | from written text to bytes and back: line ends, placeholders, port names |
//! | [`message`] | reading HTTP/1 messages strictly and without an HTTP library |
//! | [`backend`] | the scripted servers and what they received |
//! | [`client`] | sending a case and reading the answers |
//! | [`proxy`] | finding, configuring, starting and stopping the two programs |
//! | [`run`] | a group against one proxy: outcomes as facts |
//! | [`compare`] | two lists of facts to a list of disagreements |
//! | [`differences`] | the intended disagreements, and which of them went stale |
//!
//! The suite knows nothing of Windrose's crates: it sees both programs only from outside.

pub mod backend;
pub mod client;
pub mod compare;
pub mod differences;
pub mod group;
pub mod message;
pub mod proxy;
pub mod run;
pub mod text;

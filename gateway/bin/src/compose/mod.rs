//! Compose files: what `windrose check` says of them.
//!
//! The labels of their services are read as the Docker provider reads those of containers; where the gateway itself is
//! among the services, its command, environment and mounted files are its install configuration. Every problem is told
//! at its line of the Compose file.

mod check;
mod config;
mod gateway;
mod include;
mod interpolate;
mod keys;
mod label_file;
mod lines;
mod place;
mod project;
mod service;

pub(crate) use check::{Compose, is_compose};

//! What a gateway is put together from: the services that it provides itself, and what compiling needs.
//!
//! The program, `check` and the gateway inside a test share these lists, so that none of them can know a service that
//! the others do not. One list line for each service ([`services::SERVICES`]). Starts nothing and opens nothing.

pub mod services;
mod tools;
mod windows;

pub use services::{Own, Wiring};
pub use tools::{files, tools};
pub use windows::Windows;

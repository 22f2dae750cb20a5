//! What a gateway is put together from: the services that it provides itself, the providers there are, and what
//! compiling needs.
//!
//! The program, `check` and the gateway inside a test share these lists, so that none of them can know a service that
//! the others do not. One list line for each service ([`services::SERVICES`]) and
//! each provider ([`providers::KINDS`]). Starts nothing and opens nothing.

pub mod providers;
pub mod services;
mod storage;
mod tools;
mod windows;

pub use providers::Providers;
pub use services::{Own, Wiring};
pub use storage::storage;
pub use tools::{files, tools};
pub use windows::Windows;

//! Pages for people: the frame that all dashboards share, and how their files are sent.
//!
//! A dashboard is [`Pages`] made of this crate's [`File`]s (the frame, its look, elements without markup) and its own
//! ones, of which `pages.js` says what pages there are. All of it is part of the program, without a build step. The
//! content security policy holds it to its own files and its own host. Must not know what is shown: it is the browser
//! that asks.

mod files;
mod pages;
pub mod query;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use files::File;
pub use pages::{About, Pages, welcome};

//! What can stand between a route and its service.
//!
//! A middleware is a [`Filter`] when it only looks at heads, and an [`Around`] when it waits, repeats or
//! replaces bodies. A [`Kind`] turns written options into one of them; the list of all kinds is in `list`.
//! Nothing here knows a service: a kind that must call one asks its [`BuildContext`].

pub mod chain;
pub mod stage;

pub use chain::{Next, Service};
pub use stage::{Around, Filter, Flow, LocalBoxFuture, Stage};

//! What can stand between a route and its service.
//!
//! A middleware is a [`Filter`] when it only looks at heads, and an [`Around`] when it waits, repeats or
//! replaces bodies. A [`Kind`] turns written options into one of them; [`list`] holds one line per kind.
//! Nothing here knows a service: a kind that must call one asks its [`BuildContext`].
//!
//! | module | what it holds |
//! |---|---|
//! | [`stage`] | the shapes a compiled middleware can have |
//! | [`chain`] | the runner: a request through its stages and back |
//! | [`kind`] | what a kind is made of |
//! | [`http`] | the kinds, one folder each |
//! | [`list`] | the list of kinds |
//! | [`store`] | what several gateways count together |
//! | [`tcp`] | gates of TCP: their shape, their kinds, the list of them |
//! | [`client_ip`], [`source`], [`redirect`], [`media`], [`bodies`], [`predicate`] | what several kinds share |
//! | `cookies`, `credential`, `users`, `jose` | what kinds share that ask who somebody is |
//! | `remote` | what is fetched from others and kept fresh |

pub mod bodies;
pub mod callee;
pub mod chain;
pub mod client_ip;
mod cookies;
mod credential;
pub mod http;
mod jose;
pub mod kind;
pub mod list;
pub mod media;
pub mod predicate;
pub mod redirect;
mod remote;
pub mod source;
pub mod stage;
pub mod store;
pub mod tcp;
#[cfg(test)]
mod testing;
mod users;

pub use callee::{Callee, Dial};
pub use chain::{Aside, Asks, Next, Service};
pub use kind::{BuildContext, BuildError, Kind, Resolve};
pub use stage::{Around, Chain, Filter, Flow, Label, LocalBoxFuture, Stage};

/// Whether a value is what an absent field means; such fields are not serialized.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

//! What a running gateway shows of itself: the API, ping, and the service that never answers.
//!
//! Read-only views: they answer from what the engine has published and from nothing else, and there is no way to change
//! anything here. Implements the gateway's own services `api@internal`, `dashboard@internal`, `ping@internal` and
//! `noop@internal`.

mod answer;
mod api;
mod dashboard;
mod debug;
mod dump;
pub mod explain;
mod hide;
mod list;
mod path;
mod ping;
mod pprof;
mod query;
mod rest;
mod stage;
mod tap;
mod view;

pub use api::{About, Api, Look, Order, Orders, Outlook, Sources};
pub use dashboard::Dashboard;
pub use ping::{Heard, Listening, Noop, Ping};
pub use rest::{Put, Rest};
pub use stage::Window;
pub use tap::Tap;
pub use view::View;

//! One HTTP request and all we know of it, whatever protocol brought it.
//!
//! [`Exchange`] is the request on its way through the gateway, [`Reply`] the answer on its way back. Both hold
//! their head fields in one flat buffer ([`Headers`]) that is reused from request to request, and their bytes
//! as a [`Body`] that is polled by whoever sends it on. Nothing here does I/O or knows a route, a middleware
//! or a server.

pub mod body;
pub mod course;
pub mod desk;
pub mod duplex;
pub mod exchange;
pub mod failure;
pub mod framing;
pub mod headers;
pub mod path;
pub mod reply;
pub mod trailers;

pub use body::{Body, BodyError, Frame};
pub use course::Course;
pub use desk::Desk;
pub use exchange::{Conn, Exchange, Method, Protocol};
pub use failure::{Blame, Failure, Retry};
pub use headers::{Headers, Key, Name};
pub use reply::Reply;
pub use trailers::Trailers;
pub use windrose_wire::field::Id;

//! Stapling: what issuers say of the certificates in force is asked for in the background and given to clients with the
//! handshake, so that they need not ask themselves.
//!
//! Whom to ask and what to believe is known to `windrose-tls`. Must not know where certificates come from.
//! Invariant: no handshake waits for anything here, and a certificate without an answer is served as it is.

mod stapler;

pub use stapler::{Stapler, Windows};

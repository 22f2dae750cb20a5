//! TLS at both ends: certificates, handshake options, acceptors for listeners and settings for connections to servers.
//!
//! Everything here is compiled from the written configuration and then immutable, but for the [`Staple`] of a
//! certificate; the one thing that lives across reloads is [`Tickets`], the keys of resumable sessions. Files are read through [`Files`]; nothing opens a socket
//! or starts a task. A handshake logs one thing only: that no default certificate can be made, which fails it. The
//! cryptography is aws-lc-rs throughout.
//!
//! A listener uses it so: load each certificate ([`read_certificate`]), index them ([`CertStore`]), compile option sets
//! ([`TlsOptions::compile`]), bind hosts to sets ([`Acceptor::new`]), and per connection ask
//! [`Acceptor::config_for`] with the name from the peeked client hello.

mod acceptor;
mod authorities;
mod certificate;
mod challenges;
mod client;
mod client_auth;
pub mod der;
mod files;
mod names;
mod ocsp;
mod options;
mod provider;
mod store;
#[cfg(test)]
mod testing;

pub use acceptor::{Acceptor, HostOptions, Refused, Tickets};
pub use authorities::AuthorityError;
pub use certificate::{
    Certificate, CertificateError, Facts, KeyType, PartyName, load_certificate, read_certificate, subject,
};
pub use challenges::{Challenges, PROTOCOL as CHALLENGE_PROTOCOL};
pub use client::{ClientTls, ClientTlsError, ClientTlsId, ClientTlsOptions, InvalidHost, Offer};
pub use client_auth::{ClientAuthError, ClientAuthorities};
pub use files::{Files, ReadError, file_or_content};
pub use ocsp::{OcspError, OcspQuestion, Staple};
pub use options::{Compiled, OptionsError, OptionsId, TlsOptions, Warning};
pub use store::CertStore;

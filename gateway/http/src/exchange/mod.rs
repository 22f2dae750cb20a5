//! One request on its way through the gateway.
//!
//! Made by the protocol that read it, changed by middlewares, sent on by the service. A connection that serves
//! one request after another uses the same value again, so its buffers are allocated once.

use std::fmt;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use crate::body::Body;
use crate::course::Course;
use crate::desk::Desk;
use crate::failure::Failure;
use crate::headers::Headers;
use crate::path::Target;

mod host;
mod limits;
mod method;
mod room;
mod trailing;
mod tried;
mod upgrade;

pub use crate::duplex::Duplex;
pub use crate::headers::{OddNames, Treatment};
pub use host::Host;
pub use limits::Limits;
pub use method::Method;
pub use room::Room;
pub use tried::Tried;
pub use upgrade::{Offer, Upgrade};

/// One request and all we know of it.
pub struct Exchange {
    /// The method.
    pub method: Method,
    /// The protocol it came by.
    pub protocol: Protocol,
    /// Path and query.
    pub target: Target,
    /// The host asked for.
    pub host: Host,
    /// The fields, without Host and without those that framed the message.
    pub headers: Headers,
    /// The bytes.
    pub body: Body,
    /// The connection it came by.
    pub conn: Rc<Conn>,
    /// The protocols the client wants to change to.
    pub offer: Offer,
    /// Whether the client waits for leave to send its body.
    pub expects_continue: bool,
    /// Whether the peer's address may be added to X-Forwarded-For.
    pub appends_peer: bool,
    /// How long servers may take.
    pub limits: Limits,
    /// The servers that were asked, where it may be sent again.
    pub tried: Tried,
    /// Sends answers that come before the answer.
    pub interim: Option<Rc<dyn Interim>>,
    /// Fields that were used before, so that an answer need not make its own.
    pub spare: Headers,
    /// When its head was complete.
    pub started: Instant,
    /// Whether an answer without a type is to get the one it looks like.
    pub names_types: bool,
    /// What is held for it and known of it, to the last byte of the answer.
    pub course: Course,
}

/// An accepted connection.
#[derive(Debug)]
pub struct Conn {
    /// The entry point it came in by.
    pub entry_point: Arc<str>,
    /// Who connected.
    pub peer: SocketAddr,
    /// The peer's address as text, without port.
    pub peer_ip: Box<str>,
    /// Where it was accepted.
    pub local: SocketAddr,
    /// When it was accepted.
    pub accepted: Instant,
    /// What its worker lends.
    pub desk: Rc<Desk>,
    /// Whether its X-Forwarded fields are believed.
    pub trust: Trust,
    /// What is done to field names that some servers take for others.
    pub odd_names: OddNames,
    /// What TLS agreed on, if it was spoken.
    pub tls: Option<Tls>,
}

/// Whether what a peer says about its own clients is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// It is a stranger.
    Stranger,
    /// The operator named it.
    Trusted,
}

/// What a TLS handshake agreed on.
#[derive(Clone, Debug, Default)]
pub struct Tls {
    /// The server name asked for, in lower case.
    pub server_name: Option<Box<str>>,
    /// The version, as `1.2`.
    pub version: &'static str,
    /// The cipher suite.
    pub cipher: &'static str,
    /// The client's certificates, in DER.
    pub peer_certificates: Arc<[Box<[u8]>]>,
}

/// The HTTP version a request came by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// HTTP/1.0
    Http10,
    /// HTTP/1.1
    Http11,
    /// HTTP/2
    Http2,
    /// HTTP/3
    Http3,
}

/// Sends answers that come before the answer (status 1xx).
pub trait Interim {
    /// Sends one, as far as the client's protocol can.
    fn send(&self, status: u16, headers: &Headers);
}

impl Exchange {
    /// Room for a head that is kept between requests.
    const KEPT_HEAD: usize = 4096;

    /// A request that is still to be filled in.
    #[must_use]
    pub fn new(conn: Rc<Conn>) -> Self {
        Self {
            method: Method::Get,
            protocol: Protocol::Http11,
            target: Target::default(),
            host: Host::default(),
            headers: Headers::new(),
            body: Body::Empty,
            conn,
            offer: Offer::default(),
            expects_continue: false,
            appends_peer: true,
            limits: Limits::default(),
            tried: Tried::default(),
            interim: None,
            spare: Headers::new(),
            started: Instant::now(),
            names_types: false,
            course: Course::default(),
        }
    }

    /// Makes it ready for the next request; keeps connection, interim sender and room.
    pub fn reset(&mut self) {
        self.method = Method::Get;
        self.target.clear();
        self.target.shrink(Self::KEPT_HEAD);
        self.host.clear();
        self.headers.clear();
        self.headers.shrink(Self::KEPT_HEAD);
        self.body = Body::Empty;
        self.offer = Offer::default();
        self.expects_continue = false;
        self.appends_peer = true;
        self.limits = Limits::default();
        self.tried = Tried::default();
        self.names_types = false;
    }

    /// Whether it came by TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.conn.tls.is_some()
    }

    /// `https` or `http`, by TLS alone.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.is_secure() { "https" } else { "http" }
    }

    /// Sends an answer that comes before the answer; HTTP/1.0 knows none (RFC 9110 §15.2).
    pub fn send_interim(&self, status: u16, headers: &Headers) {
        if let Some(interim) = &self.interim
            && self.protocol != Protocol::Http10
        {
            interim.send(status, headers);
        }
    }

    /// Takes over the host as the client wrote it.
    ///
    /// # Errors
    /// It is no host with an optional port.
    pub fn set_host(&mut self, text: &[u8]) -> Result<(), Failure> {
        self.host.set(text)
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("method", &self.method)
            .field("protocol", &self.protocol)
            .field("host", &self.host)
            .field("target", &self.target.as_str())
            .field("headers", &self.headers)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

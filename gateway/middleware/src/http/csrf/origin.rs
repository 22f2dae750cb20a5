//! Origins (RFC 6454), as browsers write them.

use windrose_config::Located;
use windrose_http::Exchange;
use windrose_http::exchange::{Host, Trust};

use crate::kind::BuildError;

/// Where a request comes from.
pub(super) struct Origin<'t> {
    scheme: &'t str,
    host: Host,
}

/// An origin that is trusted, or all whose hosts are below a name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Trusted {
    scheme: Box<str>,
    /// Without the `*` before it.
    name: Box<str>,
    port: u16,
    is_below: bool,
}

impl<'t> Origin<'t> {
    /// Reads an origin; `null` is none.
    pub(super) fn read(text: &'t [u8]) -> Option<Self> {
        let (scheme, host) = std::str::from_utf8(text).ok()?.split_once("://")?;
        Self::new(scheme, host)
    }

    /// The origin of an address.
    pub(super) fn of_address(text: &'t [u8]) -> Option<Self> {
        let (scheme, rest) = std::str::from_utf8(text).ok()?.split_once("://")?;
        Self::new(scheme, rest.split(['/', '?', '#']).next()?)
    }

    fn new(scheme: &'t str, text: &str) -> Option<Self> {
        let mut host = Host::default();
        host.set(text.as_bytes()).ok()?;
        let is_known = matches!(scheme, "http" | "https") && !host.name().is_empty();
        is_known.then_some(Self { scheme, host })
    }

    fn port(&self) -> u16 {
        self.host.port().unwrap_or(if self.scheme == "https" { 443 } else { 80 })
    }

    /// Whether the request asks for the very same site. A page that came by TLS may have anything sent to its own host; one
    /// that did not, whose text anybody on the way could have written, only what is sent without.
    pub(super) fn is_that_of(&self, ex: &Exchange) -> bool {
        let is_secure = ex.is_secure()
            || ex.conn.trust == Trust::Trusted && ex.headers.get("X-Forwarded-Proto") == Some(b"https");
        // Whoever ends TLS before us may leave its port out.
        let usual = if self.scheme == "https" { 443 } else { 80 };
        self.host.name() == ex.host.name()
            && self.port() == ex.host.port().unwrap_or(usual)
            && (self.scheme == "https" || !is_secure)
    }
}

impl Trusted {
    pub(super) fn new(written: &Located<Box<str>>) -> Result<Self, BuildError> {
        let wrong = || {
            let message =
                "trustedOrigins: write for example https://app.example.com or https://*.example.com";
            BuildError::at(written, message)
        };
        let (scheme, host) = written.split_once("://").ok_or_else(wrong)?;
        let below = host.strip_prefix("*.");
        let origin = Origin::new(scheme, below.unwrap_or(host)).ok_or_else(wrong)?;
        if origin.host.name().contains('*') || below.is_some() && !origin.host.name().contains('.') {
            return Err(wrong());
        }
        Ok(Self {
            scheme: scheme.into(),
            name: origin.host.name().into(),
            port: origin.port(),
            is_below: below.is_some(),
        })
    }

    pub(super) fn is(&self, origin: &Origin<'_>) -> bool {
        let name = origin.host.name();
        let is_named = if self.is_below {
            name.strip_suffix(&*self.name).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
        } else {
            *self.name == *name
        };
        is_named && *self.scheme == *origin.scheme && self.port == origin.port()
    }
}

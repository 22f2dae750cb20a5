//! Something wrong with what was written: collected, never thrown.
//!
//! Owns [`Problem`], [`ObjectRef`], [`Section`] and [`render`], which prints a problem for people.
//! Must not read files: the renderer is given the line it shows.

pub mod render;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::harmless::harmless;
use crate::origin::{Mark, Origin, Source};
use crate::redact::urls;

/// One thing wrong, what it concerns, where it was written, and what to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// The object at fault, which is left out; `None` when it concerns a whole document.
    pub object: Option<Box<ObjectRef>>,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// Where it was written.
    pub origin: Option<Origin>,
    /// How many characters from the origin on are at fault; 0 when unknown.
    pub length: u32,
    /// What would have been right.
    pub expected: Option<String>,
    /// A known word near to the one written.
    pub nearest: Option<String>,
}

impl Problem {
    /// An error without a place.
    #[must_use]
    pub fn error(message: impl Into<String>) -> Self {
        Self {
            object: None,
            severity: Severity::Error,
            message: message.into(),
            origin: None,
            length: 0,
            expected: None,
            nearest: None,
        }
    }

    /// A warning without a place.
    #[must_use]
    pub fn warning(message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(message) }
    }

    /// The same problem, written at this place.
    #[must_use]
    pub fn at(mut self, source: &Arc<Source>, mark: Mark) -> Self {
        self.origin = Some(Origin { source: source.clone(), mark });
        self
    }

    /// The same problem, this many characters wide.
    #[must_use]
    pub fn spanning(mut self, length: usize) -> Self {
        self.length = u32::try_from(length).unwrap_or(u32::MAX);
        self
    }

    /// The message as it is shown: without the passwords of URLs and what a terminal obeys, and cut where somebody wrote
    /// a very long word.
    #[must_use]
    pub fn shown(&self) -> Cow<'_, str> {
        let shown = match urls(&self.message) {
            Cow::Borrowed(text) => render::cut(text),
            Cow::Owned(text) => render::cut(&text).into_owned().into(),
        };
        match shown {
            Cow::Borrowed(text) => harmless(text),
            Cow::Owned(text) => harmless(&text).into_owned().into(),
        }
    }

    /// The same problem, of this object.
    #[must_use]
    pub fn of(mut self, object: ObjectRef) -> Self {
        self.object = Some(Box::new(object));
        self
    }

    /// The same problem, saying what would have been right.
    #[must_use]
    pub fn expecting(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }
}

impl fmt::Display for Problem {
    /// One line: `place: error: message`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(origin) = &self.origin {
            write!(formatter, "{}: ", harmless(&origin.place().to_string()))?;
        }
        write!(formatter, "{}: {}", self.severity, self.shown())
    }
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It works, but should be changed.
    Warning,
    /// The object (or, without an object, what was written there) is left out.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// An object of a dynamic configuration, by section and name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectRef {
    /// The section it is written in.
    pub section: Section,
    /// Its name there; for certificates, its position counted from 0.
    pub name: Arc<str>,
    /// The provider that declares it, once known.
    pub provider: Option<Arc<str>>,
}

impl ObjectRef {
    /// An object of a provider not known yet.
    #[must_use]
    pub fn new(section: Section, name: impl Into<Arc<str>>) -> Self {
        Self { section, name: name.into(), provider: None }
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.section, self.name)?;
        match &self.provider {
            Some(provider) => write!(formatter, "@{provider}"),
            None => Ok(()),
        }
    }
}

/// A part of a dynamic configuration that holds named objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// `http.routers`
    HttpRouters,
    /// `http.services`
    HttpServices,
    /// `http.middlewares`
    HttpMiddlewares,
    /// `http.serversTransports`
    HttpServersTransports,
    /// `tcp.routers`
    TcpRouters,
    /// `tcp.services`
    TcpServices,
    /// `tcp.middlewares`
    TcpMiddlewares,
    /// `tcp.serversTransports`
    TcpServersTransports,
    /// `udp.routers`
    UdpRouters,
    /// `udp.services`
    UdpServices,
    /// `tls.certificates`
    TlsCertificates,
    /// `tls.options`
    TlsOptions,
    /// `tls.stores`
    TlsStores,
}

impl Section {
    /// Every section, in the order of a document.
    pub const ALL: [Self; 13] = [
        Self::HttpRouters,
        Self::HttpServices,
        Self::HttpMiddlewares,
        Self::HttpServersTransports,
        Self::TcpRouters,
        Self::TcpServices,
        Self::TcpMiddlewares,
        Self::TcpServersTransports,
        Self::UdpRouters,
        Self::UdpServices,
        Self::TlsCertificates,
        Self::TlsOptions,
        Self::TlsStores,
    ];

    /// The section as written, for example `http.routers`.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::HttpRouters => "http.routers",
            Self::HttpServices => "http.services",
            Self::HttpMiddlewares => "http.middlewares",
            Self::HttpServersTransports => "http.serversTransports",
            Self::TcpRouters => "tcp.routers",
            Self::TcpServices => "tcp.services",
            Self::TcpMiddlewares => "tcp.middlewares",
            Self::TcpServersTransports => "tcp.serversTransports",
            Self::UdpRouters => "udp.routers",
            Self::UdpServices => "udp.services",
            Self::TlsCertificates => "tls.certificates",
            Self::TlsOptions => "tls.options",
            Self::TlsStores => "tls.stores",
        }
    }
}

impl fmt::Display for Section {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.path())
    }
}

//! How a server is asked whether it is well.

use std::time::Duration;

use windrose_http::Method;
use windrose_http::headers;

use crate::endpoint::Scheme;

/// How a server is asked whether it is well. Equal ones ask once for all services.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Probe {
    /// What is asked.
    pub mode: Mode,
    /// The scheme in place of the server's.
    pub scheme: Option<Scheme>,
    /// The port in place of the server's.
    pub port: Option<u16>,
    /// The Host in place of the server's; empty is the server's.
    pub hostname: Box<str>,
    /// Path and query as they are written; empty is the path of the server's URL.
    pub path: Box<str>,
    /// The method as it is written; empty is GET.
    pub method: Box<str>,
    /// Further fields, as they are written.
    pub headers: Box<[(Box<str>, Box<str>)]>,
    /// The one good status; without it those from 200 to 399 are.
    pub status: Option<u16>,
    /// What is done with redirections.
    pub redirects: Redirects,
    /// The time between two questions to a server that is well.
    pub interval: Duration,
    /// The same for one that is not.
    pub unhealthy_interval: Duration,
    /// How long an answer may take, connecting and redirections included.
    pub timeout: Duration,
}

/// What is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// A request whose status counts.
    #[default]
    Http,
    /// The health service of gRPC (`grpc.health.v1`).
    Grpc,
}

/// What is done with redirections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Redirects {
    /// They are followed, ten at the most.
    #[default]
    Follow,
    /// Their status counts.
    Judge,
}

/// Options that cannot be honoured.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// It leads elsewhere, or is none.
    #[error("path {0:?} is no path of the server; write for example /health, without scheme and host")]
    Path(Box<str>),
    /// It is no method.
    #[error("method {0:?} is none")]
    Method(Box<str>),
    /// It is no field.
    #[error("header {0:?} cannot be sent")]
    Header(Box<str>),
    /// It is no host.
    #[error("hostname {0:?} is no host")]
    Hostname(Box<str>),
    /// It is no status.
    #[error("status {0} is none; write a number from 200 to 599, or 0 for 200 to 399")]
    Status(u16),
    /// There is no time.
    #[error("interval, unhealthyInterval and timeout must be longer than 0")]
    Time,
}

impl Default for Probe {
    fn default() -> Self {
        Self {
            mode: Mode::Http,
            scheme: None,
            port: None,
            hostname: Box::default(),
            path: Box::default(),
            method: Box::default(),
            headers: Box::default(),
            status: None,
            redirects: Redirects::Follow,
            interval: Duration::from_secs(30),
            unhealthy_interval: Duration::from_secs(30),
            timeout: Duration::from_secs(5),
        }
    }
}

impl Probe {
    /// Looks for what cannot be honoured.
    ///
    /// # Errors
    /// What that is.
    pub fn check(&self) -> Result<(), ProbeError> {
        if self.interval.is_zero() || self.unhealthy_interval.is_zero() || self.timeout.is_zero() {
            return Err(ProbeError::Time);
        }
        if !self.path.is_empty() && super::ask::target(&super::ask::rooted(&self.path)).is_none()
            || self.path.starts_with("//")
            || self.path.split(['/', '?']).next().is_some_and(|first| first.contains(':'))
        {
            return Err(ProbeError::Path(self.path.clone()));
        }
        if !self.method.is_empty() && headers::Name::new(&self.method).is_err() {
            return Err(ProbeError::Method(self.method.clone()));
        }
        let is_sent = |(name, value): &&(Box<str>, Box<str>)| {
            headers::Name::new(name).is_ok()
                && value.bytes().all(|byte| byte == b'\t' || !byte.is_ascii_control())
        };
        if let Some((name, _)) = self.headers.iter().find(|field| !is_sent(field)) {
            return Err(ProbeError::Header(name.clone()));
        }
        if windrose_http::exchange::Host::default().set(self.hostname.as_bytes()).is_err() {
            return Err(ProbeError::Hostname(self.hostname.clone()));
        }
        match self.status {
            Some(status) if !(200..=599).contains(&status) => Err(ProbeError::Status(status)),
            _ => Ok(()),
        }
    }

    /// Whether an answer with this status says that the server is well.
    #[must_use]
    pub fn is_good(&self, status: u16) -> bool {
        self.status.map_or_else(|| (200..400).contains(&status), |good| good == status)
    }

    pub(super) fn method(&self) -> Method {
        if self.method.is_empty() { Method::Get } else { Method::from_token(self.method.as_bytes()) }
    }
}

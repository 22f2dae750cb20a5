//! Where an engine listens.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;

/// A place to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// A socket of this machine.
    Unix(PathBuf),
    /// TCP.
    Tcp {
        /// The host, without brackets.
        host: Arc<str>,
        /// The port.
        port: u16,
        /// What stands before every path; empty or with a slash at its beginning only.
        base: Arc<str>,
        /// Whether TLS is spoken.
        is_tls: bool,
    },
    /// A command on another machine, reached by the program `ssh`.
    Ssh {
        /// Who logs in there; empty means whom `ssh` takes.
        user: Arc<str>,
        /// The host, without brackets.
        host: Arc<str>,
        /// The port, if one is written.
        port: Option<u16>,
        /// The socket of the engine over there, if it is not the usual one.
        socket: Option<Arc<str>>,
    },
}

/// Why a text is no endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EndpointError {
    /// No scheme, or one that nobody knows.
    #[error("`{0}` begins with none of unix://, tcp://, http://, https://, ssh://")]
    Scheme(String),
    /// A pipe of another system.
    #[error("npipe:// is a pipe of Windows; use unix://, tcp:// or ssh://")]
    Pipe,
    /// Nothing behind the scheme.
    #[error("`{0}` names no {1}")]
    Missing(String, &'static str),
    /// A port that is none.
    #[error("`{0}` is no port")]
    Port(String),
    /// A password would be shown.
    #[error("it holds a password; use username and password for HTTP, and a key for ssh")]
    Password,
}

impl Endpoint {
    /// Reads an endpoint; over TCP, TLS is spoken where settings for it are written or the scheme says so.
    ///
    /// # Errors
    ///
    /// Why it is none.
    pub fn parse(text: &str, has_tls: bool) -> Result<Self, EndpointError> {
        let text = text.trim();
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(EndpointError::Scheme(text.to_owned()));
        };
        match scheme.to_ascii_lowercase().as_str() {
            "unix" if rest.is_empty() => Err(EndpointError::Missing(text.to_owned(), "path")),
            "unix" => Ok(Self::Unix(rest.into())),
            "tcp" => Self::tcp(text, rest, has_tls, if has_tls { 443 } else { 80 }),
            "http" => Self::tcp(text, rest, has_tls, if has_tls { 443 } else { 80 }),
            "https" => Self::tcp(text, rest, true, 443),
            "ssh" => Self::ssh(text, rest),
            "npipe" => Err(EndpointError::Pipe),
            _ => Err(EndpointError::Scheme(text.to_owned())),
        }
    }

    fn tcp(text: &str, rest: &str, is_tls: bool, usual: u16) -> Result<Self, EndpointError> {
        let (authority, base) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(EndpointError::Password);
        }
        let (host, port) = host_and_port(text, authority)?;
        let base = base.trim_end_matches('/').into();
        Ok(Self::Tcp { host: host.into(), port: port.unwrap_or(usual), base, is_tls })
    }

    fn ssh(text: &str, rest: &str) -> Result<Self, EndpointError> {
        let (authority, socket) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (user, authority) = authority.rsplit_once('@').unwrap_or(("", authority));
        if user.contains(':') {
            return Err(EndpointError::Password);
        }
        let (host, port) = host_and_port(text, authority)?;
        // An option of `ssh`, not a host.
        if host.starts_with('-') || user.starts_with('-') {
            return Err(EndpointError::Missing(text.to_owned(), "host"));
        }
        let socket = Some(socket).filter(|socket| socket.len() > 1).map(Into::into);
        Ok(Self::Ssh { user: user.into(), host: host.into(), port, socket })
    }
}

fn host_and_port<'t>(text: &str, authority: &'t str) -> Result<(&'t str, Option<u16>), EndpointError> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(inside) => match inside.split_once(']') {
            Some((host, after)) => (host, after.strip_prefix(':')),
            None => return Err(EndpointError::Missing(text.to_owned(), "host")),
        },
        None => match authority.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    if host.is_empty() || host.contains(char::is_whitespace) {
        return Err(EndpointError::Missing(text.to_owned(), "host"));
    }
    let port = match port {
        None => None,
        Some(digits) => match digits.parse::<u16>() {
            Ok(port) if port > 0 => Some(port),
            _ => return Err(EndpointError::Port(digits.to_owned())),
        },
    };
    Ok((host, port))
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp { host, port, base, is_tls } => {
                let scheme = if *is_tls { "https" } else { "tcp" };
                let (open, close) = if host.contains(':') { ("[", "]") } else { ("", "") };
                write!(f, "{scheme}://{open}{host}{close}:{port}{base}")
            }
            Self::Ssh { user, host, .. } if user.is_empty() => write!(f, "ssh://{host}"),
            Self::Ssh { user, host, .. } => write!(f, "ssh://{user}@{host}"),
        }
    }
}

//! `redirectScheme`: sends the client to another scheme or port.
//!
//! ```yaml
//! redirectScheme:
//!   scheme: https
//!   port: "8443"
//!   permanent: true
//! ```
//!
//! The port of the request is dropped, and `port` added unless it is the scheme's own. What the client already asked
//! for goes on: by TLS, or as a trusted proxy says it in `X-Forwarded-Proto`. GET is answered with status 302, or 301
//! when permanent; any other method with 307 or 308.

use serde::{Deserialize, Serialize};

use windrose_config::Located;
use windrose_http::{Exchange, Id};

use crate::is_default;
use crate::kind::{BuildContext, BuildError, Kind};
use crate::redirect::{self, Permanence};
use crate::stage::{Filter, Flow, Stage};

#[cfg(test)]
mod tests;

/// Sends the client to another scheme or port.
#[derive(Debug)]
pub struct RedirectScheme {
    scheme: Box<str>,
    /// `None` is the scheme's own port.
    port: Option<u16>,
    permanence: Permanence,
}

/// The options of `redirectScheme`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// The new scheme; required.
    #[serde(skip_serializing_if = "is_default")]
    pub scheme: Located<Box<str>>,
    /// The new port.
    #[serde(skip_serializing_if = "is_default")]
    pub port: Located<Box<str>>,
    /// Whether clients may remember it.
    #[serde(skip_serializing_if = "is_default")]
    pub permanent: bool,
}

impl Kind for RedirectScheme {
    const NAME: &'static str = "redirectScheme";
    type Options = Options;

    fn build(options: Options, _: &BuildContext<'_>) -> Result<Stage, BuildError> {
        if options.scheme.is_empty() {
            return Err(BuildError::new("scheme is missing, write the scheme to redirect to, such as https"));
        }
        if !is_scheme(&options.scheme) {
            return Err(BuildError::at(&options.scheme, "not a scheme, write for example https"));
        }
        let scheme = options.scheme.to_ascii_lowercase();
        let port =
            match options.port.value.as_ref() {
                "" => None,
                text => {
                    let port = text.parse::<u16>().ok().filter(|port| *port > 0);
                    Some(port.ok_or_else(|| {
                        BuildError::at(&options.port, "not a port, write a number up to 65535")
                    })?)
                }
            };
        Ok(Stage::filter(Self {
            port: port.filter(|port| Some(*port) != own_port(&scheme)),
            scheme: scheme.into(),
            permanence: Permanence::from_option(options.permanent),
        }))
    }
}

impl Filter for RedirectScheme {
    fn request(&self, ex: &mut Exchange) -> Flow {
        if self.is_there(ex) {
            return Flow::Continue;
        }
        let mut location = String::with_capacity(16 + ex.host.as_str().len() + ex.target.as_str().len());
        location.push_str(&self.scheme);
        location.push_str("://");
        location.push_str(host_name(ex));
        if let Some(port) = self.port {
            location.push(':');
            location.push_str(&port.to_string());
        }
        location.push_str(ex.target.as_str());
        Flow::reply(redirect::reply(ex, &location, self.permanence))
    }
}

impl RedirectScheme {
    /// Whether the request already is where it would be sent.
    fn is_there(&self, ex: &Exchange) -> bool {
        let scheme = asked_scheme(ex);
        let port = ex.host.port().filter(|port| Some(*port) != own_port(scheme));
        *scheme == *self.scheme && port == self.port
    }
}

/// The scheme the client used, as far as we or a trusted proxy before us can tell.
fn asked_scheme(ex: &Exchange) -> &'static str {
    // Proxies name the scheme of a connection that changes its protocol after what it becomes.
    match ex.headers.get(Id::X_FORWARDED_PROTO) {
        Some(proto) if proto.eq_ignore_ascii_case(b"https") || proto.eq_ignore_ascii_case(b"wss") => "https",
        Some(proto) if proto.eq_ignore_ascii_case(b"http") || proto.eq_ignore_ascii_case(b"ws") => "http",
        _ => ex.scheme(),
    }
}

/// The host as the client wrote it, without port.
fn host_name(ex: &Exchange) -> &str {
    let text = ex.host.as_str();
    match text.rfind(':') {
        Some(colon) if !text.ends_with(']') => text.get(..colon).unwrap_or(text),
        _ => text,
    }
}

fn own_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

/// RFC 3986 §3.1.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

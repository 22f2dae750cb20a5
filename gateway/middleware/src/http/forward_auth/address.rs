//! The address of the server that is asked.

use std::sync::Arc;

use data_encoding::BASE64;
use windrose_config::Located;
use windrose_http::path::{Cleaning, Semicolons, Target};

use crate::kind::BuildError;
use crate::redirect;

/// An address, taken apart.
pub(crate) struct Address {
    /// Scheme, host and port.
    pub(crate) server: Located<Arc<str>>,
    /// Path and query.
    pub(crate) target: Target,
    /// Who the gateway is to the server, as Authorization says it.
    pub(crate) authorization: Option<Box<str>>,
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// It is none that can be asked.
    pub(crate) fn new(written: &Located<Box<str>>) -> Result<Self, BuildError> {
        if written.is_empty() {
            return Err(BuildError::new("address is missing, write whom to ask"));
        }
        let wrong =
            || BuildError::at(written, "address is none, write for example http://10.0.0.1:8080/check");
        let (scheme, rest) = written.split_once("://").ok_or_else(wrong)?;
        let scheme = scheme.to_ascii_lowercase();
        if !matches!(&*scheme, "http" | "https") {
            return Err(wrong());
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let (authority, path) =
            rest.split_at_checked(rest.find(['/', '?']).unwrap_or(rest.len())).ok_or_else(wrong)?;
        let (user, host) =
            authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
        let slash = if path.starts_with('/') { "" } else { "/" };
        let mut target = Target::default();
        target
            .parse(format!("{slash}{path}").as_bytes(), Cleaning::Keep, Semicolons::Separate)
            .map_err(|_| wrong())?;
        let authorization = user.map(|user| {
            let (name, password) = user.split_once(':').unwrap_or((user, ""));
            let pair = [&*plain(name), b":", &*plain(password)].concat();
            format!("Basic {}", BASE64.encode(&pair)).into()
        });
        let server = Located { value: Arc::from(format!("{scheme}://{host}")), mark: written.mark };
        Ok(Self { server, target, authorization })
    }

    /// Where a reference leads that stands in an answer from here; `None` when it is none.
    ///
    /// Unlike in Traefik nobody is told who the gateway is to the server.
    pub(crate) fn resolve(&self, reference: &str) -> Option<String> {
        // It must be an address before it is joined with another.
        redirect::location(reference)?;
        let (reference, fragment) =
            reference.split_once('#').map_or((reference, None), |(text, fragment)| (text, Some(fragment)));
        let (reference, query) =
            reference.split_once('?').map_or((reference, None), |(text, query)| (text, Some(query)));
        let has_scheme = reference.split_once(':').is_some_and(|(scheme, _)| !scheme.contains('/'));
        let scheme = self.server.split_once("://").map_or("http", |(scheme, _)| scheme);
        let (place, path) = if has_scheme {
            let Some((scheme, rest)) = reference.split_once("://") else {
                // What stands behind a scheme without a slash leads elsewhere as it is.
                return redirect::location(&join(reference, query, fragment));
            };
            let (host, path) = rest.split_at_checked(rest.find('/').unwrap_or(rest.len()))?;
            (format!("{scheme}://{host}"), without_dots(path))
        } else if let Some(rest) = reference.strip_prefix("//") {
            let (host, path) = rest.split_at_checked(rest.find('/').unwrap_or(rest.len()))?;
            (format!("{scheme}://{host}"), without_dots(path))
        } else if reference.starts_with('/') {
            (self.server.to_string(), without_dots(reference))
        } else if reference.is_empty() {
            let query = query.or_else(|| self.target.query());
            let text = format!("{}{}", self.server.value, self.target.path());
            return redirect::location(&join(&text, query, fragment));
        } else {
            let base =
                self.target.path().rfind('/').and_then(|at| self.target.path().get(..=at)).unwrap_or("/");
            (self.server.to_string(), without_dots(&format!("{base}{reference}")))
        };
        redirect::location(&join(&format!("{place}{path}"), query, fragment))
    }
}

fn join(text: &str, query: Option<&str>, fragment: Option<&str>) -> String {
    let mut whole = text.to_owned();
    for (mark, part) in [('?', query), ('#', fragment)] {
        if let Some(part) = part {
            whole.push(mark);
            whole.push_str(part);
        }
    }
    whole
}

/// A path without `.` and `..` (RFC 3986 §5.2.4).
fn without_dots(path: &str) -> String {
    if path.is_empty() {
        return String::new();
    }
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.trim_start_matches('/').split('/').peekable();
    let leading = path.len() - path.trim_start_matches('/').len();
    let mut is_folder = false;
    while let Some(segment) = segments.next() {
        is_folder = segments.peek().is_none() && matches!(segment, "" | "." | "..");
        match segment {
            "." => {}
            ".." => {
                kept.pop();
            }
            "" if segments.peek().is_none() => {}
            segment => kept.push(segment),
        }
    }
    let slashes = "/".repeat(leading.max(1));
    let end = if is_folder && !kept.is_empty() { "/" } else { "" };
    format!("{slashes}{}{end}", kept.join("/"))
}

/// Every escape decoded.
fn plain(text: &str) -> Vec<u8> {
    windrose_http::path::decode(text).into_owned()
}

//! Paths that the middleware answers itself, and places it sends browsers to.

use windrose_config::Located;
use windrose_http::Exchange;

use super::options::Options;
use super::origin;
use crate::kind::BuildError;

/// The places of a middleware.
pub(super) struct Paths {
    pub(super) callback: Place,
    pub(super) logout: Option<Place>,
    pub(super) backchannel: Option<Place>,
    pub(super) after_logout: Option<Place>,
}

/// A path of the site that is asked for, or a whole address.
pub(super) struct Place {
    whole: Box<str>,
    /// Where the path begins.
    path: usize,
}

impl Paths {
    pub(super) fn new(options: &Options) -> Result<Self, BuildError> {
        let optional = |written: &Located<Box<str>>, option: &str| {
            (!written.is_empty()).then(|| Place::new(written, option)).transpose()
        };
        let paths = Self {
            callback: Place::new(&options.redirect_url, "redirectUrl")?,
            logout: optional(&options.logout_url, "logoutUrl")?,
            backchannel: optional(&options.backchannel_logout_url, "backchannelLogoutUrl")?,
            after_logout: optional(&options.post_logout_redirect_url, "postLogoutRedirectUrl")?,
        };
        let own = [Some(&paths.callback), paths.logout.as_ref(), paths.backchannel.as_ref()];
        let own: Vec<&str> = own.into_iter().flatten().map(Place::path).collect();
        let is_twice = |index: usize| own.iter().skip(index + 1).any(|other| Some(other) == own.get(index));
        if own.contains(&"/") || (0..own.len()).any(is_twice) {
            let message = "redirectUrl, logoutUrl and backchannelLogoutUrl need paths of their own";
            return Err(BuildError::new(message));
        }
        Ok(paths)
    }

    /// Whether the middleware answers a path itself.
    pub(super) fn are_own(&self, path: &str) -> bool {
        [Some(&self.callback), self.logout.as_ref(), self.backchannel.as_ref()]
            .into_iter()
            .flatten()
            .any(|own| own.path() == path)
    }
}

impl Place {
    fn new(written: &Located<Box<str>>, option: &str) -> Result<Self, BuildError> {
        let wrong = || {
            let message = format!("{option}: write a path such as /oidc/{option}, or a whole address");
            BuildError::at(written, message)
        };
        let path = match written.split_once("://") {
            Some((scheme @ ("http" | "https"), rest)) => {
                scheme.len() + 3 + rest.find('/').filter(|length| *length > 0).ok_or_else(wrong)?
            }
            Some(_) => return Err(wrong()),
            None => 0,
        };
        let place = Self { whole: written.value.clone(), path };
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"#\\\"<>?".contains(&byte);
        let is_path = place.path().starts_with('/') && !place.path().starts_with("//");
        if is_path && place.path().bytes().all(is_plain) { Ok(place) } else { Err(wrong()) }
    }

    pub(super) fn path(&self) -> &str {
        self.whole.get(self.path..).unwrap_or_default()
    }

    /// The whole address, for whoever sent a request.
    pub(super) fn address(&self, ex: &Exchange) -> String {
        if self.path > 0 { self.whole.to_string() } else { format!("{}{}", origin(ex), self.whole) }
    }
}

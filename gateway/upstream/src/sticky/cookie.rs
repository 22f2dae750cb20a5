//! What is written of a sticky cookie.

use std::fmt::Write;

use windrose_wire::head::is_token;

/// What is written of a sticky cookie. Any value is legal but for those that [`Cookie::check`] finds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cookie {
    /// Its name; empty is one made from the name of the service.
    pub name: Box<str>,
    /// Attribute `Secure`.
    pub secure: bool,
    /// Attribute `HttpOnly`.
    pub http_only: bool,
    /// Attribute `SameSite`.
    pub same_site: Option<SameSite>,
    /// Attribute `Max-Age` in seconds: 0 is a cookie of the session, below 0 one that ends at once.
    pub max_age: i64,
    /// Attribute `Path`; empty is none.
    pub path: Box<str>,
    /// Attribute `Domain`; empty is none.
    pub domain: Box<str>,
    /// Attribute `Partitioned`.
    pub partitioned: bool,
}

/// With whose requests browsers send a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// Everybody's.
    None,
    /// The site's own, and when somebody follows a link to it.
    Lax,
    /// The site's own.
    Strict,
}

/// A cookie that browsers would not take as it is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CookieError {
    /// It is no domain.
    #[error("domain is no domain name, write for example example.com")]
    Domain,
    /// It has characters that would end it.
    #[error("path has characters that a cookie's path may not have; leave out `;` and control characters")]
    Path,
    /// It is none of the three.
    #[error("sameSite is one of none, lax and strict")]
    SameSite,
}

impl SameSite {
    /// Reads it in any case; empty is none of them.
    ///
    /// # Errors
    /// It is no such word.
    pub fn from_text(text: &str) -> Result<Option<Self>, CookieError> {
        match text.to_ascii_lowercase().as_str() {
            "" => Ok(None),
            "none" => Ok(Some(Self::None)),
            "lax" => Ok(Some(Self::Lax)),
            "strict" => Ok(Some(Self::Strict)),
            _ => Err(CookieError::SameSite),
        }
    }
}

impl Cookie {
    /// Looks for what cannot be honoured.
    ///
    /// # Errors
    /// What that is.
    pub fn check(&self) -> Result<(), CookieError> {
        if !self.domain.is_empty() && !is_domain(&self.domain) {
            return Err(CookieError::Domain);
        }
        let is_fine = |byte: u8| matches!(byte, 0x20..0x7f) && byte != b';';
        if self.path.bytes().all(is_fine) { Ok(()) } else { Err(CookieError::Path) }
    }

    /// The name, as it is for a service.
    pub(super) fn name_for(&self, service: &str) -> String {
        if !self.name.is_empty() {
            let fit = |c: char| if u8::try_from(c).is_ok_and(is_token) { c } else { '_' };
            return self.name.chars().map(fit).collect();
        }
        let text = format!("_TRAEFIK_BACKEND_{service}");
        let sha1 = &aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY;
        let mut name =
            data_encoding::HEXLOWER.encode(aws_lc_rs::digest::digest(sha1, text.as_bytes()).as_ref());
        name.truncate(NAME - 1);
        name.insert(0, '_');
        name
    }

    /// The attributes in the order in which Go writes them.
    pub(super) fn attributes(&self) -> String {
        let mut out = String::new();
        if !self.path.is_empty() {
            out.extend(["; Path=", &self.path]);
        }
        if !self.domain.is_empty() {
            out.extend(["; Domain=", self.domain.strip_prefix('.').unwrap_or(&self.domain)]);
        }
        if self.max_age != 0 {
            // Writing to a text does not fail.
            let _ = write!(out, "; Max-Age={}", self.max_age.max(0));
        }
        out.push_str(if self.http_only { "; HttpOnly" } else { "" });
        out.push_str(if self.secure { "; Secure" } else { "" });
        out.push_str(match self.same_site {
            None => "",
            Some(SameSite::None) => "; SameSite=None",
            Some(SameSite::Lax) => "; SameSite=Lax",
            Some(SameSite::Strict) => "; SameSite=Strict",
        });
        out.push_str(if self.partitioned { "; Partitioned" } else { "" });
        out
    }
}

fn is_domain(text: &str) -> bool {
    let text = text.strip_prefix('.').unwrap_or(text);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_name = text.len() <= 255
        && text.split('.').all(is_label)
        && text.bytes().any(|byte| byte.is_ascii_alphabetic());
    is_name || text.parse::<std::net::Ipv4Addr>().is_ok()
}

/// Characters of a name that is made from a service's.
const NAME: usize = 6;

//! The cookies: their names and attributes, and values that are longer than a cookie may be.
//!
//! A long value is cut into numbered cookies; the first says how many there are, so that pieces of another session change
//! nothing: what is put together wrongly does not open.

use windrose_http::{Headers, Id, Reply};

use super::options::{SameSite, SessionOptions};
use crate::cookies;
use crate::kind::BuildError;

/// How cookies are written.
pub(super) struct Jar {
    session: Box<str>,
    state: Box<str>,
    attributes: Box<str>,
    state_attributes: Box<str>,
    same_site: SameSite,
}

impl Jar {
    pub(super) fn new(options: &SessionOptions, middleware: &str) -> Result<Self, BuildError> {
        let prefix = match (options.secure, options.domain.is_empty()) {
            (true, true) => "__Host-",
            (true, false) => "__Secure-",
            (false, _) => "",
        };
        let usual: String =
            middleware.chars().map(|char| if char.is_ascii_alphanumeric() { char } else { '-' }).collect();
        let session = match options.name.is_empty() {
            true => format!("{prefix}{usual}-session"),
            false => options.name.to_string(),
        };
        let is_host = session.starts_with("__Host-");
        if !cookies::is_name(&session) {
            return Err(BuildError::at(&options.name, "session.name: not a valid cookie name"));
        }
        if (is_host && !options.domain.is_empty()) || (session.starts_with("__") && !options.secure) {
            let message =
                "session.name: browsers refuse a cookie of this name without secure or with a domain";
            return Err(BuildError::at(&options.name, message));
        }
        if options.same_site.value == SameSite::None && !options.secure {
            return Err(BuildError::new("session.sameSite: browsers refuse none without secure"));
        }
        let is_domain = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
        if !options.domain.bytes().all(is_domain) {
            return Err(BuildError::at(&options.domain, "session.domain: not a name of hosts"));
        }
        let secure = if options.secure { "; Secure" } else { "" };
        let domain = match options.domain.is_empty() {
            true => String::new(),
            false => format!("; Domain={}", options.domain.value),
        };
        let same_site = options.same_site.value.text();
        Ok(Self {
            state: format!("{prefix}{usual}-login-").into(),
            attributes: format!("; Path=/{domain}; HttpOnly{secure}; SameSite={same_site}").into(),
            // The provider sends the browser back from another site, so it cannot be stricter; it never leaves this host.
            state_attributes: format!("; Path=/; HttpOnly{secure}; SameSite=Lax").into(),
            session: session.into(),
            same_site: options.same_site.value,
        })
    }

    /// From which sites browsers send the session along.
    pub(super) const fn same_site(&self) -> SameSite {
        self.same_site
    }

    /// The sealed session of a request.
    pub(super) fn session(&self, headers: &Headers) -> Option<Vec<u8>> {
        let first = cookies::values(headers, &self.session).next()?;
        let (count, first) = first.split_at_checked(2)?;
        let count = std::str::from_utf8(count).ok()?.strip_suffix('.')?.parse::<usize>().ok()?;
        if !(1..=PIECES).contains(&count) {
            return None;
        }
        let mut whole = first.to_vec();
        for piece in 1..count {
            let name = self.piece(piece);
            whole.extend_from_slice(cookies::values(headers, &name).next()?);
        }
        Some(whole)
    }

    /// Whether there are cookies of a session, be it one that does not open.
    pub(super) fn has_session(&self, headers: &Headers) -> bool {
        cookies::all(headers).any(|(name, _)| self.is_session(name))
    }

    /// Gives a sealed session to the client; pieces that it has and does not need any more go.
    ///
    /// # Errors
    /// It is too long for any browser.
    pub(super) fn give(&self, reply: &mut Reply, sealed: &str, seconds: u64) -> Result<(), TooLong> {
        let pieces: Vec<&[u8]> = sealed.as_bytes().chunks(PIECE).collect();
        if pieces.len() > PIECES {
            return Err(TooLong);
        }
        for (index, piece) in pieces.iter().enumerate() {
            let count = if index == 0 { format!("{}.", pieces.len()) } else { String::new() };
            let (name, piece) = (self.piece(index), String::from_utf8_lossy(piece));
            let cookie = format!("{name}={count}{piece}; Max-Age={seconds}{}", self.attributes);
            reply.headers.append(Id::SET_COOKIE, cookie);
        }
        Ok(())
    }

    /// Takes a session from the client.
    pub(super) fn take(&self, headers: &Headers, reply: &mut Reply) {
        let mut names: Vec<&[u8]> =
            cookies::all(headers).map(|(name, _)| name).filter(|name| self.is_session(name)).collect();
        names.sort_unstable();
        names.dedup();
        for name in names.into_iter().take(PIECES) {
            self.expire(reply, &String::from_utf8_lossy(name), &self.attributes);
        }
    }

    /// The sealed login that has this mark.
    pub(super) fn state<'h>(&self, headers: &'h Headers, mark: &str) -> Option<&'h [u8]> {
        let name = format!("{}{mark}", self.state);
        cookies::all(headers).find(|(found, _)| *found == name.as_bytes()).map(|(_, value)| value)
    }

    /// Gives a login to the client, in place of the oldest where it has many.
    pub(super) fn give_state(
        &self,
        headers: &Headers,
        reply: &mut Reply,
        mark: &str,
        sealed: &str,
        seconds: u64,
    ) {
        let begun: Vec<&[u8]> =
            cookies::all(headers).map(|(name, _)| name).filter(|name| self.is_state(name)).collect();
        for name in begun.iter().rev().skip(LOGINS).take(PIECES) {
            self.expire(reply, &String::from_utf8_lossy(name), &self.state_attributes);
        }
        let cookie = format!("{}{mark}={sealed}; Max-Age={seconds}{}", self.state, self.state_attributes);
        reply.headers.append(Id::SET_COOKIE, cookie);
    }

    /// Takes a login from the client.
    pub(super) fn take_state(&self, reply: &mut Reply, mark: &str) {
        self.expire(reply, &format!("{}{mark}", self.state), &self.state_attributes);
    }

    /// Keeps all of them from the server.
    pub(super) fn hide(&self, headers: &mut Headers) {
        cookies::remove(headers, |name| self.is_session(name) || self.is_state(name));
    }

    fn piece(&self, index: usize) -> String {
        if index == 0 { self.session.to_string() } else { format!("{}.{index}", self.session) }
    }

    fn is_session(&self, name: &[u8]) -> bool {
        let rest = name.strip_prefix(self.session.as_bytes());
        rest.is_some_and(|rest| matches!(rest, [] | [b'.', b'0'..=b'9']))
    }

    fn is_state(&self, name: &[u8]) -> bool {
        name.starts_with(self.state.as_bytes())
    }

    fn expire(&self, reply: &mut Reply, name: &str, attributes: &str) {
        if cookies::is_name(name) {
            reply.headers.append(Id::SET_COOKIE, format!("{name}=; Max-Age=0{attributes}"));
        }
    }
}

/// A session is too long to be kept by a browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLong;

/// With name and attributes a cookie stays below 4 KiB.
const PIECE: usize = 3600;
/// More cookies than that no server takes.
const PIECES: usize = 6;
/// So many logins may have begun in as many tabs.
const LOGINS: usize = 4;

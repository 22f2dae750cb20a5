//! The protocols that a connection can change to.

use std::rc::Rc;

/// A protocol that a connection can change to (RFC 9110 §7.8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Upgrade {
    /// WebSocket (RFC 6455).
    WebSocket,
    /// Another one, as the client spells it: a name, and a version if it wrote one.
    Other(Rc<str>),
}

impl Upgrade {
    /// Reads a protocol; nothing when it is none, or HTTP itself: another version of it would carry requests past
    /// whoever looks at this one's.
    #[must_use]
    pub fn from_token(token: &[u8]) -> Option<Self> {
        let mut parts = token.split(|byte| *byte == b'/');
        let name = parts.next()?;
        let is_good = is_token(name) && parts.next().is_none_or(is_token) && parts.next().is_none();
        let is_http = name.eq_ignore_ascii_case(b"h2c")
            || name.eq_ignore_ascii_case(b"h2")
            || name.eq_ignore_ascii_case(b"http");
        if !is_good || is_http {
            return None;
        }
        if token.eq_ignore_ascii_case(b"websocket") {
            return Some(Self::WebSocket);
        }
        std::str::from_utf8(token).ok().map(|token| Self::Other(Rc::from(token)))
    }

    /// How it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::WebSocket => "websocket",
            Self::Other(name) => name,
        }
    }

    /// Whether it is the protocol of that name.
    #[must_use]
    pub fn is(&self, name: &[u8]) -> bool {
        self.as_str().as_bytes().eq_ignore_ascii_case(name)
    }
}

/// What a client offers to change to, and what the server is asked for. Most offer nothing, and then it takes the room
/// of a pointer.
#[derive(Clone, Debug, Default)]
pub struct Offer(Option<Box<Offered>>);

#[derive(Clone, Debug)]
struct Offered {
    protocols: Vec<Upgrade>,
    chosen: Option<usize>,
}

impl Offer {
    /// An offer of these, the one that the client likes best first.
    #[must_use]
    pub fn new(protocols: Vec<Upgrade>) -> Self {
        Self((!protocols.is_empty()).then(|| Box::new(Offered { protocols, chosen: None })))
    }

    /// What the client offers.
    #[must_use]
    pub fn protocols(&self) -> &[Upgrade] {
        self.0.as_ref().map_or(&[], |offered| &offered.protocols)
    }

    /// Chooses the first that is allowed, if there is one, in place of what was chosen before.
    pub fn choose(&mut self, is_allowed: impl Fn(&Upgrade) -> bool) {
        if let Some(offered) = &mut self.0 {
            offered.chosen = offered.protocols.iter().position(is_allowed);
        }
    }

    /// What the server is asked for.
    #[must_use]
    pub fn chosen(&self) -> Option<&Upgrade> {
        let offered = self.0.as_ref()?;
        offered.protocols.get(offered.chosen?)
    }
}

fn is_token(text: &[u8]) -> bool {
    let is_tchar = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !text.is_empty() && text.iter().all(is_tchar)
}

#[cfg(test)]
mod tests {
    use super::Upgrade;

    #[test]
    fn protocols_are_read_and_http_is_none_of_them() {
        let cases: [(&str, Option<&str>); 14] = [
            ("websocket", Some("websocket")),
            ("WebSocket", Some("websocket")),
            ("SPDY/3.1", Some("SPDY/3.1")),
            ("tcp", Some("tcp")),
            ("websocket/13", Some("websocket/13")),
            ("h2c", None),
            ("H2C", None),
            ("h2c/1", None),
            ("h2", None),
            ("HTTP/2.0", None),
            ("", None),
            ("a/", None),
            ("a/b/c", None),
            ("a b", None),
        ];
        for (token, read) in cases {
            let upgrade = Upgrade::from_token(token.as_bytes());
            assert_eq!(upgrade.as_ref().map(Upgrade::as_str), read, "{token}");
        }
        assert!(Upgrade::from_token(b"SPDY/3.1").unwrap().is(b"spdy/3.1"));
    }
}

//! The host a request asks for: as it was written, and in the one normal form that names are compared in.

use std::fmt;

use crate::failure::Failure;

/// The host a request asks for.
#[derive(Clone, Default)]
pub struct Host {
    text: String,
    name: String,
    port: Option<u16>,
}

impl Host {
    /// Takes over a host as the client wrote it; empty is a request without one.
    ///
    /// # Errors
    /// It has a user, a path, blanks, a port that is no number, or a port or a dot without a name.
    pub fn set(&mut self, text: &[u8]) -> Result<(), Failure> {
        self.clear();
        let text = std::str::from_utf8(text).map_err(|_| Failure::BadRequest)?;
        let (name, port) = split(text).ok_or(Failure::BadRequest)?;
        let name = name.strip_suffix('.').unwrap_or(name);
        if name.is_empty() && !text.is_empty() {
            return Err(Failure::BadRequest);
        }
        self.port = port;
        self.text.push_str(text);
        self.name.push_str(name);
        self.name.make_ascii_lowercase();
        Ok(())
    }

    /// As the client wrote it, with its port.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Without port, brackets and trailing dot, in lower case.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The port, if one was written.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// Forgets the host and keeps the room.
    pub fn clear(&mut self) {
        self.text.clear();
        self.name.clear();
        self.port = None;
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

fn split(text: &str) -> Option<(&str, Option<u16>)> {
    if text.len() > LONGEST {
        return None;
    }
    let (name, port) = if let Some(rest) = text.strip_prefix('[') {
        let (name, after) = rest.split_once(']')?;
        let bare = name.split_once('%').map_or(name, |(bare, _)| bare);
        bare.parse::<std::net::Ipv6Addr>().ok()?;
        if !name.bytes().all(|byte| is_name(byte) || matches!(byte, b':' | b'%')) {
            return None;
        }
        (name, if after.is_empty() { None } else { Some(after.strip_prefix(':')?) })
    } else {
        let (name, port) = text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
        if !name.bytes().all(is_name) {
            return None;
        }
        (name, port)
    };
    match port {
        None | Some("") => Some((name, None)),
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some((name, Some(port.parse().ok()?)))
        }
        Some(_) => None,
    }
}

/// What may stand in a name (RFC 3986 reg-name, without escapes).
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte)
}

/// A name of 255 bytes (RFC 1035 §2.3.4), and a port.
const LONGEST: usize = 261;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_whatever_the_spelling() {
        let cases = [
            ("example.com", "example.com", None),
            ("EXAMPLE.com.:8080", "example.com", Some(8080)),
            ("example.com:", "example.com", None),
            ("[::1]", "::1", None),
            ("[::1]:443", "::1", Some(443)),
            ("", "", None),
            ("a_b.c", "a_b.c", None),
        ];
        for (text, name, port) in cases {
            let mut host = Host::default();
            host.set(text.as_bytes()).expect(text);
            assert_eq!((host.name(), host.port(), host.as_str()), (name, port, text));
        }
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for text in [
            "user@a",
            "a:x",
            "a:-1",
            "a:65536",
            "a b",
            "a/b",
            "[::1",
            "[a]",
            "[::1]x",
            "[::1%a b]",
            "[::1%/]",
            "a:1:2",
            "\u{e9}.com",
            "a%00",
            ":80",
            ".",
            ".:80",
        ] {
            assert_eq!(Host::default().set(text.as_bytes()), Err(Failure::BadRequest), "{text}");
        }
    }
}

//! Percent signs in the parts of an address, as Go's `net/url` sees them.

/// A part of an address; each lets other bytes stand as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A user's name or password.
    User,
    /// A host with its port.
    Host,
    /// The zone of an IPv6 address.
    Zone,
    /// The path.
    Path,
    /// What stands behind `#`.
    Fragment,
}

impl Part {
    fn allows(self, byte: u8) -> bool {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            return true;
        }
        let allowed: &[u8] = match self {
            Self::User => b"$&+,;=",
            Self::Host | Self::Zone => b"!$&'()*+,;=:[]<>\"",
            Self::Path => b"$&+,/:;=@",
            Self::Fragment => b"$&+,/:;=?@!()*",
        };
        allowed.contains(&byte)
    }

    /// Escapes what may not stand here.
    pub(super) fn escape(self, text: &[u8], out: &mut Vec<u8>) {
        for byte in text {
            if self.allows(*byte) {
                out.push(*byte);
            } else {
                out.extend_from_slice(&[b'%', hex(byte >> 4), hex(byte & 15)]);
            }
        }
    }

    /// Decodes every escape; `None` when one is broken, or a byte may not stand here even escaped.
    pub(super) fn unescape(self, text: &[u8]) -> Option<Vec<u8>> {
        let mut plain = Vec::with_capacity(text.len());
        let mut rest = text;
        while let [first, after @ ..] = rest {
            rest = after;
            if *first != b'%' {
                let is_host = matches!(self, Self::Host | Self::Zone);
                if is_host && first.is_ascii() && !self.allows(*first) {
                    return None;
                }
                plain.push(*first);
                continue;
            }
            let [high, low, after @ ..] = rest else { return None };
            let byte = (digit(*high)? << 4) | digit(*low)?;
            let is_allowed = match self {
                Self::Host => !byte.is_ascii() || byte == b'%',
                Self::Zone => matches!(byte, b'%' | b' ') || Self::Host.allows(byte),
                _ => true,
            };
            if !is_allowed {
                return None;
            }
            plain.push(byte);
            rest = after;
        }
        Some(plain)
    }

    /// The text with its own escapes where they are in order, else decoded and escaped anew; `None` when one is broken.
    pub(super) fn tidy(self, text: &[u8]) -> Option<Vec<u8>> {
        let plain = self.unescape(text)?;
        let stands = |byte: &u8| b"!$&'()*+,;=:@[]%".contains(byte) || self.allows(*byte);
        if text.iter().all(stands) {
            return Some(text.to_vec());
        }
        let mut escaped = Vec::with_capacity(text.len());
        self.escape(&plain, &mut escaped);
        Some(escaped)
    }
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn hex(digit: u8) -> u8 {
    b"0123456789ABCDEF".get(usize::from(digit)).copied().unwrap_or(b'0')
}
